"""How long the office waits for its lists, its searches and a complaint's page.

    python -m bench.lists 100000 postgresql sqlite

Each page is asked for through the whole application, as a browser would, by members of staff with different
rights. Printed are the least, the middle and the 95th percentile in milliseconds, and how often the database
was asked; on a machine that does something else besides, the least comes nearest to the truth.
"""

import logging
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import mkdtemp
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bench.databases import grown
from bench.office import PASSWORD
from config.settings import load_settings
from models.complaint import Complaint
from models.database import Database
from web.application import create_web

ROUNDS = 60
_LINE = "{:8} {:7.1f} {:7.1f} {:7.1f} {:4}  {}\n"
TABS = ("to_dispatch", "mine", "near", "overdue", "to_rate", "all")
LISTS = {
    "page 40 of all": "tab=all&page=40",
    "page 400 of all": "tab=all&page=400",
    "closed, of one category": "tab=all&status=closed&category=2",
    "one team's, closed lately": "tab=all&team=2&sort=closed&status=closed",
    "one building": "tab=all&place=一食堂",
    "one and two stars": "tab=all&stars=1&stars=2",
    "with photos, reopened": "tab=all&photos=1&reopened=1",
    "by what is due": "tab=all&sort=due_last",
    "deferred until": "tab=all&deferred_from=2020-01-01",
    "a range of days": "tab=all&from=2026-01-01&to=2026-06-30",
    "search: common word 食堂": "tab=all&q=食堂",
    "search: one character 水": "tab=all&q=水",
    "search: rare word 螺蛳粉": "tab=all&q=螺蛳粉",
    "search: longer 线路老化": "tab=all&q=线路老化",
    "search: two words": "tab=all&q=一食堂 空调",
    "search: two that never meet": "tab=all&q=校医院 一食堂",
    "search: in vain": "tab=all&q=火星车",
    "search: Latin": "tab=all&q=wifi",
    "search: end of a telephone": "tab=all&q={phone}",
    "search: a number": "tab=all&q={number}",
    "search: a name": "tab=all&q={name}",
    "search in one's tab": "tab=mine&q=空调",
    "search and filters": "tab=all&q=空调&status=closed&stars=1",
}


def measure(
    client: FlaskClient, path: str, asked: list[str], *, rounds: int = ROUNDS
) -> tuple[float, float, float, int]:
    """Ask for a page many times; give least, middle and 95th percentile in milliseconds, and queries."""
    answer = client.get(path)
    if answer.status_code not in {200, 302}:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    times, asked[:] = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - begun) * 1000)
    return min(times), statistics.median(times), statistics.quantiles(times, n=20)[-1], len(asked) // rounds


@contextmanager
def application(url: str) -> Iterator[tuple[Flask, Database]]:
    """Give the whole application at this database, with files of its own."""
    folder = mkdtemp()
    settings = load_settings(
        database_url=url,
        wechat_app_id="wxbench00000000001",
        wechat_app_secret="b" * 32,
        wechat_token="benchtoken",  # noqa: S106 (of a platform that nobody asks)
        wechat_aes_key="BenchAesKeyForMeasuringOnly0000000000000001",
        wechat_api_base="http://127.0.0.1:9/",
        base_url="http://127.0.0.1:8000/",
        secret_key="for-measuring-only-" + "0" * 32,
        upload_dir=f"{folder}/uploads",
        run_dir=f"{folder}/run",
        limit_pages_per_minute=1_000_000,
    )
    database = Database(url)
    yield create_web(settings, database), database
    database.close()


def signed_in(app: Flask, username: str) -> FlaskClient:
    """Sign in as one of `bench/office.py`."""
    client = app.test_client()
    page = client.get("/admin/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"username": username, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    if client.post("/admin/sign-in", data=form).status_code != 303:
        raise RuntimeError(f"{username} cannot sign in")
    return client


def _some_complaint(database: Database) -> Complaint:
    with database.reading() as session:
        named = select(Complaint).where(Complaint.contact_name != "", Complaint.contact_phone != "")
        return session.scalars(
            named.where(Complaint.anonymous.is_(False)).order_by(Complaint.id).limit(1)
        ).one()


def _report(url: str, out: Any) -> None:  # noqa: ANN401 (a text stream)
    with application(url) as (app, database):
        asked: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
        one = _some_complaint(database)
        newest = 2**31 - 1  # nothing came in since
        words = {"phone": one.contact_phone[-6:], "number": one.number[:14], "name": one.contact_name}
        for username in ("desk", "handler"):
            client = signed_in(app, username)
            pages = {f"tab {tab}": f"tab={tab}" for tab in TABS} | LISTS
            for name, query in pages.items():
                took = measure(client, f"/admin/inbox?{query.format(**words)}", asked)
                out.write(_LINE.format(username, *took, name))
            took = measure(client, f"/admin/inbox/counts?tab=all&newest={newest}", asked)
            out.write(_LINE.format(username, *took, "counts of the tabs"))
            if username == "desk":
                took = measure(client, f"/admin/complaints/{one.number}", asked)
                out.write(_LINE.format(username, *took, "a complaint's page"))


def main() -> int:
    """Measure in each kind of database that is named; both of them if none is."""
    logging.disable(logging.WARNING)
    os.environ.setdefault("ENV_FILE", os.devnull)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for kind in sys.argv[2:] or ("postgresql", "sqlite"):
        with grown(kind, count) as url:
            sys.stdout.write(f"\n{kind}, {count} complaints\nwho        least  middle     p95 asks  page\n")
            _report(url, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
