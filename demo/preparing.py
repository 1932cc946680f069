"""What the demo needs before it can be shown: a database with the university in it, codes and a menu."""

import contextlib
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from demo.appraisal import seed_appraisal
from demo.articles import seed_articles
from demo.bulletins import seed_bulletins
from demo.connected import seed_connected
from demo.matters import seed_matters
from demo.place_ratings import seed_place_ratings
from demo.platform import FIRST_CODES, PLAIN_LINKS, Platform
from demo.pushes import seed_pushes
from demo.seed import is_seeded, seed_demo
from demo.surveys import seed_surveys
from domain import menus
from domain.file_store import LocalFileStore
from domain.menu_buttons import for_platform
from domain.qr_codes import plain_link
from models.database import Database
from models.migrate import upgrade
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff


def prepare(
    database_url: str,
    *,
    uploads: Path,
    secret_key: str,
    total: int,
    wechat_users: Callable[[], Mapping[str, str]],
    say: Callable[[str], None],
    check: Callable[[], None],
) -> None:
    """Bring the database to its newest shape, and fill it unless it was before.

    Args:
        secret_key: the setting SECRET_KEY that the demo runs with.
        total: how many complaints to begin with.
        wechat_users: gives openids by nickname; asked only when they are needed.
        say: takes lines for the person who waits.
        check: is called now and then, and raises when the person no longer wants to wait.
    """
    database = Database(database_url)
    try:
        upgrade(database)
        with database.reading() as session:
            if is_seeded(session):
                return
        users = wechat_users()
        began = time.monotonic()
        with database.transaction() as session, _no_collecting():
            moment = datetime.now(UTC)
            seed_demo(
                session,
                file_store=LocalFileStore(uploads),
                now=moment,
                wechat_users=users,
                total=total,
                report=_progress_line(say, check),
            )
            seed_surveys(session, secret_key=secret_key, now=moment)
            seed_place_ratings(session, now=moment)
            seed_matters(session, file_store=LocalFileStore(uploads), now=moment)
            seed_bulletins(session, file_store=LocalFileStore(uploads), now=moment)
            seed_appraisal(session, file_store=LocalFileStore(uploads), now=moment)
            seed_articles(session, file_store=LocalFileStore(uploads), now=moment)
            seed_pushes(session, secret_key=secret_key, now=moment)
            seed_connected(session, now=moment)
        say(f"首次启动：演示数据已备好，用时 {time.monotonic() - began:.0f} 秒。")
    finally:
        database.close()


def dress(platform: Platform, database_url: str, *, base_url: str) -> None:
    """Give the account what the simulator does not know yet: menu, followers, the codes of all places.

    Raises:
        PlatformError: the simulator did not do as asked.
    """
    database = Database(database_url)
    try:
        if not platform.has_menu():
            _push_menu(platform, database, base_url)
        if not platform.has_crowd():
            platform.put_subscription()
            with database.reading() as session:
                followers = session.scalars(select(Person.openid).where(Person.following)).all()
            platform.admit([openid for openid in followers if openid is not None])
        if not platform.has_codes(base_url=base_url):
            _hang_codes(platform, database, base_url)
    finally:
        database.close()


def _push_menu(platform: Platform, database: Database, base_url: str) -> None:
    """Put the menu under the chat that was put there last, or the one that every installation begins with."""
    with database.reading() as session:
        pushed = menus.versions(session, limit=1)
        buttons = menus.buttons_of(pushed[0]) if pushed else menus.draft(session).buttons
    platform.put_menu(for_platform(buttons, base_url=base_url))
    if not pushed:
        with database.transaction() as session:
            admin = session.scalars(select(Staff).where(Staff.username == "admin")).one()
            menus.note_pushed(session, buttons, staff=admin, now=datetime.now(UTC))


def _hang_codes(platform: Platform, database: Database, base_url: str) -> None:
    with database.reading() as session:
        query = select(ServicePoint).where(ServicePoint.active).order_by(ServicePoint.position)
        places = {place.full_name: place for place in session.scalars(query)}
        order = [*FIRST_CODES, *places]
        known = [places[name] for name in dict.fromkeys(order) if name in places]
        ours = [place.code for place in known if place.full_name in PLAIN_LINKS]
        platform.hang_codes(known, links={code: plain_link(code, base_url=base_url) for code in ours})


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Let garbage in cycles lie for these seconds: looking for it takes a sixth of them, finding little."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _progress_line(say: Callable[[str], None], check: Callable[[], None]) -> Callable[[int, int], None]:
    shown = 0
    say("首次启动：正在准备演示数据（约半分钟）……")

    def report(day: int, days: int) -> None:
        nonlocal shown
        check()
        if day > shown and sys.stdout.isatty():
            shown = day
            end = "\r" if day < days else "\r\x1b[K"
            with contextlib.suppress(OSError):
                sys.stdout.write(f"  第 {day} 天 / {days} 天{end}")
                sys.stdout.flush()

    return report
