"""personal settings, and the marks of who had themselves forgotten"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "personal_settings",
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("muted", sa.JSON(), nullable=False, comment="kinds of notices that stay on the inbox page"),
        sa.Column(
            "quiet_from", sa.Time(), nullable=True, comment="local time; none: the office's quiet hours"
        ),
        sa.Column(
            "quiet_until", sa.Time(), nullable=True, comment="local time; equal to the start: never quiet"
        ),
        sa.Column(
            "wants_digest", sa.Boolean(), nullable=False, comment="asked for pushes, such as the digest"
        ),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)",
            name=op.f("ck_personal_settings_quiet_hours_have_both_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_personal_settings_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_personal_settings")),
    )
    op.create_table(
        "former_person",
        sa.Column(
            "mark", sa.String(64), nullable=False, comment="keyed digest of the openid; leads back to nobody"
        ),
        sa.Column("left_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_former_person")),
    )
    op.create_index(op.f("ix_former_person_left_at"), "former_person", ["left_at"])


def downgrade() -> None:
    op.drop_table("former_person")
    op.drop_table("personal_settings")
