"""Tables that are brought in, what the office sets by text, and backups before they are put back."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import docx
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from domain import (
    backups,
    calendar_days,
    message_templates,
    plan_import,
    reply_templates,
    service_point_import,
)
from domain.errors import DomainError
from domain.file_store import LocalFileStore
from domain.holiday_notices import read_days
from domain.message_templates import Wish
from domain.plan_tables import read_plan
from domain.reading_tables import read_table
from domain.reply_templates import ReplyWish
from domain.service_point_import_apply import apply_import
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, StepName
from models.staff import Staff
from tests.conftest import NOW
from tests.drills.fuzz.office import empty_office, put_back_each_time
from tests.drills.fuzz.pieces import Check, Examples, words_for
from tests.drills.fuzz.wild import WILD_TEXT
from tests.support.factories import Office
from tests.support.workbooks import HEADER as PLACE_HEADER

_PLAN_HEADER = ("阶段", "序号", "工作内容", "责任单位", "完成时限", "备注")


def _rows(name: str, width: int) -> st.SearchStrategy[list[list[str]]]:
    cell = st.one_of(st.sampled_from(words_for(name)), st.sampled_from(words_for(name)), WILD_TEXT)
    return st.lists(st.lists(cell, min_size=width, max_size=width), max_size=8)


def imports() -> Examples:
    """A plan or places in a table: what is read is shown, what is shown is written, and is then unchanged."""
    form = st.sampled_from(["csv", "xlsx", "docx"])
    merged = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 3)), max_size=3)
    plan = st.tuples(st.just("plan"), form, _rows("plan_cells", len(_PLAN_HEADER)), merged)
    places = st.tuples(st.just("places"), form, _rows("place_cells", len(PLACE_HEADER)), merged)
    words = st.lists(WILD_TEXT, min_size=8, max_size=8)
    nothing: st.SearchStrategy[list[Any]] = st.just([])
    settings = st.tuples(st.just("settings"), st.just("office"), words, nothing)
    return Examples(st.one_of(plan, places, settings), _opened)


@contextmanager
def _opened() -> Iterator[Check]:
    with empty_office() as (database, folder, factory):
        with database.transaction() as session:
            office = factory.office(session)
        with put_back_each_time(folder, partial(_import, database, office)) as checked:
            yield checked


def _import(database: Database, office: Office, value: Any) -> None:
    what, form, rows, merged = value
    if what == "settings":
        _set(database, office, rows)
        return
    header = _PLAN_HEADER if what == "plan" else PLACE_HEADER
    with suppress(DomainError):
        data = _file(form, [list(header), *rows], merged)
        if data is not None:
            (_plan if what == "plan" else _places)(database, office, data)


def _file(form: str, rows: list[list[str]], merged: list[tuple[int, int, int]]) -> bytes | None:
    """Make the file; None where its program takes no such text."""
    output = BytesIO()
    if form == "csv":
        text = StringIO(newline="")
        csv.writer(text).writerows([cell.replace("\0", "") for cell in row] for row in rows)
        return text.getvalue().encode()
    try:
        if form == "docx":
            document = docx.Document()
            table = document.add_table(rows=0, cols=len(rows[0]))
            for row in rows:
                for cell, words in zip(table.add_row().cells, row, strict=True):
                    cell.text = words
            for top, left, more in merged:
                if top < len(rows) and left < len(rows[0]):
                    table.cell(top, left).merge(table.cell(min(top + more, len(rows) - 1), left))
            document.save(output)
        else:
            book = Workbook()
            for row in rows:
                book.active.append(row)
            for top, left, more in merged:
                book.active.merge_cells(
                    start_row=top + 1, end_row=top + 1 + more, start_column=left + 1, end_column=left + 1
                )
            book.save(output)
    except (ValueError, IllegalCharacterError):
        return None
    return output.getvalue()


def _plan(database: Database, office: Office, data: bytes) -> None:
    units = [office.team.name, office.other_team.name]
    plan = read_plan(data, units=units, today=date(2026, 11, 23))
    with database.transaction() as session:
        staff = session.get_one(Staff, office.dispatcher.id)
        shown = plan_import.preview(session, plan, name="方案")
        plan_import.confirm(session, shown, staff=staff, now=NOW)
    with database.reading() as session:
        again = plan_import.preview(session, plan, name="方案")
        fates = {one.fate for one in again.fates}
        assert fates <= {plan_import.Fate.SAME}, f"what was written is to be written again: {fates}"


def _places(database: Database, office: Office, data: bytes) -> None:
    table = read_table(data)
    with database.reading() as session:
        shown = service_point_import.plan_import(session, table)
    marks = {str(row.row): row.mark for row in shown.rows}
    outcome = apply_import(
        shown,
        marks,
        staff_id=office.admin.id,
        transaction=database.transaction,
        clock=lambda: NOW,
        progress=lambda _done, _of: None,
    )
    left = {row for row, _ in outcome.left}
    with database.reading() as session:
        again = service_point_import.plan_import(session, table)
    fate = service_point_import.Fate
    for row in again.rows:
        done = row.fate in {fate.UNCHANGED, fate.REFUSED}
        assert done or row.row in left, f"row {row.row} is to be done again"


def _set(database: Database, office: Office, words: list[str]) -> None:
    """Set what the office sets by text; whatever is taken can be read and used."""
    with suppress(DomainError), database.transaction() as session:
        staff = session.get_one(Staff, office.admin.id)
        calendar_days.set_days(session, read_days(words[0], year=2027), staff=staff, now=NOW)
    with suppress(DomainError), database.transaction() as session:
        staff = session.get_one(Staff, office.admin.id)
        wish = ReplyWish(title=words[1], text=f"{{称呼}}{words[2]}", step=StepName.REPLY)
        made = reply_templates.add(session, wish, for_office=True, staff=staff, now=NOW)
        reply_templates.filled(made.text, {"称呼": words[3]})
    with suppress(DomainError), database.transaction() as session:
        staff = session.get_one(Staff, office.admin.id)
        filled = Wish(words[4] or "T1", words[5], {words[6] or "thing1": [words[7], "{number}"]})
        kind, channel = NoticeKind.ANSWERED, NoticeChannel.TEMPLATE
        message_templates.save(session, kind, channel, filled, staff=staff, now=NOW)
        session.flush()
        message_templates.mapped(session)


def archives() -> Examples:
    """A backup that was damaged anyhow is refused with a sentence, or is as it was."""
    return Examples(st.tuples(st.just("archive"), _damages()), _damaged)


def _damages() -> st.SearchStrategy[list[tuple[str, int, int, bytes]]]:
    """Say what is to be done to an archive, whose bytes are not known yet."""
    what = st.sampled_from(["cut", "put", "double", "set", "end"])
    return st.lists(
        st.tuples(what, st.integers(0, 1 << 22), st.integers(1, 2_000), st.binary(max_size=24)), max_size=4
    )


@contextmanager
def _damaged() -> Iterator[Check]:
    with empty_office() as (database, folder, factory):
        with database.transaction() as session:
            factory.complaint(session, factory.office(session))
        whole = folder / "whole.tar"
        backups.make(database, LocalFileStore(folder / "uploads"), whole, now=NOW)
        yield partial(_check, whole.read_bytes(), folder)


def _check(whole: bytes, folder: Path, value: Any) -> None:
    data = whole
    for what, place, length, piece in value[1]:
        at = place % (len(data) + 1)
        data = {
            "cut": data[:at] + data[at + length :],
            "put": data[:at] + piece + data[at:],
            "double": data[: at + length] + data[at:],
            "set": data[:at] + piece + data[at + len(piece) :],
            "end": data[:at],
        }[what]
    file = folder / "damaged.tar"
    file.write_bytes(data)
    if data == whole:
        backups.check(file)
    with suppress(backups.BadBackup):
        backups.check(file)
