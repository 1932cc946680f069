"""What the lists of the office are searched by: the words of each complaint, folded and cut into tokens."""

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

# SQLite looks tokens up in this FTS5 table; triggers of migration 0008 keep it in step.
FULL_TEXT_TABLE = "complaint_search_fts"
FULL_TEXT_INDEX = "ix_complaint_search_tokens"


class ComplaintSearch(Base):
    """One complaint as the search sees it; written by `domain/search_index.py` alone.

    A stale row waits for the worker: its complaint is older than the index, or a place or team was renamed.
    """

    __tablename__ = "complaint_search"
    __table_args__ = (
        Index(
            FULL_TEXT_INDEX,
            "tokens",
            postgresql_using="gin",
            # What waits to be sorted in is read through by each search, so little may wait.
            postgresql_with={"gin_pending_list_limit": 512},
        ).ddl_if(dialect="postgresql"),
        Index(
            "ix_complaint_search_stale",
            "complaint_id",
            sqlite_where=text("stale"),
            postgresql_where=text("stale"),
        ),
    )

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text, default="", comment="folded, without blanks, a field per line")
    contact_words: Mapped[str] = mapped_column(
        Text, default="", comment="name and telephone; empty when raised anonymously"
    )
    tokens: Mapped[str] = mapped_column(TSVECTOR().with_variant(Text(), "sqlite"))
    stale: Mapped[bool] = mapped_column(default=False)
