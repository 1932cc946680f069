"""The two sides of each thing that is made: ours as the worker makes it, and the bare library."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench import bare_books, bare_sheets
from bench.making_ground import APP_ID, BASE_URL, FONTS, LAYOUT
from domain import personal_data_access, print_mark
from domain.bulletin_contents import contents_of
from domain.bulletin_document import as_document
from domain.code_printing import Order, drawn, make_pdf
from domain.file_store import LocalFileStore
from domain.filters import Filters
from domain.ledger import write_ledger
from domain.personal_data_access import Look
from domain.reading_tables import read_table
from domain.service_point_columns import SHEET
from domain.service_point_import import Fate, plan_import
from domain.service_point_import_apply import apply_import
from domain.sheet_layouts import layout_named
from domain.sheet_pdf import load_typeface
from models.access_words import Seen, SeenIn
from models.bulletin import Bulletin
from models.database import Database
from models.staff import Staff

Ground = Mapping[str, Any]
# Given a folder of its own, what things are made from, and whether a tenth is enough; gives bytes or rows.
Maker = Callable[[Path, Ground, bool], int]
BULLETINS = 10


def _filed_from(ground: Ground, tenth: bool) -> datetime | None:
    now: datetime = ground["now"]
    return now - timedelta(days=3 * 365 / 10) if tenth else None


def _our_ledger(place: Path, ground: Ground, tenth: bool) -> int:
    database, target, now = Database(ground["office"]), place / "ledger.xlsx", ground["now"]

    def note(ids: Any) -> None:  # noqa: ANN401
        looks = [Look(one, Seen.CONTACT, SeenIn.EXPORT) for one in ids]
        with database.transaction() as session:
            personal_data_access.record(session, session.get_one(Staff, ground["staff"]), looks, now=now)

    write_ledger(
        target,
        staff_id=ground["staff"],
        filters=Filters(filed_from=_filed_from(ground, tenth)),
        reading=database.reading,
        progress=lambda _done, _total: None,
        contacts_of=note,
        now=now,
    )
    database.close()
    return target.stat().st_size


def _bare_ledger(place: Path, ground: Ground, tenth: bool) -> int:
    target = place / "bare.xlsx"
    filed_from = _filed_from(ground, tenth)
    bare_books.write_ledger(ground["office"], target, now=ground["now"], filed_from=filed_from)
    return target.stat().st_size


def _our_sheets(place: Path, ground: Ground, _tenth: bool) -> int:
    database, target = Database(ground["office"]), place / "codes.pdf"

    def source(ids: Any) -> Any:  # noqa: ANN401
        with database.reading() as session:
            return drawn(session, ids, app_id=APP_ID, base_url=BASE_URL)

    with database.reading() as session:
        mark = print_mark.mark(session)
    load_typeface(FONTS)
    order = Order(
        ids=ground["ids"],
        source=source,
        progress=lambda _done, _total: None,
        mark=mark,
        plain_prefix=f"{BASE_URL}h5/p/",
    )
    make_pdf(target, layout_named(LAYOUT), order)
    database.close()
    return target.stat().st_size


def _bare_sheets(place: Path, ground: Ground, _tenth: bool) -> int:
    target = place / "bare.pdf"
    load_typeface(FONTS)
    mark, size = print_mark.own_mark(), layout_named(LAYOUT).page
    bare_sheets.draw_sheets(target, ground["pages"], size=size, mark=mark)
    return target.stat().st_size


def _our_bulletin(_place: Path, ground: Ground, _tenth: bool) -> int:
    database, written = Database(ground["office"]), b""
    for _ in range(BULLETINS):
        with database.reading() as session:
            found = session.get_one(Bulletin, ground["bulletin"])
            written = as_document(contents_of(session, found), LocalFileStore(Path(ground["files"])))
    database.close()
    return len(written)


def _bare_bulletin(_place: Path, ground: Ground, _tenth: bool) -> int:
    written = b""
    for _ in range(BULLETINS):
        written = bare_sheets.write_document(ground["blocks"])
    return len(written)


def _our_registry(place: Path, ground: Ground, tenth: bool) -> int:
    database, now = Database(f"sqlite:///{place}/empty.db"), ground["now"]
    table = read_table(Path(ground["tenth" if tenth else "whole"]).read_bytes(), sheet=SHEET)
    with database.reading() as session:
        plan = plan_import(session, table)
    outcome = apply_import(
        plan,
        {str(row.row): row.mark for row in plan.rows if row.fate is Fate.NEW},
        staff_id=ground["importer"],
        transaction=database.transaction,
        clock=lambda: now,
        progress=lambda _done, _total: None,
    )
    database.close()
    if outcome.left:
        raise AssertionError(outcome.left[:3])
    return outcome.added


def _bare_registry(place: Path, ground: Ground, tenth: bool) -> int:
    url = f"sqlite:///{place}/empty.db"
    database = Database(url)
    with database.reading() as session:
        staff = session.get_one(Staff, ground["importer"])
    database.close()
    source = Path(ground["tenth" if tenth else "whole"])
    return bare_books.take_in(url, source, staff=staff, now=ground["now"])


SIDES: Mapping[str, Mapping[str, Maker]] = {
    "ledger": {"ours": _our_ledger, "bare": _bare_ledger},
    "sheets": {"ours": _our_sheets, "bare": _bare_sheets},
    "bulletin": {"ours": _our_bulletin, "bare": _bare_bulletin},
    "registry": {"ours": _our_registry, "bare": _bare_registry},
}
