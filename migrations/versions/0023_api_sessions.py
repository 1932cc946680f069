"""the API: identities in the mini program, sessions, requests that had their effect, codes that link"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.add_column(
            sa.Column(
                "unionid",
                sa.String(64),
                nullable=True,
                comment="as the official account was told it; joins the mini program",
            )
        )
        batch.add_column(sa.Column("unionid_asked_at", _MOMENT, nullable=True))
        batch.create_unique_constraint(op.f("uq_person_unionid"), ["unionid"])
    _create_identity()
    _create_session()
    _create_request()
    with op.batch_alter_table("scan_ticket") as batch:
        batch.add_column(
            sa.Column("for_person_id", _ROW_ID, nullable=True, comment="who wants to link their mini program")
        )
        batch.create_foreign_key(
            op.f("fk_scan_ticket_for_person_id_person"), "person", ["for_person_id"], ["id"]
        )
        batch.create_index(op.f("ix_scan_ticket_for_person_id"), ["for_person_id"])
    _take_scans("'bind', 'login', 'link'", linking=True)


def downgrade() -> None:
    """Codes that link have no place before this: they go."""
    op.execute("DELETE FROM scan_ticket WHERE kind = 'link'")
    _take_scans("'bind', 'login'", linking=False)
    with op.batch_alter_table("scan_ticket") as batch:
        batch.drop_index(op.f("ix_scan_ticket_for_person_id"))
        batch.drop_constraint(op.f("fk_scan_ticket_for_person_id_person"), type_="foreignkey")
        batch.drop_column("for_person_id")
    for table in ("idempotent_request", "api_session", "mini_program_identity"):
        op.drop_table(table)
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint(op.f("uq_person_unionid"), type_="unique")
        batch.drop_column("unionid_asked_at")
        batch.drop_column("unionid")


def _take_scans(kinds: str, *, linking: bool) -> None:
    with op.batch_alter_table("scan_ticket") as batch:
        batch.drop_constraint(op.f("ck_scan_ticket_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_scan_ticket_kind"), sa.text(f"kind IN ({kinds})"))
        if linking:
            batch.create_check_constraint(
                op.f("ck_scan_ticket_link_for_somebody"),
                sa.text("kind <> 'link' OR for_person_id IS NOT NULL"),
            )
        else:
            batch.drop_constraint(op.f("ck_scan_ticket_link_for_somebody"), type_="check")


def _create_identity() -> None:
    op.create_table(
        "mini_program_identity",
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("openid", sa.String(64), nullable=False, comment="of the mini program"),
        sa.Column(
            "unionid",
            sa.String(64),
            nullable=True,
            comment="only where both accounts are bound to one open platform account",
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mini_program_identity_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mini_program_identity")),
        sa.UniqueConstraint("openid", name=op.f("uq_mini_program_identity_openid")),
    )
    op.create_index(op.f("ix_mini_program_identity_unionid"), "mini_program_identity", ["unionid"])


def _create_session() -> None:
    op.create_table(
        "api_session",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("key", sa.String(22), nullable=False, comment="names it to its person; opens nothing"),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("device", sa.String(60), nullable=False, comment="as the program calls it"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True, comment="signed out, or ended from another device"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_session_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_session")),
        sa.UniqueConstraint("key", name=op.f("uq_api_session_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_session_token_hash")),
    )
    op.create_index(op.f("ix_api_session_person_id"), "api_session", ["person_id"])
    op.create_index(op.f("ix_api_session_expires_at"), "api_session", ["expires_at"])


def _create_request() -> None:
    op.create_table(
        "idempotent_request",
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(64), nullable=False, comment="chosen by the program"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="what was asked for, as a digest"),
        sa.Column("result", sa.String(40), nullable=False, comment="number of the complaint it was about"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_idempotent_request_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotent_request")),
    )
    op.create_index(op.f("ix_idempotent_request_created_at"), "idempotent_request", ["created_at"])
