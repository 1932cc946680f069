"""Lists and look-ups: tabs, counts, search, paging, and how often they ask the database."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from domain import complaints, queries
from domain.errors import NotFound
from domain.filters import Filters
from domain.queries import Tab
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind, ComplaintStatus, Outcome, RequestState, Role
from models.staff import Staff
from tests.support.story import Story

S = ComplaintStatus


def numbers(found: Sequence[Complaint]) -> list[str]:
    """The last two figures of each number."""
    return [complaint.number[-2:] for complaint in found]


def listed(story: Story, tab: Tab = Tab.ALL, who: Staff | None = None, **filters: Any) -> list[str]:
    """What a tab lists, for a dispatcher unless it is said otherwise."""
    found = queries.inbox(
        story.session, who or story.office.dispatcher, tab=tab, now=story.now, filters=Filters(**filters)
    )
    assert found.total == len(found.items)
    return numbers(found.items)


def statements_of(story: Story, act: Callable[[], Any]) -> int:
    """How often an act asks the database, with nothing remembered from before."""
    story.session.flush()
    story.session.expire_all()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = story.session.get_bind().engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_complaint_is_found_by_id_and_number(story: Story) -> None:
    complaint = story.complaint()

    assert queries.find(story.session, complaint.id) is complaint
    assert queries.by_number(story.session, f" {complaint.number}\0 ") is complaint
    with pytest.raises(NotFound, match="没有找到这件诉求。"):
        queries.find(story.session, 999)
    with pytest.raises(NotFound, match="没有找到编号为 2026 的诉求。"):
        queries.by_number(story.session, "2026")


def test_tabs_hold_what_they_say_and_their_counts_agree(story: Story) -> None:
    office = story.office
    story.at("2026-11-20 10:00")
    late = story.complaint(S.IN_PROGRESS)  # 01, due Wednesday 25 at 10:00
    story.complaint(S.DEFERRED)  # 02
    story.complaint(S.WAITING)  # 03
    story.at("2026-11-23 10:00")
    story.complaint(S.RESOLVED)
    story.complaint(S.CLOSED)
    near = story.complaint(S.ASSIGNED)
    story.at("2026-11-25 14:00")
    story.complaint()
    undispatched = story.complaint()
    story.later(minutes=31)
    urgent = story.complaint(S.ASSIGNED, text="漏电")

    expected = {
        Tab.TO_DISPATCH: ["01", "02"],
        Tab.NEAR: [near.number[-2:]],
        Tab.OVERDUE: [late.number[-2:], "01", undispatched.number[-2:]],
        Tab.TO_RATE: ["01"],
        Tab.ALL: ["03", "02", "01", "03", "02", "01", "03", "02", "01"],
    }
    for tab, wanted in expected.items():
        assert listed(story, tab) == wanted, tab
    for staff in (office.handler, office.lead, office.dispatcher, office.leader, office.inspector):
        counts = queries.tab_counts(story.session, staff, now=story.now)
        assert counts == {tab: len(listed(story, tab, staff)) for tab in Tab}, staff.username
    assert listed(story, Tab.MINE, office.lead)[0] == urgent.number[-2:]


def test_mine_is_what_waits_for_ones_roles(story: Story) -> None:
    office, session = story.office, story.session
    waiting = story.complaint()  # 01
    assigned = story.complaint(S.ASSIGNED)  # 02
    worked_on = story.complaint(S.IN_PROGRESS)  # 03, by the handler
    transfer = story.complaint(S.IN_PROGRESS)  # 04
    complaints.request_transfer(session, transfer, reason="不归", **story.by(office.handler))
    deferral = story.complaint(S.IN_PROGRESS)  # 05
    until = story.now + timedelta(days=9)
    complaints.request_deferral(session, deferral, reason="等", until=until, **story.by(office.handler))
    rejection = story.complaint()  # 06
    reason = "已有明确结论的重复反映"
    complaints.request_rejection(session, rejection, reason=reason, **story.by(office.dispatcher))
    supervised = story.complaint(S.ASSIGNED)  # 07
    complaints.supervise(session, supervised, words="看", **story.by(office.leader))

    assert (waiting.number[-2:], assigned.number[-2:], worked_on.number[-2:]) == ("01", "02", "03")

    def mine(who: Staff) -> list[str]:
        return sorted(listed(story, Tab.MINE, who))

    assert mine(office.handler) == ["02", "03", "04", "05", "07"]
    assert mine(office.colleague) == ["02", "07"]
    assert mine(office.lead) == ["02", "03", "04", "05", "07"]
    assert mine(office.dispatcher) == ["01", "04", "06"]
    assert mine(office.leader) == ["05", "06"]
    assert mine(office.inspector) == ["07"]
    assert mine(office.admin) == []
    deciding = (office.handler, office.lead, office.dispatcher, office.second_dispatcher, office.leader)
    decides = {who.username: sorted(listed(story, Tab.TO_DECIDE, who)) for who in deciding}
    assert decides == {
        "handler": [],
        "lead": ["05"],
        "dispatcher": ["04"],
        "dispatcher2": ["04", "06"],
        "leader": ["05", "06"],
    }
    transfer.transfer_count = 2
    session.flush()
    assert mine(office.leader) == ["04", "05", "06"]


def test_what_has_moved_on_is_listed_among_all_but_is_no_work(story: Story) -> None:
    office = story.office
    moved = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, moved, team=office.other_team, **story.by(office.dispatcher))
    story.later(days=60)

    assert listed(story, Tab.OVERDUE, office.outsider) == ["01"]
    assert {tab: listed(story, tab, office.handler) for tab in Tab} == {
        **{tab: [] for tab in Tab},
        Tab.ALL: ["01"],
    }


def test_of_very_many_those_are_listed_that_one_may_see(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "COUNTED", 1)
    office = story.office
    moved = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, moved, team=office.other_team, **story.by(office.dispatcher))
    story.complaint()
    own = story.complaint(S.ASSIGNED)

    found = queries.inbox(story.session, office.handler, tab=Tab.ALL, now=story.now, per_page=5)
    assert (list(found.items), found.more) == ([own, moved], True)


def test_stars_are_those_given_last(story: Story) -> None:
    office, session = story.office, story.session
    complaint = story.complaint(S.RESOLVED)
    complaints.rate(session, complaint, solved=False, stars=1, **story.by(office.student))
    session.flush()
    assert (listed(story, stars=[1, 2]), listed(story, stars=[5])) == (["01"], [])

    complaints.resolve(session, complaint, words="换了", outcome=Outcome.SOLVED, **story.by(office.handler))
    assert listed(story, stars=[1, 2]) == ["01"], "until it is rated anew"
    complaints.rate(session, complaint, solved=True, stars=5, **story.by(office.student))
    session.flush()
    assert (listed(story, stars=[1, 2]), listed(story, stars=[5])) == ([], ["01"])


def test_own_request_does_not_wait_for_oneself(story: Story) -> None:
    both = story.factory.staff(story.session, Role.DISPATCHER, Role.LEADER)
    complaint = story.complaint(S.ASSIGNED)
    reason = "已有明确结论的重复反映"
    complaints.request_rejection(story.session, complaint, reason=reason, **story.by(both))

    assert listed(story, Tab.MINE, both) == []
    assert listed(story, Tab.MINE, story.office.leader) == ["01"]


def test_handler_without_a_team_has_nothing_to_do(story: Story) -> None:
    alone = story.factory.staff(story.session, Role.HANDLER)
    story.complaint(S.ASSIGNED)

    assert (listed(story, Tab.MINE, alone), listed(story, Tab.ALL, alone)) == ([], [])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("100%", ["02"]),
        ("a_b", ["03"]),
        ("it's", ["04"]),
        ('"引号"', ["04"]),
        ("\\", ["05"]),
        ("WIFI", ["06"]),
        ("wifi 断线", ["06"]),
        ("wifi 食堂", []),
        ("三号窗口", ["07"]),
        ("图书馆", ["08"]),
        ("1123-0008", ["08"]),
        ("\0", ["08", "07", "06", "05", "04", "03", "02", "01"]),
        ("'; DROP TABLE complaint; --", []),
    ],
)
def test_search_takes_every_character_as_it_is(story: Story, words: str, found: list[str]) -> None:
    texts = ["1000 件", "涨了 100%", "网名 a_b", 'it\'s "引号"', "路径 C:\\x", "WiFi 断线"]
    for text in texts:
        story.complaint(text=text)
    story.complaint(text="凉", place_text="三号窗口")
    story.complaint(text="吵", service_point=story.office.hall)

    assert listed(story, words=words) == found


def test_filters_narrow_one_by_one(story: Story) -> None:
    office = story.office
    child = story.factory.place(story.session, "三楼", parent=office.hall)
    other = story.factory.category(story.session)
    story.complaint(service_point=child)
    story.later(hours=1)
    story.complaint(S.ASSIGNED, category=other, kind=ComplaintKind.REPAIR, text="漏电")
    story.later(hours=1)
    last = story.complaint(service_point=office.hall)

    assert listed(story, ids=[last.id]) == ["03"]
    assert listed(story, statuses=[S.ASSIGNED]) == ["02"]
    assert listed(story, kind=ComplaintKind.REPAIR) == ["02"]
    assert listed(story, category_ids=[other.id]) == ["02"]
    assert listed(story, team_id=office.team.id) == ["02"]
    assert listed(story, urgent=True) == ["02"]
    assert listed(story, urgent=False) == ["03", "01"]
    assert listed(story, service_point_id=office.hall.id) == ["03", "01"]
    assert listed(story, service_point_id=child.id) == ["01"]
    assert listed(story, filed_from=last.filed_at) == ["03"]
    assert listed(story, filed_to=last.filed_at) == ["02", "01"]


def test_inbox_puts_urgent_first_then_what_is_due_next_and_undated_last(story: Story) -> None:
    story.complaint(S.ASSIGNED, kind=ComplaintKind.PRAISE)
    story.later(hours=1)
    story.complaint(S.ASSIGNED)
    story.at("2026-11-20 10:00")
    story.complaint(S.ASSIGNED, channel=Channel.PHONE)
    story.at("2026-11-24 10:00")
    story.complaint(S.ASSIGNED, text="漏电")
    found = queries.inbox(story.session, story.office.lead, tab=Tab.MINE, now=story.now)

    assert [complaint.number for complaint in found.items] == [
        "2026-1124-0001",
        "2026-1120-0001",
        "2026-1123-0002",
        "2026-1123-0001",
    ]


def test_page_beyond_the_end_gives_the_last(story: Story) -> None:
    for _ in range(5):
        story.complaint()

    def page(number: int) -> tuple[list[str], int, int, int]:
        found = queries.inbox(
            story.session, story.office.dispatcher, tab=Tab.ALL, now=story.now, page=number, per_page=2
        )
        return numbers(found.items), found.page, found.pages, found.total

    assert page(1) == (["05", "04"], 1, 3, 5)
    assert page(3) == (["01"], 3, 3, 5)
    assert page(99) == (["01"], 3, 3, 5)
    assert page(-1) == (["05", "04"], 1, 3, 5)
    empty = queries.inbox(story.session, story.office.dispatcher, tab=Tab.TO_RATE, now=story.now, page=7)
    assert (empty.items, empty.page, empty.pages, empty.total) == ([], 1, 1, 0)


def test_person_finds_what_they_raised_or_joined(story: Story) -> None:
    office = story.office
    for _ in range(3):
        story.complaint()
    joined = story.complaint(reporter=office.friend)
    complaints.follow(story.session, joined, person=office.student, now=story.now)
    story.complaint(reporter=office.friend)

    found = queries.of_person(story.session, office.student, limit=3)
    assert (numbers(found.items), found.total, found.pages) == (["04", "03", "02"], 4, 2)
    assert numbers(queries.of_person(story.session, office.student, limit=3, page=9).items) == ["01"]
    stranger = story.factory.person(story.session)
    assert queries.of_person(story.session, stranger, page=3).items == []


def test_public_timeline_leaves_out_what_staff_alone_read(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.note(story.session, complaint, words="备注", **story.by(office.handler))
    photo = story.photo()
    complaints.progress(
        story.session, complaint, words="在修", attachments=[photo], **story.by(office.handler)
    )
    secret = story.photo()
    secret.complaint_id, secret.public = complaint.id, False
    story.session.add(secret)
    story.session.flush()

    def steps(*, for_public: bool) -> list[tuple[str, int]]:
        entries = queries.timeline(story.session, complaint, for_public=for_public)
        return [(entry.event.step.value, len(entry.attachments)) for entry in entries]

    public = [("submit", 0), ("assign", 0), ("accept", 0), ("progress", 1)]
    assert steps(for_public=True) == public
    assert steps(for_public=False) == [*public[:3], ("note", 0), public[3]]
    assert queries.attachments_of(story.session, complaint, for_public=True) == [photo]
    assert queries.attachments_of(story.session, complaint) == [photo, secret]


def test_only_what_waits_for_a_decision_is_an_open_request(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.request_transfer(story.session, complaint, reason="不归", **story.by(office.handler))
    complaints.refuse_transfer(story.session, complaint, words="归", **story.by(office.dispatcher))
    complaints.request_transfer(story.session, complaint, reason="真不归", **story.by(office.handler))
    (waiting,) = queries.open_requests(story.session, complaint)

    assert (waiting.reason, waiting.state, waiting.requested_by) == (
        "真不归",
        RequestState.OPEN,
        office.handler,
    )


def test_similar_ones_are_open_lately_raised_and_of_the_same_place(story: Story) -> None:
    place = {"service_point": story.office.canteen}
    story.at("2026-10-20 10:00")
    story.complaint(**place)
    story.at("2026-11-23 10:00")
    like = [story.complaint(**place) for _ in range(2)]
    story.complaint(S.WITHDRAWN, **place)
    story.complaint(category=story.factory.category(story.session), **place)
    nowhere = story.complaint()
    complaint = story.complaint(**place)

    found = queries.similar_open(story.session, complaint)
    assert {similar.id for similar in found} == {one.id for one in like}
    assert len(queries.similar_open(story.session, complaint, limit=1)) == 1
    assert queries.similar_open(story.session, nowhere) == []


def test_inbox_asks_as_often_for_many_rows_as_for_one(story: Story) -> None:
    office = story.office

    def look() -> None:
        found = queries.inbox(story.session, office.dispatcher, tab=Tab.ALL, now=story.now)
        for complaint in found.items:
            assert complaint.category.name
            _ = complaint.service_point, complaint.team, complaint.handler and complaint.handler.roles

    story.complaint(S.IN_PROGRESS, service_point=office.canteen)
    one = statements_of(story, look)
    for status in (S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED, S.CLOSED):
        place = story.factory.place(story.session, team=story.factory.team(story.session))
        new = story.complaint(category=story.factory.category(story.session), service_point=place)
        if status is not S.SUBMITTED:
            complaints.assign(story.session, new, team=office.team, **story.by(office.dispatcher))
            complaints.accept(story.session, new, **story.by(office.colleague))

    assert statements_of(story, look) == one


def test_timeline_asks_as_often_for_many_events_as_for_one(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)

    def look() -> None:
        for entry in queries.timeline(story.session, complaint, for_public=False):
            _ = entry.event.staff and entry.event.staff.team, entry.attachments

    one = statements_of(story, look)
    for who in (office.handler, office.colleague, office.lead, office.dispatcher):
        photo = story.photo()
        complaints.reply(story.session, complaint, words="在修", attachments=[photo], **story.by(who))

    assert statements_of(story, look) == one
