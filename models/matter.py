"""Matters (事项): the lines of the ledger (台账), what was done to them, and who asks for what."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.category import Category
from models.complaint import Complaint
from models.enums import ActorKind, RequestState
from models.matter_words import (
    MatterKind,
    MatterRequestKind,
    MatterSource,
    MatterStatus,
    MatterStepName,
)
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team


class MatterTeam(Base):
    """A team that supports the responsible one (配合单位)."""

    __tablename__ = "matter_team"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, autoincrement=False)
    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id"), primary_key=True, autoincrement=False, index=True
    )


class MatterPlace(Base):
    """A service point that a matter is about."""

    __tablename__ = "matter_place"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, autoincrement=False)
    service_point_id: Mapped[int] = mapped_column(
        ForeignKey("service_point.id"), primary_key=True, autoincrement=False, index=True
    )


class Matter(Base):
    """One line of the ledger: what is to be done, by whom, until when, and where it stands.

    `status`, `revision` and `round` are written by `domain/matter_lifecycle.py` alone.
    """

    __tablename__ = "matter"
    __table_args__ = (
        CheckConstraint("number <> ''", name="number_not_empty"),
        CheckConstraint("title <> ''", name="title_not_empty"),
        CheckConstraint("round >= 1", name="round_from_one"),
        CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="closed_at_a_time"),
        CheckConstraint("status <> 'deferred' OR deferred_until IS NOT NULL", name="deferred_until_a_day"),
        CheckConstraint("blocked_at IS NULL OR blocked_reason <> ''", name="blocked_for_a_reason"),
        Index("ix_matter_status_deadline", "status", "deadline"),
        Index("ix_matter_team_id_status", "team_id", "status"),
        Index("ix_matter_public_status", "public", "status"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[MatterKind] = mapped_column(stored_enum(MatterKind, "kind"))
    source: Mapped[MatterSource] = mapped_column(stored_enum(MatterSource, "source"))
    source_words: Mapped[str] = mapped_column(
        String(100), default="", comment="which inspection, meeting or plan"
    )
    source_key: Mapped[str | None] = mapped_column(
        String(120), unique=True, comment="names the line of an imported table, for importing it again"
    )
    status: Mapped[MatterStatus] = mapped_column(stored_enum(MatterStatus, "status"))
    revision: Mapped[int] = mapped_column(default=1, comment="raised by every step; shows who was faster")
    round: Mapped[int] = mapped_column(default=1, comment="each relapse or refusal begins another")

    title: Mapped[str] = mapped_column(String(100))
    problem: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="", comment="the root cause")
    goal: Mapped[str] = mapped_column(Text, default="", comment="what it is accepted against")
    measures: Mapped[str] = mapped_column(Text, default="")
    phase: Mapped[str] = mapped_column(String(60), default="", comment="of a workplan")
    item: Mapped[str] = mapped_column(String(20), default="", comment="its number in a workplan")

    lead_staff_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"), index=True, comment="the leader who answers for it (牵头领导)"
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    start: Mapped[date | None]
    deadline: Mapped[date | None] = mapped_column(comment="its last day; none when there is no such day")
    deadline_words: Mapped[str] = mapped_column(
        String(40), default="", comment="as it was written, such as 长期"
    )

    public: Mapped[bool] = mapped_column(default=False)
    public_text: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None]

    listed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    watch_until: Mapped[datetime | None] = mapped_column(comment="end of the watch for a relapse")
    relapsed_at: Mapped[datetime | None] = mapped_column(comment="since when it is suspected to be back")
    relapse_cleared_at: Mapped[datetime | None] = mapped_column(
        comment="when a suspicion was found untrue; what came before counts no more"
    )
    deferred_until: Mapped[date | None]
    supervised_at: Mapped[datetime | None]
    supervised_until: Mapped[date | None] = mapped_column(comment="deadline set by a leader or inspector")
    supervised_told_for: Mapped[date | None] = mapped_column(comment="the supervised day whose end was told")
    blocked_at: Mapped[datetime | None] = mapped_column(comment="since when it cannot go on without help")
    blocked_reason: Mapped[str] = mapped_column(Text, default="", comment="what it is stuck on (难点堵点)")
    blocked_needs: Mapped[str] = mapped_column(Text, default="", comment="what is needed, and of whom")
    near_told_for: Mapped[date | None] = mapped_column(comment="the deadline that was reminded of")
    overdue_told_for: Mapped[date | None] = mapped_column(comment="the deadline whose end was told")

    lead_staff: Mapped[Staff | None] = relationship(foreign_keys=[lead_staff_id])
    team: Mapped[Team | None] = relationship()
    category: Mapped[Category | None] = relationship()
    supporting: Mapped[list[Team]] = relationship(secondary="matter_team", order_by="Team.id")
    places: Mapped[list[ServicePoint]] = relationship(
        secondary="matter_place", order_by="ServicePoint.full_name"
    )
    milestones: Mapped[list["MatterMilestone"]] = relationship(
        order_by="(MatterMilestone.position, MatterMilestone.id)",
        back_populates="matter",
        cascade="save-update, merge, refresh-expire",  # looking anew at a matter looks anew at these
    )
    requests: Mapped[list["MatterRequest"]] = relationship(
        order_by="MatterRequest.id",
        back_populates="matter",
        cascade="save-update, merge, refresh-expire",
    )

    # Each UPDATE says which revision it saw, so that even a forgotten lock overwrites nothing.
    __mapper_args__ = {"version_id_col": revision, "version_id_generator": False}  # noqa: RUF012 (read once)


class MatterEvent(Base):
    """What was done to a matter, by whom and with which words; never changed afterwards."""

    __tablename__ = "matter_event"
    __table_args__ = (
        CheckConstraint("round >= 1", name="round_from_one"),
        Index("ix_matter_event_matter_id_id", "matter_id", "id"),
        Index("ix_matter_event_staff_id_matter_id", "staff_id", "matter_id"),
    )

    id: Mapped[Id]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    at: Mapped[datetime]
    step: Mapped[MatterStepName] = mapped_column(stored_enum(MatterStepName, "step"))
    from_status: Mapped[MatterStatus | None] = mapped_column(stored_enum(MatterStatus, "from_status"))
    to_status: Mapped[MatterStatus] = mapped_column(stored_enum(MatterStatus, "to_status"))
    round: Mapped[int]
    actor_kind: Mapped[ActorKind] = mapped_column(stored_enum(ActorKind, "actor_kind"))
    actor_label: Mapped[str] = mapped_column(String(100), comment="who, by post, as the public reads it")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    words: Mapped[str] = mapped_column(Text, default="")
    public: Mapped[bool] = mapped_column(default=True, comment="false: for staff only")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    staff: Mapped[Staff | None] = relationship()


class MatterMilestone(Base):
    """A part of the work with a deadline and an acceptance of its own (节点)."""

    __tablename__ = "matter_milestone"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title_not_empty"),
        Index("ix_matter_milestone_matter_id_position", "matter_id", "position"),
    )

    id: Mapped[Id]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    deadline: Mapped[date | None] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    near_told_for: Mapped[date | None]
    overdue_told_for: Mapped[date | None]

    matter: Mapped[Matter] = relationship(back_populates="milestones")


class MatterRequest(Base):
    """A close-out, a deferral or a part done, that one member of staff asks for and another decides."""

    __tablename__ = "matter_request"
    __table_args__ = (
        CheckConstraint("decided_by_id <> requested_by_id", name="decided_by_another"),
        CheckConstraint(
            "state NOT IN ('granted', 'refused') OR decided_by_id IS NOT NULL", name="decided_by_somebody"
        ),
        CheckConstraint("kind <> 'milestone' OR milestone_id IS NOT NULL", name="milestone_is_named"),
        CheckConstraint("kind <> 'deferral' OR until IS NOT NULL", name="deferral_until_a_day"),
        Index("ix_matter_request_matter_id_state", "matter_id", "state"),
        Index(
            "ix_matter_request_waiting",
            "matter_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    kind: Mapped[MatterRequestKind] = mapped_column(stored_enum(MatterRequestKind, "kind"))
    state: Mapped[RequestState] = mapped_column(stored_enum(RequestState, "state"), default=RequestState.OPEN)
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("matter_milestone.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, comment="what was done, or why it has to wait")
    until: Mapped[date | None] = mapped_column(comment="promised day of a deferral")
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]

    matter: Mapped[Matter] = relationship(back_populates="requests")
    milestone: Mapped[MatterMilestone | None] = relationship()
    requested_by: Mapped[Staff] = relationship(foreign_keys=[requested_by_id])


class MatterComplaint(Base):
    """A complaint that became part of a matter; who raised or follows it hears how that goes."""

    __tablename__ = "matter_complaint"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False, index=True
    )
    linked_at: Mapped[datetime]

    complaint: Mapped[Complaint] = relationship()


class MatterFollower(Base):
    """Somebody who wants to hear how a matter goes."""

    __tablename__ = "matter_follower"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False, index=True
    )
    since: Mapped[datetime]


class MatterVote(Base):
    """Somebody who says that a matter is wanted; one each."""

    __tablename__ = "matter_vote"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]
