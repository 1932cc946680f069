"""Words in the form of an act that was not sent: kept, found again, and gone with the act."""

from datetime import timedelta

from domain import act_drafts, complaints
from models.enums import ComplaintStatus, StepName
from tests.support.retention import drop
from tests.support.story import Story

STEP = StepName.REPLY


def _keep(story: Story, complaint: object, words: str, **more: str) -> bool:
    return act_drafts.keep(
        story.session,
        story.office.handler,
        complaint,  # type: ignore[arg-type]
        STEP,
        fields={"words": words, **more},
        opened_at=story.now,
        now=story.now,
    )


def test_the_last_words_are_kept_for_their_writer_alone(story: Story) -> None:
    complaint = story.complaint(ComplaintStatus.IN_PROGRESS)
    assert _keep(story, complaint, "第一句") is True
    story.later(minutes=1)
    assert _keep(story, complaint, "第一句\0\r\n第二句" + "长" * 20_000, outcome="solved") is True

    draft = act_drafts.find(story.session, story.office.handler, complaint, STEP)

    assert draft is not None
    assert draft.fields["words"][:10] == "第一句\n第二句长长长"
    assert (len(draft.fields["words"]), draft.fields["outcome"]) == (10_000, "solved")
    assert draft.changed_at == story.now
    assert act_drafts.steps_begun(story.session, story.office.handler, complaint) == {STEP}
    assert act_drafts.find(story.session, story.office.lead, complaint, STEP) is None


def test_nothing_written_keeps_nothing(story: Story) -> None:
    complaint = story.complaint(ComplaintStatus.IN_PROGRESS)
    _keep(story, complaint, "写过")

    assert _keep(story, complaint, " ", outcome="solved") is False

    assert act_drafts.find(story.session, story.office.handler, complaint, STEP) is None


def test_words_that_arrive_after_the_act_are_late(story: Story) -> None:
    complaint, handler = story.complaint(ComplaintStatus.IN_PROGRESS), story.office.handler
    complaints.reply(story.session, complaint, words="已答复", **story.by(handler))

    assert _keep(story, complaint, "已答") is False, "sent by the form that has since been answered"
    story.later(minutes=1)
    assert _keep(story, complaint, "再补一句") is True


def test_drafts_of_a_season_ago_are_forgotten(story: Story) -> None:
    complaint, handler = story.complaint(ComplaintStatus.IN_PROGRESS), story.office.handler
    _keep(story, complaint, "旧的")

    kept = drop(story.session, "act_drafts", now=story.now + timedelta(days=90))
    dropped = drop(story.session, "act_drafts", now=story.now + timedelta(days=90, seconds=1))

    assert (kept, dropped) == (0, 1)
    assert act_drafts.find(story.session, handler, complaint, STEP) is None
