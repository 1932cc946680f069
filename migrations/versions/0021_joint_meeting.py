"""what a matter is stuck on, drafts of its acts, and joint meetings with their papers"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STEPS = (
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
)
_NEW_STEPS = ("block", "unblock", "clear_relapse")
_TABLES = (
    "joint_meeting_decision",
    "joint_meeting_draft",
    "joint_meeting_section",
    "joint_meeting",
    "matter_act_draft",
)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, to: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def _take_steps(steps: Sequence[str]) -> None:
    listed = ", ".join(f"'{step}'" for step in steps)
    with op.batch_alter_table("matter_event") as batch:
        batch.drop_constraint(op.f("ck_matter_event_step"), type_="check")
        batch.create_check_constraint(op.f("ck_matter_event_step"), sa.text(f"step IN ({listed})"))


def upgrade() -> None:
    _take_steps([*_STEPS, *_NEW_STEPS])
    with op.batch_alter_table("matter") as batch:
        for column in _columns():
            batch.add_column(column)
        batch.create_check_constraint(
            op.f("ck_matter_blocked_for_a_reason"), sa.text("blocked_at IS NULL OR blocked_reason <> ''")
        )
    with op.batch_alter_table("matter") as batch:
        batch.alter_column("blocked_reason", server_default=None)
        batch.alter_column("blocked_needs", server_default=None)
    _create_draft()
    _create_meeting()
    _create_decision()


def downgrade() -> None:
    """What the new steps say has no place before this, and goes with them."""
    for table in _TABLES:
        op.drop_table(table)
    with op.batch_alter_table("matter") as batch:
        batch.drop_constraint(op.f("ck_matter_blocked_for_a_reason"), type_="check")
        for column in _columns():
            batch.drop_column(column.name)
    new = ", ".join(f"'{step}'" for step in _NEW_STEPS)
    told = f"SELECT id FROM matter_event WHERE step IN ({new})"  # noqa: S608 (our own words)
    op.execute(f"UPDATE attachment SET matter_event_id = NULL WHERE matter_event_id IN ({told})")  # noqa: S608
    op.execute(f"DELETE FROM matter_event WHERE step IN ({new})")  # noqa: S608 (our own words)
    _take_steps(_STEPS)


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(
            "supervised_told_for", sa.Date(), nullable=True, comment="the supervised day whose end was told"
        ),
        sa.Column("blocked_at", _MOMENT, nullable=True, comment="since when it cannot go on without help"),
        sa.Column(
            "blocked_reason",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="what it is stuck on (难点堵点)",
        ),
        sa.Column(
            "blocked_needs",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="what is needed, and of whom",
        ),
        sa.Column(
            "relapse_cleared_at",
            _MOMENT,
            nullable=True,
            comment="when a suspicion was found untrue; what came before counts no more",
        ),
    )


def _create_draft() -> None:
    name = "matter_act_draft"
    op.create_table(
        name,
        sa.Column("staff_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("matter_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("step", _words("step", *_STEPS, *_NEW_STEPS), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        _reference(name, "staff_id", "staff"),
        _reference(name, "matter_id", "matter"),
        sa.PrimaryKeyConstraint("staff_id", "matter_id", "step", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_matter_act_draft_changed_at", name, ["changed_at"])
    op.create_index(op.f("ix_matter_act_draft_matter_id"), name, ["matter_id"])


def _create_meeting() -> None:
    name = "joint_meeting"
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False, comment="of the period it looks back on"),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_by_id", _ROW_ID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f(f"ck_{name}_title_not_empty")),
        sa.CheckConstraint("first_day <= last_day", name=op.f(f"ck_{name}_period_in_order")),
        _reference(name, "created_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f("ix_joint_meeting_held_on"), name, ["held_on"])
    name = "joint_meeting_section"
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("meeting_id", _ROW_ID, nullable=False),
        sa.Column("team_id", _ROW_ID, nullable=False),
        sa.Column("part", _words("part", "done", "problems", "next_steps"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("generated_at", _MOMENT, nullable=False),
        sa.Column("edited_at", _MOMENT, nullable=True),
        sa.Column("edited_by_id", _ROW_ID, nullable=True),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="raised by every change; shows who was faster"
        ),
        _reference(name, "meeting_id", "joint_meeting"),
        _reference(name, "team_id", "team"),
        _reference(name, "edited_by_id", "staff"),
        sa.UniqueConstraint("meeting_id", "team_id", "part", name=op.f(f"uq_{name}_meeting_id_team_id_part")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f("ix_joint_meeting_section_team_id"), name, ["team_id"])
    name = "joint_meeting_draft"
    op.create_table(
        name,
        sa.Column("staff_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("section_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        _reference(name, "staff_id", "staff"),
        _reference(name, "section_id", "joint_meeting_section", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "section_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f("ix_joint_meeting_draft_section_id"), name, ["section_id"])
    op.create_index(op.f("ix_joint_meeting_draft_changed_at"), name, ["changed_at"])


def _create_decision() -> None:
    name = "joint_meeting_decision"
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("meeting_id", _ROW_ID, nullable=False),
        sa.Column("matter_id", _ROW_ID, nullable=True),
        sa.Column("team_id", _ROW_ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="by when it is to be done"),
        sa.Column("recorded_by_id", _ROW_ID, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f(f"ck_{name}_words_not_empty")),
        sa.CheckConstraint(
            "matter_id IS NOT NULL OR team_id IS NOT NULL", name=op.f(f"ck_{name}_concerns_somebody")
        ),
        _reference(name, "meeting_id", "joint_meeting"),
        _reference(name, "matter_id", "matter"),
        _reference(name, "team_id", "team"),
        _reference(name, "recorded_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("meeting_id", "matter_id", "team_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
