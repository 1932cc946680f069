"""who asked for an approval: of an article, and of closing a term of appraisal"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("article") as batch:
        batch.add_column(sa.Column("asked_by_id", _ROW_ID, nullable=True, comment="who put it there"))
        batch.create_foreign_key(batch.f("fk_article_asked_by_id_staff"), "staff", ["asked_by_id"], ["id"])
        batch.create_check_constraint(
            batch.f("ck_article_approved_by_who_did_not_ask"), "approved_by_id <> asked_by_id"
        )
    with op.batch_alter_table("appraisal_term") as batch:
        batch.add_column(
            sa.Column(
                "close_asked_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="since when it waits to be closed",
            )
        )
        batch.add_column(sa.Column("close_asked_by_id", _ROW_ID, nullable=True))
        batch.create_foreign_key(
            batch.f("fk_appraisal_term_close_asked_by_id_staff"), "staff", ["close_asked_by_id"], ["id"]
        )
        batch.create_check_constraint(
            batch.f("ck_appraisal_term_closed_by_another"), "closed_by_id <> close_asked_by_id"
        )
        batch.create_check_constraint(
            batch.f("ck_appraisal_term_close_asked_by_somebody"),
            "(close_asked_by_id IS NULL) = (close_asked_at IS NULL)",
        )


def downgrade() -> None:
    with op.batch_alter_table("appraisal_term") as batch:
        batch.drop_constraint(batch.f("ck_appraisal_term_close_asked_by_somebody"), type_="check")
        batch.drop_constraint(batch.f("ck_appraisal_term_closed_by_another"), type_="check")
        batch.drop_constraint(batch.f("fk_appraisal_term_close_asked_by_id_staff"), type_="foreignkey")
        batch.drop_column("close_asked_by_id")
        batch.drop_column("close_asked_at")
    with op.batch_alter_table("article") as batch:
        batch.drop_constraint(batch.f("ck_article_approved_by_who_did_not_ask"), type_="check")
        batch.drop_constraint(batch.f("fk_article_asked_by_id_staff"), type_="foreignkey")
        batch.drop_column("asked_by_id")
