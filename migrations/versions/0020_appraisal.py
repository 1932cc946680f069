"""appraisal: terms, entries, peer review, pioneer posts; standards and pledges of teams"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_PARTY_MEMBER = "the person in charge is a Party member (亮身份)"
_PARTY_MEMBER_BEFORE = "show the Party member pioneer badge beside the person in charge"
_TABLES = (
    "pioneer_post",
    "peer_mark",
    "peer_rater",
    "peer_round",
    "leader_remark",
    "inspection",
    "annual_score",
    "appraisal_term",
)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _id(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[int]:
    if key:
        return sa.Column(name, _ROW_ID, autoincrement=False, nullable=False)
    return sa.Column(name, _ROW_ID, nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    for column, comment in (
        ("standard", "亮标准, of places without their own"),
        ("pledge", "亮承诺, of places without their own"),
    ):
        op.add_column(
            "team", sa.Column(column, sa.Text(), nullable=False, server_default="", comment=comment)
        )
    op.add_column(
        "staff",
        sa.Column(
            "party_member",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="asked in peer reviews (党员互评)",
        ),
    )
    _explain_party_member(_PARTY_MEMBER)
    _create_term()
    _create_entries()
    _create_peer_review()
    _create_pioneer_post()


def downgrade() -> None:
    """What was appraised has no place before this; it goes."""
    for table in _TABLES:
        op.drop_table(table)
    _explain_party_member(_PARTY_MEMBER_BEFORE)
    op.drop_column("staff", "party_member")
    op.drop_column("team", "pledge")
    op.drop_column("team", "standard")


def _explain_party_member(comment: str) -> None:
    """Say what the column means; SQLite keeps no comments, and would copy the whole table for it."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("service_point", "party_member", comment=comment)


def _create_term() -> None:
    op.create_table(
        "appraisal_term",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False, comment="the last one with it"),
        sa.Column("weights", sa.JSON(), nullable=False, comment="per cent by part"),
        sa.Column("state", _words("state", "open", "closed"), nullable=False),
        sa.Column(
            "sheets", sa.JSON(), nullable=False, comment="of all teams, as they stood when it was closed"
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        _id("closed_by_id", nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_appraisal_term_days_in_order")),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_appraisal_term_closed_at_a_time")
        ),
        _refers("appraisal_term", "closed_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_term")),
        sa.UniqueConstraint("name", name=op.f("uq_appraisal_term_name")),
    )


def _create_entries() -> None:
    op.create_table(
        "annual_score",
        _id("term_id", key=True),
        _id("team_id", key=True),
        sa.Column("tenths", sa.Integer(), nullable=False, comment="of a point; 0 to 1000"),
        sa.Column("reason", sa.Text(), nullable=False),
        _id("entered_by_id"),
        sa.Column("entered_at", _MOMENT, nullable=False),
        sa.CheckConstraint("tenths BETWEEN 0 AND 1000", name=op.f("ck_annual_score_tenths_in_range")),
        _refers("annual_score", "term_id", "appraisal_term"),
        _refers("annual_score", "team_id", "team"),
        _refers("annual_score", "entered_by_id", "staff"),
        sa.PrimaryKeyConstraint("term_id", "team_id", name=op.f("pk_annual_score")),
    )
    _index("annual_score", "team_id")
    op.create_table(
        "inspection",
        sa.Column("id", _ROW_ID, nullable=False),
        _id("term_id"),
        _id("team_id"),
        _id("service_point_id", nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "points", sa.Integer(), nullable=False, comment="added to, or with a minus taken from, 100"
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("photo_file_key", sa.String(length=100), nullable=False),
        _id("entered_by_id"),
        sa.Column("entered_at", _MOMENT, nullable=False),
        sa.Column(
            "void_reason",
            sa.String(length=200),
            nullable=False,
            comment="why it does not count any more; empty: it counts",
        ),
        sa.CheckConstraint("points BETWEEN -30 AND 10", name=op.f("ck_inspection_points_in_range")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_inspection_words_not_empty")),
        _refers("inspection", "term_id", "appraisal_term"),
        _refers("inspection", "team_id", "team"),
        _refers("inspection", "service_point_id", "service_point"),
        _refers("inspection", "entered_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    for columns in (("term_id", "team_id"), ("team_id",), ("service_point_id",), ("photo_file_key",)):
        _index("inspection", *columns)
    op.create_table(
        "leader_remark",
        sa.Column("id", _ROW_ID, nullable=False),
        _id("term_id"),
        _id("team_id"),
        sa.Column("words", sa.Text(), nullable=False),
        _id("staff_id"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_leader_remark_words_not_empty")),
        _refers("leader_remark", "term_id", "appraisal_term"),
        _refers("leader_remark", "team_id", "team"),
        _refers("leader_remark", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader_remark")),
    )
    _index("leader_remark", "term_id", "team_id")
    _index("leader_remark", "team_id")


def _create_peer_review() -> None:
    op.create_table(
        "peer_round",
        sa.Column("id", _ROW_ID, nullable=False),
        _id("term_id"),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("subject", _words("subject", "teams", "colleagues"), nullable=False),
        sa.Column("state", _words("state", "open", "closed"), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_peer_round_closed_at_a_time")
        ),
        _refers("peer_round", "term_id", "appraisal_term"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_round")),
    )
    _index("peer_round", "term_id")
    op.create_table(
        "peer_rater",
        _id("round_id", key=True),
        _id("staff_id", key=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        _refers("peer_rater", "round_id", "peer_round"),
        _refers("peer_rater", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("round_id", "staff_id", name=op.f("pk_peer_rater")),
    )
    _index("peer_rater", "staff_id")
    op.create_table(
        "peer_mark",
        sa.Column("id", sa.String(length=32), nullable=False, comment="random"),
        _id("round_id"),
        _id("team_id", nullable=True),
        _id("staff_id", nullable=True),
        sa.Column("grade", _words("grade", "excellent", "good", "fair", "poor"), nullable=False),
        sa.CheckConstraint("(team_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_peer_mark_about_one")),
        _refers("peer_mark", "round_id", "peer_round"),
        _refers("peer_mark", "team_id", "team"),
        _refers("peer_mark", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_mark")),
        sqlite_with_rowid=False,
    )
    for column in ("round_id", "team_id", "staff_id"):
        _index("peer_mark", column)


def _create_pioneer_post() -> None:
    op.create_table(
        "pioneer_post",
        sa.Column("id", _ROW_ID, nullable=False),
        _id("service_point_id"),
        sa.Column(
            "holder",
            sa.String(length=60),
            nullable=False,
            comment="person in charge, with post, when it was asked",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            _words("state", "waiting", "awarded", "refused", "withdrawn", "revoked"),
            nullable=False,
        ),
        _id("applied_by_id"),
        sa.Column("applied_at", _MOMENT, nullable=False),
        _id("decided_by_id", nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision_words", sa.Text(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_pioneer_post_days_in_order")),
        sa.CheckConstraint("decided_by_id <> applied_by_id", name=op.f("ck_pioneer_post_decided_by_another")),
        sa.CheckConstraint(
            "state = 'waiting' OR decided_at IS NOT NULL", name=op.f("ck_pioneer_post_decided_at_a_time")
        ),
        _refers("pioneer_post", "service_point_id", "service_point"),
        _refers("pioneer_post", "applied_by_id", "staff"),
        _refers("pioneer_post", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pioneer_post")),
    )
    _index("pioneer_post", "service_point_id")
    _index("pioneer_post", "state", "applied_at")
    op.create_index(
        "uq_pioneer_post_waiting",
        "pioneer_post",
        ["service_point_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
