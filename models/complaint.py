"""Complaints (诉求), their followers, and what staff ask each other about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.category import Category
from models.enums import (
    ActorKind,
    Channel,
    Closing,
    ComplaintKind,
    ComplaintStatus,
    Complexity,
    Outcome,
    RequestKind,
    RequestState,
    StepName,
)
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

# Word for word what `domain/filters.py: is_open` asks, so that SQLite knows the indexes of what is open.
_OPEN = "status IN ('assigned', 'deferred', 'in_progress', 'submitted', 'waiting')"
_PUBLISHED = "published_at IS NOT NULL"
_NEXT_FIRST = ("urgent", "done_due_at", "id")


def _partial(name: str, *columns: str, where: str) -> Index:
    """Make an index of some rows only."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Complaint(Base):
    """One thing a person raised, with where it stands and when it is due.

    `status`, `revision` and what goes with a change of status are written by `domain/lifecycle.py` alone;
    the due times by `domain/deadlines.py`, computed from the events.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("number <> ''", name="number_not_empty"),
        CheckConstraint("round >= 1", name="round_from_one"),
        CheckConstraint("reopen_count >= 0 AND transfer_count >= 0", name="counts_not_negative"),
        CheckConstraint("last_stars BETWEEN 1 AND 5", name="last_stars_one_to_five"),
        CheckConstraint("status <> 'merged' OR merged_into_id IS NOT NULL", name="merged_into_something"),
        CheckConstraint("status <> 'deferred' OR deferred_until IS NOT NULL", name="deferred_until_a_time"),
        CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="closed_at_a_time"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        Index("ix_complaint_status_filed_at", "status", "filed_at"),
        Index("ix_complaint_team_id_status_done_due_at", "team_id", "status", "done_due_at"),
        Index("ix_complaint_status_done_due_at", "status", "done_due_at"),
        Index("ix_complaint_reporter_id_filed_at", "reporter_id", "filed_at"),
        Index("ix_complaint_service_point_id_filed_at", "service_point_id", "filed_at"),
        Index("ix_complaint_category_id_filed_at", "category_id", "filed_at"),
        Index("ix_complaint_handler_id_filed_at", "handler_id", "filed_at"),
        Index("ix_complaint_team_id_filed_at", "team_id", "filed_at"),
        Index("ix_complaint_filed_at_id", "filed_at", "id"),
        Index("ix_complaint_last_stars_filed_at", "last_stars", "filed_at"),
        _partial("ix_complaint_reopened", "filed_at", where="reopen_count > 0"),
        # Lists of a large office are read in their order from these, and never sorted as a whole.
        _partial("ix_complaint_reopened_most", "reopen_count", "filed_at", "id", where="reopen_count > 0"),
        _partial("ix_complaint_open", *_NEXT_FIRST, where=_OPEN),
        _partial("ix_complaint_open_of_team", "team_id", *_NEXT_FIRST, where=_OPEN),
        # The status leads, though it is the same in all of them: SQLite has no statistics, and prefers any
        # index that begins with what is asked for to one in the order that is wanted.
        _partial(
            "ix_complaint_deferred_until", "status", "deferred_until", "id", where="status = 'deferred'"
        ),
        _partial("ix_complaint_rejected", "status", "closed_at", "id", where="status = 'rejected'"),
        Index("ix_complaint_resolved_at", "resolved_at"),
        _partial("ix_complaint_published_at", "published_at", where=_PUBLISHED),
        _partial("ix_complaint_published_place", "service_point_id", "published_at", where=_PUBLISHED),
        _partial("ix_complaint_published_category", "category_id", "published_at", where=_PUBLISHED),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[ComplaintKind] = mapped_column(stored_enum(ComplaintKind, "kind"))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel, "channel"))
    status: Mapped[ComplaintStatus] = mapped_column(stored_enum(ComplaintStatus, "status"))
    revision: Mapped[int] = mapped_column(default=1, comment="raised by every step; shows who was faster")
    text: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"))
    place_text: Mapped[str] = mapped_column(
        String(200), default="", comment="the place in the person's own words"
    )
    urgent: Mapped[bool] = mapped_column(default=False)
    complexity: Mapped[Complexity] = mapped_column(
        stored_enum(Complexity, "complexity"), default=Complexity.ORDINARY
    )

    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    anonymous: Mapped[bool] = mapped_column(default=False, comment="staff never see who it is")
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(
        String(40), default="", comment="shown only to the team at work"
    )
    recorded_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"), comment="staff who filed on behalf"
    )
    submission_key: Mapped[str | None] = mapped_column(
        String(80), unique=True, comment="makes submitting idempotent"
    )

    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    filed_at: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1, comment="each redo (重办) is a round of its own")
    first_answered_at: Mapped[datetime | None] = mapped_column(comment="first answer by a human, this round")
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closing: Mapped[Closing | None] = mapped_column(stored_enum(Closing, "closing"))
    outcome: Mapped[Outcome | None] = mapped_column(stored_enum(Outcome, "outcome"))
    rejection_reason: Mapped[str] = mapped_column(String(100), default="")
    resume_status: Mapped[ComplaintStatus | None] = mapped_column(
        stored_enum(ComplaintStatus, "resume_status"), comment="where WAITING and DEFERRED go back to"
    )
    deferred_until: Mapped[datetime | None]
    supervised_until: Mapped[datetime | None] = mapped_column(comment="deadline set by a leader or inspector")
    supervised_at: Mapped[datetime | None]
    last_urged_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    transfer_count: Mapped[int] = mapped_column(default=0)
    last_stars: Mapped[int | None] = mapped_column()
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)
    earlier_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id"), index=True, comment="the closed one this repeats"
    )

    public_text: Mapped[str] = mapped_column(Text, default="")
    public_answer: Mapped[str] = mapped_column(Text, default="", comment="the answer as edited for all")
    published_at: Mapped[datetime | None]
    held: Mapped[bool] = mapped_column(
        default=False,
        server_default=false(),
        comment="its words wait for the check of their content, or for staff",
    )

    dispatch_due_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    done_due_at: Mapped[datetime | None] = mapped_column(index=True)
    near_due_at: Mapped[datetime | None]

    category: Mapped[Category] = relationship()
    service_point: Mapped[ServicePoint | None] = relationship()
    team: Mapped[Team | None] = relationship()
    reporter: Mapped[Person | None] = relationship()
    handler: Mapped[Staff | None] = relationship(foreign_keys=[handler_id])
    recorded_by: Mapped[Staff | None] = relationship(foreign_keys=[recorded_by_id])
    merged_into: Mapped["Complaint | None"] = relationship(
        foreign_keys=[merged_into_id], remote_side="Complaint.id"
    )
    events: Mapped[list["ComplaintEvent"]] = relationship(
        order_by="ComplaintEvent.id", back_populates="complaint", viewonly=True
    )
    requests: Mapped[list["ComplaintRequest"]] = relationship(
        order_by="ComplaintRequest.id",
        back_populates="complaint",
        cascade="save-update, merge, refresh-expire",  # looking anew at a complaint looks anew at these
    )

    # Each UPDATE says which revision it saw, so that even a forgotten lock overwrites nothing.
    __mapper_args__ = {"version_id_col": revision, "version_id_generator": False}  # noqa: RUF012 (read once)


class ComplaintEvent(Base):
    """What was done to a complaint, by whom and with which words; never changed afterwards."""

    __tablename__ = "complaint_event"
    __table_args__ = (
        CheckConstraint("round >= 1", name="round_from_one"),
        Index("ix_complaint_event_complaint_id_id", "complaint_id", "id"),
        Index("ix_complaint_event_staff_id_complaint_id", "staff_id", "complaint_id"),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    at: Mapped[datetime]
    step: Mapped[StepName] = mapped_column(stored_enum(StepName, "step"))
    from_status: Mapped[ComplaintStatus | None] = mapped_column(stored_enum(ComplaintStatus, "from_status"))
    to_status: Mapped[ComplaintStatus] = mapped_column(stored_enum(ComplaintStatus, "to_status"))
    round: Mapped[int]
    actor_kind: Mapped[ActorKind] = mapped_column(stored_enum(ActorKind, "actor_kind"))
    actor_label: Mapped[str] = mapped_column(String(100), comment="who, by post, as the public reads it")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(Text, default="")
    public: Mapped[bool] = mapped_column(default=True, comment="false: for staff only")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    hidden_reason: Mapped[str] = mapped_column(
        String(100), default="", comment="why the words are shown no longer"
    )

    complaint: Mapped[Complaint] = relationship(back_populates="events")
    staff: Mapped[Staff | None] = relationship()


class ComplaintFollower(Base):
    """Somebody who met the same (我也遇到了) and hears what the reporter hears."""

    __tablename__ = "complaint_follower"

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False, index=True
    )
    since: Mapped[datetime]
    met: Mapped[bool] = mapped_column(default=True, comment="false: only wants to know (关注)")


class ComplaintRequest(Base):
    """A transfer, deferral or refusal that one member of staff asks for and another decides (申请)."""

    __tablename__ = "complaint_request"
    __table_args__ = (
        CheckConstraint("decided_by_id <> requested_by_id", name="decided_by_another"),
        CheckConstraint(
            "state NOT IN ('granted', 'refused') OR decided_by_id IS NOT NULL", name="decided_by_somebody"
        ),
        Index("ix_complaint_request_complaint_id_state", "complaint_id", "state"),
        Index(
            "ix_complaint_request_waiting",
            "complaint_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    kind: Mapped[RequestKind] = mapped_column(stored_enum(RequestKind, "kind"))
    state: Mapped[RequestState] = mapped_column(stored_enum(RequestState, "state"), default=RequestState.OPEN)
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    until: Mapped[datetime | None] = mapped_column(comment="promised date of a deferral")
    to_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), comment="wished team of a transfer")

    complaint: Mapped[Complaint] = relationship(back_populates="requests")
    requested_by: Mapped[Staff] = relationship(foreign_keys=[requested_by_id])
    to_team: Mapped[Team | None] = relationship()


class ComplaintLink(Base):
    """Two complaints that belong together without being the same (相关诉求)."""

    __tablename__ = "complaint_link"
    __table_args__ = (CheckConstraint("complaint_id < other_id", name="smaller_first"),)

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False, index=True
    )
    note: Mapped[str] = mapped_column(String(100), default="")
    linked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    linked_at: Mapped[datetime]


class NumberCounter(Base):
    """The last number given out on a day."""

    __tablename__ = "number_counter"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[Id]
    day: Mapped[str] = mapped_column(String(10))
    last: Mapped[int]
