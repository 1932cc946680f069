"""A push in the outbox: never by template message, and never a second time when nobody knows of the first."""

from datetime import timedelta

from domain import outbox, push_sending
from domain.ports import Delivery, Verdict
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.push_words import PushState
from tests.support.desk import Desk
from tests.support.pushes import begun, something_to_tell
from tests.support.story import Story

PUSH = {"kind": NoticeKind.PUSH_DIGEST, "bulk": True}


def test_a_push_goes_into_the_open_chat_and_by_no_template(desk: Desk) -> None:
    desk.open_window()
    desk.queue(**PUSH)
    letter = desk.letter()
    assert (letter.channel, letter.other_channels) == (NoticeChannel.CUSTOM, ())


def test_a_push_whose_arrival_nobody_knows_of_stays_on_the_page(desk: Desk) -> None:
    desk.open_window()
    lost = desk.queue(**PUSH)
    assert desk.record(desk.letter(), Delivery(verdict=Verdict.UNKNOWN, code=None, words="没有回音")) is None
    cut_off = desk.queue(**PUSH)
    desk.letter()
    desk.now += timedelta(minutes=2)
    with desk.database.transaction() as session:
        assert outbox.release_stuck(session, now=desk.now) == 1
    for notice_id in (lost, cut_off):
        found = desk.notice(notice_id)
        assert (found.state, found.error) == (NoticeState.INBOX, outbox.MAYBE_SENT)


def test_a_batch_of_people_who_are_gone_is_passed_over(story: Story) -> None:
    something_to_tell(story.session, story.office, now=story.now)
    run = begun(story)
    run.state, run.approved_by_id, run.started_at = PushState.RUNNING, story.office.leader.id, story.now
    gone = story.office.student.id + 1_000_000
    by = {"seen": 0, "template_id": "", "now": story.now}
    assert push_sending.write_batch(story.session, run.id, [gone], **by)  # type: ignore[arg-type]
    assert (run.cursor, run.eligible) == (gone, 0)
