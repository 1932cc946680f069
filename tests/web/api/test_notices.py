"""The inbox: read on, marked as read by its person alone, each notice with what it opens; news and pushes."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from domain import notices, push_runs
from models.enums import NoticeKind
from models.notice import Notice
from models.person import Person
from models.push_words import PushKind
from tests.support.api_program import Program, refusal
from tests.support.pushes import something_to_tell
from tests.web.h5.conftest import World
from web.api.targets import target_of

MakeProgram = Callable[[Person], Program]


def tell(world: World, *paths: str, person: Person | None = None) -> list[int]:
    """Queue a notice for each page, and give their ids."""
    reader = person or world.office.student
    with world.database.transaction() as session:
        for at, path in enumerate(paths):
            notices.queue(
                session,
                key=f"{reader.id}:{at}:{path}",
                kind=NoticeKind.ANSWERED,
                title=f"第{at}条",
                body="已更换。",
                person_id=reader.id,
                path=path,
                now=world.now,
            )
        return list(session.scalars(select(Notice.id).order_by(Notice.id)))


def test_inbox_is_read_on_and_marked_as_read_one_by_one_or_whole(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    assert student.get("/notices") == {"items": [], "next_cursor": None, "unread": 0}
    ids = tell(
        world, *["/h5/complaints/2026-1123-0001"] * 1, "/h5/matters/B-2026-0001", "/h5/surveys/abc", ""
    )

    first = student.get("/notices", limit=3)
    second = student.get("/notices", limit=3, cursor=first["next_cursor"])
    shown = [each["id"] for page in (first, second) for each in page["items"]]
    assert shown == ids[::-1]
    assert (first["unread"], second["next_cursor"]) == (4, None)
    assert [each["opens"] and each["opens"]["kind"] for each in first["items"]] == [None, "survey", "matter"]
    one = student.get(f"/notices/{ids[0]}")
    assert (one["title"], one["read"], one["opens"]["id"]) == ("第0条", False, "2026-1123-0001")

    for _ in range(2):
        assert student.post(f"/notices/{ids[0]}/read", None) == {"unread": 3}
    assert student.get(f"/notices/{ids[0]}")["read"] is True
    assert [each["id"] for each in student.get("/notices", unread="true")["items"]] == ids[:0:-1]
    stale = student.call("GET", "/notices", unread="true", cursor=first["next_cursor"])
    assert refusal(stale) == (422, "invalid", "cursor")
    assert student.post("/notices/read", None) == student.get("/notices/unread") == {"unread": 0}
    assert student.get("/me")["unread_notices"] == 0


def test_notices_of_others_are_answered_as_none(program: MakeProgram, world: World) -> None:
    [notice_id] = tell(world, "/h5/complaints", person=world.office.friend)
    student = program(world.office.student)

    theirs, nobodys = (student.call("GET", f"/notices/{each}") for each in (notice_id, 999_999_999))

    assert refusal(theirs) == refusal(nobodys) == (404, "not_found", None)
    assert theirs.json["detail"] == nobodys.json["detail"]
    assert refusal(student.call("POST", f"/notices/{notice_id}/read"))[:2] == (404, "not_found")
    assert student.post("/notices/read", None) == {"unread": 0}
    assert program(world.office.friend).get("/notices/unread") == {"unread": 1}
    for path in ("/notices/x", "/notices/-1", "/notices/99999999999"):
        assert refusal(student.call("GET", path))[:2] == (404, "not_found")
    assert refusal(student.call("GET", "/notices", unread="yes")) == (422, "invalid", "unread")
    assert refusal(Program(student.app).call("GET", "/notices"))[:2] == (401, "token_missing")


def test_news_that_others_got_lead_to_the_push(app: Flask, program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    assert student.get("/news") == {"items": []}
    with world.database.transaction() as session:
        office = world.office
        something_to_tell(session, office, now=world.now)
        run = push_runs.begin(
            session, kind=PushKind.DIGEST, staff=office.dispatcher, due_at=world.now, now=world.now
        )
        code = run.code
    assert Program(app).get(f"/pushes/{code}")["is_proposed"] is True
    with world.database.transaction() as session:
        push_runs.approve(session, run.id, staff=world.office.leader, now=world.now)

    [news] = student.get("/news")["items"]
    push = Program(app).get(f"/pushes/{code}")

    assert (news["title"], news["opens"]["kind"], news["opens"]["id"]) == ("办实事周报", "push", code)
    assert (push["is_proposed"], push["body"].partition("\n")[0]) == (False, news["words"])
    [line] = push["sections"][0]["lines"]
    assert (line["words"], line["opens"]["kind"]) == ("食堂窗口保温", "matter")
    assert refusal(Program(app).call("GET", "/pushes/none"))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "kind", "target_id"),
    [
        ("/h5/complaints/2026-1123-0007/rate", "complaint", "2026-1123-0007"),
        ("/h5/complaints", "complaints", ""),
        ("/h5/bulletins/2026-03", "bulletin", "2026-03"),
        ("/h5/board/2026-1123-0007", "board", "2026-1123-0007"),
        ("/h5/p/p7f3a/rate?stars=1", "place", "p7f3a"),
        ("/h5/settings", "page", ""),
    ],
)
def test_page_is_told_as_what_it_is_about(path: str, kind: str, target_id: str) -> None:
    found = target_of(path)

    assert found is not None
    assert (found.kind.value, found.id, found.path) == (kind, target_id, path)


def test_page_of_staff_is_nothing_to_open() -> None:
    assert target_of("/admin/complaints/2026-1123-0007") is None
