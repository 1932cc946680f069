"""Joint meetings (联席会): the papers of each, unit by unit, and what was decided there."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import Word
from models.matter import Matter
from models.staff import Staff
from models.team import Team


class MeetingPart(Word):
    """What each unit reports."""

    DONE = "done", "已完成工作"
    PROBLEMS = "problems", "存在问题"
    NEXT_STEPS = "next_steps", "下一步计划"


class JointMeeting(Base):
    """One meeting, with the days it looks back on."""

    __tablename__ = "joint_meeting"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title_not_empty"),
        CheckConstraint("first_day <= last_day", name="period_in_order"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(60))
    held_on: Mapped[date] = mapped_column(index=True)
    first_day: Mapped[date] = mapped_column(comment="of the period it looks back on")
    last_day: Mapped[date]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]

    sections: Mapped[list["JointMeetingSection"]] = relationship(
        order_by="JointMeetingSection.id", back_populates="meeting", cascade="all, delete-orphan"
    )
    decisions: Mapped[list["JointMeetingDecision"]] = relationship(
        order_by="JointMeetingDecision.id", back_populates="meeting", cascade="all, delete-orphan"
    )


class JointMeetingSection(Base):
    """One part of what one unit reports: generated, then edited by people."""

    __tablename__ = "joint_meeting_section"
    __table_args__ = (UniqueConstraint("meeting_id", "team_id", "part"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("joint_meeting.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    part: Mapped[MeetingPart] = mapped_column(stored_enum(MeetingPart, "part"))
    text: Mapped[str] = mapped_column(Text, default="")
    generated_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    revision: Mapped[int] = mapped_column(default=1, comment="raised by every change; shows who was faster")

    meeting: Mapped[JointMeeting] = relationship(back_populates="sections")
    team: Mapped[Team] = relationship()
    edited_by: Mapped[Staff | None] = relationship()


class JointMeetingDraft(Base):
    """What somebody has typed into a section and not saved."""

    __tablename__ = "joint_meeting_draft"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    section_id: Mapped[int] = mapped_column(
        ForeignKey("joint_meeting_section.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(index=True)


class JointMeetingDecision(Base):
    """What a meeting decided (议定事项), about a matter or for a unit."""

    __tablename__ = "joint_meeting_decision"
    __table_args__ = (
        CheckConstraint("words <> ''", name="words_not_empty"),
        CheckConstraint("matter_id IS NOT NULL OR team_id IS NOT NULL", name="concerns_somebody"),
    )

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("joint_meeting.id"), index=True)
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    until: Mapped[date | None] = mapped_column(comment="by when it is to be done")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[datetime]

    meeting: Mapped[JointMeeting] = relationship(back_populates="decisions")
    matter: Mapped[Matter | None] = relationship()
    team: Mapped[Team | None] = relationship()
    recorded_by: Mapped[Staff] = relationship()
