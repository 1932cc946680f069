"""Our processes on machines of their own, on one PostgreSQL, one bucket and one Redis."""

import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.board import environment_of
from bench.machine_field import Field, Machine, eventually, machines
from bench.machine_services import bucket, free_port, postgresql, redis
from bench.platform_messages import openid_of
from domain.setup import seed_catalogue
from models.database import Database
from models.person import Person

WEBS, WORKERS = 3, 3
WRITERS = 400


@dataclass
class Office:
    """All that runs.

    Attributes:
        ports: of the webs, by their names.
        changes: the moments at which the leader was stopped, and who it was.
    """

    ground: Field
    webs: list[Machine]
    workers: list[Machine]
    environment: dict[str, str]
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[float, str]] = field(default_factory=list)

    def start_web(self, web: Machine) -> None:
        """Start a web; see `wait_for_web`."""
        port = self.ports.setdefault(web.name, 8000 if self.ground.has_networks else free_port(web.address))
        where = ["--host", web.address, "--port", str(port), "--processes", "1"]
        web.start(["app.py", "serve", *where], self._environment_of(web))

    def wait_for_web(self, web: Machine) -> None:
        """Wait until it says that it is ready."""
        eventually(lambda: self.ask(web, "GET", "/readyz")[0] == 200, seconds=120, what=f"{web.name} ready")

    def start_worker(self, worker: Machine) -> None:
        """Start a worker."""
        ticks = str(worker.folder / "ticks")
        worker.start(["-m", "bench.machine_worker", ticks], self._environment_of(worker))

    def _environment_of(self, machine: Machine) -> dict[str, str]:
        own = {"RUN_DIR": str(machine.folder / "run"), "UPLOAD_DIR": str(machine.folder / "uploads")}
        return self.environment | own

    def ask(self, web: Machine, method: str, path: str, **more: Any) -> tuple[int, bytes]:  # noqa: ANN401
        """Ask a web; 0 where it does not answer."""
        return ask(web.address, self.ports[web.name], method, path, **more)

    def ticks(self) -> list[tuple[float, str]]:
        """Give when the job of the schedule was done, and by whom."""
        found = []
        for worker in self.workers:
            with suppress(FileNotFoundError):
                lines = (worker.folder / "ticks").read_text().split()
                found += [(float(line), worker.name) for line in lines]
        return sorted(found)

    def leader(self) -> Machine:
        """Wait for two rounds of the schedule, and tell who does them."""
        before = time.time()
        eventually(lambda: len([at for at, _ in self.ticks() if at > before]) > 1, seconds=60, what="ticks")
        name = self.ticks()[-1][1]
        return next(one for one in self.workers if one.name == name)


def ask(address: str, port: int, method: str, path: str, **more: Any) -> tuple[int, bytes]:  # noqa: ANN401
    """Ask once, on a connection of its own; the status is 0 where nobody answers."""
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request(method, path, **more)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


@contextmanager
def office_in(folder: Path) -> Iterator[Office]:
    """Start all of it; nothing is left of it at the end."""
    names = [*(f"web{n}" for n in range(WEBS)), *(f"worker{n}" for n in range(WORKERS))]
    with ExitStack() as stack:
        ground = stack.enter_context(machines(names, folder))
        url = stack.enter_context(postgresql(ground.home, folder))
        environment = environment_of(folder) | {"DATABASE_URL": url, "LIMIT_PAGES_PER_MINUTE": "1000000"}
        environment |= stack.enter_context(bucket(ground.home, folder))
        environment |= stack.enter_context(redis(ground.home, folder))
        environment["LOG_LEVEL"] = "WARNING"
        _fill(url)
        # Whoever uses the services ends before them.
        for one in ground.machines:
            stack.callback(one.kill)
        office = Office(ground, ground.machines[:WEBS], ground.machines[WEBS:], environment, folder)
        for web in office.webs:
            office.start_web(web)
        for worker in office.workers:
            office.start_worker(worker)
        for web in office.webs:
            office.wait_for_web(web)
        yield office


def _fill(url: str) -> None:
    now, database = datetime.now(UTC), Database(url.replace("postgresql", "postgresql+psycopg", 1))
    with database.transaction() as session:
        seed_catalogue(session, now=now)
        rows = [
            {"openid": openid_of(n), "following": True, "created_at": now, "followed_at": now}
            for n in range(WRITERS)
        ]
        session.execute(insert(Person), rows)
    database.close()
