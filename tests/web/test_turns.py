"""Who asks for much at once waits for themselves, not others for them."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from threading import Event
from time import monotonic

import pytest
from flask import Flask

from config.limits import MOST_RESTING, REST_SECONDS
from config.settings import Settings
from models.database import Database
from tests.support.waiting import eventually
from web import turns as turns_module
from web import wechat_question
from web.application import create_web
from web.turns import STRANGERS, Turns


class _SlowPage:
    """A page that is answered when it is let, and tells how many read it meanwhile."""

    def __init__(self) -> None:
        self.let, self.reading = Event(), 0

    def read(self) -> str:
        self.reading += 1
        assert self.let.wait(20)
        self.reading -= 1
        return "读完了"


@pytest.fixture
def slow() -> Iterator[_SlowPage]:
    page = _SlowPage()
    yield page
    page.let.set()


@pytest.fixture
def app(sqlite: Database, make_settings: Callable[..., Settings], slow: _SlowPage) -> Flask:
    made = create_web(make_settings(), sqlite)
    made.add_url_rule("/slow", "slow", slow.read)
    made.add_url_rule("/quick", "quick", lambda: "马上")
    return made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def rests(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that requests would have rested; the page /refused has one rest."""
    app.add_url_rule("/refused", "refused", lambda: ("太频繁", HTTPStatus.TOO_MANY_REQUESTS))
    seconds: list[float] = []
    monkeypatch.setattr(turns_module, "sleep", seconds.append)
    return seconds


def _patient(app: Flask, seconds: float) -> Turns:
    turns: Turns = app.extensions["turns"]
    turns.seconds = seconds
    return turns


def _asked(app: Flask, path: str = "/slow", **headers: str) -> str:
    return app.test_client(use_cookies=False).get(path, headers=headers).text


def test_third_request_of_a_browser_waits_and_another_browsers_does_not(
    app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor
) -> None:
    turns = _patient(app, 20)
    answers: list[Future[str]] = [pool.submit(_asked, app, Cookie="banshishi=a") for _ in range(3)]
    eventually(lambda: [line.requests for line in turns.lines.values()] == [3] and slow.reading == 2)
    for others in ({"Cookie": "banshishi=b"}, {"Authorization": "Bearer x"}, {}):
        assert _asked(app, "/quick", **others) == "马上"
    assert slow.reading == 2
    slow.let.set()
    assert [answer.result() for answer in answers] == ["读完了"] * 3
    assert not turns.lines


def test_strangers_of_many_addresses_stand_in_one_line(
    app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor
) -> None:
    turns = _patient(app, 20)

    def visit(number: int) -> str:
        client = app.test_client(use_cookies=False)
        return client.get("/slow", environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"}).text

    answers = [pool.submit(visit, number) for number in range(5)]
    eventually(lambda: STRANGERS in turns.lines and turns.lines[STRANGERS].requests == 5)
    assert slow.reading == 3
    for known in ({"Cookie": "banshishi=a"}, {"Authorization": "Bearer x"}):
        assert _asked(app, "/quick", **known) == "马上"
    slow.let.set()
    assert [answer.result() for answer in answers] == ["读完了"] * 5
    assert not turns.lines


def test_wait_is_short_and_refuses_nobody(app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor) -> None:
    turns = _patient(app, 0.05)
    answers = [pool.submit(_asked, app) for _ in range(4)]
    eventually(lambda: slow.reading == 4)
    slow.let.set()
    assert [answer.result() for answer in answers] == ["读完了"] * 4
    assert not turns.lines
    # Those that went on without a turn gave none back that they had not.
    assert [turns.take("x") for _ in range(3)] == [True, True, False]


def test_who_was_refused_for_asking_too_often_rests_before_the_next_turn(
    app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor, rests: list[float]
) -> None:
    _patient(app, 20)
    me = {"Cookie": "banshishi=a"}
    # As long as something of theirs is in hand, they have a line.
    pool.submit(_asked, app, **me)
    eventually(lambda: slow.reading == 1)
    assert _asked(app, "/quick", **me) == "马上"
    assert max(rests) == 0
    assert _asked(app, "/refused", **me) == "太频繁"
    for others in ({"Cookie": "banshishi=b"}, {}):
        assert _asked(app, "/quick", **others) == "马上"
    assert max(rests) == 0
    assert _asked(app, "/quick", **me) == "马上"
    assert 0 < max(rests) <= REST_SECONDS
    slow.let.set()


def test_strangers_do_not_rest_for_one_of_them(
    app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor, rests: list[float]
) -> None:
    _patient(app, 20)
    pool.submit(_asked, app)
    eventually(lambda: slow.reading == 1)
    assert _asked(app, "/refused") == "太频繁"
    client = app.test_client(use_cookies=False)
    assert client.get("/quick", environ_overrides={"REMOTE_ADDR": "203.0.113.5"}).text == "马上"
    assert max(rests) == 0
    slow.let.set()


def test_no_more_than_some_of_the_threads_rest() -> None:
    turns = Turns(at_once=99)
    taken = [turns.take("x") for _ in range(MOST_RESTING)]
    assert all(taken)
    turns.lines["x"].rests_until = monotonic() + 60
    began = monotonic()
    assert turns.take("x")  # the ninth goes on, or all the process's threads would stand still
    assert monotonic() - began < 30


def test_turn_is_given_back_when_the_page_fails(app: Flask) -> None:
    def fail() -> str:
        raise ValueError("boom")

    app.add_url_rule("/fails", "fails", fail)
    assert "系统出错了" in _asked(app, "/fails")
    assert not app.extensions["turns"].lines


def test_who_waits_for_wechat_lets_others_go(
    app: Flask, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _SlowPage()

    class Login:
        def visitor_of(self, _code: str) -> str:
            return page.read()

    monkeypatch.setattr(wechat_question, "_login", Login)
    app.add_url_rule("/asks", "asks", lambda: str(wechat_question.answered_visitor()))
    turns = _patient(app, 20)
    answers = [pool.submit(_asked, app, "/asks") for _ in range(4)]
    eventually(lambda: page.reading == 4)
    assert not turns.lines
    page.let.set()
    assert [answer.result() for answer in answers] == ["读完了"] * 4


def test_files_that_never_change_need_no_turn(app: Flask, slow: _SlowPage, pool: ThreadPoolExecutor) -> None:
    _patient(app, 20)
    answers = [pool.submit(_asked, app) for _ in range(2)]
    eventually(lambda: slow.reading == 2)
    assert app.test_client().get("/healthz").status_code == 200
    assert app.test_client().get("/static/nothing.css").status_code == 404
    slow.let.set()
    assert [answer.result() for answer in answers] == ["读完了"] * 2
