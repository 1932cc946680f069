"""Hostile texts in every row, and every page, part of a page and file read by everybody."""

import re
from collections.abc import Iterator
from html import unescape

from werkzeug.test import TestResponse

from tests.support.attacks import headers, looking
from tests.support.attacks.marks import Form, Marked, mark
from tests.support.attacks.office import Attacked
from tests.support.attacks.result import Result
from tests.support.furnished import ROLES
from tests.support.restoring import restoring

_LINK = re.compile(r'(?:href|src|hx-get|data-href)="(/[^"#]*)')
_FILES = re.compile(r"/(attachments|photos|pictures)/[\w-]+$|/(photo|cover|file|small)$")
# A foreign page can make a browser open our pages; this is all that may come of it.
WRITTEN = {
    "api_usage": "a call of the platform is counted",
    "audit_chain": "who took a file is written down",
    "audit_entry": "as above",
    "complaint_follower": "what somebody has read",
    "matter_follower": "what somebody has read",
    "notice": "what somebody has read",
    "personal_data_access": "who was shown contacts is written down",
    "wechat_token": "a call of the platform wants a token",
}
# What a URL answers when a text of ours, which nobody can write, was replaced too.
REFUSED = {"/h5/articles/<code>/pictures/<int:number>": 404}


def read_everything(office: Attacked, form: Form, *, everybody: bool = False) -> Result:
    """Read all there is with this hostile text in every row.

    Args:
        everybody: as every role that may, also as parts of pages, and following all links; else each URL
            once, as the one who sees most of it.
    """
    result = Result(f"texts: {form.name.lower()}")
    marked = mark(office.database, form)
    kept, seen = restoring(office.database), set()
    for role, rule, path, more in _everything(office, everybody=everybody):
        office.written.clear()
        with office.get(role, path, **more) as answer:
            faults = [*_faults(office, role, answer), *_status(answer, rule)]
            seen |= marked.named(looking.words_of(answer))
        if kept.restore() and (written := office.written - WRITTEN.keys()):
            faults.append(f"reading it wrote to {', '.join(sorted(written))}")
        result.add(f"{role} GET {path}{' (part)' if more else ''}", faults)
    kept.close()
    result.notes.append(_told(marked, seen))
    return result


def _everything(office: Attacked, *, everybody: bool) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Give who opens which URL, its rule, and what is sent along."""
    for _, rule in office.rules("GET"):
        openers = office.openers("GET", rule)
        for role in openers if everybody else openers[:1]:
            path = office.address(role, rule)
            yield role, rule.rule, path, {}
            if everybody and path.startswith("/admin"):
                yield role, rule.rule, path, {"HX-Request": "true"}
    if everybody:
        for role in ROLES:
            yield from ((role, "", path, {}) for path in _links(office, role))


def _links(office: Attacked, role: str) -> Iterator[str]:
    """Give every address that the pages of a role lead to and that is none of the plain ones."""
    plain = [office.address(role, rule) for _, rule in office.rules("GET")]
    seen = set(plain)
    for path in plain:
        with office.get(role, path) as answer:
            if answer.mimetype != "text/html":
                continue
            found = {unescape(address) for address in _LINK.findall(answer.text)} - seen
        seen |= found
        yield from sorted(address for address in found if not address.startswith("/static/"))


def _faults(office: Attacked, role: str, answer: TestResponse) -> Iterator[str]:
    yield from looking.faults(answer)
    yield from headers.faults(answer)
    if "public" in answer.headers.get("Cache-Control", "") and role != "nobody":
        with office.get("nobody", answer.request.full_path.rstrip("?")) as same:
            if same.data != answer.data:
                yield "may be kept for others, and is not what others get"
    if _FILES.search(answer.request.path) and answer.status_code == 200:
        yield from headers.faults_of_file(answer)


def _status(answer: TestResponse, rule: str) -> Iterator[str]:
    if answer.status_code >= 400 and rule and REFUSED.get(rule) != answer.status_code:
        yield f"answers {answer.status_code}"


def _told(marked: Marked, seen: set[str]) -> str:
    unseen = sorted(set(marked.columns.values()) - seen)
    return (
        f"{marked.rows} texts in {len(marked.columns)} columns replaced; "
        f"{len(seen)} columns met by some reader; never met: {', '.join(unseen)}"
    )
