"""figures of days in columns, and the board searched by the index"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OF_COMPLAINTS = "filed left_out rejected withdrawn merged counted open reopened bounced"
_OF_ROUNDS = (
    "answer_due answered answered_late resolved done_late rated solved unsolved satisfied unsatisfied unrated"
    " to_rate relapsed deferred wordless rushed"
)
_NUMBERS = [
    *_OF_COMPLAINTS.split(),
    *_OF_ROUNDS.split(),
    *(f"{name}_complaints" for name in _OF_ROUNDS.split()),
]
_OFTEN = "how often which working minutes occur, for teams"
_IN_ORDER = "working minutes of each round, in order; of teams only"
_COUNTS = "figure: rounds and complaints, without zeros"


def upgrade() -> None:
    with op.batch_alter_table("daily_figure") as batch:
        batch.drop_column("counts")
        batch.alter_column("minutes", comment=_IN_ORDER, existing_comment=_OFTEN, existing_type=sa.JSON())
        for name in _NUMBERS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("daily_figure") as batch:
        for name in _NUMBERS:
            batch.alter_column(name, server_default=None, existing_type=sa.Integer())
    op.create_index(op.f("ix_daily_figure_by_day"), "daily_figure", ["by", "day"])
    _have_days_counted_again()
    # The worker puts what was released into the index, by which the board is searched from now on.
    op.execute(
        "UPDATE complaint_search SET stale = true WHERE complaint_id IN"
        " (SELECT id FROM complaint WHERE published_at IS NOT NULL)"
    )


def _have_days_counted_again() -> None:
    """Have no day used as it was counted: it is counted from complaints, and can be at any time."""
    day = sa.table("figure_day", sa.column("good_until", sa.DateTime(timezone=True)))
    op.execute(day.update().values(good_until=datetime(2000, 1, 1, tzinfo=UTC)))


def downgrade() -> None:
    op.drop_index(op.f("ix_daily_figure_by_day"), table_name="daily_figure")
    counts = sa.Column("counts", sa.JSON(), nullable=False, server_default="{}", comment=_COUNTS)
    with op.batch_alter_table("daily_figure") as batch:
        for name in _NUMBERS:
            batch.drop_column(name)
        batch.alter_column("minutes", comment=_OFTEN, existing_comment=_IN_ORDER, existing_type=sa.JSON())
        batch.add_column(counts)
    with op.batch_alter_table("daily_figure") as batch:
        batch.alter_column("counts", server_default=None, existing_type=sa.JSON())
    _have_days_counted_again()
