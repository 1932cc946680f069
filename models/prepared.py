"""Statements that are the same each time, made once and handed to PostgreSQL's driver as text.

What SQLAlchemy does around a statement costs several times what the driver does, and reading rows as objects
costs as much again. It matters where many messages a second run the same few, and nowhere else. The
connection, its transaction, errors and events are the same. SQLite is asked in the ordinary way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Dialect, String, func, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from models.base import Base

Given = Mapping[str, Any]
# How PostgreSQL finds what a transaction asks for from then on: by the plans that it keeps, for to plan one
# that asks for many things of a few rows takes longer than to run it; and by key. How many rows come as JSON
# it cannot know, and of a table not counted yet it would rather read all.
_BY_KEY = {"plan_cache_mode": "force_generic_plan", "enable_hashjoin": "off", "enable_mergejoin": "off"}
# A column to be returned by a transaction's first statement, which brings that about. Only for statements
# that are the same whatever they are given: such a plan knows no values, nor a partial index they would fit.
KEEPING_TO_PLANS = select(
    func.concat(*(func.set_config(name, value, True) for name, value in _BY_KEY.items()), type_=String)
).scalar_subquery()
_Process = Callable[[Any], Any]
Object = TypeVar("Object", bound=Base)


@dataclass(frozen=True)
class _Text:
    """A statement as the driver takes it.

    Attributes:
        fixed: the values that it has in itself.
        given: how values that are given become the driver's, where they are not as they are.
    """

    words: str
    fixed: Given
    given: Mapping[str, _Process]


@dataclass(frozen=True)
class _Answer:
    """What comes back from a statement.

    Attributes:
        has_rows: whether anything does.
        found: how the driver's values become ours, by their place in a row, where they are not as they are.
    """

    has_rows: bool
    found: Sequence[tuple[int, _Process]] = ()


class Prepared:
    """A statement of tables and their columns, whose parameters have names.

    Args:
        statement: SELECT, INSERT or UPDATE. No part of it may be made anew each time, as is the default of a
            column that is called for.
    """

    def __init__(self, statement: Any) -> None:  # noqa: ANN401 (of any kind)
        self._statement = statement
        self._text: _Text | None = None
        # Known once it was answered for the first time.
        self._answer: _Answer | None = None

    def rows(self, session: Session, given: Given | Sequence[Given]) -> Sequence[Sequence[Any]]:
        """Run it in the session's transaction; gives its rows, none where it has none.

        Args:
            given: values by name; on SQLite as many of them as there are rows to write.
        """
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            result = connection.execute(self._statement, given)
            return cast("Sequence[Sequence[Any]]", result.all()) if result.returns_rows else []
        return self._by_the_driver(connection, cast("Given", given))

    def _by_the_driver(self, connection: Connection, given: Given) -> Sequence[Sequence[Any]]:
        if self._text is None:
            self._text = _text_of(self._statement, connection.dialect)
        text = self._text
        values = {**text.fixed, **given}
        for name, process in text.given.items():
            values[name] = process(values[name])
        with closing(connection.connection.cursor()) as cursor:
            for listener in connection.dispatch.before_cursor_execute:
                listener(connection, cursor, text.words, values, None, False)
            with _errors_as_ever(connection, text.words, values):
                cursor.execute(text.words, values)
                if self._answer is None:
                    self._answer = _answer_of(self._statement, cursor.description, connection.dialect)
                rows: Sequence[Sequence[Any]] = cursor.fetchall() if self._answer.has_rows else []
        found = self._answer.found
        return [_read(row, found) for row in rows] if found else rows


@contextmanager
def _errors_as_ever(connection: Connection, words: str, values: Given) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy's error, and keep no connection that died of it."""
    dialect, driver = connection.dialect, connection.dialect.loaded_dbapi.Error
    try:
        yield
    except driver as error:
        is_dead = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if is_dead:
            connection.invalidate(error)
        raise DBAPIError.instance(
            words,
            values,
            error,
            driver,
            hide_parameters=connection.engine.hide_parameters,
            connection_invalidated=is_dead,
            dialect=dialect,
        ) from error


def _read(row: Sequence[Any], found: Sequence[tuple[int, _Process]]) -> Sequence[Any]:
    read = list(row)
    for place, process in found:
        read[place] = process(read[place])
    return read


def _text_of(statement: Any, dialect: Dialect) -> _Text:  # noqa: ANN401 (of any kind)
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect))
    defaults = {
        column.key: column.default.arg
        for column in compiled.insert_prefetch
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    is_called_for = len(defaults) < len(compiled.insert_prefetch)
    if is_called_for or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError(f"not the same each time: {compiled.string}")
    fixed, given = {}, {}
    for bind, name in compiled.bind_names.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if not bind.required:
            value = defaults.get(name, bind.effective_value)
            fixed[name] = process(value) if process else value
        elif process:
            given[name] = process
    return _Text(compiled.string, fixed, given)


def _answer_of(statement: Any, description: Sequence[Any] | None, dialect: Dialect) -> _Answer:  # noqa: ANN401 (of any kind)
    if description is None:
        return _Answer(has_rows=False)
    found = []
    for place, (column, told) in enumerate(zip(statement.exported_columns, description, strict=True)):
        process = column.type.dialect_impl(dialect).result_processor(dialect, told[1])
        if process:
            found.append((place, process))
    return _Answer(has_rows=True, found=found)


@cache
def columns_of(kind: type[Base]) -> tuple[Any, ...]:
    """Give all columns of a class's table, in the order that `loaded` takes their values in."""
    return tuple(attribute.columns[0] for attribute in _mapper(kind).column_attrs)


def parted(row: Sequence[Any], sizes: Sequence[int]) -> list[Sequence[Any]]:
    """Cut a row into parts of so many columns each."""
    ends = list(accumulate(sizes))
    return [row[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def loaded(session: Session, kind: type[Object], values: Sequence[Any]) -> Object:
    """Give the session's object of a row, as if the session had read it.

    Args:
        values: of the row's columns, in the order of `columns_of`.
    """
    named = dict(zip(_names(kind), values, strict=True))
    mapper = _mapper(kind)
    key = mapper.identity_key_from_primary_key(tuple(named[name] for name in _key(kind)))
    there = session.identity_map.get(key)
    if there is not None:
        return cast("Object", there)
    found = cast("Object", mapper.class_manager.new_instance())
    found.__dict__.update(named)
    # What the session does with a row it reads; `Session.add` would look for what belongs to it first.
    state = instance_state(found)
    state.key, state.session_id = key, session.hash_key
    session.identity_map.add(state)
    return found


def _mapper(kind: type[Base]) -> Mapper[Any]:
    return cast("Mapper[Any]", inspect(kind))


@cache
def _names(kind: type[Base]) -> tuple[str, ...]:
    return tuple(attribute.key for attribute in _mapper(kind).column_attrs)


@cache
def _key(kind: type[Base]) -> tuple[str, ...]:
    mapper = _mapper(kind)
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
