"""Scheduled pushes (推送): when what is told to whom, and each time it was."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.push_words import DaysOff, MissedRule, PushKind, PushState, WhenKind
from models.staff import Staff

_ONE_REMINDER = text("kind = 'survey_reminder' AND state IN ('waiting', 'running', 'done')")


class PushSchedule(Base):
    """A push that comes back by itself; its times are worked out by `domain/push_times.py`."""

    __tablename__ = "push_schedule"
    __table_args__ = (
        CheckConstraint("when_kind <> 'once' OR day IS NOT NULL", name="once_on_a_day"),
        CheckConstraint("confirmed_by_id <> changed_by_id", name="confirmed_by_another"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(40))
    kind: Mapped[PushKind] = mapped_column(stored_enum(PushKind, "kind"))
    subject: Mapped[str] = mapped_column(String(40), default="", comment="which matter, survey or bulletin")
    when_kind: Mapped[WhenKind] = mapped_column(stored_enum(WhenKind, "when_kind"))
    at: Mapped[time] = mapped_column(comment="local time")
    days: Mapped[list[int]] = mapped_column(
        JSON, default=list, comment="Monday is 1; of a month, 0 is its last day"
    )
    day: Mapped[date | None] = mapped_column(comment="of a push that comes once")
    days_off: Mapped[DaysOff] = mapped_column(stored_enum(DaysOff, "days_off"), default=DaysOff.KEEP)
    missed: Mapped[MissedRule] = mapped_column(stored_enum(MissedRule, "missed"), default=MissedRule.ONCE)
    automatic: Mapped[bool] = mapped_column(
        default=False, comment="is to go out without an approval each time"
    )
    confirmed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"), comment="who let it go out to people by itself"
    )
    paused: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None]
    seen_until: Mapped[datetime] = mapped_column(comment="up to then, all times were made into runs")
    created_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]

    changed_by: Mapped[Staff] = relationship(foreign_keys=[changed_by_id])
    confirmed_by: Mapped[Staff | None] = relationship(foreign_keys=[confirmed_by_id])


class PushRun(Base):
    """One push: what it says, who let it go, and how far it has come.

    The recipients stand in the outbox (`Notice.push_run_id`); `cursor` is the last one written there, in one
    transaction with them, so that whoever takes over goes on exactly behind it.
    """

    __tablename__ = "push_run"
    __table_args__ = (
        CheckConstraint("approved_by_id <> created_by_id", name="approved_by_another"),
        CheckConstraint(
            "state NOT IN ('running', 'done') OR automatic OR approved_by_id IS NOT NULL",
            name="out_only_approved",
        ),
        CheckConstraint("state IN ('waiting', 'running') OR finished_at IS NOT NULL", name="over_at_a_time"),
        UniqueConstraint("schedule_id", "due_at"),
        Index(
            "uq_push_run_one_reminder",
            "subject",
            unique=True,
            sqlite_where=_ONE_REMINDER,
            postgresql_where=_ONE_REMINDER,
        ),
        Index("ix_push_run_state_id", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True, comment="in the address of its page")
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("push_schedule.id"))
    due_at: Mapped[datetime]
    kind: Mapped[PushKind] = mapped_column(stored_enum(PushKind, "kind"))
    subject: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[PushState] = mapped_column(stored_enum(PushState, "state"))
    automatic: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text, default="", comment="as it was when it was approved")
    path: Mapped[str] = mapped_column(String(200), default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="what a template may show")
    sections: Mapped[list[Any]] = mapped_column(JSON, default=list, comment="of its page, where it has one")
    remark: Mapped[str] = mapped_column(String(300), default="", comment="why it is late, or did not go out")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), comment="who called it off")
    started_at: Mapped[datetime | None]
    cursor: Mapped[int] = mapped_column(default=0, comment="id of the last recipient in the outbox")
    eligible: Mapped[int] = mapped_column(default=0, comment="recipients in the outbox")
    written_at: Mapped[datetime | None] = mapped_column(comment="since then, all are in the outbox")
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="how it ended")

    schedule: Mapped[PushSchedule | None] = relationship()
    created_by: Mapped[Staff | None] = relationship(foreign_keys=[created_by_id])
    approved_by: Mapped[Staff | None] = relationship(foreign_keys=[approved_by_id])
    ended_by: Mapped[Staff | None] = relationship(foreign_keys=[ended_by_id])
