"""limits of the platform by the minute, and our own count when it was asked"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    asked = "our own count at that moment"
    with op.batch_alter_table("api_usage") as batch:
        batch.add_column(
            sa.Column("calls_when_asked", sa.Integer(), nullable=False, server_default="0", comment=asked)
        )
        batch.add_column(
            sa.Column("burst_calls", sa.Integer(), nullable=True, comment="so many calls are allowed …")
        )
        batch.add_column(
            sa.Column("burst_seconds", sa.Integer(), nullable=True, comment="… in so many seconds")
        )


def downgrade() -> None:
    with op.batch_alter_table("api_usage") as batch:
        batch.drop_column("burst_seconds")
        batch.drop_column("burst_calls")
        batch.drop_column("calls_when_asked")
