"""The same human being in the mini program and the official account becomes one person; nothing is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain import complaints, mini_people, scan_tickets
from domain.api_sessions import begin
from domain.mini_people import learn_unionid, person_of_mini
from domain.my_data_deletion import delete_person
from domain.people import person_by_openid
from domain.person_merging import merge
from domain.scan_tickets import Confirmation, ScanOutcome
from domain.secret_box import SecretBox
from domain.unlinking import unlink
from models.api_session import ApiSession, MiniProgramIdentity
from models.complaint import ComplaintFollower
from models.enums import ComplaintStatus, ScanKind, ScanState
from models.notice import Notice
from models.person import Person
from models.personal_settings import PersonalSettings
from models.rating import Rating
from models.scan_ticket import ScanTicket
from tests.support.story import Story

MINI, UNION = "oMini0000000000000000000001", "uUnion000000000000000000001"


def of_mini(story: Story, openid: str = MINI, unionid: str | None = UNION) -> Person:
    return person_of_mini(story.session, openid=openid, unionid=unionid, now=story.now)


def test_stranger_is_kept_once(story: Story) -> None:
    person, again = of_mini(story), of_mini(story, unionid=None)

    assert (again.id, person.openid, person.following) == (person.id, None, False)
    identity = mini_people.identity_of(story.session, person)
    assert identity is not None
    assert (identity.openid, identity.unionid) == (MINI, UNION)
    assert mini_people.is_known(story.session, MINI)
    assert not mini_people.is_known(story.session, "oOther")


def test_follower_whose_unionid_is_known_is_the_same_person(story: Story) -> None:
    student = story.office.student
    learn_unionid(story.session, student, UNION, now=story.now)

    assert of_mini(story).id == student.id
    assert of_mini(story, "oMiniOfAnotherPhone").id != student.id


def test_what_both_had_is_one_persons_when_the_unionid_is_learned(story: Story) -> None:
    session, office, now = story.session, story.office, story.now
    mini, student = of_mini(story), office.student
    own = story.factory.complaint(session, office, reporter=mini)
    followed = [story.factory.complaint(session, office, reporter=office.friend) for _ in range(2)]
    raised = story.factory.complaint(session, office)
    for complaint, person in (
        (followed[0], mini),
        (followed[0], student),
        (followed[1], mini),
        (raised, mini),
    ):
        complaints.follow(session, complaint, person=person, now=now)
    for person in (mini, student):
        session.add(
            PersonalSettings(person_id=person.id, muted=[], wants_digest=person is mini, changed_at=now)
        )
    opened, _ = begin(session, mini, device="手机", now=now)
    session.flush()
    gone_id = mini.id

    learn_unionid(session, student, UNION, now=now)
    session.refresh(own)

    assert own.reporter_id == student.id
    assert session.get_one(ApiSession, opened.id).person_id == student.id
    follows = select(ComplaintFollower.complaint_id).where(ComplaintFollower.person_id == student.id)
    assert sorted(session.scalars(follows)) == [each.id for each in followed]
    assert session.get_one(PersonalSettings, student.id).wants_digest is False
    assert session.scalar(select(func.count()).where(Notice.person_id == gone_id)) == 0
    assert session.get_one(Person, gone_id).openid is None
    assert of_mini(story).id == student.id


def test_who_unsubscribes_keeps_the_mini_program_and_is_joined_again_when_they_return(story: Story) -> None:
    session, student, now = story.session, story.office.student, story.now
    learn_unionid(session, student, UNION, now=now)
    of_mini(story)
    raised = story.factory.complaint(session, story.office)

    unlink(session, student, now=now)
    meanwhile = of_mini(story)
    returned = person_by_openid(session, "oReturned", now=now)
    learn_unionid(session, returned, UNION, now=now)
    session.refresh(raised)

    assert (meanwhile.id, meanwhile.openid, meanwhile.unionid) == (student.id, None, None)
    assert raised.reporter_id == returned.id
    assert of_mini(story).id == returned.id


def test_unionid_of_somebody_else_joins_nobody(story: Story) -> None:
    session, now = story.session, story.now
    mini, other = of_mini(story), of_mini(story, "oOther", None)
    learn_unionid(session, story.office.friend, None, now=now)
    mini_people.link(session, other, to=story.office.student)

    learn_unionid(session, story.office.student, UNION, now=now)
    learn_unionid(session, story.office.friend, UNION, now=now)

    # The student is joined with another mini program account already, and the unionid is the student's.
    assert of_mini(story).id == mini.id
    assert story.office.friend.unionid is None
    assert mini_people.link(session, mini, to=mini) is mini


def test_followers_are_asked_about_once_a_month(story: Story) -> None:
    session, office, now = story.session, story.office, story.now
    office.friend.following = False
    of_mini(story)
    session.flush()

    assert [each.id for each in mini_people.to_ask(session, now=now)] == [office.student.id]
    learn_unionid(session, office.student, None, now=now)
    assert mini_people.to_ask(session, now=now + timedelta(days=29)) == []
    assert len(mini_people.to_ask(session, now=now + timedelta(days=31))) == 1


@pytest.fixture
def ticket(story: Story) -> ScanTicket:
    """A code that somebody of the mini program had made."""
    waiting = of_mini(story)
    return scan_tickets.open_ticket(
        story.session, ScanKind.LINK, secret="s3cret", url="u", for_person=waiting, now=story.now
    )


def scan(story: Story, person: Person) -> ScanOutcome:
    return scan_tickets.scan(story.session, ScanKind.LINK, "s3cret", person=person, now=story.now).outcome


def confirm(story: Story, ticket: ScanTicket, number: str) -> Confirmation:
    waiting = ticket.for_person
    assert waiting is not None
    return scan_tickets.confirm_link(story.session, waiting, number=number, now=story.now)


def test_number_told_to_who_scanned_makes_one_of_two(story: Story, ticket: ScanTicket) -> None:
    mini = ticket.for_person
    assert mini is not None
    assert confirm(story, ticket, ticket.number) is Confirmation.DEAD
    assert scan(story, story.office.student) is ScanOutcome.SCANNED

    assert confirm(story, ticket, ticket.number) is Confirmation.DONE

    assert ticket.state is ScanState.USED
    assert of_mini(story).id == story.office.student.id
    assert confirm(story, ticket, ticket.number) is Confirmation.DEAD


def test_fifth_wrong_number_ends_the_code(story: Story, ticket: ScanTicket) -> None:
    scan(story, story.office.student)
    wrong = f"{(int(ticket.number) + 1) % 10_000:04d}"

    told = [confirm(story, ticket, wrong) for _ in range(5)]

    assert told == [Confirmation.WRONG] * 4 + [Confirmation.DEAD]
    assert ticket.state is ScanState.EXPIRED


def test_new_code_takes_the_place_of_the_one_before(story: Story, ticket: ScanTicket) -> None:
    newer = scan_tickets.open_ticket(
        story.session, ScanKind.LINK, secret="new", url="u", for_person=ticket.for_person, now=story.now
    )
    story.session.refresh(ticket)

    assert ticket.state is ScanState.EXPIRED
    assert newer.for_person is not None
    assert scan_tickets.ticket_of(story.session, newer.for_person) is newer


def test_account_joined_with_another_cannot_be_linked(story: Story, ticket: ScanTicket) -> None:
    session, student = story.session, story.office.student
    mini_people.link(session, of_mini(story, "oOther", None), to=student)
    assert scan(story, student) is ScanOutcome.BOUND_ELSEWHERE
    assert scan(story, story.office.friend) is ScanOutcome.SCANNED
    mini_people.link(session, of_mini(story, "oThird", None), to=story.office.friend)

    assert confirm(story, ticket, ticket.number) is Confirmation.DEAD
    assert ticket.state is ScanState.EXPIRED


def test_person_of_the_mini_program_alone_can_be_deleted(story: Story, ticket: ScanTicket) -> None:
    session, mini = story.session, ticket.for_person
    assert mini is not None
    raised = story.factory.complaint(session, story.office, reporter=mini)

    deleted = delete_person(session, mini, box=SecretBox("k" * 32), now=story.now)
    again = delete_person(session, mini, box=SecretBox("k" * 32), now=story.now)

    assert (deleted.complaints, again.complaints) == (1, 0)
    assert raised.reporter_id is None
    for table in (MiniProgramIdentity, ScanTicket):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_rating_goes_with_its_person(story: Story) -> None:
    session, office = story.session, story.office
    mini = of_mini(story)
    closed = story.factory.complaint(session, office, ComplaintStatus.CLOSED)

    merge(session, office.student, into=mini)

    session.refresh(closed)
    assert list(session.scalars(select(Rating.person_id))) == [mini.id]
    assert closed.reporter_id == mini.id
