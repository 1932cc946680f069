"""Matters that everybody may read: listed, read without a token, followed and voted for with one."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select

from domain import matter_work
from domain.actors import Actor
from domain.matters import by_number
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from models.matter import MatterFollower, MatterVote
from models.matter_words import MatterStatus
from models.notice import Notice
from models.person import Person
from tests.support.api_program import Program, refusal
from tests.support.matters import matter
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]
S = MatterStatus


def listed(world: World, status: MatterStatus = S.IN_PROGRESS, **changes: Any) -> str:
    with world.database.transaction() as session:
        return matter(session, world.office, status, now=world.now, **changes).number


def picture(world: World, photo: bytes) -> Attachment:
    """A photo in the file store."""
    return Attachment(
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=world.now,
        file_key=world.app.extensions["banshishi"].file_store.save(photo, "jpg"),
        content_type="image/jpeg",
    )


def test_list_is_narrowed_read_on_and_told_again_only_when_it_changes(app: Flask, world: World) -> None:
    anybody = Program(app)
    assert anybody.get("/matters") == {"items": [], "next_cursor": None}
    for day in (3, 1, 2):
        listed(world, title=f"第{day}", deadline=date(2026, 12, day))
    listed(world, title="内部的", public=False)
    done = [listed(world, S.CLOSED, title="办成的"), listed(world, S.CLOSED, title="又办成的")]

    first = anybody.get("/matters", limit=2)
    second = anybody.get("/matters", limit=2, cursor=first["next_cursor"])
    assert [each["title"] for page in (first, second) for each in page["items"]] == ["第1", "第2", "第3"]
    assert second["next_cursor"] is None
    stale = anybody.call("GET", "/matters", status="closed", cursor=first["next_cursor"])
    assert refusal(stale) == (422, "invalid", "cursor")
    newest = anybody.get("/matters", status="closed", limit=1)
    older = anybody.get("/matters", status="closed", limit=1, cursor=newest["next_cursor"])
    assert [newest["items"][0]["number"], older["items"][0]["number"]] == done[::-1]
    assert len(anybody.get("/matters", team="饮食服务中心", kind="practical", q="第2")["items"]) == 1
    for wrong in ({"status": "cancelled"}, {"kind": "x"}, {"limit": 0}, {"q": "长" * 41}):
        assert refusal(anybody.call("GET", "/matters", **wrong)) == (422, "invalid", next(iter(wrong)))
    anybody.headers["If-None-Match"] = anybody.call("GET", "/matters").headers["ETag"]
    assert anybody.call("GET", "/matters").status_code == 304


def test_one_is_read_with_its_record_and_photos_by_anybody(app: Flask, world: World, photo: bytes) -> None:
    number = listed(world, attachments=[picture(world, photo)])
    with world.database.transaction() as session:
        found, actor = by_number(session, number), Actor.of_staff(session.merge(world.office.handler))
        words = "已换两台，电话 13800000000"
        matter_work.progress(session, found, words=words, actor=actor, now=world.now)
        matter_work.note(session, found, words="钱不够", actor=actor, now=world.now)
    hidden = listed(world, public=False)

    shown = Program(app).get(f"/matters/{number}")

    assert (shown["title"], shown["status_label"], shown["tone"]) == ("食堂窗口保温", "推进中", "works")
    assert (shown["deadline"], shown["deadline_label"]) == ("2026-12-20", "2026年12月20日")
    assert (shown["team"], shown["parts"], shown["may_vote"]) == ("饮食服务中心", 0, True)
    assert [each["title"] for each in shown["timeline"]] == ["反馈进展", "启动", "立项"]
    assert shown["timeline"][0]["words"] == shown["said"] == "已换两台，电话 ＊＊＊"
    assert "钱不够" not in str(shown)
    [before] = shown["photos_before"]
    assert shown["before"] == before
    for path in before.values():
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        answer.close()
    for unknown in (hidden, "B-2026-9999", "nonsense", "2026-1123-0001"):
        assert refusal(Program(app).call("GET", f"/matters/{unknown}"))[:2] == (404, "not_found")


def test_people_follow_vote_and_take_it_back_each_for_themselves(program: MakeProgram, world: World) -> None:
    number = listed(world)
    student, friend = program(world.office.student), program(world.office.friend)
    path = f"/matters/{number}"

    assert student.get(f"{path}/marks") == {"follows": False, "voted": False, "votes": 0}
    for _ in range(2):
        followed, voted = student.put(f"{path}/following", {}), student.put(f"{path}/vote", {})
    assert followed["follows"] is True
    assert voted == {"follows": True, "voted": True, "votes": 1}
    assert friend.get(f"{path}/marks") == {"follows": False, "voted": False, "votes": 1}
    assert (world.count(MatterFollower), world.count(MatterVote)) == (1, 1)
    assert friend.call("DELETE", f"{path}/vote").json["votes"] == 1
    assert student.call("DELETE", f"{path}/vote").json == {"follows": True, "voted": False, "votes": 0}
    assert student.call("DELETE", f"{path}/following").json["follows"] is False
    assert refusal(Program(student.app).call("PUT", f"{path}/vote"))[:2] == (401, "token_missing")


def test_vote_ends_with_the_matter_and_marks_are_of_public_ones_only(
    program: MakeProgram, world: World
) -> None:
    student = program(world.office.student)
    over, hidden = listed(world, S.CLOSED), listed(world, public=False)

    assert refusal(student.call("PUT", f"/matters/{over}/vote")) == (403, "not_allowed", None)
    assert student.get(f"/matters/{over}")["may_vote"] is False
    for method, what in (("GET", "marks"), ("PUT", "vote"), ("PUT", "following"), ("DELETE", "following")):
        assert refusal(student.call(method, f"/matters/{hidden}/{what}"))[:2] == (404, "not_found")
    assert world.count(MatterVote) == world.count(MatterFollower) == 0


def test_marks_read_the_notices_about_the_matter(program: MakeProgram, world: World) -> None:
    number = listed(world)
    student = program(world.office.student)
    student.put(f"/matters/{number}/following", {})
    with world.database.transaction() as session:
        actor = Actor.of_staff(session.merge(world.office.handler))
        matter_work.progress(
            session, by_number(session, number), words="已换两台", actor=actor, now=world.now
        )
    assert student.get("/notices/unread") == {"unread": 1}

    student.get(f"/matters/{number}/marks")

    with world.database.reading() as session:
        read = session.scalars(select(Notice.read_at).where(Notice.person_id == world.office.student.id))
        assert read.one() is not None
