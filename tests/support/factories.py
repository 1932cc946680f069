"""Makes the things tests need, with names that tell what they are for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import complaints
from domain.actors import Actor
from models.base import Base
from models.category import Category
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind, ComplaintStatus, Outcome, Role, ServicePointKind
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team
from tests.support.quick_passwords import QUICK_HASHER

PASSWORD = "correct-horse-8-staple"
# One cheap hash for all: tests of signing in are about the door, not about the cost of the lock.
_PASSWORD_HASH = QUICK_HASHER.hash(PASSWORD)


@dataclass
class Office:
    """A small office in which every role is played by somebody.

    `canteen` is answered for by `team`; `hall` by nobody, so that the desk has to assign.
    `outsider` handles for `other_team`; `student` raises, `friend` is somebody else.
    """

    team: Team
    other_team: Team
    category: Category
    canteen: ServicePoint
    hall: ServicePoint
    handler: Staff
    colleague: Staff
    lead: Staff
    outsider: Staff
    dispatcher: Staff
    second_dispatcher: Staff
    leader: Staff
    inspector: Staff
    admin: Staff
    student: Person
    friend: Person


@dataclass
class Factory:
    """Makes rows in a session; everything it made is flushed and has an id."""

    now: datetime
    made: int = field(default=0)
    _together: bool = False

    def _next(self) -> int:
        self.made += 1
        return self.made

    def _put(self, session: Session, thing: Base) -> None:
        session.add(thing)
        if not self._together:
            session.flush()

    def team(self, session: Session, name: str = "") -> Team:
        """A team, by default with a name of its own."""
        team = Team(name=name or f"第{self._next()}服务中心")
        self._put(session, team)
        return team

    def category(
        self, session: Session, code: str = "", *, team: Team | None = None, **changes: Any
    ) -> Category:
        """A category with the default limits."""
        limits = catalogue().limits
        values: dict[str, Any] = {
            "name": f"类别{self._next()}",
            "dispatch_minutes": limits.dispatch_minutes,
            "answer_minutes": limits.answer_minutes,
            "ordinary_days": limits.ordinary_days,
            "complex_days": limits.complex_days,
            "very_complex_days": limits.very_complex_days,
        }
        category = Category(code=code or f"category-{self._next()}", team=team, **(values | changes))
        self._put(session, category)
        return category

    def place(
        self,
        session: Session,
        name: str = "",
        *,
        team: Team | None = None,
        parent: ServicePoint | None = None,
    ) -> ServicePoint:
        """A service point; its code is `place-<n>`."""
        number = self._next()
        name = name or f"服务点{number}"
        point = ServicePoint(
            code=f"place-{number}",
            kind=ServicePointKind.WINDOW,
            name=name,
            full_name=f"{parent.full_name} {name}" if parent else name,
            team=team,
            parent_id=parent.id if parent else None,
        )
        self._put(session, point)
        return point

    def person(self, session: Session, openid: str = "") -> Person:
        """Somebody who follows the account."""
        person = Person(
            openid=openid or f"oTest{self._next():023d}", created_at=self.now, followed_at=self.now
        )
        self._put(session, person)
        return person

    def staff(self, session: Session, *roles: Role, team: Team | None = None, username: str = "") -> Staff:
        """A member of staff whose password is PASSWORD."""
        number = self._next()
        staff = Staff(
            username=username or f"staff{number}",
            name=f"职工{number}",
            post=roles[0].label if roles else "职员",
            password_hash=_PASSWORD_HASH,
            team=team,
            created_at=self.now,
            role_rows=[StaffRole(role=role) for role in roles],
        )
        self._put(session, staff)
        return staff

    def office(self, session: Session) -> Office:
        """The small office, whole; nearly every test has one, so it is written at one go."""
        self._together = True
        with session.no_autoflush:
            office = self._office(session)
        session.flush()
        self._together = False
        return office

    def _office(self, session: Session) -> Office:
        team, other_team = self.team(session, "饮食服务中心"), self.team(session, "维修服务中心")
        category = self.category(session, "other", name="其他")
        return Office(
            team=team,
            other_team=other_team,
            category=category,
            canteen=self.place(session, "一食堂 3 号窗口", team=team),
            hall=self.place(session, "图书馆大厅"),
            handler=self.staff(session, Role.HANDLER, team=team, username="handler"),
            colleague=self.staff(session, Role.HANDLER, team=team, username="colleague"),
            lead=self.staff(session, Role.LEAD, team=team, username="lead"),
            outsider=self.staff(session, Role.HANDLER, team=other_team, username="outsider"),
            dispatcher=self.staff(session, Role.DISPATCHER, username="dispatcher"),
            second_dispatcher=self.staff(session, Role.DISPATCHER, username="dispatcher2"),
            leader=self.staff(session, Role.LEADER, username="leader"),
            inspector=self.staff(session, Role.INSPECTOR, username="inspector"),
            admin=self.staff(session, Role.ADMIN, username="admin"),
            student=self.person(session, "oTestStudent0000000000000001"),
            friend=self.person(session, "oTestFriend00000000000000002"),
        )

    def complaint(
        self,
        session: Session,
        office: Office,
        status: ComplaintStatus = ComplaintStatus.SUBMITTED,
        *,
        now: datetime | None = None,
        **changes: Any,
    ) -> Complaint:
        """A complaint of the student, brought to the status by the verbs that people use."""
        now = now or self.now
        values: dict[str, Any] = {
            "text": "饭菜是凉的，窗口排队太久",
            "channel": Channel.WECHAT,
            "kind": ComplaintKind.COMPLAINT,
            "reporter": office.student,
        }
        complaint = complaints.submit(session, complaints.Submission(**(values | changes)), now=now)
        self.bring_to(session, office, complaint, status, now=now)
        return complaint

    def bring_to(
        self,
        session: Session,
        office: Office,
        complaint: Complaint,
        status: ComplaintStatus,
        *,
        now: datetime,
    ) -> None:
        """Take a submitted complaint to a status by the shortest way there is."""
        desk, second = Actor.of_staff(office.dispatcher), Actor.of_staff(office.second_dispatcher)
        handler, lead = Actor.of_staff(office.handler), Actor.of_staff(office.lead)
        student = Actor.of_person(office.student)
        if status is ComplaintStatus.SUBMITTED:
            return
        if status is ComplaintStatus.WITHDRAWN:
            complaints.withdraw(session, complaint, actor=student, now=now)
            return
        if status is ComplaintStatus.REJECTED:
            reason = catalogue().rejection.reasons[0]
            complaints.request_rejection(session, complaint, reason=reason, actor=desk, now=now)
            complaints.confirm_rejection(session, complaint, actor=second, now=now)
            return
        if status is ComplaintStatus.MERGED:
            main = self.complaint(session, office, now=now)
            complaints.merge(session, complaint, into=main, actor=desk, now=now)
            return
        if complaint.status is ComplaintStatus.SUBMITTED:
            complaints.assign(session, complaint, team=office.team, actor=desk, now=now)
        if status is ComplaintStatus.ASSIGNED:
            return
        complaints.accept(session, complaint, actor=handler, now=now)
        if status is ComplaintStatus.WAITING:
            complaints.ask(session, complaint, words="请问是哪一天？", actor=handler, now=now)
        elif status is ComplaintStatus.DEFERRED:
            until = now + timedelta(days=20)
            complaints.request_deferral(
                session, complaint, reason="等待配件", until=until, actor=handler, now=now
            )
            complaints.approve_deferral(session, complaint, actor=lead, now=now)
        elif status in {ComplaintStatus.RESOLVED, ComplaintStatus.CLOSED}:
            complaints.resolve(
                session,
                complaint,
                words="已更换保温设备",
                outcome=Outcome.SOLVED,
                no_photo_reason="不涉及设施",
                actor=handler,
                now=now,
            )
            if status is ComplaintStatus.CLOSED:
                complaints.rate(session, complaint, solved=True, stars=5, actor=student, now=now)
