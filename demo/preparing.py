"""What the demo needs before it can be shown: a database with the university in it, codes and a menu."""

import contextlib
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from demo.platform import FIRST_CODES, Platform
from demo.seed import is_seeded, seed_demo
from domain.file_store import LocalFileStore
from models.database import Database
from models.migrate import upgrade
from models.service_point import ServicePoint


def prepare(
    database_url: str,
    *,
    uploads: Path,
    total: int,
    wechat_users: Callable[[], Mapping[str, str]],
    say: Callable[[str], None],
    check: Callable[[], None],
) -> None:
    """Bring the database to its newest shape, and fill it unless it was before.

    Args:
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
            seed_demo(
                session,
                file_store=LocalFileStore(uploads),
                now=datetime.now(UTC),
                wechat_users=users,
                total=total,
                report=_progress_line(say, check),
            )
        say(f"首次启动：演示数据已备好，用时 {time.monotonic() - began:.0f} 秒。")
    finally:
        database.close()


def dress(platform: Platform, database_url: str) -> None:
    """Hang up the codes of all places and give the account a menu, unless there are some.

    Raises:
        PlatformError: the simulator did not do as asked.
    """
    if not platform.has_menu():
        platform.put_menu()
    if platform.has_codes():
        return
    database = Database(database_url)
    try:
        with database.reading() as session:
            query = select(ServicePoint).where(ServicePoint.active).order_by(ServicePoint.position)
            places = {place.full_name: place for place in session.scalars(query)}
            order = [*FIRST_CODES, *places]
            platform.hang_codes([places[name] for name in dict.fromkeys(order) if name in places])
    finally:
        database.close()


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
