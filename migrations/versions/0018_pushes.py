"""scheduled pushes, and notices that are part of one"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NEW_NOTICES = ("push_digest", "push_matter", "push_survey", "push_bulletin", "staff_list")
_KINDS = ("digest", "matter", "survey", "survey_reminder", "bulletin", "overdue", "supervision")
_PENDING = sa.text("state = 'pending'")
_OF_A_PUSH = sa.text("push_run_id IS NOT NULL")
_ONE_REMINDER = sa.text("kind = 'survey_reminder' AND state IN ('waiting', 'running', 'done')")


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
    _create_schedule()
    _create_run()
    with op.batch_alter_table("notice") as batch:
        batch.add_column(
            sa.Column(
                "bulk",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="one of many: goes behind what is for one person",
            )
        )
        batch.add_column(sa.Column("push_run_id", _ROW_ID, nullable=True))
        batch.create_foreign_key(op.f("fk_notice_push_run_id_push_run"), "push_run", ["push_run_id"], ["id"])
        batch.drop_index("ix_notice_waiting")
    with op.batch_alter_table("notice") as batch:
        batch.alter_column("bulk", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
        batch.create_index(
            "ix_notice_waiting",
            ["urgent", "bulk", "due_at"],
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        )
        batch.create_index(
            "ix_notice_push_run_id_state",
            ["push_run_id", "state"],
            sqlite_where=_OF_A_PUSH,
            postgresql_where=_OF_A_PUSH,
        )
    for table in ("notice", "message_template"):
        _take_kinds(table, [*_notice_kinds(table), *_NEW_NOTICES])


def downgrade() -> None:
    """Pushes have no place before this: they go, with their notices."""
    listed = ", ".join(f"'{kind}'" for kind in _NEW_NOTICES)
    told = f"SELECT id FROM notice WHERE kind IN ({listed})"  # noqa: S608 (our own words)
    op.execute(f"DELETE FROM notice_attempt WHERE notice_id IN ({told})")  # noqa: S608
    for table in ("notice", "message_template"):
        kept = [kind for kind in _notice_kinds(table) if kind not in _NEW_NOTICES]
        op.execute(f"DELETE FROM {table} WHERE kind IN ({listed})")  # noqa: S608 (our own words)
        _take_kinds(table, kept)
    with op.batch_alter_table("notice") as batch:
        batch.drop_index("ix_notice_push_run_id_state")
        batch.drop_index("ix_notice_waiting")
        batch.drop_constraint(op.f("fk_notice_push_run_id_push_run"), type_="foreignkey")
        batch.drop_column("push_run_id")
        batch.drop_column("bulk")
        batch.create_index(
            "ix_notice_waiting", ["urgent", "due_at"], sqlite_where=_PENDING, postgresql_where=_PENDING
        )
    op.drop_table("push_run")
    op.drop_table("push_schedule")


def _create_schedule() -> None:
    op.create_table(
        "push_schedule",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("kind", _words("kind", *_KINDS), nullable=False),
        sa.Column(
            "subject", sa.String(length=40), nullable=False, comment="which matter, survey or bulletin"
        ),
        sa.Column(
            "when_kind", _words("when_kind", "weekly", "monthly", "working_days", "once"), nullable=False
        ),
        sa.Column("at", sa.Time(), nullable=False, comment="local time"),
        sa.Column("days", sa.JSON(), nullable=False, comment="Monday is 1; of a month, 0 is its last day"),
        sa.Column("day", sa.Date(), nullable=True, comment="of a push that comes once"),
        sa.Column("days_off", _words("days_off", "keep", "next", "skip"), nullable=False),
        sa.Column("missed", _words("missed", "once", "skip"), nullable=False),
        sa.Column(
            "automatic", sa.Boolean(), nullable=False, comment="is to go out without an approval each time"
        ),
        sa.Column("confirmed_by_id", _ROW_ID, nullable=True, comment="who let it go out to people by itself"),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.Column("seen_until", _MOMENT, nullable=False, comment="up to then, all times were made into runs"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_by_id", _ROW_ID, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "confirmed_by_id <> changed_by_id", name=op.f("ck_push_schedule_confirmed_by_another")
        ),
        sa.CheckConstraint(
            "when_kind <> 'once' OR day IS NOT NULL", name=op.f("ck_push_schedule_once_on_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["staff.id"], name=op.f("fk_push_schedule_changed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["staff.id"], name=op.f("fk_push_schedule_confirmed_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_schedule")),
    )


def _create_run() -> None:
    staff = ("created_by_id", "approved_by_id", "ended_by_id")
    op.create_table(
        "push_run",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False, comment="in the address of its page"),
        sa.Column("schedule_id", _ROW_ID, nullable=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("kind", _words("kind", *_KINDS), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column(
            "state", _words("state", "waiting", "running", "done", "cancelled", "skipped"), nullable=False
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="as it was when it was approved"),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False, comment="what a template may show"),
        sa.Column("sections", sa.JSON(), nullable=False, comment="of its page, where it has one"),
        sa.Column(
            "remark", sa.String(length=300), nullable=False, comment="why it is late, or did not go out"
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by_id", _ROW_ID, nullable=True),
        sa.Column("approved_by_id", _ROW_ID, nullable=True),
        sa.Column("ended_by_id", _ROW_ID, nullable=True, comment="who called it off"),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False, comment="id of the last recipient in the outbox"),
        sa.Column("eligible", sa.Integer(), nullable=False, comment="recipients in the outbox"),
        sa.Column("written_at", _MOMENT, nullable=True, comment="since then, all are in the outbox"),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False, comment="how it ended"),
        sa.CheckConstraint("approved_by_id <> created_by_id", name=op.f("ck_push_run_approved_by_another")),
        sa.CheckConstraint(
            "state NOT IN ('running', 'done') OR automatic OR approved_by_id IS NOT NULL",
            name=op.f("ck_push_run_out_only_approved"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running') OR finished_at IS NOT NULL",
            name=op.f("ck_push_run_over_at_a_time"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["staff.id"], name=op.f(f"fk_push_run_{name}_staff"))
            for name in staff
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["push_schedule.id"], name=op.f("fk_push_run_schedule_id_push_schedule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_run")),
        sa.UniqueConstraint("code", name=op.f("uq_push_run_code")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_push_run_schedule_id_due_at")),
    )
    op.create_index(
        "uq_push_run_one_reminder",
        "push_run",
        ["subject"],
        unique=True,
        sqlite_where=_ONE_REMINDER,
        postgresql_where=_ONE_REMINDER,
    )
    op.create_index("ix_push_run_state_id", "push_run", ["state", "id"])
