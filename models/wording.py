"""Words the office edits: what is dangerous, what belongs to a category, and texts that are used again."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.category import Category
from models.enums import AnswerMatch, StepName
from models.staff import Staff


class SafetyWord(Base):
    """A word that makes a complaint urgent, such as 漏电."""

    __tablename__ = "safety_word"
    __table_args__ = (CheckConstraint("word <> ''", name="word_not_empty"),)

    id: Mapped[Id]
    word: Mapped[str] = mapped_column(String(20), unique=True)
    note: Mapped[str] = mapped_column(String(100), default="")
    active: Mapped[bool] = mapped_column(default=True)


class CategoryKeyword(Base):
    """A word that speaks for a category, such as 饭菜 for 食堂就餐."""

    __tablename__ = "category_keyword"
    __table_args__ = (
        CheckConstraint("word <> ''", name="word_not_empty"),
        UniqueConstraint("category_id", "word"),
    )

    id: Mapped[Id]
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    word: Mapped[str] = mapped_column(String(20), index=True)

    category: Mapped[Category] = relationship()


class KeywordAnswer(Base):
    """What the chat answers by itself to a question it knows, such as 开放时间."""

    __tablename__ = "keyword_answer"
    __table_args__ = (
        CheckConstraint("word <> ''", name="word_not_empty"),
        UniqueConstraint("match", "word"),
    )

    id: Mapped[Id]
    word: Mapped[str] = mapped_column(String(40))
    match: Mapped[AnswerMatch] = mapped_column(stored_enum(AnswerMatch, "match"))
    answer: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    asked: Mapped[int] = mapped_column(default=0, comment="how often it has answered")


class ReplyTemplate(Base):
    """A text staff start an answer from; with placeholders such as {地点}.

    Without an owner it belongs to the office; with one it is a colleague's own.
    """

    __tablename__ = "reply_template"
    __table_args__ = (CheckConstraint("title <> ''", name="title_not_empty"),)

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    step: Mapped[StepName | None] = mapped_column(
        stored_enum(StepName, "step"), comment="the act it is meant for; none: any with words"
    )
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    used: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]

    category: Mapped[Category | None] = relationship()
    owner: Mapped[Staff | None] = relationship()
