"""The outbox as a test sees it: notices go in and come out at a time that is moved by hand."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from domain import deliveries, outbox
from domain.ports import Delivery, Letter
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from models.staff import Staff
from tests.support.factories import Office

BASE = "https://logistics.example.edu.cn/"


class Desk:
    """Puts notices into the outbox and takes them out, at a time that is moved by hand."""

    def __init__(self, database: Database, office: Office, now: datetime) -> None:
        self.database = database
        self.office = office
        self.now = now
        self.made = 0

    def queue(self, **changes: Any) -> int:
        self.made += 1
        values: dict[str, Any] = {
            "key": f"event:{self.made}:person:{self.office.student.id}",
            "kind": NoticeKind.ANSWERED,
            "person_id": self.office.student.id,
            "title": "诉求有新进展",
            "body": "维修人员已出发",
            "fields": {"number": "2026-1123-0001"},
            "path": "/h5/complaints/2026-1123-0001",
            "created_at": self.now,
            "due_at": self.now,
            "state": NoticeState.PENDING,
        }
        with self.database.transaction() as session:
            notice = Notice(**(values | changes))
            session.add(notice)
            session.flush()
            return notice.id

    def open_window(self, *, remaining: int = 5, seconds: float = 3600) -> None:
        with self.database.transaction() as session:
            session.merge(
                ServiceWindow(
                    person_id=self.office.student.id,
                    closes_at=self.now + timedelta(seconds=seconds),
                    remaining=remaining,
                )
            )

    def claim(self, worker: str = "w1") -> outbox.Claim | None:
        with self.database.transaction() as session:
            return outbox.claim(session, worker=worker, now=self.now, base_url=BASE)

    def letter(self, worker: str = "w1") -> Letter:
        claim = self.claim(worker)
        assert claim is not None
        assert claim.letter is not None
        return claim.letter

    def record(self, letter: Letter, delivery: Delivery) -> Letter | None:
        with self.database.transaction() as session:
            return deliveries.record(session, letter, delivery, now=self.now)

    def notice(self, notice_id: int) -> Notice:
        with self.database.reading() as session:
            return session.get_one(Notice, notice_id)

    def attempts(self, notice_id: int) -> list[tuple[NoticeChannel, int | None]]:
        with self.database.reading() as session:
            query = (
                select(NoticeAttempt).where(NoticeAttempt.notice_id == notice_id).order_by(NoticeAttempt.id)
            )
            return [(attempt.channel, attempt.code) for attempt in session.scalars(query)]

    def window(self) -> ServiceWindow:
        with self.database.reading() as session:
            return session.get_one(ServiceWindow, self.office.student.id)

    def change(self, thing: Person | Staff, **values: object) -> None:
        with self.database.transaction() as session:
            found = session.merge(thing)
            for name, value in values.items():
                setattr(found, name, value)
