"""Bulletins of the invented university: the last two months, published, and a draft of this one."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.children import ROOT
from domain import bulletin_approval, bulletin_cases, bulletin_writing
from domain.bulletin_charts import Painter
from domain.bulletins import Deed
from domain.figure_periods import Period
from domain.file_store import FileStore
from domain.working_time import LOCAL, local_time
from models.bulletin import Bulletin
from models.bulletin_words import CaseSide
from models.enums import Role
from models.staff import Staff, StaffRole

_FONTS = ROOT / "web" / "static" / "vendor" / "fonts"
_MOST = 2
# What the office says of a case, by what made it one.
_COMMENTS = {
    "重办": "第一次只做了表面处理，没有找到原因就办结，被退回后才修好，请责任单位引以为戒。",
    "超期": "超期没有事先说明，也没有申请延期，请责任单位说明原因。",
    "办结": "接单就联系、一次办到位，办完请诉求人当面看过，值得各单位学习。",
}


def seed_bulletins(session: Session, *, file_store: FileStore, now: datetime) -> None:
    """Let the office tell of the last two months, and begin with the present one.

    Args:
        session: of the university that `seed_demo` filled.
    """
    painter = Painter(file_store, _FONTS)
    writer, publisher = (_first(session, role) for role in (Role.DISPATCHER, Role.LEADER))
    first = local_time(now).date().replace(day=1)
    months = [_month_before(_month_before(first).first), _month_before(first)]
    for period in months:
        # On the second day of the month that follows, at ten.
        day = period.last + timedelta(days=2)
        moment = min(datetime.combine(day, time(10), LOCAL), now)
        bulletin = _written(session, period, painter, {"staff": writer, "now": moment})
        bulletin_approval.submit(session, bulletin, confirmed=True, staff=writer, now=moment)
        moment = min(moment + timedelta(hours=5), now)
        bulletin_approval.publish(session, bulletin, staff=publisher, now=moment)
    _written(session, Period(first, local_time(now).date()), painter, {"staff": writer, "now": now})


def _first(session: Session, role: Role) -> Staff:
    query = select(Staff).join(StaffRole).where(StaffRole.role == role).order_by(Staff.id)
    return session.scalars(query.limit(1)).one()


def _month_before(first: date) -> Period:
    last = first - timedelta(days=1)
    return Period(last.replace(day=1), last)


def _written(session: Session, period: Period, painter: Painter, deed: Deed) -> Bulletin:
    staff, now = deed["staff"], deed["now"]
    bulletin = bulletin_writing.create(session, period, painter=painter, staff=staff, now=now)
    for side in CaseSide:
        found = bulletin_cases.suggestions(session, bulletin, side, now=now)[:_MOST]
        for one in found:
            bulletin_writing.choose_case(session, bulletin, one.complaint.number, side, **deed)
            said = (words for reason, words in _COMMENTS.items() if reason in one.reason)
            bulletin.cases[-1].comment = next(said, "")
    session.flush()
    return bulletin
