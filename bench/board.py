"""How many readers the public board bears after a push: one web process, 200 readers at a time.

    python -m bench.board                          (an office of the demo's kind and size)

Beside the board stands a page that is drawn anew for each reader (a place's), and the board behind an office
that releases something every second. Printed are answers a second, and the middle and 99th percentile of how
long a reader waited, in milliseconds; reader and server share the machine.
"""

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from demo.seed import seed_demo
from domain import board_version
from domain.file_store import LocalFileStore
from models.complaint import Complaint
from models.database import Database
from models.migrate import upgrade
from models.service_point import ServicePoint

READERS = 200
PROCESSES = 4
SECONDS = 6.0
_LINE = "{:44} {:8.0f} {:8.1f} {:8.1f}  {}\n"


def environment_of(folder: Path) -> dict[str, str]:
    """Give the settings of an installation in a folder of its own."""
    return {
        "ENV_FILE": os.devnull,
        "DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "WECHAT_APP_ID": "wxsim0000000000001",
        "WECHAT_APP_SECRET": "sim-secret-0000000000000000000000",
        "WECHAT_TOKEN": "simtoken",
        "WECHAT_AES_KEY": "SimulatorAesKeyForDemoAndTests0000000000001",
        "WECHAT_API_BASE": "http://127.0.0.1:9/",
        "BASE_URL": "http://127.0.0.1:8000/",
        "SECRET_KEY": "for-the-bench-only-" + "0" * 32,
        "UPLOAD_DIR": str(folder / "uploads"),
        "RUN_DIR": str(folder / "run"),
        "LOG_LEVEL": "ERROR",
    }


def read_on(port: int, path: str, readers: int, start: Any, answers: Any) -> None:  # noqa: ANN401 (of multiprocessing)
    """Let so many readers ask for a page again and again; gives how long each waited, and what they got."""
    waited: list[float] = []
    codes: set[int] = set()

    def reader() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        start.wait()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            began = time.monotonic()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            waited.append(time.monotonic() - began)
            codes.add(answer.status)

    threads = [threading.Thread(target=reader) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put((waited, codes))


@contextmanager
def releasing(database: Database) -> Iterator[None]:
    """Have something change on the board every second."""
    over = threading.Event()

    def change() -> None:
        while not over.wait(1):
            with database.transaction() as session:
                board_version.touch(session)

    worker = threading.Thread(target=change)
    worker.start()
    yield
    over.set()
    worker.join()


def measure(name: str, port: int, path: str) -> None:
    """Measure one page, and print it."""
    context = get_context("spawn")
    start, answers = context.Event(), context.Queue()
    crowd = [
        context.Process(target=read_on, args=(port, path, READERS // PROCESSES, start, answers))
        for _ in range(PROCESSES)
    ]
    for process in crowd:
        process.start()
    time.sleep(2)
    start.set()
    found = [answers.get() for _ in crowd]
    for process in crowd:
        process.join()
    waited = sorted(seconds for one, _ in found for seconds in one)
    codes = sorted(set().union(*(codes for _, codes in found)))
    middle, late = statistics.median(waited), waited[len(waited) * 99 // 100]
    sys.stdout.write(_LINE.format(name, len(waited) / SECONDS, middle * 1000, late * 1000, codes))
    sys.stdout.flush()


def main() -> None:
    """Fill an office, serve it, and measure."""
    with TemporaryDirectory() as name:
        folder, port = Path(name), 20_000 + os.getpid() % 20_000
        environment = environment_of(folder)
        database = Database(environment["DATABASE_URL"])
        upgrade(database)
        with database.transaction() as session:
            seed_demo(session, file_store=LocalFileStore(folder / "uploads"), now=datetime.now(UTC))
            public = select(Complaint.number).where(Complaint.published_at.is_not(None))
            number = session.scalars(public).first()
            place = session.scalars(select(ServicePoint.code).order_by(ServicePoint.id)).first()
        command = [sys.executable, "app.py", "serve", "--port", str(port), "--processes", "1"]
        server = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)
        time.sleep(6)
        measure("a place's page, drawn for each reader", port, f"/h5/p/{place}")
        measure("the board", port, "/h5/board")
        measure("one complaint of the board", port, f"/h5/board/{number}")
        measure("the rates", port, "/h5/board/rates")
        with releasing(database):
            measure("the board, changed every second", port, "/h5/board")
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
