"""接入系统: a key and a secret shown once, what a system may do, and the log of what it was told."""

from collections.abc import Callable
from datetime import timedelta

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from domain import connected_systems, webhook_outbox
from domain.webhook_outbox import Fate, Outcome
from models.connected_system import ConnectedSystem, Webhook, WebhookDelivery
from models.connected_words import DeliveryState
from models.database import Database
from tests.support.connected import filed_by
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.clock import now
from web.parts import Parts

SignedIn = Callable[[str], Visitor]
HOME = "/admin/settings/systems"
ALL = {"may_read": "on", "may_submit": "on", "may_hook": "on"}
NEW = {"name": "市热线", "contact": "李老师 87654321", **ALL}
URL = "https://portal.example.edu.cn/hook"


def typed(page: BeautifulSoup, css: str, attribute: str = "value") -> str:
    """Give what stands in a field of a page."""
    found = page.select_one(css)
    assert found is not None
    return str(found[attribute])


def test_system_is_added_shown_its_key_once_changed_and_closed(
    signed_in: SignedIn, database: Database, office: Office
) -> None:
    del office
    admin = signed_in("admin")
    assert "还没有接入系统" in words_of(admin.get(HOME))
    refused = admin.refused(f"{HOME}/new", NEW | {"contact": ""})
    assert typed(refused, "#name") == "市热线"
    assert words_of(refused.select_one("[role=alert]")).startswith("请填写联系人和电话")

    answer = admin.post(f"{HOME}/new", NEW)
    shown = admin._page(answer, 200, fragment=False)
    key = typed(shown, "#secret")
    assert key.startswith("bss_")
    assert typed(shown, "#base") == "http://127.0.0.1:8000/open311/v2"
    with database.reading() as session:
        system = connected_systems.by_key(session, key)
    here = f"{HOME}/{system.id}"
    assert key not in str(admin.get(here))
    assert key[:10] in str(admin.get(here))

    assert typed(admin.refused(here, {"name": "", "contact": "王"}), "#contact") == "王"
    assert admin.send(here, NEW | {"name": "市 12345 热线", "may_read": None}) == here
    renewed = typed(admin._page(admin.post(f"{here}/key"), 200, fragment=False), "#secret")
    assert renewed != key
    assert admin.send(f"{here}/disable") == here
    page = words_of(admin.get(here))
    assert "已停用，它的 api_key 马上失效，不再推送。" in page
    [row] = admin.get(HOME).select("tbody tr")
    assert words_of(row).startswith("市 12345 热线 已停用")
    admin.send(f"{here}/enable")
    with database.reading() as session:
        found = connected_systems.by_key(session, str(renewed))
        assert (found.name, found.may_read, found.may_submit, found.may_hook) == (
            "市 12345 热线",
            False,
            True,
            True,
        )
    audit = words_of(admin.get("/admin/audit?kind=system"))
    assert "更换 api_key" in audit
    assert admin.client.get("/admin/settings/systems/999999").status_code == 404


def test_webhook_is_set_tried_stopped_resumed_and_removed(
    app: Flask, signed_in: SignedIn, database: Database, office: Office
) -> None:
    box: Parts = app.extensions["banshishi"]
    admin = signed_in("admin")
    admin.post(f"{HOME}/new", NEW)
    here = f"{HOME}/1"
    for url, words in (
        ("http://portal.example/", "只推送到 https://"),
        ("https://10.0.0.7/", "这个地址在内部网络"),
    ):
        page = admin.refused(f"{here}/webhook", {"url": url})
        assert words in words_of(page.select_one("[role=alert]"))
        assert typed(page, "#url") == url
    admin.refused(f"{here}/webhook/secret")
    admin.refused(f"{here}/webhook/test")
    shown = admin._page(admin.post(f"{here}/webhook", {"url": URL}), 200, fragment=False)
    secret = typed(shown, "#secret")
    assert secret.startswith("whsec_")
    assert admin.send(f"{here}/webhook", {"url": f"{URL}2"}) == here
    other = admin._page(admin.post(f"{here}/webhook/secret"), 200, fragment=False)
    assert typed(other, "#secret") != secret
    assert "还没有推送过" in words_of(admin.get(f"{here}/deliveries"))

    assert admin.send(f"{here}/webhook/test") == f"{here}/deliveries"
    with database.transaction() as session:
        system = session.get_one(ConnectedSystem, 1)
        filed_by(session, system, office, now=now())
        parcel = webhook_outbox.claim(session, worker="w1", box=box.secret_box, now=now())
        assert parcel is not None
        assert parcel.url == f"{URL}2"
        told = Outcome(
            fate=Fate.REFUSED, milliseconds=31, status=500, words="对方回答 HTTP 500", answer="<b>oops</b>"
        )
        webhook_outbox.record(session, parcel, told, now=now())
    log = admin.get(f"{here}/deliveries?state=pending")
    assert [words_of(head) for head in log.select(".sending-head strong")] == ["状态变化", "新诉求", "测试"]
    last = log.select(".sending")[-1]
    assert "HTTP 500 · 31 毫秒 · 对方回答 HTTP 500 ·" in words_of(last.select_one(".sending-whom"))
    assert words_of(last.select("pre")[1]) == "<b>oops</b>"
    assert "没有「已送达」的推送" in words_of(admin.get(f"{here}/deliveries?state=delivered"))
    assert admin.send(f"{here}/deliveries/1/resend") == f"{here}/deliveries"
    with database.reading() as session:
        assert session.get_one(WebhookDelivery, 1).attempts == 0
    assert admin.post(f"{here}/deliveries/999/resend").status_code == 404

    with database.transaction() as session:
        webhook = session.get_one(Webhook, 1)
        webhook.stopped_at, webhook.stopped_why = now() - timedelta(hours=1), "连接超时"
    assert "「市热线」连续送不到，已停止推送" in words_of(admin.get("/admin/"))
    assert "已停止推送" not in words_of(signed_in("dispatcher").get("/admin/"))
    assert "推送已停止。 连接超时" in words_of(admin.get(here))
    admin.send(f"{here}/webhook/resume")
    with database.transaction() as session:
        webhook = session.get_one(Webhook, 1)
        webhook.failing_since, webhook.paused_until = now(), now() + timedelta(minutes=5)
    assert "没有回应" in words_of(admin.get(here).select_one(".alert-warning"))
    admin.send(f"{here}/webhook/remove")
    with database.reading() as session:
        states = set(session.scalars(select(WebhookDelivery.state)))
    assert states == {DeliveryState.DROPPED}


def test_log_is_paged(signed_in: SignedIn, database: Database, office: Office) -> None:
    admin = signed_in("admin")
    admin.post(f"{HOME}/new", NEW)
    admin.post(f"{HOME}/1/webhook", {"url": URL})
    with database.transaction() as session:
        system = session.get_one(ConnectedSystem, 1)
        for number in range(11):
            filed_by(session, system, office, now=now(), description=f"汤是凉的 {number}")

    first = admin.get(f"{HOME}/1/deliveries?state=pending")
    following = typed(first, "a[rel=next]", "href")
    assert following == f"{HOME}/1/deliveries?state=pending&page=2"
    assert (len(first.select(".sending")), len(admin.get(following).select(".sending"))) == (20, 2)


def test_complaint_says_by_whom_it_came(signed_in: SignedIn, database: Database, office: Office) -> None:
    admin = signed_in("admin")
    admin.post(f"{HOME}/new", NEW)
    with database.transaction() as session:
        system = session.get_one(ConnectedSystem, 1)
        number = filed_by(session, system, office, now=now(), phone="13800000000").number

    page = signed_in("handler").get(f"/admin/complaints/{number}")
    assert "接入平台 市热线转来，进展由它告诉诉求人" in words_of(page)
    assert "138****0000" in words_of(page)
    assert "13800000000" not in words_of(signed_in("inspector").get(f"/admin/complaints/{number}"))


def test_settings_name_hosts_inside(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(webhook_private_hosts="portal.campus, 10.0.0.7  hook.campus")

    assert settings.webhook_hosts == ("portal.campus", "10.0.0.7", "hook.campus")
    assert make_settings().webhook_hosts == ()
