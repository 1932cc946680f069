"""The client against the pretend platform, over HTTP: what is sent, and what becomes of each trouble."""

import traceback

import pytest

from models.database import Database
from simulator import Simulator
from simulator.server import RunningSimulator
from wechat import transport
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.media import Media

VALUES = {
    "character_string1": "2026-1121-0007",
    "thing2": "3号楼水管漏水",
    "thing3": "维修服务中心",
    "time4": "2026年11月21日 09:30",
}
CUSTOM = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
STABLE_TOKEN = "/cgi-bin/stable_token"


def send_template(client: PlatformClient, openid: str, *, key: str = "event:1:person:1") -> str:
    return client.send_template(
        openid, template_id="SIMTPL_ACCEPTED", values=VALUES, url="https://h/x?a=1&b=中", client_msg_id=key
    )


def calls(platform: Simulator, path: str) -> list[int]:
    """The error codes of the calls to a path, in order."""
    return [call.errcode for call in platform.calls.find(path=path, limit=1000)]


def test_template_reaches_the_phone_with_its_link_and_our_key(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    message_id = send_template(client, openid)
    [message] = platform.messages(openid)
    assert message_id == str(message["msgid"])
    assert message["client_msg_id"] == "event:1:person:1"
    assert message["content"]["url"] == "https://h/x?a=1&b=中"
    assert message["content"]["data"]["thing2"] == {"value": "3号楼水管漏水"}


def test_template_sent_twice_under_one_key_reaches_the_phone_once(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    assert send_template(client, openid) == send_template(client, openid)
    assert len(platform.messages(openid)) == 1


def test_custom_text_reaches_somebody_who_has_just_written(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    open_window(platform, openid)
    client.send_custom_text(openid, "您好，维修人员已出发 🔧")
    [message] = platform.messages(openid)
    assert message["content"]["text"]["content"] == "您好，维修人员已出发 🔧"


def open_window(platform: Simulator, openid: str) -> None:
    platform.people.need(openid).windows["message"] = [platform.clock.now(), 0]


def test_refusal_carries_code_meaning_action_and_request_id(client: PlatformClient, openid: str) -> None:
    with pytest.raises(WeChatError) as refused:
        client.send_custom_text(openid, "您好")
    error = refused.value
    assert (error.code, error.action, error.permanent) == (45015, Action.NEXT_CHANNEL, True)
    assert error.message == "response out of time limit or subscription is canceled"
    assert [len(part) for part in error.rid.split("-")] == [8, 8, 8]
    assert str(error) == (
        "对方超过 48 小时没有和公众号互动，不能发客服消息"
        f"（45015 response out of time limit or subscription is canceled，rid {error.rid}）"
    )


@pytest.mark.parametrize("end", ["expire_all", "revoke_all"])
def test_token_that_dies_is_replaced_and_the_call_repeated_once(
    client: PlatformClient, platform: Simulator, openid: str, end: str
) -> None:
    client.user_info(openid)
    getattr(platform.tokens, end)()
    assert client.user_info(openid)["openid"] == openid
    assert calls(platform, "/cgi-bin/user/info") == [0, 42001 if end == "expire_all" else 40001, 0]
    assert calls(platform, STABLE_TOKEN) == [0, 0]


def test_call_is_repeated_once_only_when_every_token_is_refused(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    platform.faults.add(path=TEMPLATE, kind="errcode", errcode=40001, times=-1)
    with pytest.raises(WeChatError) as refused:
        send_template(client, openid)
    assert refused.value.action is Action.REFRESH_TOKEN
    assert refused.value.permanent is False
    assert calls(platform, TEMPLATE) == [40001, 40001]


def test_wrong_secret_stops_the_account_rather_than_refreshing_for_ever(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    platform.faults.add(path=STABLE_TOKEN, kind="errcode", errcode=40001, times=-1)
    with pytest.raises(WeChatError) as refused:
        client.user_info(openid)
    assert (refused.value.code, refused.value.action) == (40125, Action.ACCOUNT_STOPPED)
    assert calls(platform, STABLE_TOKEN) == [40001]


def test_address_not_on_the_white_list_is_named(
    client: PlatformClient, platform: Simulator, openid: str
) -> None:
    platform.change_settings({"ip_whitelist": ["10.1.2.3"]})
    with pytest.raises(WeChatError) as refused:
        client.user_info(openid)
    assert refused.value.action is Action.ACCOUNT_STOPPED
    assert "127.0.0.1" in str(refused.value)


@pytest.mark.parametrize("kind", ["http_502", "truncated_json", "reset", "lost_response"])
def test_answer_that_cannot_be_read_may_have_had_its_effect(
    client: PlatformClient,
    platform: Simulator,
    openid: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.5)
    client.user_info(openid)
    platform.faults.add(path=TEMPLATE, kind=kind, seconds=0.7)
    with pytest.raises(WeChatUnreachable) as trouble:
        send_template(client, openid)
    assert trouble.value.maybe_done is True
    assert "access_token=2" not in "".join(traceback.format_exception(trouble.value))


def test_lost_answer_and_retry_under_the_same_key_reach_the_phone_once(
    client: PlatformClient, platform: Simulator, openid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.5)
    platform.faults.add(path=TEMPLATE, kind="lost_response", seconds=0.7)
    with pytest.raises(WeChatUnreachable):
        send_template(client, openid)
    send_template(client, openid)
    assert len(platform.messages(openid)) == 1


def test_slow_trickle_is_cut_off_in_total(
    client: PlatformClient, platform: Simulator, openid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.user_info(openid)
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.3)
    platform.faults.add(path="/cgi-bin/user/info", kind="slow_body", seconds=5)
    with pytest.raises(WeChatUnreachable, match="微信平台的回答太慢"):
        client.user_info(openid)


def test_answer_without_end_is_cut_off(
    client: PlatformClient, platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get_menu()
    monkeypatch.setattr(transport, "MAX_BYTES", 1000)
    media = platform.media.save(b"x" * 1001, kind="image", filename="a.jpg", content_type="image/jpeg")
    with pytest.raises(WeChatUnreachable, match="微信平台的回答太大"):
        client.fetch_media(media.media_id)


def test_nobody_listening_means_nothing_was_done(
    client: PlatformClient, running: RunningSimulator, openid: str
) -> None:
    client.user_info(openid)
    running.stop()
    try:
        with pytest.raises(WeChatUnreachable) as trouble:
            send_template(client, openid)
        assert trouble.value.maybe_done is False
        assert "token" not in str(trouble.value)
        with pytest.raises(WeChatUnreachable, match=r"access_token=\*\*\*"):
            client.user_info(openid)
    finally:
        running.stop = lambda: None  # type: ignore[method-assign]


def test_call_inside_a_transaction_is_refused(
    client: PlatformClient, platform: Simulator, database: Database, openid: str
) -> None:
    client.user_info(openid)
    with database.transaction(), pytest.raises(RuntimeError, match="transaction is open"):
        send_template(client, openid)
    with database.reading():
        send_template(client, openid)
    assert calls(platform, TEMPLATE) == [0]


def test_qr_code_opens_with_its_scene(client: PlatformClient, platform: Simulator) -> None:
    address = client.create_qrcode("p:7f3a", seconds=600)
    [code] = [code for code in platform.state.qr_codes if code.url == address]
    assert (code.scene, code.permanent) == ("p:7f3a", False)
    assert client.create_qrcode("p:7f3b") != address
    assert [code.permanent for code in platform.state.qr_codes if code.scene == "p:7f3b"] == [True]


def test_menu_is_empty_until_made_and_then_as_made(client: PlatformClient) -> None:
    assert client.get_menu() == []
    buttons = [{"type": "click", "name": "我要反映", "key": "REPORT"}]
    client.create_menu(buttons)
    assert [(button["name"], button["key"]) for button in client.get_menu()] == [("我要反映", "REPORT")]


def test_refused_menu_is_an_error(client: PlatformClient) -> None:
    with pytest.raises(WeChatError) as refused:
        client.create_menu([{"type": "click", "name": "太长" * 20, "key": "REPORT"}])
    assert refused.value.action is Action.BAD_CONTENT


@pytest.mark.parametrize(
    ("kind", "name", "content_type"),
    [("image", "a.jpg", "image/jpeg"), ("voice", "a.amr", "audio/amr"), ("video", "a.mp4", "video/mp4")],
)
def test_media_is_fetched_whole(
    client: PlatformClient, platform: Simulator, kind: str, name: str, content_type: str
) -> None:
    data = bytes(range(256)) * 100
    media = platform.media.save(data, kind=kind, filename=name, content_type=content_type)
    assert client.fetch_media(media.media_id) == Media(data, content_type)


def test_media_that_is_gone_is_an_error_though_the_status_is_200(client: PlatformClient) -> None:
    with pytest.raises(WeChatError) as refused:
        client.fetch_media("gone")
    assert (refused.value.code, refused.value.action) == (40007, Action.MEDIA_GONE)


def test_every_endpoint_of_wechatpy_goes_to_the_same_place(
    client: PlatformClient, running: RunningSimulator
) -> None:
    addresses = {
        part.API_BASE_URL
        for part in vars(client).values()
        if isinstance(getattr(part, "API_BASE_URL", None), str) and part.API_BASE_URL
    }
    ours = f"{running.base_url}/"
    # The card and shop calls live on another host, which we never call.
    assert {address for address in addresses if not address.startswith(ours)} <= {"https://mp.weixin.qq.com/"}
