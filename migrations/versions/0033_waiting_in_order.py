"""what waits is read from its index in the order in which it is taken"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WAITING = "ix_notice_waiting"
_BEFORE = ["urgent", "bulk", "due_at"]


def _make_anew(columns: Sequence[str]) -> None:
    pending = sa.text("state = 'pending'")
    op.drop_index(_WAITING, table_name="notice")
    op.create_index(_WAITING, "notice", list(columns), sqlite_where=pending, postgresql_where=pending)


def upgrade() -> None:
    _make_anew([*_BEFORE, "id"])


def downgrade() -> None:
    _make_anew(_BEFORE)
