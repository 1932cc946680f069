"""public board: released answers and photos, hidden content, reports of abuse, its version"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _part() -> sa.Enum:
    return _words("part", "text", "answer", "words", "photo")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.add_column(
        "complaint",
        sa.Column(
            "public_answer",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="the answer as edited for all",
        ),
    )
    op.add_column(
        "complaint_follower",
        sa.Column(
            "met",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="false: only wants to know (关注)",
        ),
    )
    op.create_table(
        "board_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_version")),
    )
    op.create_table(
        "public_photo",
        sa.Column("attachment_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        _reference("public_photo", "attachment_id", "attachment"),
        _reference("public_photo", "complaint_id", "complaint"),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_public_photo")),
    )
    op.create_index(op.f("ix_public_photo_complaint_id"), "public_photo", ["complaint_id"])
    _create_hidden_content()
    _create_abuse_report()


def _create_hidden_content() -> None:
    name = "hidden_content"
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        sa.Column("part", _part(), nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=True),
        sa.Column("attachment_id", _ROW_ID, nullable=True),
        sa.Column("original", sa.Text(), nullable=False, comment="a public text or answer as it was"),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("hidden_by_id", _ROW_ID, nullable=False),
        sa.Column("hidden_at", _MOMENT, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_hidden_content_reason_not_empty")),
        sa.CheckConstraint(
            "part <> 'words' OR event_id IS NOT NULL", name=op.f("ck_hidden_content_words_of_an_event")
        ),
        sa.CheckConstraint(
            "part <> 'photo' OR attachment_id IS NOT NULL",
            name=op.f("ck_hidden_content_photo_of_an_attachment"),
        ),
        _reference(name, "complaint_id", "complaint"),
        _reference(name, "event_id", "complaint_event"),
        _reference(name, "attachment_id", "attachment"),
        _reference(name, "hidden_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hidden_content")),
        sa.UniqueConstraint("event_id", name=op.f("uq_hidden_content_event_id")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_hidden_content_attachment_id")),
    )
    op.create_index(op.f("ix_hidden_content_complaint_id"), name, ["complaint_id"])


def _create_abuse_report() -> None:
    name = "abuse_report"
    reasons = ("privacy", "insult", "false", "advertising", "unlawful", "other")
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        sa.Column("part", _part(), nullable=False),
        sa.Column("attachment_id", _ROW_ID, nullable=True),
        sa.Column("reason", _words("reason", *reasons), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reported_at", _MOMENT, nullable=False),
        sa.Column("state", _words("state", "open", "hidden", "kept"), nullable=False),
        sa.Column("decided_by_id", _ROW_ID, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision", sa.String(length=200), nullable=False, comment="the decision in words"),
        sa.CheckConstraint(
            "part <> 'photo' OR attachment_id IS NOT NULL",
            name=op.f("ck_abuse_report_photo_of_an_attachment"),
        ),
        sa.CheckConstraint(
            "state = 'open' OR decided_by_id IS NOT NULL", name=op.f("ck_abuse_report_decided_by_somebody")
        ),
        _reference(name, "complaint_id", "complaint"),
        _reference(name, "attachment_id", "attachment"),
        _reference(name, "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abuse_report")),
    )
    op.create_index(op.f("ix_abuse_report_complaint_id"), name, ["complaint_id"])
    op.create_index("ix_abuse_report_state_reported_at", name, ["state", "reported_at"])


def downgrade() -> None:
    for name in ("abuse_report", "hidden_content", "public_photo", "board_version"):
        op.drop_table(name)
    op.drop_column("complaint_follower", "met")
    op.drop_column("complaint", "public_answer")
