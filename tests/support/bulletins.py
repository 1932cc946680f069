"""Bulletins in each of their states, with cases from the public board."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from domain import bulletin_approval, bulletin_writing
from domain.bulletin_charts import Painter
from domain.bulletin_figures import AreaLine, BulletinFigures, MatterLine, Number, RateLine, TeamLine
from domain.figure_periods import Period, Step
from domain.figure_rules import Figure, Rate
from domain.figure_times import Lasting
from domain.file_store import FileStore
from models.bulletin import Bulletin
from models.bulletin_words import CaseSide
from models.complaint import Complaint
from tests.support.factories import Office
from web import vendor

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 23))


def painter_in(files: FileStore) -> Painter:
    """Draw with the typeface of the pages."""
    return Painter(files, Path(vendor.TARGET) / "fonts")


def write_bulletin(
    session: Session, office: Office, files: FileStore, *, now: datetime, case: Complaint | None = None
) -> Bulletin:
    """Let the inspector write a draft of this November, with one good case."""
    by: Any = {"staff": office.inspector, "now": now}
    bulletin = bulletin_writing.create(session, NOVEMBER, painter=painter_in(files), **by)
    if case is not None:
        bulletin_writing.choose_case(session, bulletin, case.number, CaseSide.GOOD, **by)
    return bulletin


def publish_bulletin(session: Session, bulletin: Bulletin, office: Office, *, now: datetime) -> Bulletin:
    """Bring a draft out: submitted by the inspector, published by the leader."""
    if bulletin.submitted_by_id is None:
        bulletin_approval.submit(session, bulletin, confirmed=True, staff=office.inspector, now=now)
    bulletin_approval.publish(session, bulletin, staff=office.leader, now=now)
    return bulletin


def furnish_bulletins(
    session: Session, office: Office, files: FileStore, shared: Complaint, *, now: datetime
) -> dict[str, Any]:
    """Put up a draft, one that waits and one that is out, and give what their URLs take."""
    draft = write_bulletin(session, office, files, now=now, case=shared)
    waiting = write_bulletin(session, office, files, now=now)
    bulletin_approval.submit(session, waiting, staff=office.inspector, now=now)
    out = publish_bulletin(
        session, write_bulletin(session, office, files, now=now, case=shared), office, now=now
    )
    return {
        "bulletin_id": draft.id,
        "bulletin": out.code,
        "look": "light",
        "chart": "areas",
        **{
            f"admin_bulletins.{name}.bulletin_id": waiting.id
            for name in ("take_back", "send_back", "publish")
        },
        "admin_bulletins.withdraw.bulletin_id": out.id,
        "admin_bulletin_article.make.bulletin_id": out.id,
        "h5_bulletins.bulletin.code": out.code,
        "h5_bulletins.chart.code": out.code,
    }


# The twenty-third of November, at ten in the morning.
_TAKEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONG_NAME = "公寓管理与学生社区服务中心"


def bulletin_figures(**changes: Any) -> BulletinFigures:
    """Figures of a month, without asking any database."""
    lines = [
        RateLine("按时答复率", "", Rate(9, 10), Rate(16, 20)),
        RateLine("办结解决率", "", Rate(2, 3), Rate(0, 0)),
    ]
    lines += [
        RateLine("满意率", "", Rate(8, 10), Rate(8, 10)),
        RateLine("评价覆盖率", "", Rate(5, 10), Rate(6, 10)),
    ]
    values: dict[str, Any] = {
        "period": Period(date(2026, 10, 1), date(2026, 10, 31)),
        "compared": Period(date(2026, 9, 1), date(2026, 9, 30)),
        "compared_name": "上期",
        "taken_at": _TAKEN,
        "numbers": [Number(one, 12, 9) for one in Figure],
        "rates": lines,
        "answer": (Lasting(50, 90, 12), Lasting(40, 80, 11)),
        "done": (Lasting(300, 500, 12), Lasting(1, 2, 3)),
        "teams": [
            TeamLine("饮食服务中心", 20, (Rate(19, 20), Rate(9, 10), Rate(8, 10), Rate(10, 20)), Lasting()),
            TeamLine(
                "公寓管理与学生社区服务中心",
                14,
                (Rate(7, 14), Rate(1, 2), Rate(8, 10), Rate(2, 9)),
                Lasting(),
            ),
            TeamLine("校医院", 2, (Rate(1, 2), Rate(1, 2), Rate(1, 2), Rate(1, 2)), Lasting()),
            TeamLine("保卫处", 12, (Rate(0, 0), Rate(1, 2), Rate(1, 2), Rate(2, 12)), Lasting()),
        ],
        "areas": [AreaLine("食堂就餐", 8, 0), AreaLine("宿舍住宿", 4, 9)],
        "places": [],
        "step": Step.DAY,
        "trend": [("10-1", 0), ("10-2", 7), ("10-3", 5)],
        "matters": [MatterLine("B-2026-0001", "修好浴室", "热水", "", date(2026, 10, 9))],
    }
    return BulletinFigures(**(values | changes))
