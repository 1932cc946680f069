"""the stars a complaint was given last, and indexes for what lists are narrowed by"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REOPENED = sa.text("reopen_count > 0")


def upgrade() -> None:
    # Said in SQL: SQLite adds a column with its check in place, where a batch would copy the whole table.
    op.execute(
        "ALTER TABLE complaint ADD COLUMN last_stars INTEGER"
        " CONSTRAINT ck_complaint_last_stars_one_to_five CHECK (last_stars BETWEEN 1 AND 5)"
    )
    op.execute(
        "UPDATE complaint SET last_stars = (SELECT stars FROM rating WHERE complaint_id = complaint.id"
        " ORDER BY round DESC LIMIT 1) WHERE id IN (SELECT complaint_id FROM rating)"
    )
    op.create_index(op.f("ix_complaint_last_stars_filed_at"), "complaint", ["last_stars", "filed_at"])
    op.create_index(
        op.f("ix_complaint_reopened"),
        "complaint",
        ["filed_at"],
        sqlite_where=_REOPENED,
        postgresql_where=_REOPENED,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_complaint_reopened"), table_name="complaint")
    op.drop_index(op.f("ix_complaint_last_stars_filed_at"), table_name="complaint")
    op.execute("ALTER TABLE complaint DROP COLUMN last_stars")
