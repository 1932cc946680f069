"""Signing pages for the JS-SDK: WeChat's own example, and one ticket for everybody."""

from datetime import datetime, timedelta

import pytest

from config.settings import Settings
from models.database import Database
from models.wechat_token import WeChatToken
from simulator import Simulator
from wechat import jssdk
from wechat.client import PlatformClient
from wechat.errors import WeChatError
from wechat.jssdk import PageSigner
from wechat.jssdk import sign as signature_of
from wechat.tokens import FetchedToken, TokenStore

URL = "https://bss.example.edu.cn/h5/complaints?tab=open"


@pytest.fixture
def signer(client: PlatformClient, database: Database, settings: Settings) -> PageSigner:
    return PageSigner(client, database, app_id=settings.wechat_app_id)


def test_wechats_own_example_is_signed_as_wechat_signs_it() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    signature = signature_of(
        ticket, nonce="Wm3WZYTPz0wzccnW", timestamp=1414587457, url="http://mp.weixin.qq.com?params=value"
    )

    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_pages_of_two_processes_are_signed_with_one_ticket(
    signer: PageSigner,
    client: PlatformClient,
    database: Database,
    settings: Settings,
    platform: Simulator,
    now: datetime,
) -> None:
    other = PageSigner(client, database, app_id=settings.wechat_app_id)
    first, second = signer.config_for(URL, now=now), other.config_for(URL, now=now)

    ticket = platform.state.documents.get("ticket:jsapi").value["ticket"]  # type: ignore[union-attr]
    for found in (first, second):
        expected = signature_of(ticket, nonce=found.nonce, timestamp=found.timestamp, url=URL)
        assert (found.signature, found.app_id) == (expected, settings.wechat_app_id)
    assert first.nonce != second.nonce
    assert len(platform.calls.find(path="/cgi-bin/ticket/getticket")) == 1


def test_ticket_leaves_the_access_token_alone(
    signer: PageSigner, client: PlatformClient, database: Database, settings: Settings, now: datetime
) -> None:
    signer.config_for(URL, now=now)

    with database.reading() as session:
        rows = {row.app_id: row.token for row in session.query(WeChatToken)}
    assert set(rows) == {settings.wechat_app_id, f"{settings.wechat_app_id}:jsapi"}
    assert rows[settings.wechat_app_id] == client.access_token


def test_part_of_the_address_behind_the_hash_is_not_signed(
    signer: PageSigner, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jssdk.secrets, "token_hex", lambda _size: "same")
    plain, marked = signer.config_for(URL, now=now), signer.config_for(URL + "#top", now=now)

    assert plain == marked


def test_account_without_the_right_gets_no_signature(
    signer: PageSigner, platform: Simulator, now: datetime
) -> None:
    platform.faults.add(path="/cgi-bin/ticket/getticket", kind="errcode", errcode=48001)

    with pytest.raises(WeChatError) as refusal:
        signer.config_for(URL, now=now)
    assert refusal.value.code == 48001


def test_store_with_a_small_margin_keeps_what_it_has_longer(sqlite: Database, now: datetime) -> None:
    times = [now]
    asked: list[bool] = []

    def fetch(force: bool) -> FetchedToken:
        asked.append(force)
        return FetchedToken(f"ticket-{len(asked)}", 7200)

    store = TokenStore(
        sqlite,
        app_id="wx1",
        kind="jsapi",
        fetch=fetch,
        margin=timedelta(seconds=10),
        clock=lambda: times[-1],
    )
    assert store.get() == "ticket-1"
    times.append(now + timedelta(seconds=7189))
    assert store.get() == "ticket-1"
    times.append(now + timedelta(seconds=7190))
    assert store.get() == "ticket-2"
