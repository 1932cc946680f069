"""内容检查: what WeChat has not passed, let through or kept back, and how it is told on every side."""

import pytest
from flask import Flask
from sqlalchemy import select

from domain import board, content_checks, release
from domain.board import Narrowed
from domain.content_checks import Verdict
from domain.release import Wish
from models.attachment import Attachment
from models.audit import AuditEntry
from models.complaint import Complaint
from models.content_check import ContentCheck
from models.content_check_words import CheckState
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, Channel
from models.enums import ComplaintStatus as S
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor
from tests.web.h5.conftest import Phone, World

PAGE = "/admin/content-checks"
RISKY = Verdict(CheckState.RISKY, "微信认为含有辱骂")


@pytest.fixture
def world(app: Flask, database: Database, office: Office, factory: Factory) -> World:
    return World(app, database, office, factory)


@pytest.fixture
def checked(world: World) -> Complaint:
    """A complaint with a photo, released while WeChat has passed neither."""
    with world.database.transaction() as session:
        photo = Attachment(
            kind=AttachmentKind.PHOTO,
            state=AttachmentState.STORED,
            created_at=world.make.now,
            file_key="00/00/" + "0" * 28 + ".jpg",
            content_type="image/jpeg",
        )
        given = {"text": "窗口的人是傻瓜", "channel": Channel.MINI_PROGRAM, "attachments": [photo]}
        filed = world.make.complaint(session, world.office, S.IN_PROGRESS, **given)
        content_checks.begin(session, filed, [photo], now=world.make.now)
        staff = session.merge(world.office.dispatcher)
        wish = Wish("窗口排队太久", photo_ids=[photo.id])
        release.release(session, filed, wish, confirmed=True, staff=staff, now=world.make.now)
        return filed


def judge(world: World, *verdicts: Verdict) -> None:
    with world.database.transaction() as session:
        checks = session.scalars(select(ContentCheck.id).order_by(ContentCheck.id)).all()
        for check_id, verdict in zip(checks, verdicts, strict=True):
            content_checks.note_verdict(session, check_id, verdict)


def on_board(world: World) -> list[tuple[str, int]]:
    with world.database.reading() as session:
        found = board.items(session, Narrowed(), page=1, per_page=9, now=world.make.now)
        return [(item.text, len(item.photo_ids)) for item in found.items]


def deeds(world: World) -> list[str]:
    with world.database.reading() as session:
        about = select(AuditEntry.words).where(AuditEntry.action.startswith("content."))
        return list(session.scalars(about.order_by(AuditEntry.id)))


def test_what_is_not_passed_is_looked_at_and_let_through_or_kept_back(
    world: World, checked: Complaint
) -> None:
    desk = Visitor(world.app).sign_in("dispatcher")
    assert "没有要看的内容" in desk.get(PAGE).get_text()
    running = desk.get(f"{PAGE}?pile=running")
    assert (len(running.select("section.abuse-case")), running.select("form.abuse-form")) == (2, [])
    judge(world, RISKY, RISKY)

    page = desk.get(PAGE)
    assert [badge.get_text() for badge in page.select(".abuse-decision .badge")] == [
        "内容检查未通过，等工作人员看"
    ] * 2
    waiting = page.select_one("a[href='/admin/board'][aria-current] .count")
    assert waiting["aria-label"] == "2 条内容等人看"
    first, second = (form["action"] for form in page.select("form.abuse-form"))
    assert desk.post(first, {"do": "let", "words": " "}).status_code == 422
    assert on_board(world) == []
    assert desk.post(first, {"do": "let", "words": "已经改掉"}).status_code == 303
    assert on_board(world) == [("窗口排队太久", 0)]
    desk.post(second, {"do": "keep", "words": "有人脸"})
    desk.post(first, {"do": "keep", "words": "还是不行"})
    assert on_board(world) == []

    assert deeds(world) == [
        f"诉求 {checked.number} 的文字没有通过内容检查，决定放行：已经改掉",
        f"诉求 {checked.number} 的照片没有通过内容检查，决定不公开：有人脸",
        f"诉求 {checked.number} 的文字没有通过内容检查，决定不公开：还是不行",
    ]
    kept = desk.get(f"{PAGE}?pile=withheld").select(".abuse-decision + .abuse-decision")
    assert sorted(line.contents[0] for line in kept) == ["有人脸", "还是不行"]


def test_nobody_else_decides_and_nothing_is_decided_that_wechat_still_looks_at(
    world: World, checked: Complaint
) -> None:
    desk, lead = Visitor(world.app).sign_in("dispatcher"), Visitor(world.app).sign_in("lead")
    lead.get(PAGE, status=403)
    assert lead.post(f"{PAGE}/1", {"do": "let", "words": "x"}).status_code == 403
    waiting = desk.post(f"{PAGE}/1", {"do": "let", "words": "x"})
    assert (waiting.status_code, "不用人工处理" in waiting.get_data(as_text=True)) == (403, True)
    assert desk.post(f"{PAGE}/999", {"do": "let", "words": "x"}).status_code == 404
    assert checked.held


def test_release_that_waits_says_so_on_every_side(world: World, checked: Complaint) -> None:
    desk = Visitor(world.app).sign_in("dispatcher")
    form = desk.get(f"/admin/board/{checked.number}")
    assert "等内容检查，还没有公开" in form.select_one(".page-head").get_text()
    lines = [line.get_text() for line in form.select(".release-checks li")]
    assert [line.partition("：")[2] for line in lines] == ["内容检查中", "内容检查中"]
    given = {"public_text": "窗口排队太久", "confirmed": "1"}
    assert "通过后自动公开" in desk.get(desk.send(f"/admin/board/{checked.number}", given)).get_text()
    held = desk.get("/admin/board?shelf=held")
    assert [line.get_text() for line in held.select(".release-text")] == ["窗口排队太久"]
    assert desk.get("/admin/board?shelf=on_board").select(".release-text") == []
    side = desk.get(f"/admin/complaints/{checked.number}").get_text()
    assert ("等内容检查，还没有公开" in side, "其他师生现在看不到" in side) == (True, True)
    own = (
        Phone(world.app, world.database)
        .come_in(world.office.student)
        .get(f"/h5/complaints/{checked.number}")
        .get_text()
    )
    assert "公开前的内容检查中，通过后大家才看得到" in own

    judge(world, Verdict(CheckState.PASSED, ""), Verdict(CheckState.PASSED, ""))

    assert on_board(world) == [("窗口排队太久", 0)]
    own = (
        Phone(world.app, world.database)
        .come_in(world.office.student)
        .get(f"/h5/complaints/{checked.number}")
        .get_text()
    )
    assert "内容检查" not in own
