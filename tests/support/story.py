"""An office in one transaction and a clock moved by hand, so that tests of the rules read as stories."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.actors import CLOCK, Actor
from domain.acts import Act
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus, NoticeKind, TimerKind
from models.notice import Notice
from models.person import Person
from models.staff import Staff
from models.timer import Timer
from tests.support.factories import Factory, Office


def shanghai(text: str) -> datetime:
    """The moment of a wall clock in Shanghai: 2026-11-23 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def wall(moment: datetime | None) -> str:
    """A moment as the wall clock shows it: 11-23 10:00; empty for none."""
    return "" if moment is None else f"{moment.astimezone(LOCAL):%m-%d %H:%M}"


@dataclass
class Story:
    """What happens in one office; `now` is Monday 23 November 2026, 10:00 until it is moved."""

    session: Session
    factory: Factory
    office: Office
    now: datetime

    def later(self, **lengths: float) -> None:
        """Let time pass."""
        self.now += timedelta(**lengths)

    def at(self, text: str) -> None:
        """Go to a moment of the wall clock: 2026-11-24 09:30."""
        self.now = shanghai(text)

    def by(self, who: Staff | Person | None = None, *, seen: int | None = None) -> Act:
        """Who acts now; nobody is the clock."""
        if isinstance(who, Staff):
            actor = Actor.of_staff(who)
        else:
            actor = CLOCK if who is None else Actor.of_person(who)
        return {"actor": actor, "now": self.now, "seen": seen}

    def complaint(self, status: ComplaintStatus = ComplaintStatus.SUBMITTED, **changes: Any) -> Complaint:
        """A complaint of the student that stands where it is wanted."""
        return self.factory.complaint(self.session, self.office, status, now=self.now, **changes)

    def joined_by_friend(self, complaint: Complaint) -> None:
        """Let the friend follow a complaint."""
        row = ComplaintFollower(complaint_id=complaint.id, person_id=self.office.friend.id, since=self.now)
        self.session.add(row)
        self.session.flush()

    def photo(self, kind: AttachmentKind = AttachmentKind.PHOTO) -> Attachment:
        """A file that is stored."""
        return Attachment(kind=kind, state=AttachmentState.STORED, created_at=self.now, file_key="a.jpg")

    def notices(self, event: ComplaintEvent) -> list[Notice]:
        """All notices about an event."""
        about = select(Notice).where(Notice.key.contains(f"event:{event.id}:", autoescape=True))
        reminders = select(Notice).where(Notice.key.regexp_match(f"^timer:[0-9]+:{event.id}:"))
        return [*self.session.scalars(about.order_by(Notice.id)), *self.session.scalars(reminders)]

    def told(self, event: ComplaintEvent) -> dict[str, str]:
        """Who heard of an event, by the office's names, with the kind of their notice."""
        told: dict[str, str] = {}
        for notice in self.notices(event):
            name = self.name_of(notice.staff_id, notice.person_id)
            assert name not in told, f"{name} heard of one event twice"
            told[name] = NoticeKind(notice.kind).value
        return told

    def name_of(self, staff_id: int | None, person_id: int | None) -> str:
        """The name in the office of a member of staff or a person."""
        for field in fields(self.office):
            value = getattr(self.office, field.name)
            if isinstance(value, Staff) and value.id == staff_id:
                return field.name
            if isinstance(value, Person) and value.id == person_id:
                return field.name
        return f"staff {staff_id}" if staff_id is not None else f"person {person_id}"

    def timers(self, complaint: Complaint) -> dict[str, str]:
        """What is to fall due on a complaint, and when by the wall clock."""
        rows = self.session.scalars(
            select(Timer).where(Timer.complaint_id == complaint.id, Timer.fired_at.is_(None))
        )
        return {TimerKind(row.kind).value: wall(row.due_at) for row in rows}

    def timer(self, complaint: Complaint, kind: TimerKind) -> Timer:
        """The timer of this kind in the present round."""
        query = select(Timer).where(
            Timer.complaint_id == complaint.id, Timer.kind == kind, Timer.round == complaint.round
        )
        return self.session.scalars(query).one()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same time, each in a thread; give what each returned, or the error it raised."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
