"""connected systems, what they filed, and webhooks"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_TYPES = (
    "complaint.created",
    "complaint.status_changed",
    "complaint.closed",
    "complaint.published",
    "complaint.unpublished",
    "webhook.test",
)
_STATES = ("pending", "sending", "delivered", "given_up", "dropped")
_PENDING, _SENDING = sa.text("state = 'pending'"), sa.text("state = 'sending'")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _channels() -> list[str]:
    checks = sa.inspect(op.get_bind()).get_check_constraints("complaint")
    found = next(check for check in checks if check["name"] == "ck_complaint_channel")
    return re.findall(r"'([a-z_]+)'", found["sqltext"])


def _take_channels(channels: Sequence[str]) -> None:
    listed = ", ".join(f"'{channel}'" for channel in channels)
    with op.batch_alter_table("complaint") as batch:
        batch.drop_constraint(op.f("ck_complaint_channel"), type_="check")
        batch.create_check_constraint(op.f("ck_complaint_channel"), sa.text(f"channel IN ({listed})"))


def upgrade() -> None:
    _take_channels([*_channels(), "connected"])
    _create_system()
    _create_submission()
    _create_request()
    _create_webhook()
    _create_delivery()
    _create_attempt()


def downgrade() -> None:
    """What came by systems counts as what came by the pages of the web."""
    for table in (
        "webhook_attempt",
        "webhook_delivery",
        "webhook",
        "connected_request",
        "connected_submission",
        "connected_system",
    ):
        op.drop_table(table)
    op.execute("UPDATE complaint SET channel = 'web' WHERE channel = 'connected'")
    _take_channels([channel for channel in _channels() if channel != "connected"])


def _create_system() -> None:
    op.create_table(
        "connected_system",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(40), nullable=False, comment="as the public reads it"),
        sa.Column("contact", sa.String(100), nullable=False, comment="whom to call when it fails"),
        sa.Column("may_read", sa.Boolean(), nullable=False, comment="public complaints, beside its own"),
        sa.Column("may_submit", sa.Boolean(), nullable=False),
        sa.Column("may_hook", sa.Boolean(), nullable=False, comment="may be told by webhooks"),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("key_start", sa.String(12), nullable=False, comment="to tell keys apart; opens nothing"),
        sa.Column("key_made_at", _MOMENT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_connected_system_name_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connected_system")),
        sa.UniqueConstraint("name", name=op.f("uq_connected_system_name")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_connected_system_key_hash")),
    )


def _create_submission() -> None:
    op.create_table(
        "connected_submission",
        sa.Column("complaint_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("system_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_connected_submission_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["connected_system.id"],
            name=op.f("fk_connected_submission_system_id_connected_system"),
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_connected_submission")),
    )
    op.create_index(op.f("ix_connected_submission_system_id"), "connected_submission", ["system_id"])


def _create_request() -> None:
    op.create_table(
        "connected_request",
        sa.Column("system_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(80), nullable=False, comment="the system's own, or of the body"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="what was sent, as a digest"),
        sa.Column("complaint_id", _ROW_ID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["connected_system.id"],
            name=op.f("fk_connected_request_system_id_connected_system"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_connected_request_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("system_id", "key", name=op.f("pk_connected_request")),
    )
    op.create_index(op.f("ix_connected_request_complaint_id"), "connected_request", ["complaint_id"])
    op.create_index(op.f("ix_connected_request_created_at"), "connected_request", ["created_at"])


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("system_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(200), nullable=False, comment="signs what we send; sealed"),
        sa.Column("former_secret", sa.String(200), nullable=False, comment="signs beside it for a while"),
        sa.Column("former_until", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, comment="in a row, of the receiver as a whole"),
        sa.Column("failing_since", _MOMENT, nullable=True),
        sa.Column("paused_until", _MOMENT, nullable=True),
        sa.Column("stopped_at", _MOMENT, nullable=True, comment="failed for too long; waits for somebody"),
        sa.Column("stopped_why", sa.String(300), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_failures_not_negative")),
        sa.ForeignKeyConstraint(
            ["system_id"], ["connected_system.id"], name=op.f("fk_webhook_system_id_connected_system")
        ),
        sa.PrimaryKeyConstraint("system_id", name=op.f("pk_webhook")),
    )


def _create_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False, comment="the same at each try"),
        sa.Column("system_id", _ROW_ID, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=True),
        sa.Column("type", _words("type", *_TYPES), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False, comment="the body as it is signed and sent"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("state", _words("state", *_STATES), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("claimed_at", _MOMENT, nullable=True),
        sa.Column("claimed_by", sa.String(80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="refused by a receiver that is there"),
        sa.Column("delivered_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state <> 'sending' OR claimed_at IS NOT NULL",
            name=op.f("ck_webhook_delivery_sending_is_claimed"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_delivery_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["connected_system.id"],
            name=op.f("fk_webhook_delivery_system_id_connected_system"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_webhook_delivery_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_webhook_delivery_message_id")),
    )
    for name, columns, only in (
        ("waiting", ["system_id", "due_at"], _PENDING),
        ("claimed", ["claimed_at"], _SENDING),
    ):
        op.create_index(
            f"ix_webhook_delivery_{name}",
            "webhook_delivery",
            columns,
            sqlite_where=only,
            postgresql_where=only,
        )
    op.create_index("ix_webhook_delivery_system_id_id", "webhook_delivery", ["system_id", "id"])
    op.create_index("ix_webhook_delivery_complaint_id_id", "webhook_delivery", ["complaint_id", "id"])
    op.create_index(op.f("ix_webhook_delivery_created_at"), "webhook_delivery", ["created_at"])


def _create_attempt() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("delivery_id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="of HTTP; none when no answer came"),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False, comment="what went wrong"),
        sa.Column("answer", sa.String(500), nullable=False, comment="how the answer begins"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_delivery_id_webhook_delivery"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index(op.f("ix_webhook_attempt_delivery_id"), "webhook_attempt", ["delivery_id"])
