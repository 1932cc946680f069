"""who saw personal data; judgements that lead to nobody"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_SEEN = ("phone", "name", "contact", "file")
_SEEN_IN = ("page", "search", "print", "export")
_JUDGEMENTS = (
    ("rating", None, "none: whoever it was had themselves forgotten"),
    (
        "place_rating",
        "to count each once; shown to nobody",
        "to count each once; none: had themselves forgotten",
    ),
)


def _word(name: str, words: Sequence[str]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "personal_data_access",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("hour", _MOMENT, nullable=False, comment="the hour it falls into, in UTC"),
        sa.Column("staff_id", _ROW_ID, nullable=False),
        sa.Column(
            "post", sa.String(100), nullable=False, comment="team and role then, as the person may read it"
        ),
        sa.Column("complaint_id", _ROW_ID, nullable=False),
        sa.Column("seen", _word("seen", _SEEN), nullable=False),
        sa.Column("seen_in", _word("seen_in", _SEEN_IN), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_personal_data_access_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_personal_data_access_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_data_access")),
        sa.UniqueConstraint(
            "complaint_id",
            "staff_id",
            "seen",
            "seen_in",
            "hour",
            name=op.f("uq_personal_data_access_complaint_id_staff_id_seen_seen_in_hour"),
        ),
    )
    op.create_index(op.f("ix_personal_data_access_at"), "personal_data_access", ["at"])
    op.create_index("ix_personal_data_access_staff_id_id", "personal_data_access", ["staff_id", "id"])
    for table, before, after in _JUDGEMENTS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "person_id", existing_type=_ROW_ID, nullable=True, comment=after, existing_comment=before
            )


def downgrade() -> None:
    for table, before, after in _JUDGEMENTS:
        # Of those that lead to nobody nothing could be kept.
        op.execute(f"DELETE FROM {table} WHERE person_id IS NULL")  # noqa: S608
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "person_id", existing_type=_ROW_ID, nullable=False, comment=before, existing_comment=after
            )
    op.drop_table("personal_data_access")
