"""Appraisal (考核): terms, what is entered in them, peer review, and pioneer posts (党员先锋岗).

Who gave which mark in a peer review is kept nowhere: `peer_rater` says who handed in, `peer_mark` what was
given, and no column joins the two.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.appraisal_words import PeerGrade, PeerState, PeerSubject, PostState, TermState
from models.base import Base, Id, stored_enum
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

_UNORDERED: dict[str, Any] = {"sqlite_with_rowid": False}


class AppraisalTerm(Base):
    """A term of appraisal (考核周期), such as 2026年秋季学期."""

    __tablename__ = "appraisal_term"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_at_a_time"),
        CheckConstraint("closed_by_id <> close_asked_by_id", name="closed_by_another"),
        CheckConstraint(
            "(close_asked_by_id IS NULL) = (close_asked_at IS NULL)", name="close_asked_by_somebody"
        ),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(comment="the last one with it")
    weights: Mapped[dict[str, int]] = mapped_column(JSON, comment="per cent by part")
    state: Mapped[TermState] = mapped_column(stored_enum(TermState, "state"), default=TermState.OPEN)
    sheets: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, comment="of all teams, as they stood when it was closed"
    )
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    close_asked_at: Mapped[datetime | None] = mapped_column(comment="since when it waits to be closed")
    close_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    closed_by: Mapped[Staff | None] = relationship(foreign_keys=[closed_by_id])
    close_asked_by: Mapped[Staff | None] = relationship(foreign_keys=[close_asked_by_id])


class AnnualScore(Base):
    """The score of the yearly appraisal (年度考核) of one team, as it was decided elsewhere."""

    __tablename__ = "annual_score"
    __table_args__ = (CheckConstraint("tenths BETWEEN 0 AND 1000", name="tenths_in_range"),)

    term_id: Mapped[int] = mapped_column(
        ForeignKey("appraisal_term.id"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id"), primary_key=True, autoincrement=False, index=True
    )
    tenths: Mapped[int] = mapped_column(comment="of a point; 0 to 1000")
    reason: Mapped[str] = mapped_column(Text)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]

    entered_by: Mapped[Staff] = relationship()


class Inspection(Base):
    """What an inspector found on the spot (一线督查)."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("points BETWEEN -30 AND 10", name="points_in_range"),
        CheckConstraint("words <> ''", name="words_not_empty"),
        Index("ix_inspection_term_id_team_id", "term_id", "team_id"),
    )

    id: Mapped[Id]
    term_id: Mapped[int] = mapped_column(ForeignKey("appraisal_term.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"), index=True)
    day: Mapped[date]
    points: Mapped[int] = mapped_column(comment="added to, or with a minus taken from, 100")
    words: Mapped[str] = mapped_column(Text)
    photo_file_key: Mapped[str] = mapped_column(String(100), default="", index=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]
    void_reason: Mapped[str] = mapped_column(
        String(200), default="", comment="why it does not count any more; empty: it counts"
    )

    team: Mapped[Team] = relationship()
    service_point: Mapped[ServicePoint | None] = relationship()
    entered_by: Mapped[Staff] = relationship()


class LeaderRemark(Base):
    """What a leader says of a team's work in a term (领导点评)."""

    __tablename__ = "leader_remark"
    __table_args__ = (
        CheckConstraint("words <> ''", name="words_not_empty"),
        Index("ix_leader_remark_term_id_team_id", "term_id", "team_id"),
    )

    id: Mapped[Id]
    term_id: Mapped[int] = mapped_column(ForeignKey("appraisal_term.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()


class PeerRound(Base):
    """A round of peer review (党员互评) within a term."""

    __tablename__ = "peer_round"
    __table_args__ = (CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_at_a_time"),)

    id: Mapped[Id]
    term_id: Mapped[int] = mapped_column(ForeignKey("appraisal_term.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    subject: Mapped[PeerSubject] = mapped_column(stored_enum(PeerSubject, "subject"))
    state: Mapped[PeerState] = mapped_column(stored_enum(PeerState, "state"), default=PeerState.OPEN)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    term: Mapped[AppraisalTerm] = relationship()
    raters: Mapped[list["PeerRater"]] = relationship(
        order_by="PeerRater.staff_id", cascade="all, delete-orphan"
    )


class PeerRater(Base):
    """Somebody who is asked in a round; `done` once they handed in."""

    __tablename__ = "peer_rater"

    round_id: Mapped[int] = mapped_column(ForeignKey("peer_round.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id"), primary_key=True, autoincrement=False, index=True
    )
    done: Mapped[bool] = mapped_column(default=False)

    staff: Mapped[Staff] = relationship()


class PeerMark(Base):
    """One judgement on one team or colleague.

    Each stands by itself: nobody rates their own, so those of one sheet together would tell whose it is.
    """

    __tablename__ = "peer_mark"
    __table_args__ = (
        CheckConstraint("(team_id IS NULL) <> (staff_id IS NULL)", name="about_one"),
        _UNORDERED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, comment="random")
    round_id: Mapped[int] = mapped_column(ForeignKey("peer_round.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    grade: Mapped[PeerGrade] = mapped_column(stored_enum(PeerGrade, "grade"))


class PioneerPost(Base):
    """An application for a pioneer post (党员先锋岗), and what became of it."""

    __tablename__ = "pioneer_post"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("decided_by_id <> applied_by_id", name="decided_by_another"),
        CheckConstraint("state = 'waiting' OR decided_at IS NOT NULL", name="decided_at_a_time"),
        Index("ix_pioneer_post_state_applied_at", "state", "applied_at"),
        Index(
            "uq_pioneer_post_waiting",
            "service_point_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    holder: Mapped[str] = mapped_column(String(60), comment="person in charge, with post, when it was asked")
    reason: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[PostState] = mapped_column(stored_enum(PostState, "state"), default=PostState.WAITING)
    applied_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    applied_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decision_words: Mapped[str] = mapped_column(Text, default="")

    service_point: Mapped[ServicePoint] = relationship()
    applied_by: Mapped[Staff] = relationship(foreign_keys=[applied_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
