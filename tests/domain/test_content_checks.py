"""Checks of content on both kinds of database: a verdict told before we know its number, and after."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import content_check_desk, content_checks
from domain.content_check_desk import Pile
from domain.content_checks import Verdict
from domain.mini_people import person_of_mini
from models.complaint import Complaint
from models.content_check import ContentCheck, MediaVerdict
from models.content_check_words import CheckState
from models.enums import AttachmentKind, AttachmentState
from tests.support.story import Story

OPENID = "oMinStudent"
PASSED = Verdict(CheckState.PASSED, "")


@pytest.fixture
def filed(story: Story) -> Complaint:
    """A complaint of somebody of the mini program, with a photo, both to be asked about."""
    photo = story.photo()
    photo.state, photo.file_key = AttachmentState.STORED, "a.jpg"
    writer = person_of_mini(story.session, openid=OPENID, unionid=None, now=story.now)
    complaint = story.complaint(reporter=writer, attachments=[photo])
    content_checks.begin(story.session, complaint, [photo], now=story.now)
    return complaint


def states(session: Session) -> list[CheckState]:
    return list(session.scalars(select(ContentCheck.state).order_by(ContentCheck.id)))


def test_question_is_put_off_when_it_is_taken_and_answered_once(story: Story, filed: Complaint) -> None:
    session, now = story.session, story.now
    words, photo = content_checks.due(session, now=now, limit=9)
    question = content_checks.take(session, words, now=now)

    assert question is not None
    assert (question.openid, question.text, filed.held) == (OPENID, filed.text, True)
    assert (content_checks.take(session, words, now=now), content_checks.due(session, now=now, limit=9)) == (
        None,
        [photo],
    )
    content_checks.note_verdict(session, words, PASSED)
    content_checks.note_verdict(session, words, Verdict(CheckState.RISKY, "晚了"))
    assert (states(session), filed.held) == ([CheckState.PASSED, CheckState.WAITING], False)
    assert content_check_desk.counts(session)[Pile.RUNNING] == 1


@pytest.mark.parametrize("is_early", [True, False])
def test_verdict_counts_before_and_after_its_number_is_known(
    story: Story, filed: Complaint, is_early: bool
) -> None:
    session, now = story.session, story.now
    _, photo = content_checks.due(session, now=now, limit=9)
    content_checks.take(session, photo, now=now)
    told = {"openid": OPENID, "verdict": PASSED, "now": now}

    if is_early:
        assert not content_checks.note_media_verdict(session, "T1", **told)
    content_checks.note_asked(session, photo, "T1", now=now)
    if not is_early:
        assert content_checks.note_media_verdict(session, "T1", **told)
    assert content_checks.note_media_verdict(session, "T1", **told)

    assert states(session) == [CheckState.WAITING, CheckState.PASSED]
    assert session.scalars(select(MediaVerdict)).all() == []
    later = now + timedelta(days=1)
    assert [check.state for check in content_check_desk.holding(session, filed)] == [CheckState.WAITING]
    assert len(content_checks.due(session, now=later, limit=9)) == 1


@pytest.mark.usefixtures("filed")
def test_what_a_colleague_decided_meanwhile_stays(story: Story) -> None:
    session, now = story.session, story.now
    words, photo = content_checks.due(session, now=now, limit=9)
    for one in (words, photo):
        content_checks.take(session, one, now=now)
        content_checks.note_verdict(session, one, PASSED)

    content_checks.note_asked(session, photo, "T1", now=now)
    content_checks.note_trouble(session, words, "微信没有回答")
    content_checks.give_to_staff(session, words, "微信不检查")

    assert states(session) == [CheckState.PASSED, CheckState.PASSED]
    assert session.scalars(select(ContentCheck.reason).distinct()).all() == [""]
    assert session.scalars(select(MediaVerdict)).all() == []


def test_recordings_are_not_sent_for_a_check(story: Story) -> None:
    voice = story.photo(AttachmentKind.VOICE)
    complaint = story.complaint(attachments=[voice])
    content_checks.begin_photos(story.session, complaint, [voice], now=story.now)

    assert (states(story.session), voice.held) == ([], False)
