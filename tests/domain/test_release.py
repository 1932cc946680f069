"""Releasing to the public board: from the original to what everybody reads, and what is worth releasing."""

import pytest
from sqlalchemy import select

from domain import abuse, complaints, hiding, release
from domain.errors import Invalid, NotAllowed
from domain.hiding import Target
from domain.release import Shelf, Wish
from models.board import PublicPhoto
from models.board_words import AbuseReason, BoardPart
from models.complaint import Complaint
from models.enums import ComplaintStatus as S
from models.enums import Outcome
from tests.support.story import Story

WISH = Wish("高峰时排队超过二十分钟", "已加开两个窗口")


def put(story: Story, complaint: Complaint, wish: Wish = WISH, *, confirmed: bool = False) -> None:
    staff = story.office.dispatcher
    release.release(story.session, complaint, wish, confirmed=confirmed, staff=staff, now=story.now)


def numbers(story: Story, which: Shelf) -> list[str]:
    return [row.complaint.number for row in release.shelf(story.session, which, page=1, per_page=9).items]


def chosen(story: Story, complaint: Complaint) -> list[int]:
    query = select(PublicPhoto.attachment_id).where(PublicPhoto.complaint_id == complaint.id)
    return sorted(story.session.scalars(query))


def test_release_is_made_from_what_was_said_and_answered(story: Story) -> None:
    sent, after = story.photo(), story.photo()
    complaint = story.complaint(S.IN_PROGRESS, text="我是小李，排队太久", attachments=[sent])
    handler = story.by(story.office.handler)
    assert release.original_of(story.session, complaint).answer == ""
    complaints.progress(story.session, complaint, words="在商量加窗口", **handler)
    assert release.original_of(story.session, complaint).answer == "在商量加窗口"
    done = {"words": "已加开窗口", "outcome": Outcome.SOLVED, "attachments": [after]}
    complaints.resolve(story.session, complaint, **done, **handler)
    complaints.reply(story.session, complaint, words="谢谢提醒", **handler)

    original = release.original_of(story.session, complaint)

    assert (original.text, original.answer) == ("我是小李，排队太久", "已加开窗口")
    assert [photo.id for photo in original.photos] == [sent.id, after.id]
    assert original.chosen == frozenset()
    put(story, complaint, Wish(WISH.text, WISH.answer, [after.id]))
    assert (complaint.public_text, complaint.public_answer) == (WISH.text, WISH.answer)
    assert release.original_of(story.session, complaint).chosen == {after.id}
    put(story, complaint, Wish(WISH.text, "", [sent.id]))
    assert (complaint.public_answer, chosen(story, complaint)) == ("", [sent.id])


def test_what_looks_personal_has_to_be_confirmed(story: Story) -> None:
    complaint = story.complaint(S.CLOSED)
    wish = Wish("感谢王师傅", "值班电话0571-88886110")
    with pytest.raises(Invalid) as refused:
        put(story, complaint, wish)
    assert refused.value.message == (
        "公开的文字里可能有姓名「王师傅」、电话号码「0571-88886110」。请改掉，或核对后勾选确认。"
    )
    put(story, complaint, wish, confirmed=True)
    assert complaint.published_at == story.now


def test_only_own_photos_that_are_not_hidden_can_be_released_and_only_by_the_desk(story: Story) -> None:
    photo, others = story.photo(), story.photo()
    complaint = story.complaint(S.IN_PROGRESS, attachments=[photo])
    story.complaint(S.IN_PROGRESS, attachments=[others])
    act = {"reason": "有人脸", "staff": story.office.dispatcher, "now": story.now}
    hiding.hide(story.session, complaint, Target(BoardPart.PHOTO, photo.id), **act)

    for photo_id in (photo.id, others.id):
        with pytest.raises(Invalid, match="所选的照片里有一张不能公开"):
            put(story, complaint, Wish("排队", photo_ids=[photo_id]))
    lead = story.office.lead
    with pytest.raises(NotAllowed):
        release.release(story.session, complaint, WISH, confirmed=True, staff=lead, now=story.now)
    assert complaint.published_at is None


def test_new_release_takes_the_place_of_hidden_words(story: Story) -> None:
    complaint = story.complaint(S.CLOSED)
    put(story, complaint)
    act = {"reason": "不实", "staff": story.office.dispatcher, "now": story.now}
    hiding.hide(story.session, complaint, Target(BoardPart.TEXT), **act)
    assert release.shelf(story.session, Shelf.ON_BOARD, page=1, per_page=9).items[0].hidden

    put(story, complaint, Wish("改过的"))

    assert complaint.public_text == "改过的"
    assert hiding.hidden_texts(story.session, complaint) == {}


def test_shelves_hold_what_is_worth_releasing_and_what_stands_there(story: Story) -> None:
    joined = story.complaint(S.IN_PROGRESS)
    for _ in range(3):
        person = story.factory.person(story.session)
        complaints.follow(story.session, joined, person=person, now=story.now)
    praised = story.complaint(S.RESOLVED)
    student = story.by(story.office.student)
    complaints.rate(story.session, praised, solved=True, stars=5, words="很快", **student)
    story.complaint(S.CLOSED)
    assert numbers(story, Shelf.SUGGESTED) == [joined.number, praised.number]
    assert [(row.followers, row.stars) for row in _shelf(story, Shelf.SUGGESTED)] == [(3, None), (0, 5)]

    put(story, joined)
    put(story, praised)
    story.later(hours=1)
    done = {"words": "换了设备", "outcome": Outcome.SOLVED, **story.by(story.office.handler)}
    complaints.resolve(story.session, joined, **done)
    complaints.unpublish(story.session, praised, words="本人要求", **story.by(story.office.dispatcher))

    shelves = {which: numbers(story, which) for which in Shelf}
    assert shelves == {
        Shelf.SUGGESTED: [],
        Shelf.ON_BOARD: [joined.number],
        Shelf.HELD: [],
        Shelf.OUTDATED: [joined.number],
        Shelf.TAKEN_BACK: [praised.number],
    }
    assert release.counts(story.session) == {which: len(found) for which, found in shelves.items()}
    assert release.open_reports(story.session, joined) == 0
    said = {"reason": AbuseReason.FALSE, "words": "", "now": story.now}
    abuse.report(story.session, joined, Target(BoardPart.TEXT), **said)
    assert release.open_reports(story.session, joined) == 1


def _shelf(story: Story, which: Shelf) -> list[release.Suggestion]:
    return list(release.shelf(story.session, which, page=1, per_page=9).items)
