"""Hiding words and photos with a reason, and showing them again."""

import pytest

from domain import complaints, hiding, search_index
from domain.errors import Invalid, NotAllowed, NotFound
from domain.hiding import Target
from models.board_words import BoardPart
from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from models.enums import ComplaintStatus as S
from tests.support.story import Story

TEXT, ANSWER = Target(BoardPart.TEXT), Target(BoardPart.ANSWER)


def hide(story: Story, complaint: Complaint, target: Target, reason: str = "泄露个人信息") -> None:
    staff = story.office.dispatcher
    hiding.hide(story.session, complaint, target, reason=reason, staff=staff, now=story.now)


def show(story: Story, complaint: Complaint, target: Target) -> None:
    hiding.show_again(story.session, complaint, target, staff=story.office.admin, now=story.now)


def test_hidden_words_give_way_to_the_reason_and_come_back(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    words = {"words": "请找蓝色门牌的房间", **story.by(story.office.handler)}
    event = complaints.reply(story.session, complaint, **words)
    target = Target(BoardPart.WORDS, event.id)

    hide(story, complaint, target)

    assert hiding.words_shown(event, sees_hidden=False) == "内容已隐藏：泄露个人信息"
    assert hiding.words_shown(event, sees_hidden=True) == "请找蓝色门牌的房间"
    assert hiding.words_of(story.session, complaint, target) == "请找蓝色门牌的房间"
    entry = story.session.get_one(ComplaintSearch, complaint.id, populate_existing=True)
    assert "蓝色" not in entry.words
    assert not search_index.is_searched(event)
    assert {notice.body for notice in story.notices(event)} == {"内容已隐藏：泄露个人信息"}

    show(story, complaint, target)
    assert hiding.words_shown(event, sees_hidden=False) == "请找蓝色门牌的房间"


def test_hidden_photo_opens_for_those_who_may_see_it(story: Story) -> None:
    complaint, photo = story.complaint(S.IN_PROGRESS), story.photo()
    act = story.by(story.office.handler)
    complaints.progress(story.session, complaint, words="在修", attachments=[photo], **act)
    target = Target(BoardPart.PHOTO, photo.id)

    hide(story, complaint, target)

    office = story.office
    may = {
        role: hiding.may_open_file(photo, getattr(office, role))
        for role in ("handler", "lead", "leader", "dispatcher", "inspector", "admin")
    }
    assert [role for role, opens in may.items() if opens] == ["dispatcher", "inspector", "admin"]
    assert hiding.words_of(story.session, complaint, target) == ""
    show(story, complaint, target)
    assert hiding.may_open_file(photo, office.handler)


def test_hidden_public_words_are_nowhere_until_they_are_shown_again(story: Story) -> None:
    complaint, desk = story.complaint(S.IN_PROGRESS), story.by(story.office.dispatcher)
    complaints.publish(story.session, complaint, public_text="排队太久", public_answer="已加开窗口", **desk)

    hide(story, complaint, TEXT)
    hide(story, complaint, TEXT, "内容不实")
    hide(story, complaint, ANSWER)

    assert (complaint.public_text, complaint.public_answer) == (
        "内容已隐藏：内容不实",
        "内容已隐藏：泄露个人信息",
    )
    assert hiding.original_text(story.session, complaint, BoardPart.TEXT) == "排队太久"
    assert hiding.reason_of(story.session, complaint, TEXT) == "内容不实"
    assert set(hiding.hidden_texts(story.session, complaint)) == {BoardPart.TEXT, BoardPart.ANSWER}
    show(story, complaint, TEXT)
    assert complaint.public_text == "排队太久"
    assert hiding.reason_of(story.session, complaint, TEXT) == ""


def test_what_cannot_be_hidden_says_why(story: Story) -> None:
    complaint, other = story.complaint(S.IN_PROGRESS), story.complaint()
    note = complaints.note(story.session, other, words="备注", **story.by(story.office.dispatcher))
    office, submitted = story.office, complaint.events[0]

    with pytest.raises(NotAllowed, match="由受理员或系统管理员"):
        hiding.hide(story.session, complaint, TEXT, reason="x", staff=office.lead, now=story.now)
    with pytest.raises(NotAllowed, match="由受理员或系统管理员"):
        hiding.show_again(story.session, complaint, TEXT, staff=office.lead, now=story.now)
    for reason in (" ", "长" * 101):
        with pytest.raises(Invalid, match="请写明隐藏的原因"):
            hide(story, complaint, TEXT, reason)
    with pytest.raises(NotFound, match="没有公开这部分"):
        hide(story, complaint, TEXT)
    for event in (submitted, note):
        with pytest.raises(NotFound):
            hide(story, complaint, Target(BoardPart.WORDS, event.id))
    with pytest.raises(NotFound):
        hide(story, complaint, Target(BoardPart.PHOTO, 99))
    with pytest.raises(NotFound, match="没有隐藏"):
        show(story, complaint, TEXT)
    for said in ("text", "words-x", "nothing-1", "photo-9999999999"):
        with pytest.raises(NotFound):
            Target.read(said)
    assert Target.read("photo-12") == Target(BoardPart.PHOTO, 12)
