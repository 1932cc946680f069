"""Web processes killed while messages pour in: every message has its effect, and none has it twice.

Most are killed in a server of the tests' own, in which a new process costs nothing; one in the real server.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from domain.setup import seed_catalogue
from models.complaint import Complaint
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from simulator import Simulator, SimulatorConfig
from simulator.deliveries import Delivery
from simulator.server import RunningSimulator
from tests.conftest import NOW
from tests.support.dialogue import numbers_in
from tests.support.killed_server import FORKING, REAL, Server, settings_for, started

PEOPLE = 40
TEXTS_EACH = 4
SENDING_AT_ONCE = 8
# After so many messages, and a moment more, somebody is killed; every so many kills all that serve at once,
# and one time the whole server, which then takes seconds to come up.
FEWEST, MOST = 3, 15
LONGEST_MOMENT = 0.05
ALL_SERVING_EVERY, WHOLE_SERVER_AT = 4, 10


def _seed(database: Database) -> None:
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)


@contextlib.contextmanager
def platform_for(server: Server) -> Iterator[Simulator]:
    config = SimulatorConfig(start_following=True, callback_url=f"http://127.0.0.1:{server.port}/wechat")
    with RunningSimulator(config) as running:
        yield running.simulator


def texts_of(person: int) -> list[str]:
    return [f"第 {person} 位同学说：还有第 {number} 件事，灯坏了。" for number in range(1, TEXTS_EACH + 1)]


class Crowd:
    """Many people who tell four things each, one after the other, and submit them."""

    def __init__(self, platform: Simulator, server: Server) -> None:
        self._platform, self._server = platform, server
        self.answered = 0

    def tell_everything(self, person: int, openid: str) -> str:
        """Be one of them, and give what the last answer said."""
        for text in texts_of(person):
            self._send(openid, text)
        reply = self._send(openid, "提交").reply
        return str(reply["Content"]) if reply else ""

    def _send(self, openid: str, text: str) -> Delivery:
        """Send as the platform does, and the same message again while all its tries find nobody."""
        delivery = self._platform.actions.send_text(openid, text)
        while delivery.reply is None and delivery.attempts[-1].outcome != "success":
            self._server.wait_until_it_serves()
            delivery = self._platform.dispatch.raw(openid=openid, packet=dict(delivery.packet))
        self.answered += 1
        return delivery


def kill_again_and_again(server: Server, crowd: Crowd, stop: threading.Event) -> None:
    """Kill after every few messages, and let the server come up again before the next time."""
    chance = random.Random(7)
    target = 0
    for turn in count(1):
        if stop.is_set():
            return
        target += chance.randint(FEWEST, MOST)
        while crowd.answered < target and not stop.wait(0.002):
            pass
        time.sleep(chance.uniform(0, LONGEST_MOMENT))
        if turn == WHOLE_SERVER_AT:
            server.kill_all()
        elif turn % ALL_SERVING_EVERY == 0:
            server.kill_all_serving()
        else:
            server.kill_one(chance)
        server.keep_up()
        server.wait_until_it_serves()


def be_told_and_killed(server: Server, platform: Simulator) -> tuple[list[str], list[str]]:
    """Have everybody tell everything while processes are killed; gives the last answers, and who they are."""
    openids = [platform.people.create(f"同学{n}", following=True).openid for n in range(PEOPLE)]
    crowd, stop = Crowd(platform, server), threading.Event()
    with ThreadPoolExecutor(SENDING_AT_ONCE + 1) as threads:
        killer = threads.submit(kill_again_and_again, server, crowd, stop)
        try:
            receipts = list(threads.map(crowd.tell_everything, range(PEOPLE), openids))
        finally:
            stop.set()
        killer.result()
    return receipts, openids


@pytest.mark.slow
def test_web_killed_again_and_again_loses_and_doubles_nothing(
    make_settings: Callable[..., Settings], database: Database
) -> None:
    settings = settings_for(make_settings, database)
    _seed(database)
    with started(settings, FORKING) as server, platform_for(server) as platform:
        receipts, openids = be_told_and_killed(server, platform)
    with database.reading() as session:
        filed = {c.reporter.openid: c for c in session.scalars(select(Complaint)) if c.reporter}
        total = session.scalar(select(func.count(Complaint.id)))
        came = session.scalar(select(func.count(InboundMessage.id)))
        states = set(session.scalars(select(InboundMessage.state)))
        told = [filed[openid].text for openid in openids]
        numbers = [filed[openid].number for openid in openids]
    assert server.kills >= 20
    assert total == PEOPLE
    assert came == PEOPLE * (TEXTS_EACH + 1)
    assert states == {InboundState.HANDLED}
    assert told == ["\n".join(texts_of(person)) for person in range(PEOPLE)]
    assert [numbers_in(receipt)[:1] for receipt in receipts] == [[number] for number in numbers]


@pytest.mark.slow
def test_real_server_replaces_a_process_that_was_killed(
    make_settings: Callable[..., Settings], sqlite: Database
) -> None:
    settings = settings_for(make_settings, sqlite)
    _seed(sqlite)
    with started(settings, REAL) as server, platform_for(server) as platform:
        openid = platform.people.create("同学", following=True).openid
        crowd = Crowd(platform, server)
        platform.actions.send_text(openid, "灯坏了")
        server.kill_one(random.Random(7))
        receipt = crowd.tell_everything(0, openid)
    with sqlite.reading() as session:
        [filed] = session.scalars(select(Complaint))
        assert (filed.text, [filed.number]) == ("\n".join(["灯坏了", *texts_of(0)]), numbers_in(receipt)[:1])
    assert server.kills == 2, "one by the test, and all at the end"
