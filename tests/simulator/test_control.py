"""The switchboard: chat, clock, settings, verification, reset, state file, independence."""

import ast
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import SimulatorConfig, create_simulator
from simulator.storage import StorageError
from tests.simulator.conftest import Platform, Starter
from tests.simulator.tiny_app import text_reply

SIMULATOR = Path(__file__).parents[2] / "simulator"


def test_chat_is_read_from_a_line_on(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid, "一")
    platform.say(openid, "二")
    chat = platform.get(f"/users/{openid}/chat", after=1)
    assert [(item["seq"], item["text"]) for item in chat["items"]] == [(2, "一"), (3, "二")]
    assert chat["last_seq"] == 3
    assert platform.get(f"/users/{openid}/chat", after=3) == {"items": [], "last_seq": 3}


def test_reader_waits_for_the_next_line(platform: Platform) -> None:
    openid = platform.user()
    speak = threading.Timer(0.2, lambda: platform.simulator.actions.send_text(openid, "来了"))
    began = time.perf_counter()
    speak.start()
    chat = platform.get(f"/users/{openid}/chat", after=1, wait=10)
    speak.join()
    assert [item["text"] for item in chat["items"]] == ["来了"]
    assert 0.1 < time.perf_counter() - began < 5


def test_reader_gives_up_after_the_wait(platform: Platform) -> None:
    openid = platform.user()
    assert platform.get(f"/users/{openid}/chat", after=1, wait=0.1)["items"] == []


def test_unread_counts_what_others_wrote_and_reading_clears_it(platform: Platform) -> None:
    openid = platform.user()
    platform.app.answer = lambda received: platform.app.encrypted(text_reply(received), received)
    platform.say(openid)
    assert platform.get("/users")[0]["unread"] == 1
    platform.get(f"/users/{openid}/chat")
    assert platform.get("/users")[0]["unread"] == 0


def test_verification_wants_the_echo_alone(platform: Platform) -> None:
    assert platform.post("/verify") == {"ok": True, "reason": ""}
    (query,) = platform.app.verifications
    assert set(query) == {"signature", "timestamp", "nonce", "echostr"}
    platform.app.echo = lambda echostr: f'"{echostr}"'
    answer = platform.post("/verify")
    assert answer["ok"] is False
    assert answer["reason"].startswith("token验证失败：应原样返回 echostr")


def test_verification_of_a_silent_address_fails(platform: Platform) -> None:
    platform.post("/settings", callback_url="http://127.0.0.1:9/")
    answer = platform.post("/verify")
    assert answer["ok"] is False
    assert answer["reason"].startswith("请求URL超时或无法连接")


def test_clock_freezes_advances_and_runs_again(platform: Platform) -> None:
    assert platform.post("/clock", freeze="2026-11-21T08:00:00+08:00")["iso"] == "2026-11-21T00:00:00+00:00"
    frozen = platform.post("/clock", advance=60)
    assert (frozen["iso"], frozen["frozen"]) == ("2026-11-21T00:01:00+00:00", True)
    assert platform.post("/clock", freeze=1_790_000_000)["now"] == 1_790_000_000
    running = platform.post("/clock", reset=True)
    assert running["frozen"] is False
    assert abs(running["now"] - time.time()) < 5
    assert platform.post("/clock", advance=3600)["now"] - time.time() > 3500


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, 'send {"freeze": time}, {"advance": seconds} or {"reset": true}'),
        ({"freeze": "soon"}, "neither unix seconds nor an ISO time: soon"),
        ({"advance": "x"}, "advance must be a number"),
    ],
)
def test_clock_explains_what_it_cannot_do(platform: Platform, body: dict[str, Any], error: str) -> None:
    assert platform.post("/clock", **body) == {"error": error}


def test_settings_change_while_running(platform: Platform) -> None:
    changed = platform.post("/settings", mode="plain", retries=0)
    assert (changed["mode"], changed["retries"]) == ("plain", 0)
    assert platform.get("/settings") == changed
    platform.say(platform.user())
    assert "encrypt_type" not in platform.app.received[0].query


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"colour": "red"}, "colour is not a setting that can be changed"),
        ({"app_id": "wx1"}, "app_id is not a setting that can be changed"),
        ({"mode": "secret"}, "mode must be plain, compat or safe"),
        ({"retries": "three"}, "retries has the wrong type"),
        ({"retries": True}, "retries has the wrong type"),
        ({"aes_key": "short"}, "aes_key must be exactly 43 letters or digits"),
        ({"callback_timeout": 0}, "callback_timeout must be more than 0 seconds"),
        ({"mode": "plain", "retries": -1}, "retries must be 0 or more"),
    ],
)
def test_setting_that_does_not_fit_changes_nothing(
    platform: Platform, changes: dict[str, Any], error: str
) -> None:
    before = platform.get("/settings")
    assert platform.post("/settings", **changes) == {"error": error}
    assert platform.get("/settings") == before


def test_reset_goes_back_to_the_start_but_keeps_the_settings(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/users", nickname="赵敏")
    platform.say(openid)
    platform.post("/faults", path="*", kind="reset")
    platform.post("/codes", scene="s", title="t")
    platform.post("/clock", advance=1000)
    platform.post("/settings", retries=1)
    platform.post("/reset")
    users = platform.get("/users")
    assert (users[0]["nickname"], users[0]["following"]) == ("林小雨", False)
    assert len(users) == 4
    assert users[0]["openid"] == openid
    assert platform.get(f"/users/{openid}/chat") == {"items": [], "last_seq": 0}
    assert (platform.get("/faults"), platform.get("/codes"), platform.get("/messages")) == ([], [], [])
    assert platform.get("/clock")["shift_seconds"] == 0
    assert platform.get("/settings")["retries"] == 1


def test_reader_from_before_a_reset_begins_again(platform: Platform) -> None:
    openid = platform.user()
    for _ in range(3):
        platform.say(openid)
    platform.post("/reset")
    platform.user()
    items = platform.get(f"/users/{openid}/chat", after=4)["items"]
    assert [item["text"] for item in items] == ["关注了公众号"]


def test_delivery_of_before_a_reset_shows_nothing_after_it(platform: Platform) -> None:
    openid = platform.user()
    arrived, release = threading.Event(), threading.Event()

    def answer(received: Any) -> str:
        arrived.set()
        release.wait(5)
        return platform.app.encrypted(text_reply(received), received)

    platform.app.answer = answer
    delivery = platform.simulator.actions.send_text(openid, "旧", wait=False)
    arrived.wait(5)
    platform.post("/reset")
    platform.simulator.people.need(openid).following = True
    release.set()
    delivery.finished.wait(5)
    assert delivery.attempts[0].outcome == "replied"
    assert platform.get(f"/users/{openid}/chat")["items"] == []


def test_user_switches_are_truths(platform: Platform) -> None:
    openid = platform.user()
    words = "a user's receive_off, blacklisted, protected_minor, snapshot, high_risk can be true or false"
    assert platform.post(f"/users/{openid}", receive_off="yes") == {"error": words}
    assert platform.post(f"/users/{openid}", nickname=True) == {"error": words}


def test_state_file_brings_everything_back(start: Starter, tmp_path: Path) -> None:
    file = tmp_path / "platform.db"
    first = start(state_file=file)
    openid = first.user()
    first.say(openid, "记住我")
    media = first.simulator.media.save(b"bytes", kind="image", filename="a.png", content_type="image/png")
    token = first.token()
    first.api("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "报修", "key": "K"}]})
    first.post("/codes", scene="s1", title="一号楼")
    first.post("/users", nickname="赵敏")
    sent = {"touser": openid, "template_id": "SIMTPL_SURVEY", "client_msg_id": "e1"}
    sent["data"] = {"thing1": {"value": "a"}, "thing2": {"value": "b"}, "time3": {"value": "10:00"}}
    msgid = first.api("/cgi-bin/message/template/send", sent)["msgid"]
    before = [first.get(path) for path in ("/users", "/codes", "/menu", "/messages", "/templates")]
    chat = first.get(f"/users/{openid}/chat")
    second = start(state_file=file)
    # The chat was read in between, so that nothing is unread any more.
    before[0][0]["unread"] = 0
    assert [second.get(path) for path in ("/users", "/codes", "/menu", "/messages", "/templates")] == before
    assert second.get(f"/users/{openid}/chat") == chat
    assert second.token() == token
    assert second.simulator.media.content(media.media_id) == b"bytes"
    assert second.api("/cgi-bin/message/template/send", sent)["msgid"] == msgid
    text = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    assert [second.code("/cgi-bin/message/custom/send", text) for _ in range(9)][-1] == 45047
    assert second.say(openid)["packet"]["MsgId"] > int(first.say(openid)["msg_id"]) - 10**12


def test_reset_empties_the_state_file(start: Starter, tmp_path: Path) -> None:
    file = tmp_path / "platform.db"
    first = start(state_file=file)
    first.post("/users", nickname="赵敏")
    first.post("/reset")
    assert len(start(state_file=file).get("/users")) == 4


def test_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are notes " * 100)
    with pytest.raises(StorageError, match="as a state file"):
        create_simulator(SimulatorConfig(state_file=file))
    with pytest.raises(StorageError, match="cannot open"):
        create_simulator(SimulatorConfig(state_file=tmp_path / "none" / "x.db"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "no"}, "token must be"),
        ({"aes_key": "x" * 42}, "aes_key must be"),
        ({"aes_key_prev": "x"}, "aes_key_prev must be"),
        ({"callback_url": "127.0.0.1"}, "callback_url must"),
        ({"user_page_size": 0}, "user_page_size must"),
        ({"packet_clock": "moon"}, "packet_clock must"),
    ],
)
def test_configuration_that_cannot_work_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SimulatorConfig(**settings)


def test_front_page_answers(platform: Platform) -> None:
    response = requests.get(platform.base_url, timeout=5)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_app_may_be_used_without_a_server() -> None:
    app = create_simulator()
    client = app.test_client()
    users: Any = client.get("/_sim/users").json
    assert users[0]["nickname"] == "林小雨"
    assert client.get("/cgi-bin/nothing").json == {
        "errcode": 40066,
        "errmsg": app.extensions["simulator"].calls.find()[-1].response["errmsg"],
    }


def test_simulator_knows_nothing_of_the_app_and_nothing_of_wechatpy() -> None:
    allowed = {"simulator", "cryptography", "flask", "werkzeug", "qrcode", "_typeshed"}
    foreign: set[str] = set()
    for file in SIMULATOR.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            foreign |= {name.split(".")[0] for name in names}
    import sys

    assert foreign - set(sys.stdlib_module_names) == allowed
