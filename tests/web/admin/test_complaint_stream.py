"""What the page of a complaint shows beside its facts: the stream, what belongs to it, readers, paper."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from domain import complaints, lifecycle
from domain.actors import CLOCK, Actor
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintLink
from models.database import Database
from models.enums import (
    AttachmentKind,
    AttachmentPurpose,
    AttachmentState,
    ComplaintStatus,
    NoticeKind,
    Outcome,
    StepName,
)
from models.notice import Notice
from tests.support.act_pages import act_address, stored
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus


def _address(complaint: Complaint) -> str:
    return f"/admin/complaints/{complaint.number}"


@pytest.fixture
def talked_over(file: Filed, database: Database, office: Office, now: datetime) -> Complaint:
    """A complaint at work with words from the person, to the person, and among staff."""
    complaint = file(S.SUBMITTED, contact_name="林小雨", contact_phone="13800001234")
    with database.transaction() as session:
        found = session.get_one(Complaint, complaint.id)
        handler, student = Actor.of_staff(office.handler), Actor.of_person(office.student)
        complaints.assign(
            session,
            found,
            team=session.get_one(type(office.team), office.team.id),
            handler=session.get_one(type(office.handler), office.handler.id),
            actor=Actor.of_staff(office.dispatcher),
            now=now,
        )
        complaints.accept(session, found, actor=handler, now=now)
        complaints.note(session, found, words=f"@{office.lead.name} 请安排人", actor=handler, now=now)
        complaints.reply(session, found, words="正在加热", actor=handler, now=now)
        complaints.supplement(session, found, words="今天还是凉", actor=student, now=now)
    return complaint


def _photos(database: Database, complaint: Complaint, purpose: AttachmentPurpose, now: datetime) -> None:
    with database.transaction() as session:
        event = session.get_one(Complaint, complaint.id).events[-1]
        session.add(
            Attachment(
                complaint_id=complaint.id, event_id=event.id, kind=AttachmentKind.PHOTO,
                state=AttachmentState.STORED, purpose=purpose, created_at=now, file_key="x",
                content_type="image/jpeg", size=2048, public=event.public,
            )
        )  # fmt: skip


def _sides(page: BeautifulSoup) -> list[tuple[str, str]]:
    return [(str(entry["class"][1]), words_of(entry.select_one("strong"))) for entry in page.select(".entry")]


def test_the_stream_tells_the_person_answers_and_inside_apart_the_newest_first(
    signed_in: SignedIn, talked_over: Complaint, office: Office
) -> None:
    page = signed_in("dispatcher").get(_address(talked_over))

    assert _sides(page) == [
        ("entry-person", "补充"),
        ("entry-answer", "答复"),
        ("entry-internal", "内部备注"),
        ("entry-system", "接单"),
        ("entry-system", "派单"),
        ("entry-system", "提交"),
    ]
    inside = page.select_one(".entry-internal")
    assert inside is not None
    assert words_of(inside.select_one(".inside-mark")) == "仅工作人员可见"
    assert words_of(inside.select_one(".entry-facts")) == f"已提醒 {office.lead.name}"
    assert [words_of(chip) for chip in page.select(".chips label")] == [
        "全部 6",
        "对话 2",
        "内部 1",
        "系统 3",
    ]


def test_reminders_in_a_row_are_folded_behind_the_newest(
    signed_in: SignedIn, talked_over: Complaint, database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        found = session.get_one(Complaint, talked_over.id)
        for number in range(3):
            lifecycle.advance(
                session, found, StepName.REMIND, actor=CLOCK, now=now, words=f"第 {number + 1} 次提醒"
            )

    page = signed_in("handler").get(_address(talked_over))

    folded = [words_of(entry.select_one(".said")) for entry in page.select(".entry-folded")]
    assert folded == ["第 2 次提醒", "第 1 次提醒"]
    assert words_of(page.select(".entry")[0].select_one("label")) == "另有 2 条提醒"
    assert words_of(page.select_one("label.chip[for=show-system]")) == "系统 6"


def test_a_chip_without_entries_cannot_be_chosen(signed_in: SignedIn, file: Filed) -> None:
    page = signed_in("handler").get(_address(file(S.ASSIGNED)))

    assert [str(radio["value"]) for radio in page.select(".chips input[disabled]")] == ["talk", "internal"]


def test_a_colleague_who_is_called_hears_of_it_and_may_open_it(
    signed_in: SignedIn, talked_over: Complaint, office: Office, database: Database
) -> None:
    with database.reading() as session:
        told = session.scalars(select(Notice).where(Notice.kind == NoticeKind.STAFF_MENTIONED)).all()

    assert [(notice.staff_id, notice.path) for notice in told] == [(office.lead.id, _address(talked_over))]
    signed_in("lead").get(told[0].path)


def test_only_who_may_open_it_is_offered_and_anybody_else_is_named_as_not_reached(
    signed_in: SignedIn, file: Filed, office: Office
) -> None:
    complaint = file(S.IN_PROGRESS)
    handler, address = signed_in("handler"), act_address(complaint, StepName.NOTE)

    offered = {str(option["value"]) for option in handler.get(address).select("#colleagues option")}
    leads = handler.send(address, {"words": f"@{office.outsider.name} 看看，@{office.leader.name} 也看看"})

    assert office.leader.name in offered
    assert offered.isdisjoint({office.outsider.name, office.handler.name})
    flashes = [words_of(flash) for flash in handler.get(leads).select(".flash")]
    assert flashes == [
        "已写内部备注。",
        f"{office.outsider.name}看不到这件诉求，没有通知到。请找受理员转告。",
    ]
    signed_in("outsider").get(_address(complaint), status=404)


def test_every_form_says_who_will_read_the_words(signed_in: SignedIn, file: Filed) -> None:
    complaint, handler = file(S.IN_PROGRESS), signed_in("handler")
    read_by = {
        StepName.REPLY: "诉求人和关注人会看到",
        StepName.NOTE: "仅工作人员可见",
        StepName.REQUEST_DEFERRAL: "同意挂账后，诉求人会看到",
        StepName.REQUEST_TRANSFER: "仅工作人员可见",
    }

    told = {
        step: words_of(handler.get(act_address(complaint, step)).select_one(".readers")) for step in read_by
    }

    assert told == read_by


def test_the_panel_tells_who_reads_it_and_that_the_name_is_hidden(
    signed_in: SignedIn, file: Filed, office: Office
) -> None:
    panel = signed_in("handler").get(_address(file(S.IN_PROGRESS, anonymous=True)))

    told = words_of(panel.select_one("section[aria-labelledby=readers-title]"))
    assert "匿名提交：所有工作人员都看不到是谁" in told
    assert f"受理员 {office.dispatcher.name}、{office.second_dispatcher.name}" in told


def test_photos_from_before_and_after_stand_side_by_side(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime
) -> None:
    complaint, handler = file(S.IN_PROGRESS), signed_in("handler")
    _photos(database, complaint, AttachmentPurpose.REPORT, now)
    assert handler.get(_address(complaint)).select("[data-pairs]") == []
    with database.transaction() as session:
        complaints.resolve(
            session, session.get_one(Complaint, complaint.id), words="好了", outcome=Outcome.SOLVED,
            no_photo_reason="-", actor=Actor.of_staff(office.handler), now=now,
        )  # fmt: skip
    _photos(database, complaint, AttachmentPurpose.AFTER, now)

    page = handler.get(_address(complaint))

    assert [str(side["data-side"]) for side in page.select("[data-pairs] [data-side]")] == ["before", "after"]
    assert [len(side.select("[data-photo]")) for side in page.select("[data-side]")] == [1, 1]


def test_two_complaints_are_tied_with_a_note_and_untied(
    signed_in: SignedIn, file: Filed, office: Office, database: Database
) -> None:
    one = file(reporter=office.friend, service_point=office.canteen)
    other = file(reporter=office.friend, service_point=office.hall, anonymous=True)
    desk, tie = signed_in("dispatcher"), f"{_address(one)}/links"
    desk.get(_address(one))

    for wrong in ("2026-0101-0001", "", one.number):
        back = desk.send(tie, {"other": wrong, "note": "同一批"})
        assert "danger" in str(desk.get(back).select_one(".flash"))
    assert desk.get(back).select_one("details.link-fold[open] #link-note[value=同一批]") is not None
    desk.send(tie, {"other": other.number, "note": "同一批货"})

    tied = desk.get(_address(other)).select_one(".related-card")
    assert one.number in words_of(tied)
    assert f"{office.dispatcher.name}关联：同一批货" in words_of(tied)
    for _ in range(2):
        desk.send(f"{_address(other)}/links/{one.number}/remove")
    with database.reading() as session:
        assert session.scalars(select(ComplaintLink)).all() == []
    admin = signed_in("admin")
    assert admin.get(_address(one)).select_one(".link-fold") is None
    assert admin.post(tie, {"other": other.number}).status_code == 403


def test_paper_holds_what_may_leave_the_house_and_the_rest_only_when_asked_for(
    signed_in: SignedIn, talked_over: Complaint
) -> None:
    handler = signed_in("handler")
    plain = words_of(handler.get(f"{_address(talked_over)}/print").select_one("main"))
    full = handler.get(f"{_address(talked_over)}/print?internal=1&contact=1")
    leader = words_of(signed_in("leader").get(f"{_address(talked_over)}/print?contact=1").select_one("main"))

    assert "请安排人" not in plain
    assert "经办人：" not in plain
    assert "林小雨" not in plain
    assert "不含内部记录" in plain
    assert "正在加热" in plain
    assert "请安排人" in words_of(full)
    assert "经办人：" in words_of(full)
    assert "林小雨 13800001234" in words_of(full)
    assert "林小雨" not in leader
    assert words_of(full.select_one(".print-code figcaption")) == talked_over.number
    assert full.select_one(".print-code svg path") is not None
    signed_in("outsider").get(f"{_address(talked_over)}/print", status=404)


@pytest.mark.parametrize("path", ["", "/print?internal=1"])
def test_the_number_of_queries_is_the_same_for_one_entry_and_for_fifty(  # noqa: PLR0917 (fixtures)
    signed_in: SignedIn,
    file: Filed,
    office: Office,
    database: Database,
    now: datetime,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    path: str,
) -> None:
    complaint, lead = file(S.IN_PROGRESS), signed_in("lead")

    def talk(times: int) -> None:
        for number in range(times):
            with database.transaction() as session:
                found = session.get_one(Complaint, complaint.id)
                handler, moment = Actor.of_staff(office.handler), now + timedelta(seconds=number)
                words = f"第 {number} 次 @{office.lead.name}"
                complaints.note(session, found, words=words, actor=handler, now=moment)
                complaints.reply(session, found, words="在办", actor=handler, now=moment)
            _photos(database, complaint, AttachmentPurpose.PROGRESS, now)

    def queries() -> int:
        with count_queries() as sent:
            lead.get(_address(complaint) + path)
        return len(sent)

    talk(1)
    few = queries()
    talk(49)

    assert queries() == few
    assert len(stored(database, complaint).number) == 14


def test_a_failed_note_leaves_nobody_told(
    signed_in: SignedIn, file: Filed, office: Office, database: Database
) -> None:
    complaint, handler = file(S.IN_PROGRESS), signed_in("handler")

    handler.refused(act_address(complaint, StepName.NOTE), {"words": f"@{office.lead.name}" + "长" * 5_000})

    with database.reading() as session:
        kinds = session.scalars(select(Notice.kind)).all()
    assert NoticeKind.STAFF_MENTIONED not in kinds
