"""articles"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("html", sa.Text(), nullable=False, comment="clean: no scripts, only web links"),
        sa.Column("source_url", sa.String(length=1024), nullable=False, comment="阅读原文"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="raised by each change of the text"),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "previewed",
                "approved",
                "submitted",
                "published",
                "mass_sent",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(length=300), nullable=False, comment="why it was sent back, or failed"),
        sa.Column(
            "way",
            sa.Enum("publish", "mass", name="way", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mass_month", sa.String(length=7), nullable=True, comment="2026-11, in Shanghai"),
        sa.Column("mass_place", sa.Integer(), nullable=True),
        sa.Column("media_id", sa.String(length=128), nullable=False, comment="the platform's draft"),
        sa.Column("publish_id", sa.String(length=64), nullable=True),
        sa.Column("msg_id", sa.String(length=64), nullable=True),
        sa.Column("results", sa.JSON(), nullable=False, comment="what the platform told"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'mass_sent' OR mass_place IS NOT NULL", name=op.f("ck_article_mass_sent_has_place")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'submitted', 'published', 'mass_sent') OR approved_by_id IS NOT NULL",
            name=op.f("ck_article_out_only_approved"),
        ),
        sa.CheckConstraint(
            "(mass_month IS NULL) = (mass_place IS NULL)", name=op.f("ck_article_place_in_a_month")
        ),
        sa.CheckConstraint("approved_by_id <> created_by_id", name=op.f("ck_article_approved_by_another")),
        sa.CheckConstraint("mass_place BETWEEN 1 AND 4", name=op.f("ck_article_four_places")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["staff.id"], name=op.f("fk_article_approved_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_article_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("mass_month", "mass_place", name=op.f("uq_article_mass_month_mass_place")),
        sa.UniqueConstraint("msg_id", name=op.f("uq_article_msg_id")),
        sa.UniqueConstraint("publish_id", name=op.f("uq_article_publish_id")),
    )
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_approved_by_id"), ["approved_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_article_created_by_id"), ["created_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_article_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_state"))
        batch_op.drop_index(batch_op.f("ix_article_created_by_id"))
        batch_op.drop_index(batch_op.f("ix_article_approved_by_id"))

    op.drop_table("article")
