"""What every job works with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from config.settings import Settings
from domain.file_store import FileStore
from models.database import Database
from wechat.client import PlatformClient
from wechat.mini_program import MiniProgram


def utc_now() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class JobContext:
    """One worker's tools.

    Attributes:
        mini_program: the mini program's calls; None when none is set up.
        clock: gives the present time (UTC).
        stopping: set when the worker is to end; long jobs look at it between two steps.
    """

    settings: Settings
    database: Database
    client: PlatformClient
    files: FileStore
    clock: Callable[[], datetime] = utc_now
    stopping: threading.Event = field(default_factory=threading.Event)
    mini_program: MiniProgram | None = None
