"""rounds of work on complaints, for the figures"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "complaint_round",
        sa.Column("complaint_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("answer_due_at", _MOMENT, nullable=True),
        sa.Column("first_answered_at", _MOMENT, nullable=True, comment="first answer by a human"),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.Column(
            "answer_minutes",
            sa.Integer(),
            nullable=True,
            comment="working minutes from the start to the answer",
        ),
        sa.Column(
            "done_minutes",
            sa.Integer(),
            nullable=True,
            comment="working minutes from the start to the result, without those waited for the person",
        ),
        sa.Column(
            "spare_minutes",
            sa.Integer(),
            nullable=True,
            comment="from the result to when it was due; negative when late",
        ),
        sa.Column("answer_length", sa.Integer(), nullable=True, comment="characters of what the result said"),
        sa.Column("deferred", sa.Boolean(), nullable=False, comment="a later date was promised"),
        sa.Column("unrated", sa.Boolean(), nullable=False, comment="closed by the clock, as nobody rated"),
        sa.CheckConstraint("round >= 1", name=op.f("ck_complaint_round_round_from_one")),
        sa.CheckConstraint(
            "answer_minutes >= 0 AND done_minutes >= 0", name=op.f("ck_complaint_round_minutes_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_round_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "round", name=op.f("pk_complaint_round")),
    )
    _fill()


def _fill() -> None:
    """Take over what complaints say of their present round, and what the events say of earlier ones.

    When an earlier round was due nobody wrote down, so it counts in no response rate; how many working
    minutes things took is known from the next step on.
    """
    op.execute(
        "INSERT INTO complaint_round (complaint_id, round, started_at, answer_due_at, first_answered_at, "
        "resolved_at, deferred, unrated) "
        "SELECT complaint.id, complaint.round, "
        "COALESCE((SELECT MIN(at) FROM complaint_event "
        "WHERE complaint_id = complaint.id AND complaint_event.round = complaint.round), filed_at), "
        "answer_due_at, first_answered_at, resolved_at, "
        "EXISTS (SELECT 1 FROM complaint_event WHERE complaint_id = complaint.id "
        "AND complaint_event.round = complaint.round AND step = 'approve_deferral'), "
        "COALESCE(closing = 'unrated', false) FROM complaint"
    )
    op.execute(
        "INSERT INTO complaint_round (complaint_id, round, started_at, resolved_at, deferred, unrated) "
        "SELECT event.complaint_id, event.round, MIN(event.at), "
        "MAX(CASE WHEN event.step = 'resolve' THEN event.at END), "
        "MAX(CASE WHEN event.step = 'approve_deferral' THEN 1 ELSE 0 END) = 1, "
        "MAX(CASE WHEN event.step = 'close_unrated' THEN 1 ELSE 0 END) = 1 "
        "FROM complaint_event AS event JOIN complaint ON complaint.id = event.complaint_id "
        "WHERE event.round < complaint.round GROUP BY event.complaint_id, event.round"
    )


def downgrade() -> None:
    op.drop_table("complaint_round")
