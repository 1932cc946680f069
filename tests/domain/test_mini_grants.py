"""Taps on the question for messages of the mini program: each counts once, whoever tells of it, and when."""

from datetime import timedelta

from domain import mini_grants
from domain.mini_grants import TapAnswer, TapReport, Teller
from tests.support.story import Story

T, U = "TPL1", "TPL2"
ACCEPT, REJECT = TapAnswer.ACCEPT, TapAnswer.REJECT


def told(
    story: Story,
    told_by: Teller,
    key: str,
    *,
    seconds_ago: float = 0,
    **answers: TapAnswer,
) -> bool:
    """Take in a report, and tell whether it allowed one message more of the first template."""
    at = story.now - timedelta(seconds=seconds_ago)
    report = TapReport(told_by=told_by, key=key, at=at, answers=answers or {T: ACCEPT})
    return T in mini_grants.note_tap(story.session, story.office.student, report, now=story.now)


def left(story: Story) -> dict[str, int]:
    return mini_grants.remaining(story.session, story.office.student.id)


def test_tap_that_both_tell_of_counts_once_in_either_order(story: Story) -> None:
    assert [told(story, Teller.PROGRAM, "a"), told(story, Teller.WECHAT, "e1")] == [True, False]
    story.later(minutes=10)
    assert [told(story, Teller.WECHAT, "e2"), told(story, Teller.PROGRAM, "b")] == [True, False]

    assert left(story) == {T: 2}


def test_report_that_comes_again_counts_nothing(story: Story) -> None:
    reports = [
        told(story, Teller.PROGRAM, "a"),
        told(story, Teller.PROGRAM, "a"),
        told(story, Teller.WECHAT, "e1"),
        told(story, Teller.WECHAT, "e1"),
        told(story, Teller.PROGRAM, "a"),
    ]

    assert reports == [True, False, False, False, False]
    assert left(story) == {T: 1}


def test_two_taps_in_a_minute_count_twice_however_they_are_told_of(story: Story) -> None:
    told(story, Teller.PROGRAM, "a")
    story.later(seconds=20)
    told(story, Teller.PROGRAM, "b")
    told(story, Teller.WECHAT, "e1", seconds_ago=20)
    told(story, Teller.WECHAT, "e2")
    assert left(story) == {T: 2}

    story.later(minutes=30)
    told(story, Teller.WECHAT, "e3")
    story.later(seconds=20)
    told(story, Teller.PROGRAM, "c", seconds_ago=20)
    told(story, Teller.PROGRAM, "d")
    told(story, Teller.WECHAT, "e4")

    assert left(story) == {T: 4}


def test_tap_that_only_one_tells_of_counts(story: Story) -> None:
    told(story, Teller.PROGRAM, "always-ticked")
    story.later(minutes=10)
    told(story, Teller.WECHAT, "program-was-closed")

    assert left(story) == {T: 2}


def test_report_that_waited_for_a_network_meets_the_event_of_its_tap(story: Story) -> None:
    told(story, Teller.WECHAT, "e1")
    story.later(hours=3)

    assert told(story, Teller.PROGRAM, "a", seconds_ago=3 * 3600 + 2) is False
    assert left(story) == {T: 1}


def test_each_template_and_each_person_is_counted_apart(story: Story) -> None:
    told(story, Teller.PROGRAM, "a", TPL1=ACCEPT, TPL2=ACCEPT)
    told(story, Teller.WECHAT, "e1", TPL2=ACCEPT)
    friend = TapReport(Teller.WECHAT, "e2", story.now, {T: ACCEPT})
    counted = mini_grants.note_tap(story.session, story.office.friend, friend, now=story.now)

    assert left(story) == {T: 1, U: 1}
    assert counted == {T}


def test_refusal_ends_what_was_allowed_before_and_not_what_is_allowed_after(story: Story) -> None:
    told(story, Teller.PROGRAM, "a")
    story.later(minutes=10)
    told(story, Teller.PROGRAM, "b", TPL1=REJECT)
    assert left(story) == {}
    story.later(minutes=10)
    told(story, Teller.PROGRAM, "c")
    told(story, Teller.WECHAT, "e1", seconds_ago=600, TPL1=REJECT)

    assert left(story) == {T: 1}
    story.later(minutes=1)
    told(story, Teller.WECHAT, "e2", TPL1=TapAnswer.BAN)
    assert left(story) == {}


def test_refusal_in_the_settings_takes_no_place_of_a_tap(story: Story) -> None:
    told(story, Teller.WECHAT, "settings", TPL1=REJECT)
    story.later(seconds=30)

    assert told(story, Teller.PROGRAM, "a") is True
    assert left(story) == {T: 1}


def test_template_that_was_not_asked_for_changes_nothing(story: Story) -> None:
    told(story, Teller.PROGRAM, "a")

    assert told(story, Teller.PROGRAM, "b", TPL1=TapAnswer.FILTER) is False
    assert left(story) == {T: 1}


def test_tap_in_the_future_is_taken_to_be_now(story: Story) -> None:
    told(story, Teller.WECHAT, "e1", seconds_ago=-3600)

    assert told(story, Teller.PROGRAM, "a") is False
