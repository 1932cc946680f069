"""A connected system of the invented university: a hot line of the city, and what it passed on."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import complaints, connected_reports, connected_systems
from domain.actors import Actor
from domain.connected_reports import Report
from domain.connected_systems import Rights
from models.category import Category
from models.enums import Role
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole

_NAME = "江畔市 12345 热线"
_CONTACT = "信息科 郑老师 0571-88885678"
# Where, what, and how long ago; the first has been looked after.
_PASSED_ON = (
    ("一食堂", "市民来电：周末在一食堂吃饭，餐盘回收处的地面有积水，差点滑倒。", timedelta(days=1, hours=2)),
    ("后勤服务大厅", "市民来电：大厅门口的无障碍坡道停了电动车，轮椅上不去。", timedelta(minutes=25)),
)
_ANSWER = "已安排保洁每半小时巡查一次，积水的地漏下午疏通。"


def seed_connected(session: Session, *, now: datetime) -> None:
    """Add the hot line, and let it pass on what citizens said; it is told nothing, as nobody listens.

    Args:
        session: of the university that `seed_demo` filled.
    """
    admin = session.scalars(select(Staff).where(Staff.username == "admin")).one()
    rights = Rights(read=True, submit=True, hook=False)
    system, _ = connected_systems.add(
        session, name=_NAME, contact=_CONTACT, rights=rights, staff=admin, now=now - timedelta(days=20)
    )
    category = session.scalars(
        select(Category.code).where(Category.active).order_by(Category.position)
    ).first()
    for place_name, words, ago in _PASSED_ON:
        place = session.scalars(select(ServicePoint).where(ServicePoint.full_name == place_name)).one()
        report = Report(
            service_code=place.category.code if place.category is not None else str(category),
            description=words,
            place_code=place.code,
        )
        filed = connected_reports.file(session, system, report, key="", now=now - ago)
        if ago > timedelta(days=1) and filed.team_id is not None:
            handler = session.scalars(
                select(Staff)
                .where(Staff.team_id == filed.team_id, Staff.active)
                .where(Staff.role_rows.any(StaffRole.role == Role.HANDLER))
                .order_by(Staff.id)
            ).first()
            if handler is not None:
                by = Actor.of_staff(handler)
                complaints.accept(session, filed, actor=by, now=now - ago + timedelta(minutes=12))
                complaints.reply(
                    session, filed, words=_ANSWER, actor=by, now=now - ago + timedelta(minutes=50)
                )
    connected_systems.touch(session, system, now=now - timedelta(minutes=25))
