"""The shared token: fetched once for everybody, replaced in time, and never thrown away by mistake."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from config.settings import Settings
from models.database import Database
from models.wechat_token import WeChatToken
from simulator import Simulator
from tests.support.processes import environment_of
from wechat import tokens
from wechat.client import PlatformClient
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.tokens import FetchedToken, TokenStore

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


class Source:
    """A platform of one call, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON
        self.asked: list[bool] = []
        self.answers: list[str | Exception] = []

    def fetch(self, force: bool) -> FetchedToken:
        self.asked.append(force)
        answer = self.answers.pop(0) if self.answers else f"token-{len(self.asked)}"
        if isinstance(answer, Exception):
            raise answer
        return FetchedToken(answer, 7200)

    def store(self, database: Database) -> TokenStore:
        return TokenStore(database, app_id="wx1", fetch=self.fetch, clock=lambda: self.now)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def store(source: Source, database: Database) -> TokenStore:
    return source.store(database)


def row(database: Database) -> WeChatToken:
    with database.reading() as session:
        return session.get_one(WeChatToken, "wx1")


def test_sixty_callers_in_three_processes_make_one_fetch(
    settings: Settings, client: PlatformClient, platform: Simulator
) -> None:
    client.user_info(next(iter(platform.state.users)).openid)
    old = client.access_token
    platform.tokens.expire_all()
    platform.calls.clear()
    client._tokens.invalidate(old)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.wechat.ask_for_token"],
            cwd=ROOT,
            env=environment_of(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [line for process in processes for line in process.communicate(timeout=30)[0].splitlines()]
    answers = [line for line in answers if line.startswith("200_")]
    assert len(answers) == 60
    assert set(answers) == {client.access_token}
    assert client.access_token != old
    assert len(platform.calls.find(path="/cgi-bin/stable_token")) == 1


def test_token_is_kept_until_five_minutes_before_its_end(store: TokenStore, source: Source) -> None:
    assert store.get() == "token-1"
    source.now += timedelta(seconds=7200 - 301)
    assert store.get() == "token-1"
    source.now += timedelta(seconds=1)
    assert store.get() == "token-2"
    assert source.asked == [False, False]


def test_token_of_the_row_serves_another_process(
    database: Database, store: TokenStore, source: Source
) -> None:
    store.get()
    assert source.store(database).get() == "token-1"
    assert source.asked == [False]


def test_invalidating_a_token_that_was_replaced_already_changes_nothing(
    store: TokenStore, source: Source
) -> None:
    first = store.get()
    store.invalidate(first)
    second = store.get()
    store.invalidate(first)
    assert (second, store.get()) == ("token-2", "token-2")
    assert source.asked == [False, False]


def test_dying_token_serves_while_another_caller_fetches(
    database: Database, store: TokenStore, source: Source
) -> None:
    store.get()
    source.now += timedelta(seconds=7200 - 200)
    with database.transaction() as session:
        session.get_one(WeChatToken, "wx1").lease_until = source.now + timedelta(seconds=20)
    assert store.get() == "token-1"
    assert source.asked == [False]


def test_lease_of_a_process_that_died_runs_out(database: Database, store: TokenStore, source: Source) -> None:
    with database.transaction() as session:
        session.add(WeChatToken(app_id="wx1", token="", lease_until=source.now + timedelta(seconds=20)))
    timer = threading.Timer(0.2, lambda: setattr(source, "now", source.now + timedelta(seconds=21)))
    timer.start()
    assert store.get() == "token-1"
    timer.join()


def test_waiting_for_somebody_who_never_finishes_ends(
    database: Database, store: TokenStore, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "PATIENCE_SECONDS", 0.2)
    with database.transaction() as session:
        session.add(WeChatToken(app_id="wx1", token="", lease_until=source.now + timedelta(seconds=20)))
    with pytest.raises(WeChatUnreachable, match="等不到新的接口凭证"):
        store.get()
    assert source.asked == []


def test_refused_fetch_is_not_repeated_at_once_by_those_who_waited(
    database: Database, store: TokenStore, source: Source
) -> None:
    source.answers = [WeChatError(40125, "invalid appsecret")]
    with pytest.raises(WeChatError):
        store.get()
    assert row(database).lease_until == source.now + tokens.PAUSE_AFTER_FAILURE
    source.now += tokens.PAUSE_AFTER_FAILURE
    assert store.get() == "token-2"


def test_token_handed_out_again_though_refused_is_replaced_by_force_once_an_hour(
    store: TokenStore, source: Source
) -> None:
    source.answers = ["same", "same", "forced", "forced", "again", "again-forced"]
    assert store.get() == "same"
    source.now += timedelta(hours=1, seconds=1)
    store.invalidate("same")
    assert store.get() == "forced"
    assert source.asked == [False, False, True]
    store.invalidate("forced")
    assert store.get() == "forced"
    assert source.asked == [False, False, True, False]


@contextmanager
def _one_looks(database: Database, ask: Callable[[], str]) -> Iterator[list[str]]:
    """Let one thread look into the database, and be held up there; gives what others ask meanwhile."""
    goes_on, looks = threading.Event(), threading.Event()
    others: list[str] = []

    def hold(_connection: object, _cursor: object, words: str, *_: object) -> None:
        if threading.current_thread() is not one:
            others.append(words)
        elif not words.startswith("BEGIN"):
            looks.set()
            goes_on.wait(10)

    one = threading.Thread(target=ask)
    event.listen(database.engine, "before_cursor_execute", hold)
    one.start()
    assert looks.wait(10)
    yield others
    goes_on.set()
    one.join(10)
    event.remove(database.engine, "before_cursor_execute", hold)


def test_while_one_thread_looks_the_others_use_what_they_have_for_some_seconds(
    database: Database, store: TokenStore, source: Source
) -> None:
    assert store.get() == "token-1"
    source.now += timedelta(seconds=1)
    assert store.get() == "token-1"
    source.now += tokens.REMEMBERED
    with _one_looks(database, store.get) as asked:
        assert (store.get(), asked) == ("token-1", [])
        source.now += tokens.MEANWHILE
        assert (store.get(), asked != []) == ("token-1", True)


def test_fetch_holds_no_transaction(database: Database) -> None:
    open_during_fetch: list[bool] = []

    def fetch(force: bool) -> FetchedToken:
        open_during_fetch.append(database.in_transaction() or force)
        return FetchedToken("t" * 512, 7200)

    assert TokenStore(database, app_id="wx1", fetch=fetch).get() == "t" * 512
    assert open_during_fetch == [False]
