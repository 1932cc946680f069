"""How long the page of figures takes over long periods, counting each time and with days counted ahead.

    python -m bench.figures 100000 postgresql sqlite

Printed are, for each page, the least, the middle and the 95th percentile in milliseconds, first without and
then with days counted ahead; between them, what counting all days ahead took.
"""

import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, event

from bench.databases import grown
from bench.lists import application, measure, signed_in
from domain.daily_figures import count_day, keep, next_day
from domain.working_time import local_time
from models.daily_figure import DailyFigure, FigureDay
from models.database import Database

_LINE = "{:8} {:7.1f} {:7.1f} {:7.1f} {:4}  {}\n"
_PERIODS = {"a month": 30, "a year": 365, "three years": 3 * 365}
_VIEWS = ("overview", "where", "when")
_ROUNDS = 8


def main() -> int:
    """Measure in each kind of database that is named; both of them if none is."""
    logging.disable(logging.WARNING)
    os.environ.setdefault("ENV_FILE", os.devnull)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for kind in sys.argv[2:] or ("postgresql", "sqlite"):
        with grown(kind, count) as url, application(url) as (app, database):
            sys.stdout.write(f"\n{kind}, {count} complaints\n  days      least  middle     p95 asks  page\n")
            asked: list[str] = []
            event.listen(
                database.engine, "before_cursor_execute", lambda *about, asked=asked: asked.append(about[2])
            )
            with database.transaction() as session:
                session.execute(delete(DailyFigure))
                session.execute(delete(FigureDay))
            client = signed_in(app, "inspector")
            _report(client, asked, "counted")
            sys.stdout.write(f"  {_count_all(database)}\n")
            _report(client, asked, "ahead")
    return 0


def _report(client: Any, asked: list[str], how: str) -> None:  # noqa: ANN401 (a client of Flask)
    today = local_time(datetime.now(UTC)).date()
    for name, days in _PERIODS.items():
        for view in _VIEWS:
            path = f"/admin/figures?view={view}&span=custom&from={today - timedelta(days=days)}&to={today}"
            sys.stdout.write(
                _LINE.format(how, *measure(client, path, asked, rounds=_ROUNDS), f"{view}, {name}")
            )


def _count_all(database: Database) -> str:
    longest, days, begun = 0.0, 0, time.perf_counter()
    while True:
        started = time.perf_counter()
        with database.reading() as session:
            day = next_day(session, now=datetime.now(UTC))
            if day is None:
                break
            counted = count_day(session, day, now=datetime.now(UTC))
        with database.transaction() as session:
            keep(session, counted)
        longest, days = max(longest, time.perf_counter() - started), days + 1
    took = time.perf_counter() - begun
    each = f"{1000 * took / days:.0f} ms each, {1000 * longest:.0f} at most"
    return f"{days} days counted ahead in {took:.0f} s; {each}"


if __name__ == "__main__":
    raise SystemExit(main())
