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
    op.create_index(
        "ix_complaint_published_at",
        "complaint",
        ["published_at"],
        sqlite_where=sa.text("published_at IS NOT NULL"),
        postgresql_where=sa.text("published_at IS NOT NULL"),
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
    _create_hidden_text()
    _create_abuse_report()


def _create_hidden_text() -> None:
    for table, comment in (
        ("complaint_event", "why the words are shown no longer"),
        ("attachment", "why it is shown no longer"),
    ):
        hidden = sa.Column(
            "hidden_reason", sa.String(length=100), nullable=False, server_default="", comment=comment
        )
        op.add_column(table, hidden)
    op.create_table(
        "hidden_text",
        sa.Column("complaint_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("part", _part(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.CheckConstraint("part IN ('text', 'answer')", name=op.f("ck_hidden_text_of_the_board")),
        _reference("hidden_text", "complaint_id", "complaint"),
        sa.PrimaryKeyConstraint("complaint_id", "part", name=op.f("pk_hidden_text")),
    )


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
    for name in ("abuse_report", "hidden_text", "public_photo", "board_version"):
        op.drop_table(name)
    for table in ("complaint_event", "attachment"):
        op.drop_column(table, "hidden_reason")
    op.drop_index("ix_complaint_published_at", table_name="complaint")
    op.drop_column("complaint_follower", "met")
    op.drop_column("complaint", "public_answer")
