"""Reports of abuse: taken from anybody, decided once."""

import pytest

from domain import abuse, complaints, hiding
from domain.errors import Invalid, NotAllowed
from domain.hiding import Target
from models.board_words import AbuseReason, AbuseState, BoardPart
from models.complaint import Complaint
from models.enums import ComplaintStatus as S
from tests.support.story import Story

TEXT, ANSWER = Target(BoardPart.TEXT), Target(BoardPart.ANSWER)


def on_board(story: Story) -> Complaint:
    complaint = story.complaint(S.IN_PROGRESS)
    words = {"public_text": "排队太久", "public_answer": "已加开窗口"}
    complaints.publish(story.session, complaint, **words, **story.by(story.office.dispatcher))
    return complaint


def report(story: Story, complaint: Complaint, target: Target = TEXT, words: str = "这不是真的") -> None:
    told = {"reason": AbuseReason.FALSE, "words": words, "now": story.now}
    abuse.report(story.session, complaint, target, **told)


def decide(story: Story, complaint: Complaint, target: Target = TEXT, **said: object) -> int:
    values: dict[str, object] = {"hide": True, "words": "内容不实", "staff": story.office.dispatcher}
    return abuse.decide(story.session, complaint, target, now=story.now, **(values | said))  # type: ignore[arg-type]


def test_reports_about_one_thing_are_one_case_and_decided_together(story: Story) -> None:
    complaint, photo = on_board(story), story.photo()
    complaints.progress(
        story.session, complaint, words="在办", attachments=[photo], **story.by(story.office.handler)
    )
    report(story, complaint, words="甲")
    story.later(minutes=1)
    report(story, complaint, ANSWER)
    report(story, complaint, words="乙")
    story.later(minutes=1)
    report(story, complaint, Target(BoardPart.PHOTO, photo.id))

    waiting = abuse.cases(story.session, decided=False, page=1, per_page=9)

    assert [(case.target, [one.words for one in case.reports]) for case in waiting.items] == [
        (TEXT, ["乙", "甲"]),
        (ANSWER, ["这不是真的"]),
        (Target(BoardPart.PHOTO, photo.id), ["这不是真的"]),
    ]
    assert sorted(abuse.what_is_reported(story.session, waiting.items).values()) == ["已加开窗口", "排队太久"]
    assert (waiting.total, story.session.scalar(abuse.undecided())) == (3, 4)

    assert decide(story, complaint) == 2
    assert complaint.public_text == "内容已隐藏：内容不实"
    assert decide(story, complaint, ANSWER, hide=False, words="属实") == 1
    assert complaint.public_answer == "已加开窗口"
    decided = abuse.cases(story.session, decided=True, page=1, per_page=9)
    states = {case.target: {(one.state, one.decision) for one in case.reports} for case in decided.items}
    assert states == {TEXT: {(AbuseState.HIDDEN, "内容不实")}, ANSWER: {(AbuseState.KEPT, "属实")}}
    assert story.session.scalar(abuse.undecided()) == 1
    assert hiding.words_of(story.session, complaint, TEXT) == "排队太久"


def test_reports_and_decisions_need_words_and_the_right(story: Story) -> None:
    complaint = on_board(story)
    with pytest.raises(Invalid, match="说明太长"):
        report(story, complaint, words="长" * 501)
    other = {"reason": AbuseReason.OTHER, "words": " ", "now": story.now}
    with pytest.raises(Invalid, match="选「其他」时"):
        abuse.report(story.session, complaint, TEXT, **other)
    with pytest.raises(NotAllowed, match="已经处理过了"):
        decide(story, complaint)
    report(story, complaint)
    with pytest.raises(NotAllowed, match="由受理员或系统管理员"):
        decide(story, complaint, staff=story.office.inspector)
    for words in ("", "长" * 201):
        with pytest.raises(Invalid, match="请写明理由"):
            decide(story, complaint, words=words)


def test_a_flood_of_reports_is_kept_only_so_far(story: Story) -> None:
    complaint = on_board(story)
    for _ in range(52):
        report(story, complaint)

    assert story.session.scalar(abuse.undecided()) == 50
