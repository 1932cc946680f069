"""uploads before their form, and documents"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KINDS = ("photo", "voice", "video", "location")
_NEW_KINDS = (*_KINDS, "document")


def _in(column: str, words: Sequence[str]) -> sa.TextClause:
    return sa.text(f"{column} IN ({', '.join(repr(word) for word in words)})")


def upgrade() -> None:
    _create_pending_upload()
    op.create_table(
        "upload_chunk",
        sa.Column("upload_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False, comment="bytes before it"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.String(100), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_upload_chunk_size_positive")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["pending_upload.id"], name=op.f("fk_upload_chunk_upload_id_pending_upload")
        ),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_upload_chunk")),
    )
    op.create_index(op.f("ix_upload_chunk_file_key"), "upload_chunk", ["file_key"])
    name = sa.Column(
        "name", sa.String(120), nullable=False, server_default="", comment="what its sender called a document"
    )
    with op.batch_alter_table("attachment") as batch:
        batch.drop_constraint(op.f("ck_attachment_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_attachment_kind"), _in("kind", _NEW_KINDS))
        batch.add_column(name)
        batch.alter_column("content_type", type_=sa.String(100), existing_type=sa.String(60))
    with op.batch_alter_table("attachment") as batch:
        batch.alter_column("name", server_default=None)


def _create_pending_upload() -> None:
    op.create_table(
        "pending_upload",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("token", sa.String(43), nullable=False, comment="names it in pages; nobody can guess it"),
        sa.Column("person_id", _ROW_ID, nullable=True),
        sa.Column("staff_id", _ROW_ID, nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False, comment="as it was called by its sender"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes, as announced"),
        sa.Column(
            "received", sa.Integer(), nullable=False, comment="bytes that have come, from the beginning on"
        ),
        sa.Column("file_key", sa.String(100), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("kept_size", sa.Integer(), nullable=False, comment="bytes of the file that was made of it"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint(_in("kind", _NEW_KINDS), name=op.f("ck_pending_upload_kind")),
        sa.CheckConstraint(
            _in("state", ("receiving", "ready", "used")), name=op.f("ck_pending_upload_state")
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_pending_upload_one_owner")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_pending_upload_size_positive")),
        sa.CheckConstraint(
            "received >= 0 AND received <= size", name=op.f("ck_pending_upload_received_within_size")
        ),
        sa.CheckConstraint(
            "state = 'receiving' OR file_key <> ''", name=op.f("ck_pending_upload_whole_has_key")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pending_upload_person_id_person")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pending_upload_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_upload")),
        sa.UniqueConstraint("token", name=op.f("uq_pending_upload_token")),
    )
    for column in ("person_id", "staff_id", "file_key", "created_at"):
        op.create_index(op.f(f"ix_pending_upload_{column}"), "pending_upload", [column])


def downgrade() -> None:
    """Documents have no place before this: they are left out of the record, their files are swept."""
    op.execute("DELETE FROM attachment WHERE kind = 'document'")
    with op.batch_alter_table("attachment") as batch:
        batch.drop_constraint(op.f("ck_attachment_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_attachment_kind"), _in("kind", _KINDS))
        batch.drop_column("name")
        batch.alter_column("content_type", type_=sa.String(60), existing_type=sa.String(100))
    op.drop_table("upload_chunk")
    op.drop_table("pending_upload")
