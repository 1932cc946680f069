"""The whole product running for a test: web, worker and platform as in real life, with a small office."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from models.database import Database
from models.migrate import upgrade
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from simulator.simulator import Simulator
from tests.support import canaries
from tests.support.factories import PASSWORD, Factory, Office
from tests.support.ports import free_port
from tests.support.processes import environment_of

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 40


@dataclass
class Product:
    """Where things are, and who there is."""

    web: str
    phone: str
    simulator: Simulator
    database: Database
    office: Office
    password: str = PASSWORD

    def scene_of(self, name: str) -> str:
        """Give the scene of the QR code that hangs at a place."""
        return {"canteen": self.office.canteen.code, "hall": self.office.hall.code}[name]


# The product runs by the real clock, and must tell its people at once whenever the tests are run.
_NO_NIGHT = '[quiet_hours]\nstart = "00:00"\nend = "00:00"\n'


def wait_until_ready(address: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until a page answers 200, or fail when a process has died or it takes too long."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        assert all(process.poll() is None for process in processes), "a process died at the start"
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 (our own address)
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{address} was not ready in {READY_SECONDS} seconds")


def _settle_in(settings: Settings) -> tuple[Database, Office]:
    database = Database(settings.database_url)
    upgrade(database)
    with database.transaction() as session:
        office = Factory(datetime.now(UTC)).office(session)
    return database, office


@contextmanager
def running_product(
    make_settings: Callable[..., Settings], log_folder: Path, *, web_sign_in: bool = False
) -> Iterator[Product]:
    """Start everything on free ports, and stop it at the end.

    Args:
        web_sign_in: whether the account may ask WeChat who reads a page.
    """
    port = free_port()
    config = SimulatorConfig(
        callback_url=f"http://127.0.0.1:{port}/wechat",
        template_event_before_response=True,  # the order in which a receipt is lost most easily
    )
    with RunningSimulator(config) as platform:
        catalogue = log_folder / "catalogue.toml"
        catalogue.write_text(_NO_NIGHT, encoding="utf-8")
        settings = make_settings(
            catalogue_file=catalogue,
            base_url=f"http://127.0.0.1:{port}/",
            wechat_api_base=platform.base_url,
            wechat_open_base=platform.base_url,
            wechat_oauth=web_sign_in,
            phone_page_frames=platform.base_url.rstrip("/"),
        )
        database, office = _settle_in(settings)
        simulator = platform.simulator
        simulator.codes.post(office.canteen.code, title=office.canteen.name, place="一食堂")
        processes: list[subprocess.Popen[bytes]] = []
        with (
            (log_folder / "web.log").open("wb") as web_log,
            (log_folder / "worker.log").open("wb") as worker_log,
        ):
            serve = [sys.executable, "app.py", "serve", "--port", str(port), "--processes", "1"]
            for command, log in ((serve, web_log), ([sys.executable, "app.py", "worker"], worker_log)):
                processes.append(
                    subprocess.Popen(command, cwd=ROOT, env=environment_of(settings), stdout=log, stderr=log)
                )
            try:
                wait_until_ready(f"http://127.0.0.1:{port}/readyz", processes)
                yield Product(
                    web=f"http://127.0.0.1:{port}",
                    phone=platform.base_url,
                    simulator=simulator,
                    database=database,
                    office=office,
                )
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(timeout=20)
                database.close()
                for log in (web_log, worker_log):
                    canaries.look_into(Path(log.name))
