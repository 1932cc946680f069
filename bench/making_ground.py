"""What things are made from: a grown office, places with codes, a bulletin, and a workbook of a registry."""

import pickle  # nosec B403 (handed to our own processes of the same run)
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import insert, select

from bench.bare_sheets import Recorder, Stroke, blocks_of
from bench.copies import multiply
from bench.grow import YEARS, grow
from domain import bulletin_cases, bulletin_writing, print_mark
from domain.bulletin_charts import Painter
from domain.bulletin_contents import contents_of
from domain.bulletin_document import as_document
from domain.code_printing import drawn, piece_of
from domain.figure_periods import Period
from domain.file_store import LocalFileStore
from domain.service_point_columns import COLUMNS, SHEET
from domain.setup import seed_catalogue
from domain.sheet_drawing import code_side, draw_page
from domain.sheet_layouts import layout_named
from domain.sheet_pdf import PdfSheets, load_typeface
from domain.sheet_surface import Area
from domain.working_time import local_time
from models.bulletin_words import CaseSide
from models.category import Category
from models.database import Database
from models.enums import Role, ServicePointKind
from models.migrate import upgrade
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team

FONTS = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor" / "fonts"
LAYOUT = "sticker"
BASE_URL = "https://houqin.example.edu.cn/"
APP_ID = "wxsim0000000000001"
_ROOMS = 100


def lay(folder: Path, *, lines: int, grown: int, codes: int, places: int, kinds: Collection[str]) -> None:
    """Prepare what these kinds are made from; `ground.pickle` tells where it is."""
    now = datetime.now(UTC)
    office, files = f"sqlite:///{folder}/office.db", LocalFileStore(folder / "files")
    database = Database(office)
    upgrade(database)
    grow(database, grown, now=now)
    if "ledger" in kinds:
        multiply(database, lines // grown, apart=timedelta(days=365 * YEARS) / grown)
    ground: dict[str, Any] = {"office": office, "files": str(folder / "files"), "now": now}
    if "sheets" in kinds:
        ground |= _codes(database, codes, folder)
    if "bulletin" in kinds:
        ground |= _bulletin(database, files, now)
    with database.reading() as session:
        ground["staff"] = session.scalars(select(Staff.id).where(Staff.username == "desk")).one()
    database.close()
    ground |= _empty_office(folder, places, now)
    (folder / "ground.pickle").write_bytes(pickle.dumps(ground))


def _codes(database: Database, number: int, folder: Path) -> dict[str, Any]:
    """Add places, and have the product tell where each stroke of their sheets goes."""
    with database.transaction() as session:
        rows = [
            {
                "code": f"p{at:012x}",
                "kind": ServicePointKind.ROOM,
                "name": f"{at % _ROOMS + 101}室",
                "full_name": f"东校区第{at // _ROOMS + 1}学生公寓{at % _ROOMS + 101}室",
                "label_number": f"GY-{at:05}",
            }
            for at in range(number)
        ]
        session.execute(insert(ServicePoint), rows)
    load_typeface(FONTS)
    layout = layout_named(LAYOUT)
    pages: list[list[Stroke]] = []
    with database.reading() as session:
        query = select(ServicePoint.id).where(ServicePoint.label_number.startswith("GY-"))
        ids = list(session.scalars(query.order_by(ServicePoint.id)))
        mark = print_mark.mark(session)
        sheets = PdfSheets(folder / "unused.pdf", page=layout.page, title="", mark=mark)
        side = code_side(Area(0, 0, *layout.face))
        for first in range(0, number, layout.per_page):
            some = drawn(session, ids[first : first + layout.per_page], app_id=APP_ID, base_url=BASE_URL)
            surface = Recorder(sheets, [one.link for one in some])
            draw_page(surface, layout, [piece_of(one, side=side) for one in some])
            pages.append(surface.strokes)
    return {"ids": ids, "pages": pages}


def _bulletin(database: Database, files: LocalFileStore, now: datetime) -> dict[str, Any]:
    """Write a bulletin of the last month with cases, and take it to pieces."""
    last = local_time(now).date().replace(day=1) - timedelta(days=1)
    with database.transaction() as session:
        staff = session.scalars(select(Staff).where(Staff.username == "desk")).one()
        written = bulletin_writing.create(
            session, Period(last.replace(day=1), last), painter=Painter(files, FONTS), staff=staff, now=now
        )
        for side in CaseSide:
            for one in bulletin_cases.suggestions(session, written, side, now=now)[:2]:
                number = one.complaint.number
                bulletin_writing.choose_case(session, written, number, side, staff=staff, now=now)
        session.flush()
        document = as_document(contents_of(session, written), files)
        return {"bulletin": written.id, "blocks": blocks_of(document)}


def _empty_office(folder: Path, places: int, now: datetime) -> dict[str, Any]:
    """Make an office without places, and the workbooks that are to be imported there."""
    database = Database(f"sqlite:///{folder}/empty.db")
    upgrade(database)
    with database.transaction() as session:
        seed_catalogue(session, now=now)
        admin = Staff(
            username="admin",
            name="管理员",
            post="系统管理员",
            password_hash="",
            created_at=now,
            role_rows=[StaffRole(role=Role.ADMIN)],
        )
        session.add(admin)
        session.flush()
        team = session.scalars(select(Team.name).order_by(Team.id)).first() or ""
        category = session.scalars(select(Category.name).order_by(Category.id)).first() or ""
        importer = admin.id
    database.wipe_log()
    database.close()
    for name, number in (("whole", places), ("tenth", places // 10)):
        _write_registry(folder / f"{name}.xlsx", number, team=team, category=category)
    return {"importer": importer, "whole": str(folder / "whole.xlsx"), "tenth": str(folder / "tenth.xlsx")}


def _write_registry(target: Path, number: int, *, team: str, category: str) -> None:
    book = xlsxwriter.Workbook(str(target))  # as Excel does, it keeps texts in a table of their own
    sheet = book.add_worksheet(SHEET)
    rows: list[tuple[str, ...]] = [tuple(COLUMNS), ("XQ", "", "", "东校区", "校区", *[""] * 6)]
    said = ("王建国（楼长）", "是", "每天清扫两次，报修当天到场。", "说到做到，接受监督。")
    for at in range(number - 1):
        house, room = divmod(at, _ROOMS)
        if room == 0:
            rows.append((f"L{house}", "XQ", "", f"第{house + 1}学生公寓", "楼宇", team, category, *said))
        else:
            name = f"{room + 100}室"
            rows.append((f"L{house}-{room}", f"L{house}", "", name, "房间", team, category, *said))
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(line, column, cell)
    book.close()
