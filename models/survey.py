"""Surveys (满意度测评), and answers that nothing joins to a person; see decision 0014.

The tables of answers and of who took part have no numbers that count up and no time of day. On SQLite they
have no row numbers either (WITHOUT ROWID): a row lies where its random key puts it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.category import Category
from models.enums import QuestionKind, SurveyAudience, SurveyState, TextState
from models.team import Team

_UNORDERED: dict[str, Any] = {"sqlite_with_rowid": False}


class Survey(Base):
    """A campaign of questions, one answer a person."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("state = 'draft' OR opened_at IS NOT NULL", name="opened_once_out"),
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_once_over"),
        CheckConstraint("state <> 'closed' OR salt = ''", name="salt_gone_once_closed"),
        Index("ix_survey_state_opened_at", "state", "opened_at"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True, comment="in its address; cannot be guessed")
    title: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(Text, default="", comment="what stands above the questions")
    state: Mapped[SurveyState] = mapped_column(stored_enum(SurveyState, "state"), default=SurveyState.DRAFT)
    audience: Mapped[SurveyAudience] = mapped_column(stored_enum(SurveyAudience, "audience"))
    place_ids: Mapped[list[int]] = mapped_column(JSON, default=list, comment="for the audience of places")
    results_public: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[datetime | None] = mapped_column(comment="opens by itself; empty: by hand")
    closes_at: Mapped[datetime | None] = mapped_column(comment="closes by itself; empty: by hand")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    salt: Mapped[str] = mapped_column(String(64), comment="part of the keyed hash; thrown away at the end")
    invited: Mapped[int | None] = mapped_column(comment="people of the audience, counted at the end")
    took_part: Mapped[int | None] = mapped_column(comment="of those who took part, the audience's")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    sections: Mapped[list["SurveySection"]] = relationship(
        order_by="SurveySection.position, SurveySection.id", cascade="all, delete-orphan"
    )


class SurveySection(Base):
    """A part of a survey, about one area of service."""

    __tablename__ = "survey_section"

    id: Mapped[Id]
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(40))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    skippable: Mapped[bool] = mapped_column(default=False, comment="who does not use the service passes over")

    questions: Mapped[list["SurveyQuestion"]] = relationship(
        order_by="SurveyQuestion.position, SurveyQuestion.id", cascade="all, delete-orphan"
    )
    category: Mapped[Category | None] = relationship()
    team: Mapped[Team | None] = relationship()


class SurveyQuestion(Base):
    """One question."""

    __tablename__ = "survey_question"

    id: Mapped[Id]
    section_id: Mapped[int] = mapped_column(ForeignKey("survey_section.id"), index=True)
    position: Mapped[int]
    kind: Mapped[QuestionKind] = mapped_column(stored_enum(QuestionKind, "kind"))
    title: Mapped[str] = mapped_column(String(100))
    required: Mapped[bool] = mapped_column(default=True)
    options: Mapped[list[str]] = mapped_column(JSON, default=list, comment="to choose from, in order")


class SurveyParticipation(Base):
    """That somebody took part, on which day; who it was is a keyed hash, and gone once the survey is over."""

    __tablename__ = "survey_participation"
    __table_args__ = (_UNORDERED,)

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True, autoincrement=False)
    person_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), comment="the local day; no time of day is kept")
    settled: Mapped[bool] = mapped_column(default=False, comment="its envelope was opened, with others")


class SurveyEnvelope(Base):
    """A sheet as it came in, sealed; opened together with others only."""

    __tablename__ = "survey_envelope"
    __table_args__ = (_UNORDERED,)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, comment="random")
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    sealed: Mapped[str] = mapped_column(Text)


class SurveySheet(Base):
    """One sheet out of its envelope; counts once."""

    __tablename__ = "survey_sheet"
    __table_args__ = (_UNORDERED,)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, comment="random, drawn at opening")
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)


class SurveyAnswer(Base):
    """What a sheet says to one question; a row for each option that was chosen.

    A text stands on a sheet of its own, which is in no other table: handwriting gives away more than a cross.
    """

    __tablename__ = "survey_answer"
    __table_args__ = (
        CheckConstraint("choice >= 0", name="choice_not_negative"),
        CheckConstraint("(text_state IS NULL) = (words = '')", name="texts_are_decided_of"),
        _UNORDERED,
    )

    sheet: Mapped[str] = mapped_column(String(32), primary_key=True, comment="random")
    question_id: Mapped[int] = mapped_column(
        ForeignKey("survey_question.id"), primary_key=True, autoincrement=False, index=True
    )
    choice: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="stars, or the number of the option; 0 for a text"
    )
    words: Mapped[str] = mapped_column(Text, default="")
    text_state: Mapped[TextState | None] = mapped_column(stored_enum(TextState, "text_state"))
