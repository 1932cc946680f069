"""Who plays which part, and who sees what: the list and the page agree for everybody."""

from collections.abc import Iterator
from itertools import chain, combinations

import pytest
from sqlalchemy import select

from domain import complaints
from domain.actors import CLOCK, Actor, post_of
from domain.permissions import (
    Part,
    answered_for_by,
    may_see,
    may_see_contact,
    may_see_reporter,
    parts_in,
    visible_to,
    ways_to_see,
)
from models.complaint import Complaint
from models.enums import ComplaintStatus, Role
from models.staff import Staff
from tests.support.story import Story

S = ComplaintStatus


def everybody(story: Story) -> Iterator[Staff]:
    """Staff with each role and each pair of roles, in either team or none, at work or gone."""
    roles = [(), *((role,) for role in Role), *combinations(Role, 2)]
    for count, held in enumerate(roles):
        for team in (story.office.team, story.office.other_team, None):
            staff = story.factory.staff(story.session, *held, team=team)
            staff.active = count % 5 != 4
            yield staff


def test_lists_show_exactly_what_the_page_opens(story: Story) -> None:
    office = story.office
    office.handler.active = True
    stock = [story.complaint(status) for status in S]
    moved = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, moved, team=office.other_team, **story.by(office.dispatcher))
    named = [office.handler, office.colleague, office.lead, office.outsider, office.dispatcher, office.admin]
    named.append(story.factory.staff(story.session, Role.HANDLER))  # of no team
    gone = office.second_dispatcher
    gone.active = False
    story.session.flush()

    for staff in [*named, gone, *everybody(story)]:
        listed = set(story.session.scalars(select(Complaint.id).where(visible_to(staff))))
        by_ways = [story.session.scalars(select(Complaint.id).where(way)).all() for way in ways_to_see(staff)]
        assert sorted(chain(*by_ways)) == sorted(listed), "each by one way alone"
        answered = set(story.session.scalars(select(Complaint.id).where(answered_for_by(staff))))
        assert answered == {
            complaint.id
            for complaint in story.session.scalars(select(Complaint))
            if parts_in(story.session, complaint, Actor.of_staff(staff))
        }
        opened = {
            complaint.id
            for complaint in story.session.scalars(select(Complaint))
            if may_see(story.session, complaint, Actor.of_staff(staff))
        }
        assert listed == opened, f"{staff.username} {sorted(staff.roles)}"
    assert stock


def test_who_worked_on_it_still_finds_it_after_it_moved_on(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))

    assert may_see(story.session, complaint, Actor.of_staff(office.handler))
    assert not may_see(story.session, complaint, Actor.of_staff(office.colleague))
    assert parts_in(story.session, complaint, Actor.of_staff(office.handler)) == frozenset()


def test_parts_are_played_by_role_and_team(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.ASSIGNED)
    story.joined_by_friend(complaint)
    both = story.factory.staff(story.session, Role.HANDLER, Role.DISPATCHER, team=office.other_team)

    def parts(actor: Actor) -> set[str]:
        return set(parts_in(story.session, complaint, actor))

    assert parts(Actor.of_person(office.student)) == {Part.REPORTER}
    assert parts(Actor.of_person(office.friend)) == {Part.FOLLOWER}
    assert parts(Actor.of_person(story.factory.person(story.session))) == set()
    assert parts(CLOCK) == {Part.CLOCK}
    assert parts(Actor.of_staff(both)) == {Part.DISPATCHER}
    both.team_id = office.team.id
    assert parts(Actor.of_staff(both)) == {Part.DISPATCHER, Part.HANDLER}
    both.active = False
    assert parts(Actor.of_staff(both)) == set()
    assert not may_see(story.session, complaint, Actor.of_staff(both))


def test_strangers_see_nothing(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)

    assert not may_see(story.session, complaint, Actor.of_person(story.office.friend))
    assert not may_see(story.session, complaint, Actor.of_staff(story.office.outsider))


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("handler", True),
        ("lead", True),
        ("dispatcher", True),
        ("outsider", False),
        ("leader", False),
        ("inspector", False),
        ("admin", False),
    ],
)
def test_contact_is_for_the_team_at_work_and_the_desk_and_never_when_anonymous(
    story: Story, who: str, sees: bool
) -> None:
    staff = getattr(story.office, who)
    named, anonymous = story.complaint(S.ASSIGNED), story.complaint(S.ASSIGNED, anonymous=True)

    assert (may_see_contact(named, staff), may_see_reporter(named, staff)) == (sees, sees)
    assert (may_see_contact(anonymous, staff), may_see_reporter(anonymous, staff)) == (False, False)
    staff.active = False
    assert not may_see_contact(named, staff)


def test_people_read_posts_and_never_names(story: Story) -> None:
    office = story.office
    assert post_of(office.handler) == "饮食服务中心 经办人"
    assert post_of(office.dispatcher) == "受理员"
    office.leader.post = ""
    assert post_of(office.leader) == "分管领导"
    nobody = story.factory.staff(story.session)
    nobody.post = ""
    assert post_of(nobody) == "工作人员"


def test_only_the_clock_is_nobody(story: Story) -> None:
    assert CLOCK.is_clock
    assert not Actor.of_staff(story.office.handler).is_clock
    assert not Actor.of_person(story.office.student).is_clock
