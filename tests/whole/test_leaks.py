"""Who raised something anonymously stands nowhere, and a telephone number only where it is needed."""

import re
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pytest
import structlog
from sqlalchemy import select

from domain.file_store import LocalFileStore
from jobs.background import Background
from jobs.context import JobContext, utc_now
from jobs.deliver_notices import Delivering
from models.database import Database
from models.person import Person
from tests.support import api_roles
from tests.support.api_program import token_of
from tests.support.furnished import MARKS, STAFF, Furnished
from web.parts import Parts
from wechat.messenger import messenger_for

# Phone pages are whole pages always.
_DRAWN_TWICE = re.compile("^/admin/.*(complaints|inbox|triage|tasks)")
_FOLLOWED = re.compile(r"^/(admin/(complaints|triage|tasks|attachments)|h5)/")
_HREF = re.compile(r'(?:href|src|hx-get)="(/(?:admin|h5)[^"#]*)')


def _words_in(data: bytes) -> str:
    """Give the text of an answer; of a workbook, that of all its sheets."""
    if not is_zipfile(BytesIO(data)):
        return data.decode("utf-8", "replace")
    with ZipFile(BytesIO(data)) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def _pages(furnished: Furnished, role: str) -> Iterator[tuple[str, str]]:
    """Give each address somebody may ask for, and what they get; then what that leads to."""
    client = furnished.client(role)
    waiting = _begin(furnished)
    seen = set(waiting)
    while waiting:
        path = waiting.pop(0)
        # A part of a page and the page itself are drawn by different templates.
        for headers in ({}, {"HX-Request": "true"}) if _DRAWN_TWICE.search(path) else ({},):
            answer = client.get(path, headers=headers)
            words = answer.headers.get("Location", "") + _words_in(answer.data)
            answer.close()
            yield path, words
        found = {href.replace("&amp;", "&") for href in _HREF.findall(words) if _FOLLOWED.search(href)} - seen
        seen |= found
        waiting += sorted(found)


def _begin(furnished: Furnished) -> list[str]:
    """Give every page there is; what leads to one complaint, with the other as well."""
    rules = [rule for rule in furnished.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [furnished.address(rule) for rule in rules if not rule.rule.startswith(("/static", "/wechat"))]
    both = [path.replace(furnished.named, furnished.anonymous) for path in paths]
    more = ["/admin/inbox?tab=all", f"/admin/triage?at={furnished.anonymous}"]
    # Who asked for a file is not asked here: every number is tried.
    files = [f"/admin/tasks/{number}/file" for number in range(1, 13)]
    return list(dict.fromkeys([*paths, *both, *more, *files]))


def _met(furnished: Furnished, roles: tuple[str, ...]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Tell which role met which mark: on pages, and in files of long work."""
    pages: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for role in roles:
        for path, words in _pages(furnished, role):
            for name in (name for name, mark in MARKS.items() if mark in words):
                (files if path.endswith("/file") else pages)[name].add(role)
    return dict(pages), dict(files)


def test_contact_is_shown_to_the_team_and_the_desk_and_an_anonymous_one_to_nobody(
    furnished: Furnished, sqlite: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whatever other tests have asked of the log: here it says all it can.
    structlog.reset_defaults()
    _check_api(furnished, sqlite)
    _work(furnished, sqlite)

    assert _met(furnished, STAFF) == (
        # A telephone number only when it is asked for, which is noted: test_looks.py.
        {
            "contact_name": {"handler", "lead", "dispatcher"},
            "hidden_words": {"dispatcher", "inspector", "admin"},
        },
        _contact_for("lead", "dispatcher"),
    )
    assert _met(furnished, ("nobody", "stranger")) == ({}, {})
    # What they may take away is their own.
    assert _met(furnished, ("person",)) == (_contact_for("person"), _contact_for("person"))
    said = "".join(capsys.readouterr())
    assert "notice" in said
    assert [mark for mark in MARKS.values() if mark in said] == []


def _check_api(furnished: Furnished, sqlite: Database) -> None:
    """Hold that the API tells nobody a contact or who is anonymous, but for what is their own."""
    with sqlite.reading() as session:
        query = select(Person).where(Person.openid == MARKS["anonymous_openid"])
        reporter = session.scalars(query).one()
    readers = {**furnished.readers, "follower": furnished.office.friend, "reporter": reporter}
    told = {role: _told_by_the_api(furnished, sqlite, reader) for role, reader in readers.items()}
    told["nobody"] = _told_by_the_api(furnished, sqlite, None)

    assert {role for role, words in told.items() if "阿姨打饭手抖" in words} == {"reporter"}
    assert {role for role, words in told.items() if "汤是凉的" in words} == {"person"}
    met = {role: {name for name, mark in MARKS.items() if mark in words} for role, words in told.items()}
    # What they may take away is their own.
    assert {role: marks for role, marks in met.items() if marks} == {
        "person": {"contact_name", "contact_phone"},
        "reporter": {"anonymous_name", "anonymous_openid", "anonymous_phone"},
    }


def _told_by_the_api(furnished: Furnished, database: Database, reader: Person | None) -> str:
    """Give all that somebody can read by the API, of whatever they name."""
    client = furnished.app.test_client(use_cookies=False)
    token = token_of(database, reader) if reader is not None else ""
    things = api_roles.things_of(furnished, furnished.readers["person"])
    words = []
    for rule in furnished.app.url_map.iter_rules():
        if not rule.rule.startswith(api_roles.PREFIX) or "GET" not in (rule.methods or ()):
            continue
        numbers = (furnished.named, furnished.anonymous) if "number" in rule.arguments else ("",)
        for number in numbers:
            path = api_roles.address(furnished, rule, things | {"number": number})
            answer = api_roles.send(client, "GET", rule, path, token)
            words += [_words_in(answer.data), str(answer.headers)]
            answer.close()
    return "\n".join(words)


def _contact_for(*roles: str) -> dict[str, set[str]]:
    return {"contact_name": set(roles), "contact_phone": set(roles)}


def _work(furnished: Furnished, database: Database) -> None:
    """Write a workbook for everybody who may take complaints out, and send what waits; all is refused."""
    parts: Parts = furnished.app.extensions["banshishi"]
    assert isinstance(parts.file_store, LocalFileStore)
    for role in STAFF:
        body = {"csrf_token": furnished.token(role)}
        furnished.client(role).post("/admin/figures/ledger?span=year", data=body)
    work = Background(
        JobContext(settings=parts.settings, database=database, client=parts.client, files=parts.file_store)
    )
    while work.do_one():
        pass
    messenger = messenger_for(parts.settings, parts.client, database)
    sending = Delivering(database, messenger, worker="w", base_url=parts.settings.base_url, clock=utc_now)
    while sending.deliver_one():
        pass
