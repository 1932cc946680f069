"""matters: the ledger, what was done to its lines, and who follows them"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NEW_NOTICES = ("matter_listed", "matter_progress", "matter_closed", "staff_relapsed")
_TABLES = (
    "matter_vote",
    "matter_follower",
    "matter_complaint",
    "matter_request",
    "matter_milestone",
    "matter_event",
    "matter_place",
    "matter_team",
    "matter",
)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _notice_kinds(table: str) -> list[str]:
    """Ask the database which kinds of notice it takes so far."""
    checks = sa.inspect(op.get_bind()).get_check_constraints(table)
    found = next(check for check in checks if check["name"] == f"ck_{table}_kind")
    return re.findall(r"'([a-z_]+)'", found["sqltext"])


def _take_kinds(table: str, kinds: Sequence[str]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in dict.fromkeys(kinds))
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_kind"), sa.text(f"kind IN ({listed})"))


def upgrade() -> None:
    _create_matter()
    _create_what_belongs_to_it()
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("matter_event_id", _ROW_ID, nullable=True))
        batch.create_foreign_key(
            op.f("fk_attachment_matter_event_id_matter_event"), "matter_event", ["matter_event_id"], ["id"]
        )
        batch.create_index(op.f("ix_attachment_matter_event_id"), ["matter_event_id"])
    for table in ("notice", "message_template"):
        _take_kinds(table, [*_notice_kinds(table), *_NEW_NOTICES])


def downgrade() -> None:
    """Matters have no place before this: they go, with the photos of the work and the notices of them."""
    for table in ("notice", "message_template"):
        kept = [kind for kind in _notice_kinds(table) if kind not in _NEW_NOTICES]
        listed = ", ".join(f"'{kind}'" for kind in _NEW_NOTICES)
        if table == "notice":
            told = f"SELECT id FROM notice WHERE kind IN ({listed})"  # noqa: S608 (our own words)
            op.execute(f"DELETE FROM notice_attempt WHERE notice_id IN ({told})")  # noqa: S608
        op.execute(f"DELETE FROM {table} WHERE kind IN ({listed})")  # noqa: S608 (our own words)
        _take_kinds(table, kept)
    op.execute("DELETE FROM attachment WHERE matter_event_id IS NOT NULL")
    with op.batch_alter_table("attachment") as batch:
        batch.drop_index(op.f("ix_attachment_matter_event_id"))
        batch.drop_constraint(op.f("fk_attachment_matter_event_id_matter_event"), type_="foreignkey")
        batch.drop_column("matter_event_id")
    for table in _TABLES:
        op.drop_table(table)


def _create_matter() -> None:
    op.create_table(
        "matter",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", _words("kind", "practical", "rectification", "legacy", "workplan"), nullable=False),
        sa.Column(
            "source",
            _words(
                "source",
                "complaints",
                "inspection",
                "audit",
                "research",
                "meeting",
                "safety",
                "plan",
                "other",
            ),
            nullable=False,
        ),
        sa.Column(
            "source_words", sa.String(length=100), nullable=False, comment="which inspection, meeting or plan"
        ),
        sa.Column(
            "source_key",
            sa.String(length=120),
            nullable=True,
            comment="names the line of an imported table, for importing it again",
        ),
        sa.Column(
            "status",
            _words("status", "planned", "in_progress", "submitted", "deferred", "closed", "cancelled"),
            nullable=False,
        ),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="raised by every step; shows who was faster"
        ),
        sa.Column("round", sa.Integer(), nullable=False, comment="each relapse or refusal begins another"),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False, comment="the root cause"),
        sa.Column("goal", sa.Text(), nullable=False, comment="what it is accepted against"),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=60), nullable=False, comment="of a workplan"),
        sa.Column("item", sa.String(length=20), nullable=False, comment="its number in a workplan"),
        sa.Column(
            "lead_staff_id", _ROW_ID, nullable=True, comment="the leader who answers for it (牵头领导)"
        ),
        sa.Column("team_id", _ROW_ID, nullable=True),
        sa.Column("category_id", _ROW_ID, nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column(
            "deadline", sa.Date(), nullable=True, comment="its last day; none when there is no such day"
        ),
        sa.Column(
            "deadline_words", sa.String(length=40), nullable=False, comment="as it was written, such as 长期"
        ),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("listed_at", _MOMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("watch_until", _MOMENT, nullable=True, comment="end of the watch for a relapse"),
        sa.Column("relapsed_at", _MOMENT, nullable=True, comment="since when it is suspected to be back"),
        sa.Column("deferred_until", sa.Date(), nullable=True),
        sa.Column("supervised_at", _MOMENT, nullable=True),
        sa.Column(
            "supervised_until", sa.Date(), nullable=True, comment="deadline set by a leader or inspector"
        ),
        sa.Column("near_told_for", sa.Date(), nullable=True, comment="the deadline that was reminded of"),
        sa.Column("overdue_told_for", sa.Date(), nullable=True, comment="the deadline whose end was told"),
        sa.CheckConstraint("number <> ''", name=op.f("ck_matter_number_not_empty")),
        sa.CheckConstraint(
            "status <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_matter_closed_at_a_time")
        ),
        sa.CheckConstraint(
            "status <> 'deferred' OR deferred_until IS NOT NULL", name=op.f("ck_matter_deferred_until_a_day")
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_matter_title_not_empty")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_matter_round_from_one")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_matter_category_id_category")
        ),
        sa.ForeignKeyConstraint(["lead_staff_id"], ["staff.id"], name=op.f("fk_matter_lead_staff_id_staff")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_matter_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
        sa.UniqueConstraint("source_key", name=op.f("uq_matter_source_key")),
    )
    op.create_index(op.f("ix_matter_category_id"), "matter", ["category_id"], unique=False)
    op.create_index(op.f("ix_matter_lead_staff_id"), "matter", ["lead_staff_id"], unique=False)
    op.create_index("ix_matter_public_status", "matter", ["public", "status"], unique=False)
    op.create_index("ix_matter_status_deadline", "matter", ["status", "deadline"], unique=False)
    op.create_index("ix_matter_team_id_status", "matter", ["team_id", "status"], unique=False)


def _create_what_belongs_to_it() -> None:
    op.create_table(
        "matter_team",
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("team_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_team_matter_id_matter")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_matter_team_team_id_team")),
        sa.PrimaryKeyConstraint("matter_id", "team_id", name=op.f("pk_matter_team")),
    )
    op.create_index(op.f("ix_matter_team_team_id"), "matter_team", ["team_id"], unique=False)
    op.create_table(
        "matter_place",
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("service_point_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_place_matter_id_matter")),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_matter_place_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("matter_id", "service_point_id", name=op.f("pk_matter_place")),
    )
    op.create_index(
        op.f("ix_matter_place_service_point_id"), "matter_place", ["service_point_id"], unique=False
    )
    op.create_table(
        "matter_event",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("matter_id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column(
            "step",
            _words(
                "step",
                "list",
                "edit",
                "start",
                "progress",
                "note",
                "plan_milestone",
                "drop_milestone",
                "submit_milestone",
                "accept_milestone",
                "refuse_milestone",
                "submit",
                "retract",
                "accept",
                "refuse",
                "request_deferral",
                "approve_deferral",
                "refuse_deferral",
                "resume",
                "supervise",
                "cancel",
                "flag_relapse",
                "reopen",
                "link",
                "unlink",
                "publish",
                "unpublish",
                "remind",
            ),
            nullable=False,
        ),
        sa.Column(
            "from_status",
            _words("from_status", "planned", "in_progress", "submitted", "deferred", "closed", "cancelled"),
            nullable=True,
        ),
        sa.Column(
            "to_status",
            _words("to_status", "planned", "in_progress", "submitted", "deferred", "closed", "cancelled"),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "actor_kind", _words("actor_kind", "reporter", "follower", "staff", "clock"), nullable=False
        ),
        sa.Column(
            "actor_label",
            sa.String(length=100),
            nullable=False,
            comment="who, by post, as the public reads it",
        ),
        sa.Column("staff_id", _ROW_ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False, comment="false: for staff only"),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("round >= 1", name=op.f("ck_matter_event_round_from_one")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_event_matter_id_matter")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_matter_event_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_event")),
    )
    op.create_index("ix_matter_event_matter_id_id", "matter_event", ["matter_id", "id"], unique=False)
    op.create_index(
        "ix_matter_event_staff_id_matter_id", "matter_event", ["staff_id", "matter_id"], unique=False
    )
    op.create_table(
        "matter_milestone",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("matter_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        sa.Column("near_told_for", sa.Date(), nullable=True),
        sa.Column("overdue_told_for", sa.Date(), nullable=True),
        sa.CheckConstraint("title <> ''", name=op.f("ck_matter_milestone_title_not_empty")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_milestone_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_milestone")),
    )
    op.create_index(op.f("ix_matter_milestone_deadline"), "matter_milestone", ["deadline"], unique=False)
    op.create_index(
        "ix_matter_milestone_matter_id_position", "matter_milestone", ["matter_id", "position"], unique=False
    )
    op.create_table(
        "matter_request",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("matter_id", _ROW_ID, nullable=False),
        sa.Column("kind", _words("kind", "close", "deferral", "milestone"), nullable=False),
        sa.Column("state", _words("state", "open", "granted", "refused", "dropped"), nullable=False),
        sa.Column("milestone_id", _ROW_ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, comment="what was done, or why it has to wait"),
        sa.Column("until", sa.Date(), nullable=True, comment="promised day of a deferral"),
        sa.Column("requested_by_id", _ROW_ID, nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("decided_by_id", _ROW_ID, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind <> 'deferral' OR until IS NOT NULL", name=op.f("ck_matter_request_deferral_until_a_day")
        ),
        sa.CheckConstraint(
            "kind <> 'milestone' OR milestone_id IS NOT NULL",
            name=op.f("ck_matter_request_milestone_is_named"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('granted', 'refused') OR decided_by_id IS NOT NULL",
            name=op.f("ck_matter_request_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "decided_by_id <> requested_by_id", name=op.f("ck_matter_request_decided_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_matter_request_decided_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_request_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["matter_milestone.id"],
            name=op.f("fk_matter_request_milestone_id_matter_milestone"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["staff.id"], name=op.f("fk_matter_request_requested_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_request")),
    )
    op.create_index(
        "ix_matter_request_matter_id_state", "matter_request", ["matter_id", "state"], unique=False
    )
    op.create_index(op.f("ix_matter_request_milestone_id"), "matter_request", ["milestone_id"], unique=False)
    op.create_index(
        "ix_matter_request_waiting",
        "matter_request",
        ["matter_id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "matter_complaint",
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("complaint_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("linked_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_matter_complaint_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_complaint_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("matter_id", "complaint_id", name=op.f("pk_matter_complaint")),
    )
    op.create_index(
        op.f("ix_matter_complaint_complaint_id"), "matter_complaint", ["complaint_id"], unique=False
    )
    op.create_table(
        "matter_follower",
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_follower_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_matter_follower_person_id_person")
        ),
        sa.PrimaryKeyConstraint("matter_id", "person_id", name=op.f("pk_matter_follower")),
    )
    op.create_index(op.f("ix_matter_follower_person_id"), "matter_follower", ["person_id"], unique=False)
    op.create_table(
        "matter_vote",
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_matter_vote_matter_id_matter")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_matter_vote_person_id_person")),
        sa.PrimaryKeyConstraint("matter_id", "person_id", name=op.f("pk_matter_vote")),
    )
    op.create_index(op.f("ix_matter_vote_person_id"), "matter_vote", ["person_id"], unique=False)
