"""What is sent gathers in a draft; nothing of it gets lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

CHOICES = "回复 1 提交 / 2 匿名提交 / 0 取消"


def attachments(me: Dialogue) -> list[Attachment]:
    with me.database.reading() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


@pytest.fixture
def at_window(me: Dialogue, campus: Campus) -> Dialogue:
    """The student has scanned the code of a canteen window."""
    me.event("SCAN", campus.window.code)
    return me


def test_each_text_is_counted_in_one_line(at_window: Dialogue) -> None:
    assert at_window.say("饭里有虫子") == f"已记下 1 段文字。{CHOICES}"
    assert at_window.say("昨天也有") == f"已记下 2 段文字。{CHOICES}"


def test_burst_of_ten_photos_is_kept_whole_and_acknowledged_at_length_once(at_window: Dialogue) -> None:
    at_window.pause = timedelta(0)
    replies = [at_window.photo() for _ in range(10)]
    assert replies[0] == (f"已记下 1 张照片。{CHOICES}")
    assert replies[1:] == [f"已收到 {count} 张照片。" for count in range(2, 11)]
    at_window.say("1")
    complaint = at_window.complaints()[0]
    assert [a.complaint_id for a in attachments(at_window)] == [complaint.id] * 10
    assert len({a.media_id for a in attachments(at_window)}) == 10


def test_photo_after_a_pause_gets_the_choices_again(at_window: Dialogue) -> None:
    at_window.photo()
    at_window.wait(minutes=5)
    assert at_window.photo() == f"已记下 2 张照片。{CHOICES}"


def test_each_kind_of_message_is_counted(at_window: Dialogue) -> None:
    at_window.say("饭里有虫子")
    at_window.photo()
    at_window.wait(minutes=2)
    at_window.voice()
    at_window.wait(minutes=2)
    at_window.send("video", MediaId="v", ThumbMediaId="t")
    at_window.wait(minutes=2)
    reply = at_window.position("东校区门口")
    assert reply == f"已记下 1 段文字、1 张照片、1 段语音、1 段视频、1 个位置。{CHOICES}"


def test_files_wait_for_the_worker_and_positions_are_kept_as_they_are(at_window: Dialogue) -> None:
    at_window.photo()
    at_window.voice()
    at_window.send("shortvideo", MediaId="v", ThumbMediaId="t")
    at_window.position("南门")
    kept = [(a.kind, a.state, a.label, a.latitude, a.longitude) for a in attachments(at_window)]
    assert kept == [
        (AttachmentKind.PHOTO, AttachmentState.PENDING, "", None, None),
        (AttachmentKind.VOICE, AttachmentState.PENDING, "", None, None),
        (AttachmentKind.VIDEO, AttachmentState.PENDING, "", None, None),
        (AttachmentKind.LOCATION, AttachmentState.STORED, "南门", 30.3, 120.1),
    ]


def test_words_the_platform_heard_in_a_voice_message_are_kept_with_it(at_window: Dialogue) -> None:
    assert at_window.voice("饭里有虫子") == f"已记下 1 段文字、1 段语音。{CHOICES}"
    at_window.say("1")
    assert at_window.complaints()[0].text == "（语音）饭里有虫子"


def test_shared_link_is_kept_as_words(at_window: Dialogue) -> None:
    at_window.send("link", Title="曝光", Description="食堂", Url="https://example.com/a")
    at_window.say("1")
    assert at_window.complaints()[0].text == "（分享链接）曝光 食堂 https://example.com/a"


def test_long_text_in_pieces_is_put_together_in_the_order_it_was_sent(at_window: Dialogue) -> None:
    at_window.say("一")
    first, second, third = (at_window.packet("text", Content=text) for text in ("二", "三", "四"))
    for seconds, packet in ((1, first), (2, second), (2, third)):
        packet["CreateTime"] = int(at_window.now.timestamp()) + seconds
    second["MsgId"], third["MsgId"] = 999, 1000
    at_window.wait(seconds=4)
    for packet in (third, first, second):
        at_window.deliver(packet)
    at_window.say("提交")
    assert at_window.complaints()[0].text == "一\n二\n三\n四"


def test_two_messages_in_one_second_are_both_kept(at_window: Dialogue) -> None:
    at_window.pause = timedelta(0)
    at_window.say("饭里有虫子")
    at_window.say("饭里有虫子")
    at_window.say("提交")
    assert at_window.complaints()[0].text == "饭里有虫子\n饭里有虫子"


def test_emoji_come_through_whole(at_window: Dialogue) -> None:
    text = "太咸了👨‍👩‍👧‍👦🇨🇳👍🏽 /::) [微笑]"
    at_window.say(text)
    at_window.say("1")
    assert at_window.complaints()[0].text == text


def test_what_could_end_a_cdata_section_comes_through_whole(at_window: Dialogue) -> None:
    at_window.say("a]]></Content><MsgType>x</MsgType>&lt;")
    at_window.say("1")
    assert at_window.complaints()[0].text == "a]]></Content><MsgType>x</MsgType>&lt;"


def test_photo_alone_asks_for_words_but_can_be_submitted(me: Dialogue) -> None:
    assert me.photo() == f"收到。再说说是什么问题、在哪里，会处理得更快；已记下 1 张照片。{CHOICES}"
    assert me.say("1").splitlines()[0] == "是在哪里？回复序号，或直接打地点名："
    receipt = me.say("9")
    assert receipt.splitlines()[:2] == ["已提交，编号 2026-1123-0001", "地点：说不清具体地点"]
    assert [(c.text, c.anonymous) for c in me.complaints()] == [("", False)]


def test_anonymous_stays_anonymous_over_the_question_for_the_place(me: Dialogue, campus: Campus) -> None:
    me.photo()
    me.say("2")
    me.say("3号楼302")
    assert [(c.anonymous, c.service_point_id) for c in me.complaints()] == [(True, campus.room.id)]


def test_photo_without_its_number_is_asked_for_again(me: Dialogue) -> None:
    assert me.send("image", PicUrl="http://mmbiz.qpic.cn/x") == "刚才的内容没有收到，请再发一次。"
    assert me.send("location", Location_X="north", Location_Y="east") == "刚才的内容没有收到，请再发一次。"
    assert me.send("location", Location_X="91", Location_Y="0") == "刚才的内容没有收到，请再发一次。"
    assert me.send("link", Title=" ") == "刚才的内容没有收到，请再发一次。"
    assert attachments(me) == []


def test_unknown_kind_of_message_gets_help_and_leaves_the_draft_alone(at_window: Dialogue) -> None:
    at_window.say("饭里有虫子")
    assert (
        at_window.send("hologram", Content="x")
        == "这种消息我们暂时看不懂，请改发文字、照片、语音、视频或位置。"
    )
    assert at_window.say("昨天也有") == f"已记下 2 段文字。{CHOICES}"


def test_sticker_is_answered_and_not_kept(at_window: Dialogue) -> None:
    reply = at_window.say("【收到不支持的消息类型，暂无法显示】")
    assert reply == "表情我们暂时看不懂，请用文字、照片或语音说明。"
    assert at_window.say("1").startswith("还没有收到内容。")


@pytest.mark.parametrize("text", ["。。。", "a", "😡", "!!"])
def test_unintelligible_text_gets_help(me: Dialogue, text: str) -> None:
    assert me.say(text).startswith("没看明白您的意思。")


def test_unintelligible_text_within_a_draft_is_kept(at_window: Dialogue) -> None:
    at_window.say("饭里有虫子")
    assert at_window.say("😡") == f"已记下 2 段文字。{CHOICES}"


@pytest.mark.parametrize("text", ["谢谢", "好的。", "OK", "辛苦了！", "👌"])
def test_courtesy_is_nobodys_complaint(me: Dialogue, text: str) -> None:
    assert me.say(text) == "不客气。有问题随时发来，回复「进度」看办理情况。"


def test_greeting_is_greeted(me: Dialogue) -> None:
    assert me.say("您好") == (
        "您好！请直接发文字、照片或语音，说说是什么问题、在哪里。回复「帮助」看还能做什么。"
    )


def test_courtesy_while_writing_repeats_what_is_missing(at_window: Dialogue) -> None:
    at_window.say("饭里有虫子")
    assert at_window.say("好的") == f"已记下 1 段文字。{CHOICES}"


@pytest.mark.parametrize("asked", ["帮助", "?", "？", "help", "HELP"])
def test_help_can_be_had_at_any_time_and_changes_nothing(at_window: Dialogue, asked: str) -> None:
    at_window.say("饭里有虫子")
    assert at_window.say(asked).startswith("您可以这样用：")
    at_window.say("1")
    assert [c.text for c in at_window.complaints()] == ["饭里有虫子"]


def test_number_that_is_not_on_offer_repeats_what_is(at_window: Dialogue) -> None:
    at_window.say("饭里有虫子")
    assert at_window.say("5") == f"没有这个选项，请回复列出的序号。\n已记下 1 段文字。{CHOICES}"


def test_courtesy_after_a_scan_still_asks_what_is_wrong(at_window: Dialogue) -> None:
    assert at_window.say("好的") == "请直接发文字、照片或语音，说说是什么问题、在哪里。"


def test_submitting_by_word_with_nothing_there_says_so(me: Dialogue) -> None:
    assert me.say("提交") == "现在没有待提交的内容。要反映问题，直接发文字、照片或语音就行。"


def test_number_with_nothing_on_offer_says_so(me: Dialogue) -> None:
    assert me.say("1") == "现在没有待提交的内容。要反映问题，直接发文字、照片或语音就行。"
