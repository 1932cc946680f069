"""How the database means to answer what is asked: whether it would read a large table from end to end."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from bench.copies import COPIED

# They grow with what people raise; the others with the house.
LARGE = frozenset(table.name for table in COPIED)
_ASKED = ("SELECT", "WITH", "UPDATE", "DELETE")
_SOON = 0.1
_SCAN = re.compile(r"^SCAN (\w+?)(?:_\d+)?$")


@contextmanager
def noted(engine: Engine) -> Iterator[dict[str, Any]]:
    """Give what is asked meanwhile: each statement as the driver gets it, with the values it last had."""
    asked: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: Any) -> None:  # noqa: ANN401 (as SQLAlchemy calls it)
        if not many and statement.startswith(_ASKED):
            asked[statement] = values

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def read_whole(connection: Connection, asked: Mapping[str, Any]) -> dict[str, str]:
    """Give the statements that would read a large table from end to end, each with the table."""
    found = {}
    for statement, values in asked.items():
        tables = _read_from_end_to_end(connection, statement, values)
        if tables:
            found[statement] = ", ".join(sorted(tables))
    return found


def _read_from_end_to_end(connection: Connection, statement: str, values: Any) -> set[str]:  # noqa: ANN401 (of the driver)
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        scans = (_SCAN.match(row[3]) for row in rows)
        return {scan[1] for scan in scans if scan is not None} & LARGE
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    return {table for table in _whole_tables(plan[0]["Plan"]) if table in LARGE}


def _whole_tables(node: dict[str, Any], limit: float | None = None) -> Iterator[str]:
    """Give the tables that a plan reads from end to end.

    Args:
        limit: what all costs that stands above and stops when it has enough. Where that is a small part of
            what the table would cost, every other row is a hit, and none is read to the end.
    """
    if node["Node Type"] == "Limit":
        limit = node["Total Cost"]
    if node["Node Type"] == "Seq Scan" and (limit is None or limit > node["Total Cost"] * _SOON):
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _whole_tables(below, limit)
