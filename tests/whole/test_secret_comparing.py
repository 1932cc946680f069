"""Secrets get compared in constant time, or looked up by digest: the time of `==` tells how much is right."""

import ast
import re
from collections.abc import Iterator

from tests.whole.test_house_rules import ROOT, SOURCES

# Parts of names that stand for something to be guessed.
_SECRET = re.compile(r"token|secret|signature|password|digest|hash|nonce|api_key|code_of|\bmac\b|otp|seal")
# Each with why it may stand.
ALLOWED = {
    ("domain/staff_invitations.py", "password != again"): "both were typed just now by the same person",
    ("web/auth.py", "staff.password_hash == account.password_hash"): "two readings of one row of ours",
    ("wechat/tokens.py", "WeChatToken.token == token"): "our own token, to renew the one that was refused",
    ("wechat/tokens.py", "fetched.token == lease.stale_token"): "both came from WeChat",
    (
        "domain/audit_check.py",
        "entry.seal != seal_of(entry, before=seal_before)",
    ): "all staff may read seals",
    (
        "domain/audit_check.py",
        "digest_of_event(event) != _expected(kind, event_id, entry, redacted)",
    ): "likewise",
    ("domain/same_photos.py", "other.digest == digest"): "of what a photo shows, to find it again",
    (
        "domain/s3_file_store.py",
        "kept != hashlib.sha256(data).hexdigest()",
    ): "of a file, to know that it came whole",
    ("domain/pending_uploads.py", "PendingUpload.token == token"): "looked up among one sender's own",
    ("domain/search_index.py", "ComplaintSearch.tokens != new.excluded.tokens"): "words to be found by",
}


def _named(node: ast.expr) -> str:
    """Give the last part of a name: `secret` for `self.ticket.secret`, `_hash` for `_hash(token)`."""
    if isinstance(node, ast.Call):
        return _named(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_digest_in_table(node: ast.expr) -> bool:
    """Tell whether this is a column that keeps a digest, as in `AccessLink.token_hash`."""
    of_a_class = isinstance(node, ast.Attribute) and _named(node.value)[:1].isupper()
    return of_a_class and _named(node).endswith("_hash")


def comparisons(source: str) -> Iterator[str]:
    """Give every comparison by == or != in which a secret stands, but those with a constant."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        is_secret = any(_SECRET.search(_named(side).lower()) for side in sides)
        if is_secret and not any(_is_digest_in_table(side) for side in sides):
            yield ast.unparse(node)


def test_no_secret_is_compared_by_equality() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), comparison)
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] not in {"simulator", "demo"}
        for comparison in comparisons(path.read_text(encoding="utf-8"))
    }

    assert found - set(ALLOWED) == set()
    assert set(ALLOWED) - found == set(), "no longer there"


def test_the_search_finds_what_it_is_for() -> None:
    source = """
if signature == expected: pass
if self.api_key != given.strip(): pass
if _hash(token) == row.token_hash: pass
if row == Link.token: pass
if Link.token_hash == _hash(token): pass
if token == "": pass
if hmac.compare_digest(token, given): pass
if number == other: pass
"""
    assert list(comparisons(source)) == [
        "signature == expected",
        "self.api_key != given.strip()",
        "_hash(token) == row.token_hash",
        "row == Link.token",
    ]
