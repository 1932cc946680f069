"""What a function that does long work is given: parameters, a database, a folder, and a way to report."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from sqlalchemy.orm import Session

from config.settings import Settings
from domain.background_tasks import Claim, beat
from jobs.context import JobContext
from models.background_task import BackgroundTask
from models.database import Database

FOLDER_PREFIX = "banshishi-task-"
# How often a row is written about how far the work has come.
PROGRESS_SECONDS = 1.0


class Stopped(BaseException):
    """The work is to end at once: cancelled, lost to another worker, or the worker ends.

    No Exception, so that a function that goes on after errors does not go on after this.
    """


class TaskRun:
    """One run of a piece of long work.

    Attributes:
        parameters: as the page gave them.
        task_id: which task it is.
        staff_id: who asked for it.
        source_name: how the uploaded file was called; empty without one.
        folder: for files, gone when the run ends.
        result: what to tell when done; see domain/background_tasks.py.
        file_key, file_name: what was handed over by `store`; empty without.
    """

    def __init__(self, context: JobContext, task: BackgroundTask, claim: Claim) -> None:
        self._context = context
        self._claim = claim
        self._source_file_key = task.source_file_key
        self._written = 0.0
        self._must_stop = False
        self.parameters: Mapping[str, Any] = task.parameters
        self.task_id = task.id
        self.staff_id = task.staff_id
        self.source_name = task.source_name
        self.result: dict[str, Any] = {}
        self.file_key = self.file_name = ""
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def settings(self) -> Settings:
        """The settings of this worker."""
        return self._context.settings

    def now(self) -> datetime:
        """Give the present time (UTC)."""
        return self._context.clock()

    def reading(self) -> AbstractContextManager[Session]:
        """Give a session for reading; end it before saying how far the work is."""
        return self._context.database.reading()

    def transaction(self) -> AbstractContextManager[Session]:
        """Give a session for writing; keep it short, as nobody else can write meanwhile with SQLite."""
        return self._context.database.transaction()

    def open_source(self) -> BinaryIO:
        """Open the uploaded file; the caller closes it.

        Raises:
            NotFound: none was uploaded, or it is gone.
        """
        return self._context.files.open(self._source_file_key)

    def read_file(self, key: str) -> bytes:
        """Give a file of the file store.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
        """
        return self._context.files.read(key)

    def progress(self, done: int, total: int) -> None:
        """Say how far the work is; as often as wanted, it is written down about once a second.

        Args:
            total: 0 while it is not known.

        Raises:
            Stopped: the work is to end here.
            RuntimeError: inside a transaction, for which this would wait for ever.
        """
        if Database.in_transaction():
            raise RuntimeError("progress is told between transactions, not inside one")
        if self._must_stop or self._context.stopping.is_set():
            raise Stopped
        moment = time.monotonic()
        if moment - self._written < PROGRESS_SECONDS and done < total:
            return
        self._written = moment
        with self._context.database.transaction() as session:
            goes_on = beat(session, self._claim, now=self.now(), done=done, total=total)
        if not goes_on:
            self._must_stop = True
            raise Stopped

    def keep_alive(self) -> None:
        """Prolong the claim, from the thread that watches over this run."""
        with self._context.database.transaction() as session:
            goes_on = beat(session, self._claim, now=self.now())
        if not goes_on:
            self._must_stop = True

    def store(self, path: Path, name: str) -> None:
        """Hand over the result.

        Args:
            path: a finished file in `folder`.
            name: what it is called when downloaded, with its extension; Chinese is welcome.

        Raises:
            ValueError: there is one already; several files go into one zip.
        """
        if self.file_key:
            raise ValueError("a task has one file as its result")
        with path.open("rb") as file:
            self.file_key = self._context.files.save_from(file, path.suffix.removeprefix(".").lower())
        self.file_name = name


TaskFunction = Callable[[TaskRun], None]
