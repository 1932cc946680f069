"""what articles are written from, their pictures, and a page of their own"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _article_columns() -> list[sa.Column[object]]:
    return [
        sa.Column(
            "words", sa.Text(), nullable=False, server_default="", comment="as typed; the html was made of it"
        ),
        sa.Column(
            "cover_file_key",
            sa.String(100),
            nullable=False,
            server_default="",
            comment="none: the first picture of the text",
        ),
        sa.Column(
            "cover_shift",
            sa.Integer(),
            nullable=False,
            server_default="50",
            comment="which strip of the cover is shown, in percent of what is cut off",
        ),
        sa.Column("asked_at", _MOMENT, nullable=True, comment="since when it waits for approval"),
        sa.Column(
            "uploaded",
            sa.JSON(),
            nullable=False,
            server_default="{}",
            comment="what the platform calls its pictures, by their digests",
        ),
        sa.Column(
            "old_draft",
            sa.String(128),
            nullable=False,
            server_default="",
            comment="the platform's draft of an earlier text, to be thrown away",
        ),
        sa.Column(
            "page_code",
            sa.String(32),
            nullable=True,
            comment="names its public page with us; none: no such page",
        ),
    ]


def upgrade() -> None:
    with op.batch_alter_table("article") as batch:
        for column in _article_columns():
            batch.add_column(column)
        batch.create_index(batch.f("ix_article_cover_file_key"), ["cover_file_key"])
        batch.create_unique_constraint(batch.f("uq_article_page_code"), ["page_code"])
        batch.create_check_constraint(
            batch.f("ck_article_cover_shift_is_percent"), "cover_shift BETWEEN 0 AND 100"
        )
    op.create_table(
        "article_picture",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("article_id", _ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="its name within the article: 图1, 图2 …"),
        sa.Column("file_key", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_article_picture_number_positive")),
        sa.CheckConstraint("file_key <> ''", name=op.f("ck_article_picture_has_file")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_picture_article_id_article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_picture")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_article_picture_article_id_number")),
    )
    op.create_index(op.f("ix_article_picture_file_key"), "article_picture", ["file_key"])


def downgrade() -> None:
    op.drop_table("article_picture")
    with op.batch_alter_table("article") as batch:
        batch.drop_constraint(batch.f("ck_article_cover_shift_is_percent"), type_="check")
        batch.drop_constraint(batch.f("uq_article_page_code"), type_="unique")
        batch.drop_index(batch.f("ix_article_cover_file_key"))
        for column in reversed(_article_columns()):
            batch.drop_column(column.name)
