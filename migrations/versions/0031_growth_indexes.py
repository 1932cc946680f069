"""indexes that lists are read from in their order, however large the office"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = "status IN ('assigned', 'deferred', 'in_progress', 'submitted', 'waiting')"
_PUBLISHED = "published_at IS NOT NULL"
_NEXT_FIRST = ("urgent", "done_due_at", "id")
_PARTIAL: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("ix_complaint_reopened_most", "complaint", ("reopen_count", "filed_at", "id"), "reopen_count > 0"),
    ("ix_complaint_open", "complaint", _NEXT_FIRST, _OPEN),
    ("ix_complaint_open_of_team", "complaint", ("team_id", *_NEXT_FIRST), _OPEN),
    ("ix_complaint_deferred_until", "complaint", ("deferred_until",), "status = 'deferred'"),
    ("ix_complaint_rejected", "complaint", ("closed_at",), "status = 'rejected'"),
    ("ix_complaint_published_place", "complaint", ("service_point_id", "published_at"), _PUBLISHED),
    ("ix_complaint_published_category", "complaint", ("category_id", "published_at"), _PUBLISHED),
    ("ix_notice_failed_before", "notice", ("created_at",), "state = 'pending' AND error <> ''"),
    ("ix_notice_unread_by_staff", "notice", ("staff_id",), "staff_id IS NOT NULL AND read_at IS NULL"),
)
_RESOLVED_AT = "ix_complaint_resolved_at"


def upgrade() -> None:
    for name, table, columns, where in _PARTIAL:
        condition = sa.text(where)
        op.create_index(op.f(name), table, list(columns), sqlite_where=condition, postgresql_where=condition)

    op.create_index(_RESOLVED_AT, "complaint", ["resolved_at"])


def downgrade() -> None:
    op.drop_index(_RESOLVED_AT, table_name="complaint")
    for name, table, _, _ in _PARTIAL:
        op.drop_index(op.f(name), table_name=table)
