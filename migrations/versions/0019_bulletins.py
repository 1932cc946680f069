"""bulletins: figures of a period as they were, chosen cases, and pictures"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column(
            "code",
            sa.String(length=12),
            nullable=True,
            comment="2026-03: the third of the year, given when published",
        ),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("state", _word("state", "draft", "waiting", "published", "withdrawn"), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="raised by each act, and by another's typing"
        ),
        sa.Column("first_day", sa.Date(), nullable=False, comment="of the period"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="of the period; it belongs to it"),
        sa.Column("figures", sa.JSON(), nullable=False, comment="as counted at taken_at, never again"),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False, comment="words of each part"),
        sa.Column("left_out", sa.JSON(), nullable=False, comment="parts that are not shown"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("written_by_id", _ROW_ID, nullable=False, comment="who changed it last"),
        sa.Column("submitted_by_id", _ROW_ID, nullable=True),
        sa.Column("submitted_at", _MOMENT, nullable=True),
        sa.Column("published_by_id", _ROW_ID, nullable=True),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column(
            "remark", sa.String(length=300), nullable=False, comment="why it was sent back, or withdrawn"
        ),
        sa.Column("article_id", _ROW_ID, nullable=True),
        sa.CheckConstraint("title <> ''", name=op.f("ck_bulletin_title_not_empty")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_bulletin_first_before_last")),
        sa.CheckConstraint(
            "published_by_id <> submitted_by_id", name=op.f("ck_bulletin_published_by_another")
        ),
        sa.CheckConstraint(
            "published_by_id <> written_by_id", name=op.f("ck_bulletin_published_by_no_writer")
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'withdrawn') OR (published_by_id IS NOT NULL AND code IS NOT NULL)",
            name=op.f("ck_bulletin_out_only_approved"),
        ),
        sa.CheckConstraint(
            "state <> 'waiting' OR submitted_by_id IS NOT NULL",
            name=op.f("ck_bulletin_submitted_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_bulletin_withdrawn_at_a_time")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["staff.id"], name=op.f("fk_bulletin_written_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["staff.id"], name=op.f("fk_bulletin_submitted_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["staff.id"], name=op.f("fk_bulletin_published_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_bulletin_article_id_article"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("code", name=op.f("uq_bulletin_code")),
    )
    op.create_index(op.f("ix_bulletin_article_id"), "bulletin", ["article_id"])
    op.create_index("ix_bulletin_state_published_at", "bulletin", ["state", "published_at"])
    op.create_table(
        "bulletin_case",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("bulletin_id", _ROW_ID, nullable=False),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        sa.Column("side", _word("side", "good", "bad"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="from what was released of it"),
        sa.Column("answer", sa.Text(), nullable=False, comment="likewise"),
        sa.Column("comment", sa.Text(), nullable=False, comment="what the office says of it"),
        sa.Column("facts", sa.JSON(), nullable=False, comment="team, place, days, reason"),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_case_bulletin_id_bulletin")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_bulletin_case_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_case")),
        sa.UniqueConstraint(
            "bulletin_id", "complaint_id", name=op.f("uq_bulletin_case_bulletin_id_complaint_id")
        ),
    )
    op.create_index(op.f("ix_bulletin_case_complaint_id"), "bulletin_case", ["complaint_id"])
    op.create_table(
        "bulletin_chart",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("bulletin_id", _ROW_ID, nullable=False),
        sa.Column("name", _word("name", "trend", "teams", "areas"), nullable=False),
        sa.Column("file_key", sa.String(length=100), nullable=False),
        sa.Column("dark_file_key", sa.String(length=100), nullable=False),
        sa.Column(
            "width",
            sa.Integer(),
            nullable=False,
            comment="in points of the page; the file has three times as many",
        ),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_chart_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_chart")),
        sa.UniqueConstraint("bulletin_id", "name", name=op.f("uq_bulletin_chart_bulletin_id_name")),
    )
    op.create_index(op.f("ix_bulletin_chart_dark_file_key"), "bulletin_chart", ["dark_file_key"])
    op.create_index(op.f("ix_bulletin_chart_file_key"), "bulletin_chart", ["file_key"])


def downgrade() -> None:
    for name in ("chart", "case"):
        op.drop_table(f"bulletin_{name}")
    op.drop_table("bulletin")
