"""Limits of people: what is refused and with which words, what never is, and what staff may do about it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from config.limits import Limits, use_limits
from domain import complaints, limit_counts, limit_desk, limits, matters, pending_uploads, place_ratings
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound, TooLate, TooMuch
from domain.reporting import follow
from models.attachment import Attachment
from models.audit import AuditEntry
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, Channel, UploadState
from models.enums import ComplaintStatus as S
from models.pending_upload import PendingUpload
from models.person import Person
from models.person_limit import LimitKind, PersonLimit
from tests.support.factories import Factory
from tests.support.matters import matter as listed
from tests.support.story import Story

_MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def other_numbers() -> Iterator[None]:
    """Tests may set numbers of their own."""
    yield
    use_limits(Limits())


def refused(story: Story, words: str = "桌子坏了", **changes: bool) -> str:
    """Why the student may not file now; empty when they may."""
    try:
        limits.check_filing(story.session, story.office.student, words=words, now=story.now, **changes)
    except NotAllowed as refusal:
        return refusal.message
    return ""


def test_so_many_complaints_an_hour_and_a_day_are_taken_of_one_person(story: Story) -> None:
    use_limits(Limits(filed_per_hour=2, filed_per_day=3))
    story.complaint()
    story.later(minutes=5)
    story.complaint(recorded_by=story.office.dispatcher, channel=Channel.PHONE)
    assert refused(story) == ""
    story.complaint()
    assert refused(story) == (
        "您一小时内已经提交了 2 件，今天 11:00 以后可以再提交；写好的还在，不会丢。"
        "紧急情况不受限制，遇到危险请马上拨打 0571-88886110（后勤值班 0571-88886120）。"
    )
    assert limits.current(story.session, story.office.student.id, LimitKind.FILING, now=story.now) is None
    story.later(minutes=55)
    assert refused(story) == ""
    story.complaint()
    # Where nobody keeps a list, nothing is noted and all else is the same.
    assert Context().run(refused, story).startswith("您24 小时内已经提交了 3 件，明天 10:00 以后可以再提交")


def test_a_danger_is_filed_whatever_came_before_and_a_flood_of_them_goes_to_one(story: Story) -> None:
    use_limits(Limits(filed_per_hour=1))
    story.complaint()
    assert (refused(story) != "", refused(story, "三楼漏电"), refused(story, urgent=True)) == (True, "", "")
    assert limits.urgent_at_work(story.session, story.office.student) is None
    for _ in range(4):
        story.complaint(text="漏电了")
    last = story.complaint(text="漏电了")
    assert refused(story, "又漏电").startswith("您一小时内已上报 5 件紧急情况")
    assert limits.urgent_at_work(story.session, story.office.student) is last


def test_what_is_sent_of_photos_counts_whichever_way_it_came(story: Story) -> None:
    use_limits(Limits(upload_megabytes=3))
    student = Actor.of_person(story.office.student)
    pending_uploads.begin(story.session, student, name="a.jpg", size=_MEGABYTE, now=story.now)
    complaint = story.complaint()
    photo = Attachment(
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=story.now,
        file_key="b.jpg",
        size=_MEGABYTE + 1,
    )
    complaints.supplement(story.session, complaint, attachments=[photo], **story.by(story.office.student))
    limits.check_bytes(story.session, story.office.student, _MEGABYTE - 1, now=story.now)
    with pytest.raises(
        TooMuch, match="24 小时内发来的照片、录音已超过 3 MB，这一份没有保存，明天 10:00 以后"
    ):
        pending_uploads.begin(story.session, student, name="c.jpg", size=_MEGABYTE, now=story.now)
    photo.size = 2 * _MEGABYTE
    story.session.flush()
    with pytest.raises(TooMuch):
        limits.check_bytes(story.session, story.office.student, 0, now=story.now)
    story.later(hours=24)
    limits.check_bytes(story.session, story.office.student, 0, now=story.now)


def test_who_is_blocked_reads_and_rates_but_brings_nothing_new_but_dangers(story: Story) -> None:
    session, student, desk = story.session, story.office.student, story.office.dispatcher
    own, others = story.complaint(S.RESOLVED), story.complaint(reporter=story.office.friend)
    urgent = story.complaint(text="三楼漏电")
    matter = listed(session, story.office, now=story.now)
    block = limit_desk.block_reporter(
        session, own.number, days=7, reason="反复发送无关内容", staff=desk, now=story.now
    )
    words = "您暂时不能提交内容，11月30日 10:00 以后恢复。原因：反复发送无关内容。已经提交的照常办理"
    noted = limits.begin_noting()
    for act in (
        lambda: limits.check_filing(session, student, words="桌子坏了", now=story.now),
        lambda: follow(session, others, person=student, now=story.now),
        lambda: place_ratings.rate(session, story.office.canteen, person=student, stars=1, now=story.now),
        lambda: matters.vote(session, matter, student, wanted=True, now=story.now),
    ):
        with pytest.raises(NotAllowed, match=words):
            act()
    with pytest.raises(NotAllowed, match=words):
        complaints.supplement(session, story.complaint(), words="还有", **story.by(student))
    assert noted == [(student.id, LimitKind.BLOCK, block.until)] * 5
    matters.vote(session, matter, student, wanted=False, now=story.now)
    complaints.supplement(session, urgent, words="在三楼", **story.by(student))
    complaints.rate(session, own, solved=True, stars=5, **story.by(student))
    assert refused(story, "着火了") == ""

    story.later(days=7)
    assert refused(story) == ""
    story.later(minutes=-1)
    limit_desk.lift(session, block.id, why="已谈话", staff=desk, now=story.now)
    assert refused(story) == ""
    with pytest.raises(TooLate):
        limit_desk.lift(session, block.id, why="再来", staff=desk, now=story.now)
    written = session.scalars(select(AuditEntry.words).where(AuditEntry.subject_kind == "limit"))
    session.flush()
    assert [one for one in written if student.openid and student.openid in one] == []


def test_staff_lift_what_was_met_and_it_counts_anew(story: Story) -> None:
    use_limits(Limits(filed_per_hour=1))
    session, student, desk = story.session, story.office.student, story.office.dispatcher
    story.complaint()
    limit = PersonLimit(
        person_id=student.id, kind=LimitKind.FILING, began_at=story.now, until=story.now + timedelta(hours=1)
    )
    pages = PersonLimit(
        person_id=student.id, kind=LimitKind.PAGES, began_at=story.now, until=story.now + timedelta(hours=1)
    )
    session.add_all([limit, pages])
    session.flush()
    found = limit_desk.listing(session, over=False, page=1, per_page=9, now=story.now)
    assert [(row.limit.kind, row.in_force) for row in found.items] == [
        (LimitKind.PAGES, True),
        (LimitKind.FILING, True),
    ]
    story.later(minutes=1)
    assert refused(story) != ""
    limit_desk.lift(session, limit.id, why="社团统一报修", staff=desk, now=story.now)
    assert refused(story) == ""
    block = limit_desk.block_limited(session, limit.id, days=1, reason="刷屏", staff=desk, now=story.now)
    assert (block.person_id, block.complaint_id) == (student.id, None)
    over = limit_desk.listing(session, over=True, page=5, per_page=9, now=story.now)
    assert [(row.limit.id, row.limit.lifted_why, row.in_force) for row in over.items] == [
        (limit.id, "社团统一报修", False)
    ]

    with pytest.raises(NotAllowed, match="几分钟内自己结束"):
        limit_desk.lift(session, pages.id, why="x", staff=desk, now=story.now)
    with pytest.raises(NotAllowed, match="由受理员或系统管理员"):
        limit_desk.lift(session, limit.id, why="x", staff=story.office.inspector, now=story.now)
    for unknown in (limit_desk.lift, limit_desk.block_limited):
        said = {"why": "x"} if unknown is limit_desk.lift else {"days": 1, "reason": "x"}
        with pytest.raises(NotFound):
            unknown(session, 999, staff=desk, now=story.now, **said)
    wrong = {"staff": desk, "now": story.now}
    number = story.complaint(reporter=None, recorded_by=desk, channel=Channel.PHONE).number
    for changes, field in (
        ({"number": number}, "number"),
        ({"days": 2}, "days"),
        ({"reason": " "}, "reason"),
    ):
        given = {"number": story.complaint().number, "days": 1, "reason": "x", **wrong, **changes}
        with pytest.raises(Invalid) as caught:
            limit_desk.block_reporter(session, given.pop("number"), **given)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_refusals_are_counted_in_memory_and_written_some_at_a_time(
    database: Database, factory: Factory
) -> None:
    with database.transaction() as session:
        person = factory.person(session)
    now, seconds = factory.now, [100.0]
    until = now + timedelta(minutes=2)
    counts = limit_counts.counts_of(database)
    counts.clock = lambda: seconds[0]
    met = (person.id, LimitKind.PAGES, until)

    def written() -> list[tuple[LimitKind, int]]:
        with database.reading() as session:
            return [(row.kind, row.refused) for row in session.scalars(select(PersonLimit))]

    counts.add([met])
    limit_counts.write_due(database, now=now)
    assert written() == [(LimitKind.PAGES, 1)]
    for _ in range(1000):
        counts.add([met])
        limit_counts.write_due(database, now=now)
    assert written() == [(LimitKind.PAGES, 1)]
    seconds[0] += limit_counts.WRITE_EVERY_SECONDS
    # Somebody deleted meanwhile, and what staff have lifted meanwhile, begin nothing anew.
    over = [(person.id, kind, until) for kind in (LimitKind.BLOCK, LimitKind.CHAT)]
    counts.add([(999, LimitKind.PAGES, until), *over])
    limit_counts.write_due(database, now=now)
    assert written() == [(LimitKind.PAGES, 1001)]
    limit_counts.write_due(database, now=now)

    counts.add([(number, LimitKind.CHAT, until) for number in range(5000)])
    assert len(counts._refused) == limit_counts.MOST_KEPT


def test_who_files_from_several_hands_at_once_meets_the_same_limit(
    database: Database, factory: Factory, now: datetime
) -> None:
    use_limits(Limits(filed_per_hour=2, upload_megabytes=1))
    with database.transaction() as session:
        office = factory.office(session)

    def file(_: int) -> bool:
        try:
            with database.transaction() as session:
                student = session.get_one(Person, office.student.id)
                limits.check_filing(session, student, words="桌子坏了", now=now)
                time.sleep(0.1)  # so that each has counted before the first is done
                factory.complaint(session, office, now=now, reporter=student)
        except TooMuch:
            return False
        return True

    with ThreadPoolExecutor(5) as hands:
        assert sorted(hands.map(file, range(5))) == [False] * 3 + [True] * 2


def test_who_sends_files_from_several_hands_at_once_meets_the_same_limit(
    database: Database, factory: Factory, now: datetime
) -> None:
    use_limits(Limits(upload_megabytes=1))
    with database.transaction() as session:
        student_id = factory.person(session).id

    def send(number: int) -> bool:
        try:
            with database.transaction() as session:
                student = session.get_one(Person, student_id)
                limits.check_bytes(session, student, _MEGABYTE // 2, now=now)
                time.sleep(0.1)
                session.add(
                    PendingUpload(
                        token=f"upload {number}",
                        person_id=student_id,
                        kind=AttachmentKind.PHOTO,
                        state=UploadState.RECEIVING,
                        size=_MEGABYTE // 2,
                        created_at=now,
                    )
                )
        except TooMuch:
            return False
        return True

    with ThreadPoolExecutor(5) as hands:
        assert sorted(hands.map(send, range(5))) == [False] * 3 + [True] * 2
