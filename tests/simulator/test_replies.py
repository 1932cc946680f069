"""What the platform does with an answer that is not quite right."""

from collections.abc import Callable

import pytest

from tests.simulator.conftest import Platform, Starter
from tests.simulator.tiny_app import Received, text_reply

FAILURE_NOTICE = "该公众号提供的服务出现故障，请稍后再试"


def reply(received: Received, inner: str, *, to: str | None = None, sender: str | None = None) -> str:
    packet = received.packet
    return (
        f"<xml><ToUserName>{to or packet['FromUserName']}</ToUserName>"
        f"<FromUserName>{sender or packet['ToUserName']}</FromUserName>"
        f"<CreateTime>1790000000</CreateTime>{inner}</xml>"
    )


def news(count: int) -> str:
    item = "<item><Title>标题</Title><Description>说明</Description><PicUrl/><Url>http://x/</Url></item>"
    return f"<MsgType>news</MsgType><ArticleCount>{count}</ArticleCount><Articles>{item * count}</Articles>"


TEXT = "<MsgType>text</MsgType><Content>好</Content>"

BAD_REPLIES: dict[str, tuple[Callable[[Received], str], str]] = {
    "json": (lambda _: '{"errcode":0}', "the answer is not XML"),
    "html": (lambda _: "<html><body>ok</body></html>", "the answer is the root is <html>, not <xml>"),
    "success in quotes": (lambda _: '"success"', "the answer is not XML"),
    "wrong receiver": (lambda received: reply(received, TEXT, to="oSomebody"), "ToUserName is not the user"),
    "wrong sender": (
        lambda received: reply(received, TEXT, sender="gh_other"),
        "FromUserName is not this account",
    ),
    "unknown type": (
        lambda received: reply(received, "<MsgType>poem</MsgType>"),
        "unknown MsgType 'poem'",
    ),
    "no type": (lambda received: reply(received, ""), "MsgType is missing"),
    "empty text": (
        lambda received: reply(received, "<MsgType>text</MsgType><Content></Content>"),
        "Content is missing or empty",
    ),
    "text of 2049 bytes": (
        lambda received: reply(received, f"<MsgType>text</MsgType><Content>{'汉' * 682}abc</Content>"),
        "Content has 2049 bytes, more than 2048",
    ),
    "two articles": (lambda received: reply(received, news(2)), "2 articles, allowed here: 1"),
    "wrong count of articles": (
        lambda received: reply(received, news(1).replace("Count>1", "Count>2")),
        "ArticleCount does not fit the articles",
    ),
    "unknown picture": (
        lambda received: reply(received, "<MsgType>image</MsgType><Image><MediaId>nope</MediaId></Image>"),
        "unknown media id 'nope'",
    ),
    "picture without id": (
        lambda received: reply(received, "<MsgType>image</MsgType>"),
        "Image.MediaId is missing",
    ),
    "entity": (
        lambda received: '<!DOCTYPE xml [<!ENTITY a "b">]>' + reply(received, TEXT),
        "the answer is document types and entities are refused",
    ),
}


@pytest.mark.parametrize("case", BAD_REPLIES)
def test_bad_reply_becomes_the_failure_notice_and_is_not_sent_again(start: Starter, case: str) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    answer, reason = BAD_REPLIES[case]
    platform.app.answer = answer
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["bad_reply"]
    assert delivery["attempts"][0]["reason"].startswith(reason)
    assert delivery["user_sees"] == FAILURE_NOTICE
    assert delivery["reply"] is None


def reason_in_safe_mode(platform: Platform, answer: Callable[[Received], str]) -> str:
    openid = platform.user()
    platform.app.answer = answer
    (attempt,) = platform.say(openid)["attempts"]
    assert attempt["outcome"] == "bad_reply"
    return str(attempt["reason"])


def test_plain_reply_in_safe_mode_is_bad(platform: Platform) -> None:
    assert reason_in_safe_mode(platform, text_reply) == "plain reply in safe mode"


def test_wrong_message_signature_is_bad(platform: Platform) -> None:
    def answer(received: Received) -> str:
        sealed = platform.app.encrypted(text_reply(received), received)
        return sealed.replace("<MsgSignature><![CDATA[", "<MsgSignature><![CDATA[0")

    assert reason_in_safe_mode(platform, answer) == "MsgSignature does not fit"


def test_reply_for_another_app_is_bad(platform: Platform) -> None:
    def answer(received: Received) -> str:
        crypto = platform.app.crypto()
        crypto.app_id = "wxsomebodyelse"
        crypto._id = "wxsomebodyelse"
        return str(crypto.encrypt_message(text_reply(received), received.query["nonce"]))

    assert reason_in_safe_mode(platform, answer) == "encrypted for app id 'wxsomebodyelse'"


def test_reply_with_another_key_is_bad(platform: Platform) -> None:
    def answer(received: Received) -> str:
        return str(platform.app.crypto("K" * 43).encrypt_message(text_reply(received), "1"))

    # What a wrong key makes of it is noise: mostly its padding is wrong, now and then its length.
    assert reason_in_safe_mode(platform, answer).startswith("cannot be decrypted: ")


def test_encrypted_reply_in_plain_mode_is_bad(start: Starter) -> None:
    platform = start(mode="plain")

    def answer(received: Received) -> str:
        return str(platform.app.crypto().encrypt_message(text_reply(received), "1"))

    assert reason_in_safe_mode(platform, answer) == "encrypted reply in plain mode"


@pytest.mark.parametrize("encrypted", [True, False])
def test_compat_mode_takes_both_kinds_of_reply(start: Starter, encrypted: bool) -> None:
    platform = start(mode="compat")
    openid = platform.user()

    def answer(received: Received) -> str:
        plain = text_reply(received)
        return platform.app.encrypted(plain, received) if encrypted else plain

    platform.app.answer = answer
    assert platform.say(openid)["user_sees"] == "收到"


def test_text_of_exactly_2048_bytes_is_shown(start: Starter) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    content = "汉" * 682 + "ab"
    platform.app.answer = lambda received: text_reply(received, content)
    assert platform.say(openid)["user_sees"] == content


def test_menu_event_may_be_answered_with_eight_articles_but_not_nine(start: Starter) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    platform.app.answer = lambda received: reply(received, news(8))
    assert platform.post(f"/users/{openid}/click", key="LIST")["user_sees"] == "[图文] 标题"
    (line,) = platform.lines(openid)
    assert len(line["articles"]) == 8
    assert line["articles"][0] == {
        "title": "标题",
        "description": "说明",
        "pic_url": "",
        "url": "http://x/",
    }
    platform.app.answer = lambda received: reply(received, news(9))
    assert platform.post(f"/users/{openid}/click", key="LIST")["user_sees"] == FAILURE_NOTICE


def test_picture_of_the_account_is_shown(start: Starter) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    media = platform.simulator.media.save(b"png", kind="image", filename="a.png", content_type="image/png")
    inner = f"<MsgType>image</MsgType><Image><MediaId>{media.media_id}</MediaId></Image>"
    platform.app.answer = lambda received: reply(received, inner)
    assert platform.say(openid)["user_sees"] == "[图片]"
    (line,) = platform.lines(openid)
    assert line["media_url"] == f"{platform.base_url}/_sim/media/{media.media_id}"


def test_transfer_to_a_person_answers_messages_only(start: Starter) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    platform.app.answer = lambda received: reply(received, "<MsgType>transfer_customer_service</MsgType>")
    delivery = platform.say(openid)
    assert (delivery["attempts"][0]["outcome"], delivery["user_sees"]) == ("replied", None)
    assert platform.post(f"/users/{openid}/click", key="K")["attempts"][0]["outcome"] == "bad_reply"


def test_nobody_is_told_when_an_event_fails_that_nobody_waits_for(platform: Platform) -> None:
    openid = platform.user()
    platform.app.answer = lambda _: ("broken", 500)
    assert platform.post(f"/users/{openid}/view", url="http://x/")["user_sees"] is None
    assert platform.post(f"/users/{openid}/unfollow")["user_sees"] is None
    assert platform.lines(openid, "system") == []


def test_old_key_still_opens_a_reply_after_a_change_of_keys(start: Starter) -> None:
    platform = start(aes_key_prev="O" * 43)
    openid = platform.user()
    platform.app.answer = lambda received: str(
        platform.app.crypto("O" * 43).encrypt_message(text_reply(received), "1")
    )
    assert platform.say(openid)["user_sees"] == "收到"
