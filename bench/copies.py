"""Makes an office many times as large: all its people and complaints again, at other times, as others.

Ten thousand complaints that were made one by one (`bench/grow.py`) become a million within minutes, because
the database copies them by itself. All of it grows alike: what is over, what is open, who raised it, what was
sent and noted down. The house stays as it is: teams, places and categories hold more each.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, event, text

from bench.grow import each_by_itself, settle
from models.attachment import Attachment
from models.audit import AuditChain, AuditEntry
from models.base import Base, UtcDateTime
from models.board import PublicPhoto
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower
from models.complaint_round import ComplaintRound
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import Person
from models.rating import Rating
from models.timer import Timer

# What takes longest comes first, so that two at work end together.
_MODELS: Sequence[type[Base]] = (
    ComplaintSearch,
    ComplaintEvent,
    Notice,
    Complaint,
    Attachment,
    AuditEntry,
    InboundMessage,
    Timer,
    ComplaintRound,
    Rating,
    ComplaintFollower,
    PublicPhoto,
    Person,
)
COPIED: Sequence[Table] = [Base.metadata.tables[model.__tablename__] for model in _MODELS]
_COMPLAINT = Base.metadata.tables[Complaint.__tablename__]
_DEALT = 100
_IN_ORDER = {table.name: at for at, table in enumerate(Base.metadata.sorted_tables)}
_AT_WORK = 2
_NUMBERS = "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c"
_SEARCH = ComplaintSearch.__tablename__
# The marked ends of a telephone by which a complaint is found; see domain/search_words.py.
_ENDS = [f"'\u2102' || substr({{phone}}, {start})" for start in range(1, 9)]
# A page that is written again soon stays at hand, none is written twice, and nothing waits for the disk. What
# is copied points at what is there, as the first did.
_HURRY = ("journal_mode = OFF", "cache_size = -500000", "synchronous = OFF", "foreign_keys = OFF")


def multiply(given: Database, times: int, *, apart: timedelta) -> None:
    """Let everything that is copied be there so many times.

    Args:
        given: with what `bench/grow.py` and `bench/beside.py` make, and nothing else.
        times: a divisor of a hundred.
        apart: between two complaints as they were made. Copies of a hundred that follow each other are dealt
            out over their hundred times, so that a day of the large office is as motley as it would be.
    """
    with _in_a_hurry(given) as database:
        _multiply(database, times, apart)
    with each_by_itself(given) as connection:
        settle(connection)


@contextmanager
def _in_a_hurry(given: Database) -> Iterator[Database]:
    """Open a file of SQLite once more, heedless of a fall of the machine; in the end it is on the disk."""
    if not given.is_sqlite:
        yield given
        return

    def hurry(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
        for pragma in _HURRY:
            connection.execute(f"PRAGMA {pragma}")

    given.engine.dispose()  # one that is open would keep the journal as it is
    database = Database(given.engine.url.render_as_string(hide_password=False))
    event.listen(database.engine, "connect", hurry)
    yield database
    database.close()
    os.sync()


def _multiply(database: Database, times: int, apart: timedelta) -> None:
    statements = [_Copying(table, times, apart, is_sqlite=database.is_sqlite).statement() for table in COPIED]
    with database.engine.begin() as connection:
        for table in COPIED:
            connection.execute(text(_set_aside(table)))
    with each_by_itself(database) as connection:
        indexes = _take_away_indexes(connection)
        _empty(connection)
    _do(database, statements)
    _do(database, indexes)
    with database.engine.begin() as connection:
        for table in COPIED:
            connection.execute(text(f"DROP TABLE set_aside_{table.name}"))
        connection.execute(text(f"UPDATE {AuditChain.__tablename__} SET length = length * {times}"))  # noqa: S608 (our own)


def _set_aside(table: Table) -> str:
    keys = ", ".join(f"t.{column.name}" for column in table.primary_key)
    rows = f"SELECT t.* FROM {table.name} AS t"  # noqa: S608 (our own tables)
    if table.name == _SEARCH:
        phone = "CASE WHEN c.anonymous THEN '' ELSE c.contact_phone END AS phone"
        rows = rows.replace("t.*", f"t.*, c.number, {phone}")
        rows += " JOIN complaint AS c ON c.id = t.complaint_id"
    return f"CREATE TABLE set_aside_{table.name} AS {rows} ORDER BY {keys}"


class _Copying:
    """Writes the statement that fills a table out of what was set aside of it."""

    def __init__(self, table: Table, times: int, apart: timedelta, *, is_sqlite: bool) -> None:
        self._table, self._times, self._is_sqlite = table, times, is_sqlite
        self._apart, self._stride = apart.total_seconds(), _DEALT // times
        # What tells which complaint a row belongs to, and so when its copies were.
        self._complaint = {"complaint": "t.id", "audit_entry": "t.position", "inbound_message": "t.id"}.get(
            table.name, "t.complaint_id"
        )

    def statement(self) -> str:
        """Give it."""
        values = {column.name: self._copied(column) for column in self._table.columns}
        values |= {name: value for name, value in self._named_anew().items() if name in values}
        first = next(iter(self._table.primary_key)).name
        # Row by row, each with its copies after it, so that what is later stands later in the table too.
        numbers = f"CROSS JOIN LATERAL generate_series(0, {self._times - 1} + 0 * t.{first}) AS numbers(n)"
        if self._is_sqlite:
            numbers = f"CROSS JOIN ({_NUMBERS.format(self._times - 1)}) AS numbers"
        return (
            f"INSERT INTO {self._table.name} ({', '.join(values)}) SELECT {', '.join(values.values())}"  # noqa: S608
            f" FROM set_aside_{self._table.name} AS t {numbers}"
        )

    def _copied(self, column: Column[object]) -> str:
        name, table = f"t.{column.name}", self._table
        parent = next((key.column.table for key in column.foreign_keys), None)
        if _COMPLAINT in (parent, table if column.name == "id" else None):
            return self._place_of_copy(name)
        if parent in COPIED or column.name == "id":
            return self._id_of_copy(name)
        if isinstance(column.type, UtcDateTime) and table.name != "person":
            first = f"({self._complaint} - 1) % {_DEALT}"
            seconds = f"(({first} + n * {self._stride}) % {_DEALT} - {first}) * {self._apart}"
            if self._is_sqlite:
                return f"strftime('%Y-%m-%d %H:%M:%f000', {name}, ({seconds}) || ' seconds')"
            return f"{name} + make_interval(secs => {seconds})"
        return name

    def _id_of_copy(self, name: str) -> str:
        return f"(({name} - 1) * {self._times} + n + 1)"

    def _place_of_copy(self, name: str) -> str:
        """Give the number of a complaint's copy, as if all had been counted as they came in."""
        dealt = (
            f"({name} - 1) / {_DEALT} * {_DEALT} + (({name} - 1) % {_DEALT} + n * {self._stride}) % {_DEALT}"
        )
        return f"(({dealt}) * {self._times} + n + 1)"

    def _named_anew(self) -> Mapping[str, str]:
        """Give what has to differ between copies besides ids, or would be the same for all of them."""
        by_table: Mapping[str, Mapping[str, str]] = {
            "person": {"openid": "t.openid || '-' || n"},
            "complaint": {
                "number": self._number("t.number", "t.id"),
                "contact_phone": self._phone("t.contact_phone"),
            },
            "notice": {"key": "t.key || '-' || n", "platform_message_id": "t.platform_message_id || n"},
            "inbound_message": {
                "dedupe_key": "substr(t.dedupe_key, 1, 50) || '-' || n",
                "openid": "t.openid || '-' || n",
            },
            "audit_entry": {
                "position": self._place_of_copy("t.position"),
                "subject": self._number("t.subject", "t.position"),
            },
            "attachment": {"file_key": "n || '-' || t.file_key"},
        }
        return self._words() if self._table.name == _SEARCH else by_table.get(self._table.name, {})

    def _number(self, number: str, serial: str) -> str:
        """Give the number of a copy: the day stays, what counts is the id."""
        return f"substr({number}, 1, 10) || {self._figures(self._place_of_copy(serial), 7)}"

    def _phone(self, phone: str) -> str:
        whole = f"(CAST(substr({phone}, 3) AS BIGINT) + n * 1000003) % 1000000000"
        return f"CASE {phone} WHEN '' THEN '' ELSE substr({phone}, 1, 2) || {self._figures(whole, 9)} END"

    def _figures(self, value: str, width: int) -> str:
        if self._is_sqlite:
            return f"printf('%0{width}d', {value})"
        return f"lpad(({value})::text, {width}, '0')"

    def _words(self) -> Mapping[str, str]:
        """Give the entry of a copy: its own number and telephone in the place of the first one's."""
        number, phone = self._number("t.number", "t.complaint_id"), self._phone("t.phone")
        gone = ["substr(t.number, 11)", *(end.format(phone="t.phone") for end in _ENDS)]
        ends = [end.format(phone=f"({phone})") for end in _ENDS]
        if self._is_sqlite:
            tokens = "' ' || t.tokens || ' '"
            for one in gone:
                tokens = f"replace({tokens}, ' ' || {one} || ' ', ' ')"
            ends_of_phone = " || ' ' || ".join(ends)
            tokens = f"trim({tokens}) || ' ' || substr({number}, 11)"
            tokens += f" || CASE t.phone WHEN '' THEN '' ELSE ' ' || {ends_of_phone} END"
        else:
            tokens = f"ts_delete(t.tokens, ARRAY[{', '.join(gone)}])"
            tokens += f" || array_to_tsvector(ARRAY[substr({number}, 11)]"
            tokens += f" || CASE t.phone WHEN '' THEN '{{}}'::text[] ELSE ARRAY[{', '.join(ends)}] END)"
        return {
            "words": f"{number} || substr(t.words, 18)",
            "contact_words": f"replace(t.contact_words, t.phone, {phone})",
            "tokens": tokens,
        }


def _empty(connection: Connection) -> None:
    """Take all rows away; what else points at them stays as it is, for it finds them again by their ids."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text("SET session_replication_role = replica"))
    for table in sorted(COPIED, key=lambda table: -_IN_ORDER[table.name]):
        connection.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608 (our own tables)
        if not is_sqlite:
            connection.execute(text(f"VACUUM {table.name}"))  # which gives the room back
    if not is_sqlite:
        connection.execute(text("RESET session_replication_role"))


def _take_away_indexes(connection: Connection) -> Sequence[str]:
    """Give the statements that make them again, which is sooner done than keeping them up."""
    mine = (
        "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if connection.dialect.name == "sqlite"
        else "SELECT i.indexname, i.indexdef, i.tablename FROM pg_indexes AS i WHERE i.schemaname = 'public'"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conname = i.indexname)"
        " ORDER BY i.tablename <> 'complaint_search'"
    )
    names = {table.name for table in COPIED}
    found = [row for row in connection.execute(text(mine)).all() if row[2] in names]
    for name, *_ in found:
        connection.execute(text(f"DROP INDEX {name}"))
    return [definition for _, definition, _ in found]


def _do(database: Database, statements: Sequence[str]) -> None:
    """Run statements, each by itself; PostgreSQL two at a time."""

    def run(statement: str) -> None:
        with database.engine.begin() as connection:
            if not database.is_sqlite:
                # As a replica the server asks for no foreign keys, so that tables may come in any order.
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                # With more than fits near the processor the index of words takes longer, not shorter.
                connection.execute(text("SET LOCAL maintenance_work_mem = '64MB'"))
                connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
            connection.exec_driver_sql(statement if database.is_sqlite else statement.replace("%", "%%"))

    with ThreadPoolExecutor(1 if database.is_sqlite else _AT_WORK) as pool:
        list(pool.map(run, statements))
