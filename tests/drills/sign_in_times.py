"""Does the time of a refusal tell what its words do not: whether a name exists, is locked, has no password?

    python -m tests.drills.sign_in_times [--short]

Signs in to the real pages, with passwords at their real cost and a database on the disk, under four kinds of
names in turn, first as the server works and then with the even answers switched off, and compares how long
the refusals took. A kind can be told from the others when the rank-sum test can.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median

from flask import Flask

from domain import staff_accounts
from models.database import Database
from models.migrate import upgrade
from models.staff import Staff
from tests.support.factories import Factory
from tests.support.pages import Visitor
from tests.support.settings import settings_in
from web import even_time
from web.application import create_web

KINDS = ("nobody", "handler", "dispatcher", "lead")
_WORDS = {
    "nobody": "a name that nobody has",
    "handler": "a wrong password, which is counted",
    "dispatcher": "an account that is locked",
    "lead": "an account without a password",
}
# Beyond this the difference is no accident: one run in fifteen thousand.
TELLTALE = 4.0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def ranked(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Give how many standard deviations apart two sets of times lie, by the rank-sum test (Mann-Whitney)."""
    smaller = sum((mine < other) + 0.5 * (mine == other) for mine in ours for other in theirs)
    n, m = len(ours), len(theirs)
    return abs(smaller - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def measured(app: Flask, database: Database, times: int) -> dict[str, list[float]]:
    """Be refused under each kind of name in turn, and give the seconds each refusal took."""
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(times):
        _prepare(database)
        for kind in KINDS:
            visitor = Visitor(app, check=False)
            visitor.take_token()
            data = {"username": kind, "password": "wrong-password", "csrf_token": visitor.token}
            origin = {"REMOTE_ADDR": f"10.1.{number // 250}.{number % 250}"}
            began = time.perf_counter()
            answer = visitor.client.post("/admin/sign-in", data=data, environ_base=origin)
            taken[kind].append(time.perf_counter() - began)
            assert answer.status_code == 422, answer.status_code
    return taken


@lru_cache
def _at_real_cost() -> str:
    return staff_accounts._hasher.hash("some other password")


def _prepare(database: Database) -> None:
    with database.transaction() as session:
        for staff in session.query(Staff).filter(Staff.username.in_(KINDS)):
            # What the factory gives is hashed at little cost, and that would be seen at once.
            staff.password_hash = _at_real_cost()
            staff.failed_logins, staff.locked_until = 0, None
            if staff.username == "dispatcher":
                staff.locked_until = datetime.now(UTC) + timedelta(hours=1)
            if staff.username == "lead":
                staff.password_hash = ""


def report(title: str, taken: dict[str, list[float]]) -> float:
    """Print a table, and give how far the kind that shows most lies from the others."""
    _say(f"\n{title}\n  {'kind of name':<40}{'median ms':>10}{'from the first':>16}")
    apart = {kind: ranked(taken[kind], taken["nobody"]) for kind in KINDS}
    for kind in KINDS:
        _say(f"  {_WORDS[kind]:<40}{median(taken[kind]) * 1000:>10.1f}{apart[kind]:>14.1f} σ")
    return max(apart.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when nothing can be told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="ask twelve times instead of a hundred")
    times = 12 if parser.parse_args(arguments).short else 100
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/times.db")
        upgrade(database)
        with database.transaction() as session:
            Factory(datetime.now(UTC)).office(session)
        app = create_web(settings_in(Path(folder)), database)
        app.config["RATELIMIT_ENABLED"] = False
        even = report(f"as the server answers, {times} times each", measured(app, database, times))
        even_time.sleep = lambda _seconds: None
        try:
            bare = report(f"without even answers, {times} times each", measured(app, database, times))
        finally:
            even_time.sleep = time.sleep
        database.close()
    _say(f"\nmost telling kind: {even:.1f} σ as served, {bare:.1f} σ without; telling from {TELLTALE} σ")
    return int(even >= TELLTALE)


if __name__ == "__main__":
    sys.exit(main())
