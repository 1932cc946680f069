"""Which template tells which kind of notice now: the admin page's word before the file's."""

import threading
import time
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config.wechat_templates import MessageTemplate, TemplateBook
from domain import message_templates
from models.database import Database
from models.enums import NoticeChannel, NoticeKind

log = structlog.get_logger(__name__)

# How long a change on the admin page may take to reach a worker.
CACHE_SECONDS = 5.0

_Mapping = Mapping[tuple[NoticeKind, NoticeChannel], MessageTemplate | None]


class TemplateMapping:
    """The templates in use, read from the database every few seconds; threads may share it.

    Args:
        database: what was set on the admin page.
        book: the file, for kinds that were not.
        clock: a number of seconds that grows.
    """

    def __init__(
        self, database: Database, book: TemplateBook, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._known: _Mapping | None = None
        self._read_at = 0.0
        self._reading = threading.Lock()

    def for_kind(self, kind: NoticeKind, channel: NoticeChannel) -> MessageTemplate | None:
        """Give the template that tells this kind of notice on this way, if there is one."""
        known = self._rows()
        return known[kind, channel] if (kind, channel) in known else self._book.for_kind(kind, channel)

    def _rows(self) -> _Mapping:
        known = self._known
        if known is not None and self._clock() - self._read_at < CACHE_SECONDS:
            return known
        # While one thread reads, the others go on with what is known: else all of them would ask at once.
        reads = self._reading.acquire(blocking=False)
        try:
            return self._read(known) if reads or known is None else known
        finally:
            if reads:
                self._reading.release()

    def _read(self, known: _Mapping | None) -> _Mapping:
        try:
            with self._database.reading() as session:
                fresh: _Mapping = message_templates.mapped(session)
        except SQLAlchemyError as error:
            if known is None:
                raise
            log.warning("templates_not_read", error=type(error).__name__)
            fresh = known
        self._known, self._read_at = fresh, self._clock()
        return fresh
