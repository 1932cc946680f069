"""figures counted day by day ahead of time"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    due = "when the next of its complaints is due, and counts although nobody touched it"
    op.create_table(
        "figure_day",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("counted_at", _MOMENT, nullable=False),
        sa.Column("good_until", _MOMENT, nullable=True, comment=due),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_figure_day")),
    )
    op.create_table(
        "daily_figure",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("by", sa.String(20), nullable=False),
        sa.Column("key", sa.String(20), nullable=False, comment="empty: no team, no place"),
        sa.Column(
            "counts", sa.JSON(), nullable=False, comment="figure: rounds and complaints, without zeros"
        ),
        sa.Column(
            "minutes", sa.JSON(), nullable=False, comment="how often which working minutes occur, for teams"
        ),
        sa.ForeignKeyConstraint(["day"], ["figure_day.day"], name=op.f("fk_daily_figure_day_figure_day")),
        sa.PrimaryKeyConstraint("day", "by", "key", name=op.f("pk_daily_figure")),
    )
    op.create_table(
        "figure_change",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_change")),
    )
    op.create_index(op.f("ix_figure_change_day"), "figure_change", ["day"])


def downgrade() -> None:
    for name in ("figure_change", "daily_figure", "figure_day"):
        op.drop_table(name)
