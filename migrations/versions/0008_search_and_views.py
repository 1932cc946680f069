"""search in all words of a complaint, views of lists, and the indexes that long lists need"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The index of FTS5 keeps no words of its own; what it is to forget, it must be told word by word.
_FULL_TEXT = (
    """
    CREATE VIRTUAL TABLE complaint_search_fts USING fts5(
      tokens, content='complaint_search', content_rowid='complaint_id', tokenize='unicode61', detail=none,
      columnsize=0
    )
    """,
    """
    CREATE TRIGGER complaint_search_added AFTER INSERT ON complaint_search BEGIN
      INSERT INTO complaint_search_fts (rowid, tokens) VALUES (new.complaint_id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER complaint_search_removed AFTER DELETE ON complaint_search BEGIN
      INSERT INTO complaint_search_fts (complaint_search_fts, rowid, tokens)
        VALUES ('delete', old.complaint_id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER complaint_search_changed AFTER UPDATE OF tokens ON complaint_search BEGIN
      INSERT INTO complaint_search_fts (complaint_search_fts, rowid, tokens)
        VALUES ('delete', old.complaint_id, old.tokens);
      INSERT INTO complaint_search_fts (rowid, tokens) VALUES (new.complaint_id, new.tokens);
    END
    """,
)


def upgrade() -> None:
    _search()
    _views()
    _indexes()


def _search() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "complaint_search",
        sa.Column("complaint_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="folded, without blanks, a field per line"),
        sa.Column(
            "contact_words",
            sa.Text(),
            nullable=False,
            comment="name and telephone; empty when raised anonymously",
        ),
        sa.Column("tokens", postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_search_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint_search")),
    )
    op.create_index(
        op.f("ix_complaint_search_stale"),
        "complaint_search",
        ["complaint_id"],
        sqlite_where=sa.text("stale"),
        postgresql_where=sa.text("stale"),
    )
    if is_sqlite:
        for statement in _FULL_TEXT:
            op.execute(statement)
    else:
        op.create_index(
            op.f("ix_complaint_search_tokens"),
            "complaint_search",
            ["tokens"],
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
        )
    # The worker fills these rows in the background, so that migrating a large database does not take long.
    op.execute(
        "INSERT INTO complaint_search (complaint_id, words, contact_words, tokens, stale) "
        "SELECT id, '', '', '', true FROM complaint"
    )


def _views() -> None:
    op.create_table(
        "list_preference",
        sa.Column("staff_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False, comment="empty: the usual ones"),
        sa.Column("first_view_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["first_view_id"],
            ["saved_view.id"],
            name=op.f("fk_list_preference_first_view_id_saved_view"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_list_preference_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_list_preference")),
    )
    op.create_index(op.f("ix_list_preference_first_view_id"), "list_preference", ["first_view_id"])
    op.create_index(
        op.f("ix_saved_view_shared"),
        "saved_view",
        ["id"],
        sqlite_where=sa.text("shared"),
        postgresql_where=sa.text("shared"),
    )


def _indexes() -> None:
    # Each of these begins with the column of the one it replaces, and gives a list's order besides.
    for column in ("category_id", "handler_id", "filed_at"):
        op.drop_index(op.f(f"ix_complaint_{column}"), table_name="complaint")
    op.create_index(op.f("ix_complaint_category_id_filed_at"), "complaint", ["category_id", "filed_at"])
    op.create_index(op.f("ix_complaint_handler_id_filed_at"), "complaint", ["handler_id", "filed_at"])
    op.create_index(op.f("ix_complaint_team_id_filed_at"), "complaint", ["team_id", "filed_at"])
    op.create_index(op.f("ix_complaint_filed_at_id"), "complaint", ["filed_at", "id"])
    op.create_index(op.f("ix_complaint_closed_at"), "complaint", ["closed_at"])
    op.create_index(op.f("ix_complaint_earlier_id"), "complaint", ["earlier_id"])
    op.create_index(op.f("ix_complaint_done_due_at"), "complaint", ["done_due_at"])
    op.drop_index(op.f("ix_complaint_event_staff_id"), table_name="complaint_event")
    op.create_index(
        op.f("ix_complaint_event_staff_id_complaint_id"), "complaint_event", ["staff_id", "complaint_id"]
    )
    op.create_index(
        op.f("ix_complaint_request_waiting"),
        "complaint_request",
        ["complaint_id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    for trigger in ("added", "removed", "changed"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER complaint_search_{trigger}")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE complaint_search_fts")
    op.drop_table("complaint_search")
    op.drop_table("list_preference")
    op.drop_index(op.f("ix_saved_view_shared"), table_name="saved_view")
    op.drop_index(op.f("ix_complaint_request_waiting"), table_name="complaint_request")
    op.drop_index(op.f("ix_complaint_event_staff_id_complaint_id"), table_name="complaint_event")
    op.create_index(op.f("ix_complaint_event_staff_id"), "complaint_event", ["staff_id"])
    for name in ("category_id_filed_at", "handler_id_filed_at", "team_id_filed_at", "filed_at_id"):
        op.drop_index(op.f(f"ix_complaint_{name}"), table_name="complaint")
    for column in ("closed_at", "done_due_at", "earlier_id"):
        op.drop_index(op.f(f"ix_complaint_{column}"), table_name="complaint")
    for column in ("category_id", "handler_id", "filed_at"):
        op.create_index(op.f(f"ix_complaint_{column}"), "complaint", [column])
