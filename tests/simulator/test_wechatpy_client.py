"""wechatpy, unchanged, as a client: what it knows of WeChat's API works here."""

import io
from typing import Any

import pytest
import xmltodict
import zxingcpp
from PIL import Image
from wechatpy import WeChatClient, create_reply, parse_message
from wechatpy.exceptions import WeChatClientException
from wechatpy.oauth import WeChatOAuth

from tests.simulator.conftest import Platform, wait_until
from tests.simulator.tiny_app import Received

REAL = "https://api.weixin.qq.com/"


@pytest.fixture
def client(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> WeChatClient:
    """A client whose every base address points at the platform."""
    settings = platform.simulator.settings
    made = WeChatClient(settings.app_id, settings.app_secret, timeout=5, auto_retry=True)
    made.API_BASE_URL = f"{platform.base_url}/cgi-bin/"
    for part in vars(made).values():
        base = getattr(part, "API_BASE_URL", None)
        if isinstance(base, str) and base.startswith(REAL):
            part.API_BASE_URL = base.replace(REAL, f"{platform.base_url}/")
    # The token's address is written out in the library, so the last step is to turn it on its way.
    real_get = made._http.get

    def get(url: str, **options: Any) -> Any:
        return real_get(url.replace(REAL, f"{platform.base_url}/"), **options)

    monkeypatch.setattr(made._http, "get", get)
    return made


def test_token_is_fetched_and_renewed_when_it_dies(platform: Platform, client: WeChatClient) -> None:
    first = client.access_token
    assert client.access_token == first
    platform.post("/tokens/revoke")
    assert client.misc.get_wechat_ips() == ["127.0.0.1", "127.0.0.0/8"]
    assert client.access_token != first
    assert len(platform.get("/calls", path="/cgi-bin/token")) == 2


def test_template_messages(platform: Platform, client: WeChatClient) -> None:
    openid = platform.user()
    data = {
        "thing1": {"value": "期末测评"},
        "thing2": {"value": "请您评价"},
        "time3": {"value": "2026-12-31 18:00"},
    }
    answer = client.message.send_template(openid, "SIMTPL_SURVEY", data, url="https://x/")
    assert answer["msgid"] == platform.lines(openid)[-1]["msgid"]
    listed = client.template.get_all_private_template()["template_list"]
    assert "SIMTPL_SURVEY" in {row["template_id"] for row in listed}
    client.template.del_private_template("SIMTPL_SURVEY")
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_template(openid, "SIMTPL_SURVEY", data)
    assert refused.value.errcode == 40037
    assert str(refused.value.errmsg).startswith("invalid template_id rid: ")


def test_custom_messages(platform: Platform, client: WeChatClient) -> None:
    openid = platform.user()
    platform.say(openid)
    uploaded = client.media.upload("image", ("图.png", b"\x89PNG", "image/png"))
    client.message.send_text(openid, "您好，<已派单> 😀")
    client.message.send_image(openid, uploaded["media_id"])
    article = {"title": "公示", "description": "说明", "url": "https://x/", "image": "https://x/p"}
    client.message.send_articles(openid, [article])
    shown = [(line["type"], line.get("text")) for line in platform.lines(openid)]
    assert shown == [("text", "您好，<已派单> 😀"), ("image", None), ("news", None)]


def test_subscription_messages(platform: Platform, client: WeChatClient) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/subscribe", template_id="SIMTPL_BULLETIN")
    data = {
        "thing1": {"value": "通报"},
        "thing2": {"value": "摘要"},
        "time3": {"value": "2026-12-31 18:00"},
    }
    client.message.send_subscribe_message(openid, "SIMTPL_BULLETIN", data, page="https://x/")
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_subscribe_message(openid, "SIMTPL_BULLETIN", data)
    assert refused.value.errcode == 43101


def test_codes(platform: Platform, client: WeChatClient) -> None:
    scene = {"scene": {"scene_str": "bind:1"}}
    answer = client.qrcode.create(
        {"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": scene}
    )
    show = f"{platform.base_url}/cgi-bin/showqrcode"
    picture = client._http.get(show, params={"ticket": answer["ticket"]}, timeout=5)
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    assert read.text == answer["url"]


def test_files(platform: Platform, client: WeChatClient) -> None:
    uploaded = client.media.upload("image", ("a.png", b"\x89PNG", "image/png"))
    response = client.media.download(uploaded["media_id"])
    assert response.content == b"\x89PNG"
    assert platform.base_url in client.media.upload_image(("a.png", b"png", "image/png"))


def test_users(platform: Platform, client: WeChatClient) -> None:
    platform.post("/settings", user_page_size=1)
    openids = [platform.user(0), platform.user(1)]
    assert list(client.user.iter_followers()) == openids
    assert client.user.get(openids[0])["subscribe"] == 1
    assert [user["openid"] for user in client.user.get_batch(openids)] == openids
    client.user.update_remark(openids[0], "老师")
    assert client.user.get(openids[0])["remark"] == "老师"


def test_menu(platform: Platform, client: WeChatClient) -> None:
    client.menu.create({"button": [{"type": "click", "name": "报修", "key": "K"}]})
    assert client.menu.get()["menu"]["button"][0]["name"] == "报修"
    assert client.menu.get_menu_info()["is_menu_open"] == 1
    client.menu.delete()
    assert platform.get("/menu") == {"button": []}


def test_conditional_menus(platform: Platform, client: WeChatClient) -> None:
    openid = platform.user()
    client.menu.create({"button": [{"type": "click", "name": "报修", "key": "K"}]})
    staff = {"button": [{"type": "click", "name": "派单", "key": "S"}], "matchrule": {"tag_id": "2"}}
    menu_id = client.menu.add_conditional(staff)["menuid"]
    client.tag.tag_user(2, openid)
    assert client.menu.try_match(openid)["button"][0]["name"] == "派单"
    client.menu.del_conditional(menu_id)
    assert client.menu.try_match(openid)["button"][0]["name"] == "报修"


def test_tags_and_blacklist(platform: Platform, client: WeChatClient) -> None:
    openid = platform.user()
    tag_id = client.tag.create("员工")["id"]
    client.tag.tag_user(tag_id, openid)
    client.tag.update(tag_id, "教职工")
    assert [(tag["name"], tag["count"]) for tag in client.tag.get()] == [("星标组", 0), ("教职工", 1)]
    assert client.tag.get_user_tag(openid) == [tag_id]
    assert list(client.tag.iter_tag_users(tag_id)) == [openid]
    client.tag.untag_user(tag_id, openid)
    client.tag.delete(tag_id)
    assert client.tag.get_user_tag(openid) == []
    client.tag.batch_black_list([openid])
    assert client.tag.get_black_list()["data"]["openid"] == [openid]
    client.tag.batch_unblack_list([openid])
    assert client.tag.get_black_list()["total"] == 0


def test_material(client: WeChatClient) -> None:
    added = client.material.add("image", ("a.png", b"\x89PNG", "image/png"))
    assert client.material.get(added["media_id"]).content == b"\x89PNG"
    video = client.material.add("video", ("a.mp4", b"v", "video/mp4"), "通报", "十一月")
    assert client.material.get(video["media_id"])["title"] == "通报"
    assert client.material.get_count()["image_count"] == 1
    assert client.material.batchget("image")["total_count"] == 1
    client.material.delete(added["media_id"])
    assert client.material.get_count()["image_count"] == 0


def test_drafts_and_publishing(platform: Platform, client: WeChatClient) -> None:
    media_id = client.draft.add([platform.article()])["media_id"]
    client.draft.update(media_id, 0, platform.article(title="改过的"))
    assert client.draft.get(media_id)["news_item"][0]["title"] == "改过的"
    assert client.draft.count() == {"total_count": 1}
    assert client.draft.batchget()["item"][0]["media_id"] == media_id
    publish_id = client.freepublish.submit(media_id)["publish_id"]
    platform.event("PUBLISHJOBFINISH")
    article_id = client.freepublish.get(publish_id)["article_id"]
    assert client.freepublish.getarticle(article_id)["news_item"][0]["title"] == "改过的"
    assert client.freepublish.batchget(0, 20)["total_count"] == 1
    client.freepublish.delete(article_id)
    assert client.freepublish.batchget(0, 20)["total_count"] == 0
    client.draft.delete(client.draft.add([platform.article()])["media_id"])
    assert client.draft.count() == {"total_count": 0}


def test_mass_messages(platform: Platform, client: WeChatClient) -> None:
    openids = [platform.user(0), platform.user(1)]
    client.message.send_mass_article(platform.draft(), openids[0], preview=True)
    sent = client.message.send_mass_text("停水通知", openids, client_msg_id="a")
    client.message.send_mass_text("停电通知", is_to_all=True, client_msg_id="b")
    wait_until(lambda: len(platform.lines(openids[0])) == 3)
    texts = {line.get("text") for line in platform.lines(openids[0])}
    assert texts == {None, "停水通知", "停电通知"}
    assert client.message.get_mass(sent["msg_id"])["msg_status"] == "SEND_SUCCESS"


def test_templates_for_subscriptions(client: WeChatClient) -> None:
    library = client.template
    assert {"id": 616, "name": "信息查询"} in library.get_category()
    keywords = library.get_subscribe_message_template_keywords("47124")
    assert "当前状态" in str(keywords)
    template_id = library.add_subscribe_message_template("47124", [2, 5], "办理进度")
    assert [row["priTmplId"] for row in library.get_subscribe_message_templates()] == [template_id]
    library.del_subscribe_message_template(template_id)
    assert library.get_subscribe_message_templates() == []
    with pytest.raises(WeChatClientException) as refused:
        library.get_subscribe_message_template_titles()
    # The library leaves out the categories, without which the platform shows nothing.
    assert refused.value.errcode == 200018


def test_ticket_for_pages(client: WeChatClient) -> None:
    assert client.jsapi.get_jsapi_ticket() == client.jsapi.get_jsapi_ticket()


def test_web_login(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = platform.simulator.settings
    monkeypatch.setattr(WeChatOAuth, "API_BASE_URL", f"{platform.base_url}/")
    monkeypatch.setattr(WeChatOAuth, "OAUTH_BASE_URL", f"{platform.base_url}/connect/")
    back = "http://127.0.0.1:8000/back"
    oauth = WeChatOAuth(settings.app_id, settings.app_secret, back, scope="snsapi_userinfo", state="s")
    user = platform.get("/users")[0]
    # The fragment comes after the query, where the phone page's cookie takes the place of a choice.
    page = oauth._http.get(
        oauth.authorize_url, cookies={"sim_openid": user["openid"]}, allow_redirects=False, timeout=5
    )
    code = page.headers["Location"].split("code=")[1].split("&")[0]
    assert oauth.fetch_access_token(code)["openid"] == user["openid"]
    assert oauth.get_user_info()["nickname"] == "林小雨"


def test_every_packet_is_understood_and_answered_by_the_library(platform: Platform) -> None:
    openid = platform.user()
    understood: list[str] = []

    def answer(received: Received) -> str:
        message = parse_message(xmltodict.unparse({"xml": received.packet}))
        understood.append(f"{message.type}/{getattr(message, 'event', '')}")
        return platform.app.encrypted(create_reply("收到", message).render(), received)

    platform.app.answer = answer
    deliveries = [
        platform.say(openid),
        platform.post(f"/users/{openid}/send", type="location", latitude=1, longitude=2, label="x"),
        platform.post(f"/users/{openid}/send", type="link", title="x", url="https://x/"),
        platform.control(
            "POST", f"/users/{openid}/send", files={"media": ("a.png", b"x")}, data={"type": "image"}
        ),
        platform.post(f"/users/{openid}/click", key="K"),
        platform.post(f"/users/{openid}/view", url="https://x/"),
        platform.post(f"/users/{openid}/scan", scene="s"),
        platform.post(f"/users/{openid}/unfollow"),
        platform.post(f"/users/{openid}/follow", scene="s"),
    ]
    assert understood == [
        "text/",
        "location/",
        "link/",
        "image/",
        "event/click",
        "event/view",
        "event/scan",
        "event/unsubscribe",
        "event/subscribe_scan",
    ]
    assert {delivery["attempts"][0]["outcome"] for delivery in deliveries} == {"replied"}
