"""length of recordings, and which row names a file"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    length = "how long a recording plays, where that is known"
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("seconds", sa.Integer(), nullable=True, comment=length))
        batch.create_check_constraint(op.f("ck_attachment_seconds_positive"), "seconds > 0")
        batch.create_index(op.f("ix_attachment_file_key"), ["file_key"])


def downgrade() -> None:
    with op.batch_alter_table("attachment") as batch:
        batch.drop_index(op.f("ix_attachment_file_key"))
        batch.drop_constraint(op.f("ck_attachment_seconds_positive"), type_="check")
        batch.drop_column("seconds")
