"""Taps on the question for a 订阅通知: each counts once, a refusal ends them all."""

from domain import grants
from tests.support.story import Story

T = "TPL1"


def tap(story: Story, key: str, *, accepted: bool = True, template_id: str = T) -> bool:
    student = story.office.student
    return grants.note_popup(
        story.session, student, template_id=template_id, accepted=accepted, event_key=key, now=story.now
    )


def left(story: Story) -> int:
    for times in range(10):
        if T not in grants.granted(story.session, story.office.student.id):
            return times
        grants.spend(story.session, [(story.office.student.id, T)], now=story.now)
    raise AssertionError("it never ends")


def test_each_tap_allows_one_message(story: Story) -> None:
    assert [tap(story, "a"), tap(story, "b"), tap(story, "c")] == [True, True, True]
    assert left(story) == 3


def test_same_tap_reported_twice_counts_once(story: Story) -> None:
    assert [tap(story, "a"), tap(story, "a")] == [True, False]
    assert left(story) == 1


def test_one_event_may_answer_for_several_templates(story: Story) -> None:
    assert [tap(story, "a"), tap(story, "a", template_id="TPL2")] == [True, True]
    assert grants.granted(story.session, story.office.student.id) == {T, "TPL2"}


def test_refusal_ends_all_that_was_allowed(story: Story) -> None:
    for key in ("a", "b"):
        tap(story, key)
    assert tap(story, "c", accepted=False) is True
    assert left(story) == 0


def test_refusal_reported_again_does_not_end_what_was_allowed_since(story: Story) -> None:
    tap(story, "no", accepted=False)
    tap(story, "yes")
    assert tap(story, "no", accepted=False) is False
    assert left(story) == 1


def test_nothing_allowed_is_nothing_to_take_away(story: Story) -> None:
    student = story.office.student
    grants.spend(story.session, [(student.id, T)], now=story.now)
    grants.note_refusal(story.session, student.id, T, now=story.now)
    assert grants.granted(story.session, story.office.student.id) == frozenset()


def test_what_one_person_allows_is_no_leave_to_write_to_another(story: Story) -> None:
    tap(story, "a")
    assert grants.granted(story.session, story.office.friend.id) == frozenset()
