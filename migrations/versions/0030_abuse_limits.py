"""people who were limited, messages counted by person and time, and digests of photos"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_KINDS = ("chat", "filing", "uploads", "pages", "block")


def upgrade() -> None:
    op.create_table(
        "person_limit",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False, comment="how much was not taken"),
        sa.Column("last_refused_at", _TIME, nullable=True),
        sa.Column("told_at", _TIME, nullable=True, comment="when the chat last said so"),
        sa.Column("alarm_at", _TIME, nullable=True, comment="when a danger was let through"),
        sa.Column("alarm_left", sa.Integer(), nullable=False, comment="messages let through after it"),
        sa.Column("complaint_id", _ROW_ID, nullable=True, comment="what a block is for"),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("imposed_by_id", _ROW_ID, nullable=True),
        sa.Column("lifted_at", _TIME, nullable=True),
        sa.Column("lifted_by_id", _ROW_ID, nullable=True),
        sa.Column("lifted_why", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "kind <> 'block' OR imposed_by_id IS NOT NULL", name=op.f("ck_person_limit_block_by_somebody")
        ),
        sa.CheckConstraint("kind <> 'block' OR reason <> ''", name=op.f("ck_person_limit_block_has_reason")),
        sa.CheckConstraint(
            "lifted_at IS NULL OR lifted_by_id IS NOT NULL", name=op.f("ck_person_limit_lifted_by_somebody")
        ),
        sa.CheckConstraint(
            "refused >= 0 AND alarm_left >= 0", name=op.f("ck_person_limit_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_limit_person_id_person")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_person_limit_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["imposed_by_id"], ["staff.id"], name=op.f("fk_person_limit_imposed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["staff.id"], name=op.f("fk_person_limit_lifted_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_limit")),
    )
    op.create_index("ix_person_limit_person_id_until", "person_limit", ["person_id", "until"])
    op.create_index("ix_person_limit_until", "person_limit", ["until"])
    op.create_index(op.f("ix_person_limit_complaint_id"), "person_limit", ["complaint_id"])
    op.create_index("ix_inbound_message_openid_received_at", "inbound_message", ["openid", "received_at"])
    op.drop_index("ix_inbound_message_openid", "inbound_message")
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(
            sa.Column(
                "digest",
                sa.String(64),
                nullable=False,
                server_default="",
                comment="SHA-256 of a photo as kept",
            )
        )
    op.create_index(
        "ix_attachment_digest",
        "attachment",
        ["digest"],
        sqlite_where=sa.text("digest <> ''"),
        postgresql_where=sa.text("digest <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_attachment_digest", "attachment")
    with op.batch_alter_table("attachment") as batch:
        batch.drop_column("digest")
    op.create_index("ix_inbound_message_openid", "inbound_message", ["openid"])
    op.drop_index("ix_inbound_message_openid_received_at", "inbound_message")
    op.drop_table("person_limit")
