"""How much longer everything takes in an office a hundred times as large.

    python -m bench.growth [postgresql] [sqlite]

Offices of different size (`bench/grown_offices.py`) are open at once and asked in turn, through the whole
application: on PostgreSQL a million complaints beside ten thousand, on SQLite a hundred thousand. What is
asked is then explained by the database: nothing may read a large table from end to end.
"""

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from flask.testing import FlaskClient
from sqlalchemy import select

from bench.comparison import Comparison, say, say_all
from bench.grow import each_by_itself, settle
from bench.grown_offices import SMALL, files_ahead, offices
from bench.lists import application, signed_in
from bench.plans import noted, read_whole
from domain.daily_figures import count_day, keep
from domain.outbox import claim_some
from domain.timers import due_timers
from domain.working_time import local_time
from models.complaint import Complaint
from models.database import Database

ROUNDS = 3
_TIMES = 3
_SIZES = {"postgresql": (SMALL, 100_000, 1_000_000), "sqlite": (SMALL, 100_000)}
_AT_ONCE = 16
_DAYS = 90
_QUICK, _FIGURES = 2.0, 3.0
_LISTS = {
    "inbox, to dispatch": "tab=to_dispatch",
    "inbox, near": "tab=near",
    "inbox, overdue": "tab=overdue",
    "inbox, to rate": "tab=to_rate",
    "inbox, all": "tab=all",
    "inbox, all, page 40": "tab=all&page=40",
    "inbox, all, due last": "tab=all&sort=due_last",
    "inbox, all, closed last": "tab=all&sort=closed",
    "inbox, all, most reopened": "tab=all&sort=reopened",
    "search, common": "tab=all&q=食堂",
    "search, one character": "tab=all&q=水",
    "search, two words": "tab=all&q=一食堂 空调",
    "search, end of a telephone": "tab=all&q={phone}",
    "search, in vain": "tab=all&q=火星车",
}
_OF_HANDLER = {"inbox of a team, mine": "tab=mine", "inbox of a team, all": "tab=all"}
_BOARD = {
    "board": "",
    "board, deferred": "?show=deferred",
    "board, done": "?show=done",
    "board, refused": "?show=refused",
    "board, common word": "?q=食堂",
    "board, two words": "?q=一食堂 空调",
    "board, in vain": "?q=火星车",
}


@dataclass(frozen=True)
class Asked:
    """Something that is asked of an office.

    Attributes:
        ask: does it once; given is how often it was done before.
        aim: how many times as long it may take in the largest office.
    """

    what: str
    ask: Callable[[int], object]
    aim: float = _QUICK


class _Undo(Exception):
    """Takes back what was claimed."""


@contextmanager
def _office(url: str, now: datetime) -> Iterator[tuple[Database, Sequence[Asked]]]:
    """Open an office, and give what is asked of it."""
    with application(url) as (app, database):
        desk, handler, inspector = (signed_in(app, name) for name in ("desk", "handler", "inspector"))
        numbers, words = _known(database)
        asked = [
            Asked(what, _page(desk, f"/admin/inbox?{query.format(**words)}"))
            for what, query in _LISTS.items()
        ]
        asked += [Asked(what, _page(handler, f"/admin/inbox?{query}")) for what, query in _OF_HANDLER.items()]
        asked.append(
            Asked(
                "a complaint's page", lambda at: _get(desk, f"/admin/complaints/{numbers[at % len(numbers)]}")
            )
        )

        def board(path: str) -> Callable[[int], object]:
            def draw(_: int) -> None:
                app.extensions.pop("board_cache", None)  # which would keep what was drawn
                _get(desk, path)

            return draw

        asked += [Asked(what, board(f"/h5/board{query}")) for what, query in _BOARD.items()]
        asked.append(Asked("board, rates", board("/h5/board/rates"), _FIGURES))
        asked += [Asked(what, _page(inspector, path), _FIGURES) for what, path in _figures(now).items()]
        asked += [
            Asked("overdue scan", _scan(database, now)),
            Asked("claim of 16 notices", _claim(database, now)),
        ]
        yield database, asked


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")


def _page(client: FlaskClient, path: str) -> Callable[[int], object]:
    return lambda _: _get(client, path)


def _known(database: Database) -> tuple[Sequence[str], dict[str, str]]:
    """Give numbers of complaints all over the table, and words that one of them is found by."""
    with database.reading() as session:
        last = session.scalars(select(Complaint.id).order_by(Complaint.id.desc()).limit(1)).one()
        spread = [1 + last * part // 40 for part in range(40)]
        numbers = session.scalars(select(Complaint.number).where(Complaint.id.in_(spread))).all()
        named = select(Complaint.contact_phone).where(
            Complaint.contact_phone != "", Complaint.anonymous.is_(False)
        )
        phone = session.scalars(named.order_by(Complaint.id).limit(1)).one()
    return numbers, {"phone": phone[-8:]}


def _figures(now: datetime) -> dict[str, str]:
    today = local_time(now).date()
    span = f"span=custom&from={today - timedelta(days=_DAYS - 1)}&to={today}"
    pages = {f"figures, by {step}": f"view=overview&step={step}" for step in ("day", "week", "month")}
    pages |= {"figures, by area and category": "view=where", "figures, by hour": "view=when"}
    return {what: f"/admin/figures?{query}&{span}" for what, query in pages.items()}


def _scan(database: Database, now: datetime) -> Callable[[int], object]:
    def scan(_: int) -> None:
        with database.reading() as session:
            if not due_timers(session, now=now):
                raise RuntimeError("nothing is due")

    return scan


def _claim(database: Database, now: datetime) -> Callable[[int], object]:
    # By day: in the quiet hours nothing is taken, and what waits is put off.
    noon = (local_time(now) + timedelta(days=1)).replace(hour=12)

    def claim(_: int) -> None:
        with suppress(_Undo), database.transaction() as session:
            taken = claim_some(session, _AT_ONCE, worker="bench", now=noon, base_url="http://127.0.0.1/")
            raise _Undo if taken else RuntimeError("nothing to send")

    return claim


def _count_ahead(database: Database, now: datetime) -> None:
    """Count the days that the figures are asked of, those before them and those of the year before."""
    today = local_time(now).date()
    before = [*range(1, 2 * _DAYS + 1), *range(365, 365 + _DAYS + 1)]
    with database.transaction() as session:
        for day in (today - timedelta(days=days) for days in before):
            keep(session, count_day(session, day.isoformat(), now=datetime.now(UTC)))
    with each_by_itself(database) as connection:
        settle(connection)


def _timed(asked: Asked, start: int, times_asked: int) -> float:
    times = []
    for at in range(start, start + times_asked):
        began = time.perf_counter()
        asked.ask(at)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def measure_on(kind: str) -> list[Comparison]:
    """Measure on one kind of database."""
    now = datetime.now(UTC)
    with offices(kind, _SIZES[kind], now=now) as urls:
        return _measured(kind, urls, now)


def _measured(kind: str, urls: Mapping[int, str], now: datetime) -> list[Comparison]:
    with ExitStack() as stack:
        opened = [stack.enter_context(_office(url, now)) for url in urls.values()]
        with ThreadPoolExecutor(1 if kind == "sqlite" else len(opened)) as pool:
            list(pool.map(lambda one: _count_ahead(one[0], now), opened))
        found = [_compared(kind, same) for same in zip(*(asked for _, asked in opened), strict=True)]
        return [*found, _explained(kind, *opened[-1])]


def _compared(kind: str, same: Sequence[Asked]) -> Comparison:
    """Ask offices of growing size in turn."""
    for one in same:
        one.ask(0)
    # What lies between the least and the largest is shown, and compared with nothing: once a round will do.
    often = [_TIMES, *[1] * (len(same) - 2), _TIMES]
    rounds = [
        [_timed(one, 1 + at * _TIMES, times) for one, times in zip(same, often, strict=True)]
        for at in range(ROUNDS)
    ]
    middle = [1000 * statistics.median(column) for column in zip(*rounds, strict=True)]
    return Comparison(
        what=f"{same[0].what}, {kind}",
        peer=f"{SMALL:,} complaints",
        ratios=tuple(times[-1] / times[0] for times in rounds),
        aim=same[0].aim,
        least_is_best=True,
        ours=" / ".join(f"{each:.0f} ms" for each in reversed(middle[1:])),
        peers=f"{middle[0]:.0f} ms",
    )


def _explained(kind: str, database: Database, asked: Sequence[Asked]) -> Comparison:
    """Count what would read a large table from end to end, and print it."""
    with noted(database.engine) as statements:
        for one in asked:
            one.ask(0)
    with database.engine.connect() as connection:
        whole = read_whole(connection, statements)
    for statement, tables in whole.items():
        say(f"reads all of {tables}: {statement}")
    return Comparison(
        what=f"statements that read a large table whole, {kind}",
        peer="all statements of the above",
        ratios=(len(whole) / len(statements),),
        aim=0,
        least_is_best=True,
        ours=str(len(whole)),
        peers=str(len(statements)),
        note="; ".join(sorted(set(whole.values()))),
    )


def _be_quiet() -> None:
    """Leave the pages' own log out: it is not what is measured."""
    os.environ.setdefault("ENV_FILE", os.devnull)
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def measure() -> list[Comparison]:
    """Measure on both databases; they are filled side by side, and measured one after the other."""
    _be_quiet()
    now = datetime.now(UTC)
    with files_ahead(_SIZES["sqlite"], now=now) as files:
        with offices("postgresql", _SIZES["postgresql"], now=now) as urls:
            on_sqlite = files()
            found = _measured("postgresql", urls, now)
        return found + _measured("sqlite", on_sqlite, now)


def main() -> int:
    """Measure in each kind of database that is named; both of them if none is."""
    _be_quiet()
    for kind in sys.argv[1:] or _SIZES:
        say_all(measure_on(kind))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
