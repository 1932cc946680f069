"""ratings of places, and where places lie"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "place_rating",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("service_point_id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False, comment="to count each once; shown to nobody"),
        sa.Column("day", sa.String(length=10), nullable=False, comment="local date, such as 2026-11-23"),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False, comment="ready words that were tapped"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_place_rating_stars_one_to_five")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_place_rating_person_id_person")),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_place_rating_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_rating")),
        sa.UniqueConstraint(
            "service_point_id",
            "person_id",
            "day",
            name=op.f("uq_place_rating_service_point_id_person_id_day"),
        ),
    )
    op.create_index(op.f("ix_place_rating_person_id"), "place_rating", ["person_id"])
    op.create_index(
        "ix_place_rating_service_point_id_rated_at", "place_rating", ["service_point_id", "rated_at"]
    )
    op.add_column("service_point", sa.Column("latitude", sa.Float(), nullable=True, comment="GCJ-02"))
    op.add_column("service_point", sa.Column("longitude", sa.Float(), nullable=True, comment="GCJ-02"))


def downgrade() -> None:
    op.drop_column("service_point", "longitude")
    op.drop_column("service_point", "latitude")
    op.drop_table("place_rating")
