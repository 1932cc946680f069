"""What a complaint is found by, by whom, and what that costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from domain import complaints, queries, search_index
from domain.filters import Filters, Order
from domain.permissions import contact_shown_to, may_see_contact
from domain.queries import Tab
from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import Channel, Closing, ComplaintStatus, Outcome, Role
from models.staff import Staff
from tests.support.story import Story

S = ComplaintStatus


def found(story: Story, words: str, who: Staff | None = None, **how: Any) -> list[str]:
    """The last two figures of what a search finds, newest first."""
    filters = Filters(words=words, **how)
    who = who or story.office.dispatcher
    page = queries.inbox(story.session, who, tab=Tab.ALL, now=story.now, filters=filters)
    return [complaint.number[-2:] for complaint in page.items]


def test_everything_that_was_said_is_found_and_what_the_clock_says_is_not(story: Story) -> None:
    office, session = story.office, story.session
    first = story.complaint(S.IN_PROGRESS, text="三楼灯管一闪一闪", service_point=office.hall)
    story.complaint(text="菜凉", service_point=office.canteen, place_text="靠南边的窗户")
    complaints.progress(session, first, words="已联系电工王师傅", **story.by(office.handler))
    complaints.note(session, first, words="这人反映过三次", **story.by(office.handler))
    complaints.supplement(session, first, words="今晚彻底不亮了", **story.by(office.student))

    assert found(story, "灯") == found(story, "灯管") == found(story, "一闪一闪") == ["01"]
    assert found(story, "电工") == found(story, "反映过") == found(story, "彻底不亮") == ["01"]
    assert found(story, "图书馆大厅") == ["01"]
    assert found(story, "一食堂3号窗口") == found(story, "南边") == ["02"]
    assert found(story, "饮食服务") == ["02", "01"]
    assert found(story, "2026-1123 闪") == ["01"]
    assert found(story, "自动派单") == [], "nobody said that"
    assert found(story, "一管灯") == found(story, "灯闪") == [], "the pairs are there, the word is not"


def test_a_telephone_is_found_by_those_alone_who_may_see_it(story: Story) -> None:
    office, session = story.office, story.session
    contact = {"contact_name": "张伟强", "contact_phone": "138-0013-8001"}
    ours = story.complaint(S.ASSIGNED, **contact)
    story.complaint(S.ASSIGNED, anonymous=True, **contact)
    theirs = story.complaint(**contact)
    complaints.assign(session, theirs, team=office.other_team, **story.by(office.dispatcher))
    reader = story.factory.staff(session, Role.DISPATCHER, Role.HANDLER, team=office.team)
    everyone = [office.dispatcher, office.handler, office.lead, office.outsider, office.leader, reader]

    for words in ("8001", "13800138001", "0138", "张伟强", "张伟"):
        assert found(story, words) == found(story, words, reader) == ["03", "01"], words
        assert found(story, words, office.handler) == found(story, words, office.lead) == ["01"]
        assert found(story, words, office.outsider) == ["03"]
        assert found(story, words, office.leader) == found(story, words, office.inspector) == []
    assert found(story, "伟张强") == []
    for who in everyone:
        shown = set(session.scalars(select(Complaint.id).where(contact_shown_to(who))))
        assert shown == {one.id for one in (ours, theirs) if may_see_contact(one, who)}, who.username


def test_words_and_filters_narrow_together(story: Story) -> None:
    story.complaint(text="空调漏水")
    story.complaint(S.CLOSED, text="空调太吵")
    story.complaint(S.CLOSED, text="灯不亮")

    assert found(story, "空调") == ["02", "01"]
    assert found(story, "空调", statuses=[S.CLOSED]) == ["02"]
    assert found(story, "空调 吵", stars=[5]) == ["02"]
    assert found(story, "空调", stars=[1]) == []


@pytest.mark.parametrize(
    ("uneven", "other_way"), [(0, "is_found"), (1e12, "reads_as")], ids=["walked by", "put in order"]
)
def test_what_many_hold_is_counted_so_far_and_still_listed_newest_first(
    story: Story, monkeypatch: pytest.MonkeyPatch, uneven: float, other_way: str
) -> None:
    monkeypatch.setattr(queries, "_UNEVEN", uneven)
    monkeypatch.delattr(queries, other_way)
    monkeypatch.setattr(queries, "COUNTED_ON_TABS", 3)
    monkeypatch.setattr(queries, "SEARCHED", 3)
    for _ in range(5):
        story.complaint(text="食堂太挤")
        story.later(minutes=1)
    who = story.office.dispatcher

    page = queries.inbox(
        story.session, who, tab=Tab.ALL, now=story.now, filters=Filters(words="食堂"), page=9, per_page=2
    )
    assert (page.total, page.more, page.page, page.pages) == (3, True, 2, 2)
    assert [one.number[-2:] for one in page.items] == ["03", "02"]
    assert queries.tab_counts(story.session, who, now=story.now)[Tab.ALL] == 4, "one more than was counted"


def test_renaming_a_place_or_team_has_the_worker_write_the_entries_anew(story: Story) -> None:
    office, session = story.office, story.session
    story.complaint(service_point=office.canteen)
    story.complaint()
    office.canteen.full_name = "民族餐厅"
    office.team.phone = "8100"
    session.flush()

    assert search_index.is_filling(session)
    assert found(story, "民族餐厅") == []
    assert search_index.fill_stale(session, limit=10) == 1
    assert not search_index.is_filling(session)
    assert found(story, "民族餐厅") == ["01"]
    assert found(story, "一食堂") == []

    office.team.name = "膳食处"
    session.flush()
    assert search_index.fill_stale(session, limit=10) == 1
    assert found(story, "膳食处") == ["01"]


def test_complaints_from_before_the_index_are_filled_in_bit_by_bit(story: Story) -> None:
    for _ in range(3):
        story.complaint(S.RESOLVED, text="水压低")
    empty = {"words": "", "contact_words": "", "stale": True}
    tokens = "" if story.session.get_bind().dialect.name == "sqlite" else None
    for entry in story.session.scalars(select(ComplaintSearch)):
        story.session.delete(entry)
    story.session.flush()
    for complaint in story.session.scalars(select(Complaint)):
        story.session.execute(
            ComplaintSearch.__table__.insert().values(complaint_id=complaint.id, tokens=tokens or "", **empty)
        )
    assert found(story, "水压") == []

    assert [search_index.fill_stale(story.session, limit=2) for _ in range(3)] == [2, 1, 0]
    assert found(story, "水压") == ["03", "02", "01"]
    assert found(story, "保温设备") == ["03", "02", "01"], "what was answered, too"


def test_a_step_costs_one_statement_more_and_says_nothing_twice(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    story.session.execute(update(ComplaintSearch).values(words=ComplaintSearch.words))
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = story.session.get_bind().engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    complaints.reply(story.session, complaint, words="明天来", **story.by(office.handler))
    sqlalchemy_event.remove(engine, "before_cursor_execute", note)

    assert len([statement for statement in sent if "complaint_search" in statement]) == 1


def test_an_endless_complaint_is_indexed_up_to_a_length(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_LONGEST", 40)
    complaint = story.complaint(S.IN_PROGRESS, text="起" + "。" * 50 + "终")
    complaints.reply(story.session, complaint, words="后来", **story.by(story.office.handler))

    assert found(story, "起") == ["01"]
    assert found(story, "终") == found(story, "后来") == []


def test_lists_narrow_and_sort_by_what_the_office_asks_for(story: Story) -> None:
    office, session = story.office, story.session
    parent = story.factory.category(session)
    child = story.factory.category(session, parent_id=parent.id)
    late = story.complaint(S.IN_PROGRESS, category=child, channel=Channel.PHONE)
    photo = story.photo()
    photo.complaint_id = late.id
    session.add(photo)
    deferred = story.complaint(S.DEFERRED)
    rejected = story.complaint(S.REJECTED)
    rated = story.complaint(S.RESOLVED)
    complaints.rate(session, rated, solved=False, stars=1, words="没修", **story.by(office.student))
    complaints.supervise(session, rated, words="看", **story.by(office.leader))
    complaints.resolve(
        session, rated, words="好了", outcome=Outcome.SOLVED, no_photo_reason="无", **story.by(office.handler)
    )
    complaints.rate(session, rated, solved=True, stars=4, **story.by(office.student))
    unrated = story.complaint(S.RESOLVED)
    unrated.closing = Closing.UNRATED
    session.flush()
    story.later(days=6)

    def only(**filters: Any) -> list[Complaint]:
        page = queries.inbox(
            session, office.dispatcher, tab=Tab.ALL, now=story.now, filters=Filters(**filters)
        )
        return list(page.items)

    assert only(category_ids=[parent.id]) == only(channel=Channel.PHONE) == only(with_photos=True) == [late]
    assert only(overdue=True) == [late]
    assert only(reopened=True) == only(supervised=True) == only(stars=[3, 4]) == [rated]
    assert only(stars=[1]) == [], "the last rating counts"
    assert only(unrated=True) == [unrated]
    assert only(rejection_reason=rejected.rejection_reason) == [rejected]
    assert only(handler_id=office.handler.id) == [unrated, rated, deferred, late]
    until = deferred.deferred_until
    assert until is not None
    assert only(deferred_to=until + timedelta(days=1)) == only(deferred_from=until) == [deferred]
    assert only(deferred_from=until + timedelta(days=1)) == []
    assert only(closed_from=story.now - timedelta(days=7), statuses=[S.REJECTED, S.WITHDRAWN]) == [rejected]
    assert only(closed_to=story.now - timedelta(days=7)) == []

    def sorted_by(order: Order) -> list[Complaint]:
        page = queries.inbox(session, office.dispatcher, tab=Tab.ALL, now=story.now, order=order)
        assert len(page.items) == 5
        return list(page.items)

    assert sorted_by(Order.OLDEST) == sorted_by(Order.NEWEST)[::-1]
    assert sorted_by(Order.REOPENED)[0] == sorted_by(Order.REOPENED_LEAST)[-1] == rated
    assert sorted_by(Order.DUE)[-1] == sorted_by(Order.DUE_LAST)[0] == deferred
    assert [one.closed_at is None for one in sorted_by(Order.CLOSED)] == [False, False, True, True, True]
    assert [one.closed_at is None for one in sorted_by(Order.CLOSED_FIRST)][:3] == [False, False, True]
    assert sorted_by(Order.TEAM)[-1] == rejected
    assert sorted_by(Order.USUAL)[0] in {late, rated, unrated}


def test_whether_entries_wait_is_asked_of_the_index_of_those_that_wait(sqlite: Database) -> None:
    asked: list[str] = []
    sqlalchemy_event.listen(sqlite.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with sqlite.reading() as session:
        search_index.is_filling(session)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1]}", (1, 0)).all()

    assert "ix_complaint_search_stale" in plan[0][3]
