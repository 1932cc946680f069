"""what is deferred or refused is read from an index in its order, on SQLite as well"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DEFERRED, _REJECTED = "ix_complaint_deferred_until", "ix_complaint_rejected"


def _make_anew(name: str, columns: Sequence[str], where: str) -> None:
    condition = sa.text(where)
    op.drop_index(name, table_name="complaint")
    op.create_index(name, "complaint", list(columns), sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _make_anew(_DEFERRED, ["status", "deferred_until", "id"], "status = 'deferred'")
    _make_anew(_REJECTED, ["status", "closed_at", "id"], "status = 'rejected'")


def downgrade() -> None:
    _make_anew(_DEFERRED, ["deferred_until"], "status = 'deferred'")
    _make_anew(_REJECTED, ["closed_at"], "status = 'rejected'")
