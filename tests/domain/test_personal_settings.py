"""What a person wants to hear and when, as the outbox obeys it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from config.catalogue import QuietHours
from domain import outbox, personal_settings
from domain.errors import Invalid
from domain.notices import SORTS, inbox_of
from domain.personal_settings import Choices
from models.enums import NoticeKind, NoticeState
from models.notice import Notice
from models.person import Person
from tests.support.desk import Desk

ALL = [sort.key for sort in SORTS]
OFFICE_HOURS = QuietHours(start=time(22, 30), end=time(7, 30))


def choose(desk: Desk, *, muted: str = "", quiet: str = "22:30-07:30", digest: bool = False) -> Choices:
    with desk.database.transaction() as session:
        return personal_settings.save(
            session,
            session.get_one(Person, desk.office.student.id),
            heard=[key for key in ALL if key not in muted.split()],
            quiet_from=quiet.split("-", maxsplit=1)[0],
            quiet_to=quiet.split("-")[1],
            wants_digest=digest,
            now=desk.now,
        )


def test_who_chose_nothing_hears_all_outside_the_offices_quiet_hours(desk: Desk) -> None:
    with desk.database.reading() as session:
        choices = personal_settings.read(session, desk.office.student)
    assert choices == Choices(frozenset(), OFFICE_HOURS, own_hours=False, wants_digest=False)
    assert choose(desk) == choices, "the office's own hours are not kept as the person's"


def test_questions_results_and_what_is_urgent_cannot_be_switched_off(desk: Desk) -> None:
    choices = choose(desk, muted=" ".join(ALL))
    person_kinds = {kind for kind in NoticeKind if not kind.value.startswith("staff_")}
    assert person_kinds - choices.muted >= {
        NoticeKind.ASKED,
        NoticeKind.RESOLVED,
        NoticeKind.DEFERRED,
        NoticeKind.REJECTED,
        NoticeKind.CHAT_REPLY,
    }
    assert [choices.hears(sort) for sort in SORTS] == [False] * len(SORTS)
    tried = ((NoticeKind.RESOLVED, False), (NoticeKind.ASKED, False), (NoticeKind.ANSWERED, True))
    for kind, urgent in tried:
        notice_id = desk.queue(kind=kind, urgent=urgent)
        assert desk.letter().notice_id == notice_id
        with desk.database.transaction() as session:
            session.get_one(Notice, notice_id).state = NoticeState.SENT


def test_what_is_switched_off_stays_on_the_inbox_page_and_goes_no_other_way(desk: Desk) -> None:
    choose(desk, muted="progress")
    desk.open_window()
    muted, friend = desk.queue(), desk.queue(person_id=desk.office.friend.id)
    assert desk.claim() == outbox.Claim(muted, None)
    found = desk.notice(muted)
    assert (found.state, found.error, found.read_at) == (NoticeState.INBOX, "本人选择不发到微信", None)
    assert (desk.attempts(muted), desk.window().remaining) == ([], 5)
    with desk.database.reading() as session:
        assert [notice.id for notice in inbox_of(session, person=desk.office.student)] == [muted]
    assert desk.letter().notice_id == friend, "others hear of it as before"


def test_choices_hold_for_the_person_and_not_for_their_work(desk: Desk) -> None:
    choose(desk, muted="progress", quiet="09:00-12:00")
    desk.change(desk.office.handler, person_id=desk.office.student.id)
    at_work = desk.queue(person_id=None, staff_id=desk.office.handler.id)
    assert desk.letter().notice_id == at_work


def test_own_quiet_hours_hold_notices_back_until_they_end(desk: Desk) -> None:
    choose(desk, quiet="09:00-12:15")  # it is ten in the morning
    waiting, urgent = desk.queue(), desk.queue(urgent=True)
    assert desk.letter().notice_id == urgent
    with desk.database.transaction() as session:
        session.get_one(Notice, urgent).state = NoticeState.SENT
    assert desk.claim() == outbox.Claim(waiting, None)
    found = desk.notice(waiting)
    assert (found.state, found.due_at) == (NoticeState.PENDING, datetime(2026, 11, 23, 4, 15, tzinfo=UTC))
    assert desk.claim() is None
    desk.now = found.due_at
    assert desk.letter().notice_id == waiting


@pytest.mark.parametrize("quiet", ["01:00-06:00", "08:00-08:00"])
def test_who_is_awake_later_than_the_office_hears_at_night(desk: Desk, quiet: str) -> None:
    choose(desk, quiet=quiet)
    desk.now += timedelta(hours=13, minutes=30)  # 23:30
    ordinary = desk.queue(person_id=desk.office.friend.id)
    with desk.database.reading() as session:
        assert outbox.anything_due(session, now=desk.now) is False
    theirs = desk.queue()
    with desk.database.reading() as session:
        assert outbox.anything_due(session, now=desk.now) is True
    assert desk.letter().notice_id == theirs
    assert desk.claim() is None
    assert desk.notice(ordinary).due_at == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


def test_wish_for_pushes_is_kept_and_taken_back(desk: Desk) -> None:
    found = []
    for wanted in (True, False):
        assert choose(desk, digest=wanted).wants_digest is wanted
        with desk.database.reading() as session:
            found.append(session.scalars(personal_settings.wanting_digest()).all())
    assert found == [[desk.office.student.id], []]


def test_time_that_is_none_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid, match=r"22:30") as refused:
        choose(desk, quiet="22点-07:30")
    assert refused.value.field == "quiet_from"
