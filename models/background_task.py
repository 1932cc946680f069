"""Long work that a page asks for and the worker does: sheets of codes, exports, imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import TaskState
from models.staff import Staff


class BackgroundTask(Base):
    """One piece of work with how far it has come; seen by who asked for it, and by admins.

    A RUNNING task whose `claimed_until` has passed belonged to a worker that died, and is begun again.
    """

    __tablename__ = "background_task"
    __table_args__ = (
        CheckConstraint("done >= 0 AND total >= 0 AND attempts >= 0", name="counts_not_negative"),
        Index("ix_background_task_staff_id_id", "staff_id", "id"),
        Index(
            "ix_background_task_waiting",
            "id",
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40), comment="names the function, such as qr_sheet")
    title: Mapped[str] = mapped_column(String(100), comment="in Chinese, for the list of tasks")
    state: Mapped[TaskState] = mapped_column(stored_enum(TaskState, "state"), default=TaskState.WAITING)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0, comment="0 while it is not known")
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    source_file_key: Mapped[str] = mapped_column(
        String(100), default="", index=True, comment="what was uploaded"
    )
    source_name: Mapped[str] = mapped_column(String(200), default="")
    result_file_key: Mapped[str] = mapped_column(
        String(100), default="", index=True, comment="what may be downloaded"
    )
    result_name: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(String(500), default="", comment="in Chinese, what to do about it")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)

    staff: Mapped[Staff] = relationship()
