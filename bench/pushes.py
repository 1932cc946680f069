"""A push to 20 000 people: one worker, killed twice on the way, and the callback answers meanwhile.

    python -m bench.pushes [PEOPLE]

Half of them have an open window, half have allowed one 订阅通知; it is never night. The first kill comes as
the recipients are written to the outbox, the second amid the sending. Printed are the time it took, how
often each person got the message, how the push's own counts add up, and how long the callback took to answer
ten messages a second: before the push, and while it runs. Platform, web, worker and sender share the machine.
"""

import http.client
import os
import signal
import statistics
import subprocess
import sys
import threading
import time as clock
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from sqlalchemy import insert, select

from bench.board import environment_of
from bench.platform_messages import openid_of, sealed
from domain import outbox, push_runs
from domain.push_counts import counts_of
from domain.setup import seed_catalogue
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState, Role
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource, MatterStatus
from models.message_template import MessageTemplate
from models.migrate import upgrade
from models.notice import Notice
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun
from models.push_words import PushKind, PushState
from models.staff import Staff, StaffRole
from models.subscription_grant import SubscriptionGrant
from simulator import Simulator, SimulatorConfig
from simulator.default_templates import make_template
from simulator.server import RunningSimulator

PEOPLE = 20_000
TEMPLATE = "SIMSUB_DIGEST"
CALLBACKS_A_SECOND = 10
QUIET_SECONDS = 20
WRITERS = 200
START_SECONDS = 60


def admit(simulator: Simulator, openids: list[str]) -> None:
    """Let these people follow the account: in turn with an open window, and with one message allowed."""
    simulator.people.admit(openids)
    template = make_template(TEMPLATE, "办实事周报", fields=[("thing1", "标题"), ("thing2", "内容")])
    template.subscription = True
    simulator.state.templates.put(TEMPLATE, template)
    for number, openid in enumerate(openids):
        user = simulator.people.need(openid)
        if number % 2:
            user.grants[TEMPLATE] = 1
        else:
            user.windows["message"] = [simulator.clock.now(), 0]


def fill(database: Database, openids: list[str], *, now: datetime) -> int:
    """Put the same people into our database, all of whom want pushes; give the id of a push that waits."""
    with database.transaction() as session:
        seed_catalogue(session, now=now)
        rows = [{"openid": one, "following": True, "created_at": now, "followed_at": now} for one in openids]
        session.execute(insert(Person), rows)
        ids = session.scalars(select(Person.id).order_by(Person.id)).all()
        wishes = {"wants_digest": True, "muted": []}
        session.execute(
            insert(PersonalSettings), [wishes | {"person_id": one, "changed_at": now} for one in ids]
        )
        window = {"closes_at": now + timedelta(hours=47), "remaining": 5}
        session.execute(insert(ServiceWindow), [window | {"person_id": one} for one in ids[::2]])
        grant = {"template_id": TEMPLATE, "remaining": 1, "updated_at": now}
        session.execute(insert(SubscriptionGrant), [grant | {"person_id": one} for one in ids[1::2]])
        first, second = (
            Staff(
                username=name,
                name=name,
                post="受理员",
                password_hash="",
                created_at=now,
                role_rows=[StaffRole(role=Role.DISPATCHER)],
            )
            for name in ("one", "two")
        )
        matter = Matter(
            number="B-2026-0001",
            kind=MatterKind.PRACTICAL,
            source=MatterSource.COMPLAINTS,
            status=MatterStatus.IN_PROGRESS,
            title="食堂窗口保温",
            listed_at=now,
            public=True,
            published_at=now,
        )
        session.add_all([first, second, matter])
        session.flush()
        mapped = {"fields": {"thing1": ["{subject}"], "thing2": ["{remark}"]}, "labels": {}, "words": {}}
        session.add(
            MessageTemplate(
                kind=NoticeKind.PUSH_DIGEST,
                channel=NoticeChannel.SUBSCRIPTION,
                template_id=TEMPLATE,
                title="办实事周报",
                updated_by_id=first.id,
                updated_at=now,
                **mapped,
            )
        )
        run = push_runs.begin(session, kind=PushKind.DIGEST, due_at=now, now=now, staff=first)
        return run.id


def approve(database: Database, run_id: int) -> None:
    """Let it go."""
    with database.transaction() as session:
        second = session.scalars(select(Staff).where(Staff.username == "two")).one()
        push_runs.approve(session, run_id, staff=second, now=datetime.now(UTC))


class Callbacks:
    """Sends messages of other people to the callback, as the platform does, and notes how long each took."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self._port, self._environment = port, environment
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.waited: list[float] = []
        self.failed: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        number = int(clock.time() * 1000)
        while not self._over.wait(1 / CALLBACKS_A_SECOND):
            number += 1
            openid = openid_of(number % WRITERS)
            query, body = sealed(self._environment, openid=openid, words="进度", message_id=number)
            began = clock.monotonic()
            try:
                connection.request("POST", f"/wechat?{query}", body=body)
                answer = connection.getresponse()
                answer.read()
            except OSError as error:
                self.failed.append(repr(error))
                connection.close()
                continue
            self.waited.append(clock.monotonic() - began)
            if answer.status != 200:
                self.failed.append(str(answer.status))

    def words(self) -> str:
        """Say it: how many, the middle, the 99th percentile and the longest, in milliseconds."""
        waited = sorted(self.waited)
        late = waited[len(waited) * 99 // 100]
        return (
            f"{len(waited)} messages, p50 {statistics.median(waited) * 1000:.0f} ms, "
            f"p99 {late * 1000:.0f} ms, longest {waited[-1] * 1000:.0f} ms, failed {len(self.failed)}"
        )


def start(command: str, *options: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process of the product."""
    whole = [sys.executable, "app.py", command, *options]
    return subprocess.Popen(whole, env=os.environ | environment, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)


def wait_for(port: int) -> None:
    """Wait until the web answers.

    Raises:
        TimeoutError: it does not within START_SECONDS.
    """
    until = clock.monotonic() + START_SECONDS
    while clock.monotonic() < until:
        with suppress(OSError):
            http.client.HTTPConnection("127.0.0.1", port, timeout=10).request("GET", "/healthz")
            return
        clock.sleep(0.2)
    raise TimeoutError("the web does not answer")


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def killed_at(
    database: Database, simulator: Simulator, run_id: int, people: int, environment: dict[str, str]
) -> float:
    """Let a worker push, kill it twice, and give how many seconds it all took."""
    began = clock.monotonic()
    approve(database, run_id)

    def written() -> int:
        with database.reading() as session:
            return session.scalars(select(PushRun.eligible).where(PushRun.id == run_id)).one()

    def sent() -> int:
        return len(simulator.state.messages)

    for reached, wanted in ((written, people // 10), (sent, people * 2 // 5)):
        worker = start("worker", environment=environment)
        while reached() < wanted:
            clock.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        say(f"killed after {clock.monotonic() - began:.0f} s: {written()} in the outbox, {sent()} sent")
    worker = start("worker", environment=environment)
    state = PushState.RUNNING
    while state is PushState.RUNNING:
        clock.sleep(0.5)
        with database.reading() as session:
            state = session.scalars(select(PushRun.state).where(PushRun.id == run_id)).one()
    lasted = clock.monotonic() - began
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    return lasted


def report(database: Database, simulator: Simulator, run_id: int, openids: list[str]) -> None:
    """Say how often each got it, and whether the counts add up."""
    got = Counter(message.openid for message in simulator.state.messages)
    times = Counter(got[openid] for openid in openids)
    with database.reading() as session:
        run = session.get_one(PushRun, run_id)
        counts = counts_of(session, run)
        told = session.execute(
            select(Notice.person_id, Notice.error).where(Notice.push_run_id == run_id)
        ).all()
        sent = select(Person.openid).join(Notice, Notice.person_id == Person.id)
        sent_to = set(
            session.scalars(sent.where(Notice.push_run_id == run_id, Notice.state == NoticeState.SENT))
        )
    unsure = sum(error == outbox.MAYBE_SENT for _, error in told)
    say(f"notices: {len(told)}, people with more than one: {len(told) - len({one for one, _ in told})}")
    say(f"messages a person got in WeChat: {dict(sorted(times.items()))}")
    say(f"in a killed worker's hands, so never sent again: {unsure}")
    say(f"sent by our books, and not at the platform: {len(sent_to - set(got))}")
    say(
        f"counts: total {counts.total} = sent {dict(counts.sent)} + page only {dict(counts.inside)}"
        f" + failed {dict(counts.failed)}; adds up: "
        f"{counts.total == counts.sent_total + counts.inside_total + counts.failed_total == run.eligible}"
    )


def main() -> None:
    """Fill an office, serve it, push, and measure."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    openids = [f"oCrowd{number:022d}" for number in range(people)]
    with (
        TemporaryDirectory() as name,
        RunningSimulator(SimulatorConfig(start_following=True, template_event_delay=3600)) as platform,
    ):
        port = 20_000 + os.getpid() % 20_000
        by_day = Path(name) / "catalogue.toml"
        by_day.write_text('[quiet_hours]\nstart = "00:00"\nend = "00:00"\n', encoding="utf-8")
        changes = {"WECHAT_API_BASE": platform.base_url, "CATALOGUE_FILE": str(by_day)}
        environment = environment_of(Path(name)) | changes
        database = Database(environment["DATABASE_URL"])
        upgrade(database)
        admit(platform.simulator, openids)
        run_id = fill(database, openids, now=datetime.now(UTC))
        server = start("serve", "--port", str(port), "--processes", "1", environment=environment)
        wait_for(port)
        with Callbacks(port, environment) as quiet:
            clock.sleep(QUIET_SECONDS)
        say(f"callback before:  {quiet.words()}")
        with Callbacks(port, environment) as busy:
            lasted = killed_at(database, platform.simulator, run_id, people, environment)
        say(f"callback during:  {busy.words()}")
        say(f"{people} people in {lasted:.0f} s, {people / lasted:.0f} a second")
        report(database, platform.simulator, run_id, openids)
        server.terminate()
        server.wait()
        database.close()


if __name__ == "__main__":
    main()
