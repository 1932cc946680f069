"""What anybody may know of a place: what was raised there, what may be joined, and its rates."""

from datetime import timedelta

import pytest

from domain import complaints, place_records
from domain.errors import NotFound
from domain.figure_rules import Rate
from domain.place_records import PlaceCounts
from models.complaint import Complaint
from models.enums import ComplaintStatus as S
from models.enums import Outcome, ServicePointKind
from models.service_point import ServicePoint
from tests.support.story import Story


def raised(story: Story, status: S = S.SUBMITTED, *, days: int = 0, **changes: object) -> Complaint:
    place = changes.pop("place", story.office.canteen)
    then = story.now - timedelta(days=days)
    return story.factory.complaint(
        story.session, story.office, status, now=then, service_point=place, **changes
    )


def released(story: Story, complaint: Complaint) -> Complaint:
    act = story.by(story.office.dispatcher)
    complaints.publish(story.session, complaint, public_text="已核实的情况", **act)
    return complaint


def listed(story: Story, place: ServicePoint, *, page: int = 1, per_page: int = 20) -> list[str]:
    counts = place_records.counts_of(story.session, place, now=story.now)
    found = place_records.records_of(
        story.session, place, total=counts.total, page=page, per_page=per_page, now=story.now
    )
    return [complaint.number for complaint in found.items]


def test_open_ones_come_first_whatever_their_age_and_old_ended_ones_are_left_out(story: Story) -> None:
    open_long = raised(story, S.IN_PROGRESS, days=200)
    ended = raised(story, S.RESOLVED, days=5)
    raised(story, S.CLOSED, days=91)
    raised(story, S.WITHDRAWN)
    raised(story, S.MERGED, place=story.office.hall)
    newest = raised(story)

    wanted = [newest.number, open_long.number, ended.number]
    assert listed(story, story.office.canteen) == wanted
    counts = place_records.counts_of(story.session, story.office.canteen, now=story.now)
    assert counts == PlaceCounts(open=2, ended=1)
    assert listed(story, story.office.canteen, page=9, per_page=2) == [ended.number]


def test_place_without_any_has_one_empty_page(story: Story) -> None:
    assert listed(story, story.office.hall) == []
    assert place_records.counts_of(story.session, story.office.hall, now=story.now).total == 0


def test_in_a_room_only_what_was_released_is_told_also_from_above(story: Story) -> None:
    room = story.factory.place(story.session, "302", parent=story.office.canteen)
    room.kind = ServicePointKind.ROOM
    raised(story, S.IN_PROGRESS, place=room)
    told = released(story, raised(story, S.IN_PROGRESS, place=room))

    assert listed(story, room) == [told.number]
    assert listed(story, story.office.canteen) == [told.number]


def test_only_what_was_released_and_is_open_can_be_joined_at_its_place(story: Story) -> None:
    office, session = story.office, story.session
    quiet = raised(story, S.IN_PROGRESS)
    ended = released(story, raised(story, S.RESOLVED))
    told = released(story, raised(story, S.IN_PROGRESS))

    for place, number in [
        (office.canteen, quiet.number),
        (office.canteen, ended.number),
        (office.hall, told.number),
    ]:
        with pytest.raises(NotFound):
            place_records.joinable_at(session, place, number)
    joins = [
        place_records.join_at(session, office.canteen, told.number, person=person, now=story.now)
        for person in (office.friend, office.friend, office.student)
    ]
    assert joins == [True, False, False]
    all_three = [quiet, ended, told]
    assert place_records.concerned(session, office.friend, all_three) == {told.id}
    assert place_records.concerned(session, office.student, all_three) == {each.id for each in all_three}
    complaints.resolve(
        session,
        told,
        words="好了",
        outcome=Outcome.SOLVED,
        no_photo_reason="不涉及设施",
        **story.by(office.handler),
    )
    with pytest.raises(NotFound):
        place_records.join_at(session, office.canteen, told.number, person=office.friend, now=story.now)


def test_code_of_a_closed_place_leads_to_the_nearest_one_in_use(story: Story) -> None:
    session, canteen = story.session, story.office.canteen
    floor = story.factory.place(session, "二楼", parent=canteen)
    window = story.factory.place(session, "9 号窗口", parent=floor)
    window.active = floor.active = False

    assert place_records.by_code_of_any_time(session, window.code) is window
    assert place_records.by_code_of_any_time(session, "no-such-code") is None
    assert place_records.nearest_in_use(session, window) is canteen
    canteen.active = False
    assert place_records.nearest_in_use(session, window) is None
    assert place_records.nearest_in_use(session, canteen) is None


def test_rates_count_each_judgement_and_hide_small_groups(story: Story) -> None:
    office, session = story.office, story.session
    for number in range(9):
        raised(story, S.CLOSED, days=number + 1)
    assert place_records.rates_of(session, office.canteen, now=story.now).resolution is None

    redone = raised(story, S.RESOLVED, days=1)
    complaints.rate(session, redone, solved=False, stars=1, **story.by(office.student))
    raised(story, S.CLOSED, days=200)  # too old to count
    raised(story, S.REJECTED, days=3)  # not ours
    raised(story, S.SUBMITTED)  # can still be answered in time
    late = raised(story, S.ASSIGNED, days=6)

    rates = place_records.rates_of(session, office.canteen, now=story.now)
    assert (rates.resolution, rates.satisfaction) == (Rate(9, 10), Rate(9, 10))
    assert late.first_answered_at is None
    assert rates.response is not None
    assert (rates.response.good, rates.response.of) == (10, 11)  # the round that was sent back was answered
    assert [rate.percent for rate in (Rate(9, 10), Rate(199, 200), Rate(5, 5))] == [90, 99, 100]
    assert bool(rates)
    assert not place_records.rates_of(session, office.hall, now=story.now)
