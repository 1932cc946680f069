"""content checks and codes of the mini program"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STATES = ("waiting", "asked", "passed", "risky", "review", "released", "withheld")
_FLAGS = (
    ("complaint", "held", "its words wait for the check of their content, or for staff"),
    ("attachment", "held", "waits for the check of its content, or for staff"),
    ("inbound_message", "from_mini_program", "else from the official account"),
)


def _state() -> sa.Enum:
    return sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=True, length=32)


def _flag(name: str, comment: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false(), comment=comment)


def upgrade() -> None:
    for table, name, comment in _FLAGS:
        op.add_column(table, _flag(name, comment))
    _create_checks()
    op.create_table(
        "media_verdict",
        sa.Column("trace_id", sa.String(64), nullable=False),
        sa.Column("openid", sa.String(64), nullable=False, comment="for whom it was asked"),
        sa.Column("state", _state(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False, comment="as in content_check"),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("trace_id", name=op.f("pk_media_verdict")),
    )
    op.create_index(op.f("ix_media_verdict_received_at"), "media_verdict", ["received_at"])
    op.create_table(
        "mini_program_code",
        sa.Column("app_id", sa.String(40), nullable=False),
        sa.Column("scene", sa.String(32), nullable=False, comment="a service point's code"),
        sa.Column("page", sa.String(200), nullable=False, comment="the page it opens; empty: the first one"),
        sa.Column("env_version", sa.String(10), nullable=False, comment="release, trial or develop"),
        sa.Column("file_key", sa.String(100), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("app_id", "scene", name=op.f("pk_mini_program_code")),
    )
    op.create_index(op.f("ix_mini_program_code_file_key"), "mini_program_code", ["file_key"])


def _create_checks() -> None:
    name = "content_check"
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        sa.Column("attachment_id", _ROW_ID, nullable=True, comment="none: the words of the complaint"),
        sa.Column("state", _state(), nullable=False),
        sa.Column("key", sa.String(43), nullable=False, comment="names a photo to WeChat, for a while"),
        sa.Column(
            "trace_id",
            sa.String(64),
            nullable=True,
            comment="WeChat's number of the question whose answer comes later",
        ),
        sa.Column("reason", sa.String(200), nullable=False, comment="why it is held, in words for staff"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "next_attempt_at",
            _MOMENT,
            nullable=True,
            comment="when it is asked for again; for the platform's answer: when that is given up",
        ),
        sa.Column("decided_by_id", _ROW_ID, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision", sa.String(200), nullable=False, comment="the decision in words"),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_content_check_attempts_not_negative")),
        sa.CheckConstraint(
            "state NOT IN ('released', 'withheld') OR decided_by_id IS NOT NULL",
            name=op.f("ck_content_check_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'asked' OR trace_id IS NOT NULL", name=op.f("ck_content_check_asked_under_a_number")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_content_check_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_content_check_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_content_check_decided_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_check")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_content_check_attachment_id")),
        sa.UniqueConstraint("key", name=op.f("uq_content_check_key")),
        sa.UniqueConstraint("trace_id", name=op.f("uq_content_check_trace_id")),
    )
    op.create_index(op.f("ix_content_check_complaint_id"), name, ["complaint_id"])
    op.create_index("ix_content_check_state_created_at", name, ["state", "created_at"])
    words_only = sa.text("attachment_id IS NULL")
    op.create_index(
        "uq_content_check_words_of_complaint",
        name,
        ["complaint_id"],
        unique=True,
        sqlite_where=words_only,
        postgresql_where=words_only,
    )


def downgrade() -> None:
    for name in ("mini_program_code", "media_verdict", "content_check"):
        op.drop_table(name)
    for table, name, _ in reversed(_FLAGS):
        op.drop_column(table, name)
