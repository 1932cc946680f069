"""Sending webhooks over real HTTP: signed, in order, to where it may go, and again when nobody was there."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import webhook_log, webhook_outbox, webhook_settings
from domain.secret_box import SecretBox
from domain.webhook_addresses import AddressRules
from domain.webhook_outbox import Fate, Outcome, Parcel
from jobs import webhook_http, webhooks
from jobs.context import JobContext
from jobs.webhook_http import send
from jobs.webhooks import WebhookSending, release_stuck_webhooks, release_webhooks_of_dead
from models.connected_system import ConnectedSystem, Webhook, WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState
from models.database import Database
from tests.jobs.conftest import HandClock
from tests.support.connected import LOCAL_RULES, Receiver, filed_by, hooked, is_genuine, receiver
from tests.support.factories import Office
from tests.support.story import at_once

D = DeliveryState
BOTH = ("submitted", "assigned")


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


@pytest.fixture
def allowing(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"webhook_allow_http": True, "webhook_private_hosts": "127.0.0.1, localhost"}
    )


@dataclass
class Post:
    """One office that tells one receiver."""

    database: Database
    office: Office
    clock: HandClock
    allowing: Settings
    there: Receiver
    system: ConnectedSystem

    def sender(self, worker: str = "w1") -> WebhookSending:
        return WebhookSending(self.allowing, self.database, worker=worker, clock=self.clock)

    def file(self, words: str) -> str:
        with self.database.transaction() as session:
            system = session.get_one(ConnectedSystem, self.system.id)
            return filed_by(session, system, self.office, now=self.clock.now, description=words).number


@pytest.fixture
def post(database: Database, office: Office, clock: HandClock, allowing: Settings, there: Receiver) -> Post:
    box = SecretBox(allowing.secret_key.get_secret_value())
    with database.transaction() as session:
        system = hooked(session, office.admin, now=clock.now, box=box, url=there.url)
    return Post(database, office, clock, allowing, there, system)


def sent(there: Receiver) -> list[tuple[str, str]]:
    bodies = [json.loads(body) for _, body in there.got]
    return [(body["data"]["service_request_id"], body["data"]["status_detail"]) for body in bodies]


def drain(sending: WebhookSending) -> int:
    count = 0
    while sending.send_one():
        count += 1
    return count


def test_receiver_down_for_an_hour_gets_everything_afterwards_in_order(post: Post) -> None:
    box = SecretBox(post.allowing.secret_key.get_secret_value())
    with receiver() as gone:
        url = gone.url
    with post.database.transaction() as session:
        by: dict[str, Any] = {"staff": post.office.admin, "now": post.clock.now}
        secret = webhook_settings.renew_secret(session, post.system, box=box, **by)
        session.get_one(Webhook, post.system.id).url = url
    numbers = []
    for minute in range(60):
        if minute % 20 == 0:
            numbers.append(post.file(f"汤是凉的，第 {minute} 分钟"))
        drain(post.sender())
        post.clock.advance(minutes=1)
    with post.database.transaction() as session:
        tries = session.scalars(select(WebhookAttempt)).all()
        session.get_one(Webhook, post.system.id).url = post.there.url
    assert {(one.status, one.words) for one in tries} == {(None, "对方拒绝连接")}
    assert 8 <= len(tries) <= 14

    post.clock.advance(minutes=15)
    drain(post.sender())

    got = post.there.got
    assert sent(post.there) == [
        (number, status) for number in numbers for status in ("submitted", "assigned")
    ]
    assert all(is_genuine(secret, headers, body) for headers, body in got)
    assert not is_genuine(secret, got[0][0], got[1][1])
    assert got[0][0]["webhook-timestamp"] == str(int(post.clock.now.timestamp()))
    assert got[0][0]["content-type"] == "application/json; charset=utf-8"
    assert len({headers["webhook-id"] for headers, _ in got}) == 6


def test_two_workers_deliver_each_once(post: Post) -> None:
    numbers = [post.file(f"汤是凉的 {number}") for number in range(4)]

    def work(name: str) -> Callable[[], None]:
        def run() -> None:
            sending, idle = post.sender(name), 0
            while idle < 20:
                idle = 0 if sending.send_one() else idle + 1
                threading.Event().wait(0.005)

        return run

    assert at_once(work("w1"), work("w2")) == [None, None]

    assert sent(post.there) == [
        (number, status) for number in numbers for status in ("submitted", "assigned")
    ]
    with post.database.reading() as session:
        assert webhook_log.counts(session, post.system) == {D.DELIVERED: 8}
        workers = set(session.scalars(select(WebhookDelivery.claimed_by)))
    assert workers <= {"w1", "w2"}


def test_killed_worker_loses_nothing(
    post: Post, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken, and nobody is left to note it: it goes out again under the same id."""
    post.file("汤是凉的")

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(webhook_outbox, "record", die)
        with pytest.raises(Killed):
            post.sender("dead").send_one()
    assert post.sender().send_one() is False
    release_webhooks_of_dead(context, ["dead"])
    release_stuck_webhooks(context)
    assert drain(post.sender()) == 2

    ids = [headers["webhook-id"] for headers, _ in post.there.got]
    assert (ids[0], len(set(ids)), len(ids)) == (ids[1], 2, 3)
    with post.database.transaction() as session:
        one = session.scalars(select(WebhookDelivery)).first()
        assert one is not None
        one.state, one.claimed_at = D.SENDING, post.clock.now
    post.clock.advance(minutes=3)
    release_stuck_webhooks(context)
    assert drain(post.sender()) == 1


def test_answer_decides_what_becomes_of_it(sqlite: Database, clock: HandClock, there: Receiver) -> None:
    del sqlite
    parcel = parcel_to(there.url, clock)
    fates = {}
    for status in (200, 204, 301, 400, 404, 408, 410, 429, 500, 502, 503):
        there.status, there.words = status, b"" if status == 204 else "回答".encode() * 400
        outcome = send(parcel, rules=LOCAL_RULES, now=clock.now)
        fates[outcome.status] = outcome.fate
        assert len(outcome.answer) == (0 if status == 204 else 500)
    assert fates == {
        200: Fate.TAKEN, 204: Fate.TAKEN, 301: Fate.REFUSED, 400: Fate.REFUSED, 404: Fate.REFUSED,
        408: Fate.AWAY, 410: Fate.UNSUBSCRIBED, 429: Fate.AWAY, 500: Fate.REFUSED, 502: Fate.AWAY,
        503: Fate.AWAY,
    }  # fmt: skip


def parcel_to(url: str, clock: HandClock) -> Parcel:
    return Parcel(
        delivery_id=1,
        system_id=1,
        message_id="msg_1",
        url=url,
        body="{}",
        secrets=("whsec_" + "QUJD" * 8,),
        claimed_by="w1",
        claimed_at=clock.now,
    )


def test_redirect_is_not_followed(clock: HandClock, there: Receiver) -> None:
    with receiver() as inside:
        there.status, there.location = 307, inside.url
        outcome = send(parcel_to(there.url, clock), rules=LOCAL_RULES, now=clock.now)

    assert (outcome.fate, inside.got) == (Fate.REFUSED, [])
    assert outcome.words == "对方回答 HTTP 307（转到别处）；推送不跟随跳转，请改推送网址"


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names be resolved to these addresses, one list a look-up; give what was asked for."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **named: Any) -> list[tuple[Any, ...]]:
        if host[0].isdigit() or ":" in host:  # an address already: nobody is asked
            return really(host, port, *rest, **named)
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.7"], ["169.254.169.254"], ["8.8.8.8", "192.168.1.1"], ["::ffff:10.0.0.7"]],
)
def test_name_that_leads_into_our_network_is_not_called(
    addresses: list[str], clock: HandClock, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, addresses)
    parcel = parcel_to(there.url.replace("127.0.0.1", "portal.example"), clock)

    outcome = send(parcel, rules=AddressRules(allow_http=True), now=clock.now)

    assert (outcome.fate, outcome.status, there.got) == (Fate.AWAY, None, [])
    assert outcome.words.startswith("portal.example 指向内部网络")


def test_connection_goes_to_the_address_that_was_checked(
    clock: HandClock, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name leads elsewhere when it is asked for again; it is not asked again."""
    asked = resolving(monkeypatch, ["::1", "127.0.0.1"], ["127.0.0.9"])
    rules = replace(LOCAL_RULES, private_hosts=frozenset({"portal.example"}))
    parcel = parcel_to(there.url.replace("127.0.0.1", "portal.example"), clock)

    outcome = send(parcel, rules=rules, now=clock.now)

    assert (outcome.fate, asked) == (Fate.TAKEN, ["portal.example"])
    port = there.url.rpartition(":")[2].partition("/")[0]
    assert there.got[0][0]["host"] == f"portal.example:{port}"


def test_what_cannot_be_reached_is_told_in_plain_words(
    clock: HandClock, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words(url: str, rules: AddressRules = LOCAL_RULES) -> str:
        return send(parcel_to(url, clock), rules=rules, now=clock.now, total_seconds=0.3).words

    assert (
        words(there.url, AddressRules()) == "只推送到 https:// 开头的网址；内容在路上不能被别人读到或改动。"
    )
    assert words(there.url.replace("http:", "https:")) == "连接中断：SSLError"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert words(f"http://127.0.0.1:{silent.getsockname()[1]}/") == "连接中断：RemoteDisconnected"

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert words("https://nowhere.example/") == "找不到主机 nowhere.example，请核对推送网址和服务器的 DNS。"
    late, wrong = TimeoutError(), ssl.SSLCertVerificationError()
    wrong.verify_message = "self-signed certificate"
    assert webhook_http._in_words(late) == "连接超时"
    assert webhook_http._in_words(wrong) == "对方的证书不能验证：self-signed certificate"


def test_nothing_is_sent_inside_a_transaction(database: Database, clock: HandClock) -> None:
    with database.transaction(), pytest.raises(RuntimeError):
        send(parcel_to("https://portal.example/", clock), rules=LOCAL_RULES, now=clock.now)


def test_one_that_breaks_the_sender_keeps_nobody_waiting(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.file("汤是凉的")
    stopping, failures = threading.Event(), iter([ZeroDivisionError(), None])

    def break_once(parcel: Parcel, **_: object) -> Outcome:
        failure = next(failures)
        if failure is not None:
            raise failure
        stopping.set()
        raise KeyError(parcel.delivery_id)

    monkeypatch.setattr(webhooks, "send", break_once)
    monkeypatch.setattr(webhooks, "LOOK_SECONDS", 0.001)
    sending = post.sender()
    monkeypatch.setattr(webhooks, "PAUSE_AFTER_TROUBLE_SECONDS", 0.001)
    assert sending.send_one() is True
    post.clock.advance(seconds=10)
    sending.work(stopping)

    with post.database.reading() as session:
        words = set(session.scalars(select(WebhookAttempt.words)))
    assert words == {"程序出错：ZeroDivisionError", "程序出错：KeyError"}


def test_thread_goes_on_when_the_database_is_away(
    sqlite: Database, allowing: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, looks = threading.Event(), []

    def fail(*_: object, **__: object) -> bool:
        looks.append(1)
        if len(looks) == 1:
            raise OSError
        stopping.set()
        return False

    monkeypatch.setattr(webhook_outbox, "anything_due", fail)
    monkeypatch.setattr(webhooks, "PAUSE_AFTER_TROUBLE_SECONDS", 0.001)
    WebhookSending(allowing, sqlite, worker="w1", clock=clock).work(stopping)

    assert len(looks) == 2
