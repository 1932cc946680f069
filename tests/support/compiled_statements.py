"""Lets all databases of a test process share what SQLAlchemy has compiled.

An engine keeps each statement as compiled for its own dialect. Each test opens a database of its own, and
would compile every statement anew, which takes longer than most tests; a process of ours has one engine and
compiles once.
"""

from typing import Any

from sqlalchemy import Engine, create_engine, event

from models import database

# The first engine of each kind that was connected, so that its dialect knows its server.
_first: dict[str, Engine] = {}


def share_compiled_statements() -> None:
    """Give the dialect and the statements of the first engine to all that are opened after it."""
    database.create_engine = _create_engine  # type: ignore[assignment]


def _create_engine(url: Any, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    kind = f"{engine.dialect.name}+{engine.dialect.driver}"
    if kind in _first:
        engine.dialect = engine.pool._dialect = _first[kind].dialect
        engine._compiled_cache = _first[kind]._compiled_cache
    else:
        event.listen(engine, "engine_connect", lambda _: _first.setdefault(kind, engine), once=True)
    return engine
