"""One installation as people run it: web processes, a worker, a platform, and a database."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import requests

from config.settings import Settings
from domain.access_links import create_link
from domain.api_sessions import begin
from models.complaint import Complaint
from models.database import Database
from models.migrate import upgrade
from models.person import Person
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.factories import Factory, Office
from tests.support.killed_server import ROOT
from tests.support.ports import free_port
from tests.support.processes import environment_of
from tests.support.settings import settings_in

CLOCK_SEAM = Path(__file__).with_name("clock_seam")
WEB_PROCESSES = 2
UP_SECONDS = 90.0
# So many that nobody meets what limits a single person.
PEOPLE = 24
Line = dict[str, object]


@dataclass
class Installation:
    """Everything of one case, while it runs.

    Attributes:
        folder: logs, locks and the file that sets the clock.
        disk: where the database (with SQLite) and the uploads lie.
    """

    settings: Settings
    folder: Path
    disk: Path
    platform: RunningSimulator
    port: int
    office: Office = field(init=False)
    people: list[Person] = field(default_factory=list)
    number: str = field(init=False, default="")
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The address of the pages."""
        return f"http://127.0.0.1:{self.port}"

    def database(self) -> Database:
        """Open the database as somebody beside the processes; to be closed."""
        return Database(self.settings.database_url, pool_size=4)

    def prepare(self) -> None:
        """Make the tables, an office, and a complaint for the office to talk about."""
        database = self.database()
        upgrade(database)
        now = datetime.now(UTC)
        factory = Factory(now)
        with database.transaction() as session:
            self.office = factory.office(session)
            for number in range(PEOPLE):
                who = self.platform.simulator.people.create(f"同学{number}", following=True)
                self.people.append(factory.person(session, who.openid))
            complaint: Complaint = factory.complaint(session, self.office)
            self.number = complaint.number
        database.close()

    def start(self) -> None:
        """Start the processes and wait until they serve."""
        self._start("web", "serve", "--port", str(self.port), "--processes", str(WEB_PROCESSES))
        self._start("worker", "worker")
        until = time.monotonic() + UP_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if requests.get(self.base + "/readyz", timeout=2).status_code == 200 and self.logged(
                    "worker", "schedule_taken_over"
                ):
                    return
            time.sleep(0.1)
        raise TimeoutError(f"does not come up, see {self.folder}")

    def _start(self, name: str, *arguments: str) -> None:
        environment = environment_of(self.settings) | {
            "DRILL_CLOCK": str(self.folder / "clock"),
            "PYTHONPATH": os.pathsep.join([str(CLOCK_SEAM), os.environ.get("PYTHONPATH", "")]),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "app.py", *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
                )
            )

    def stop(self) -> None:
        """End all processes in good order, and those that do not listen without."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            family = self._family(process)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                for one in family:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        one.kill()
                process.wait(5)

    @staticmethod
    def _family(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(process.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def process_ids(self) -> frozenset[int]:
        """Name all processes of ours, to see whether any was started anew."""
        return frozenset(one.pid for process in self._processes for one in self._family(process))

    def set_clock(self, seconds: float) -> None:
        """Set the clocks of the processes to so much before or after the true time."""
        aside = self.folder / "clock.new"
        aside.write_text(str(seconds))
        aside.replace(self.folder / "clock")

    def lines(self, process: str) -> Iterator[Line]:
        """Read what a process has logged."""
        path = self.folder / f"{process}.log"
        for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
            if line.startswith("{"):
                with contextlib.suppress(ValueError):
                    yield json.loads(line)

    def logged(self, process: str, event: str) -> list[Line]:
        """Give the lines of one event."""
        return [line for line in self.lines(process) if line.get("event") == event]

    def enter(self, person: Person) -> str:
        """Give an address that signs a person in on the phone."""
        database = self.database()
        with database.transaction() as session:
            token = create_link(session, person=person, path="/h5/report", now=datetime.now(UTC))
        database.close()
        return f"{self.base}/h5/enter/{token}"

    def token(self, person: Person) -> str:
        """Sign a program in."""
        database = self.database()
        with database.transaction() as session:
            token = begin(session, person, device="演练", now=datetime.now(UTC))[1]
        database.close()
        return token


@contextlib.contextmanager
def installed(
    folder: Path, disk: Path, database_url: str, *, platform: SimulatorConfig | None = None
) -> Iterator[Installation]:
    """Give a running installation; all its processes end with the block."""
    port = free_port()
    config = platform or SimulatorConfig()
    config.callback_url = f"http://127.0.0.1:{port}/wechat"
    config.start_following = True
    with RunningSimulator(config) as running:
        settings = settings_in(
            folder,
            database_url=database_url,
            upload_dir=disk / "uploads",
            wechat_api_base=running.base_url,
            base_url=f"http://127.0.0.1:{port}/",
            log_format="json",
            log_level="INFO",
        )
        installation = Installation(settings, folder, disk, running, port)
        installation.prepare()
        try:
            installation.start()
            yield installation
        finally:
            installation.stop()


def run(*command: str) -> None:
    """Run a program of the system; whatever it says is shown when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


def can_run(command: Sequence[str]) -> bool:
    """Tell whether a program of the system runs through here."""
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False
