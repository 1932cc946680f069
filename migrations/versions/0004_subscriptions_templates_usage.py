"""subscription grants, receipts, templates in the database, counts of calls"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OLD_CHANNELS = ("custom", "template", "inbox")
NEW_CHANNELS = ("custom", "template", "subscription", "inbox")
KINDS = (
    "received",
    "assigned",
    "answered",
    "asked",
    "deferred",
    "resolved",
    "reopened",
    "closed",
    "rejected",
    "merged",
    "draft_waiting",
    "chat_reply",
    "staff_submitted",
    "staff_assigned",
    "staff_urgent",
    "staff_supplemented",
    "staff_request",
    "staff_decided",
    "staff_near_due",
    "staff_overdue",
    "staff_escalated",
    "staff_reopened",
    "staff_urged",
    "staff_supervised",
    "staff_rated",
    "staff_withdrawn",
    "staff_mentioned",
)
SUBJECT_COMMENTS = (
    "account, way:<channel>, template:<notice kind>, content:<notice kind>",
    "account, way:<channel>, template:<kind>, subscription:<kind>, content:<kind>, quota:<path>",
)


def _columns(table: str) -> list[sa.Column[object]]:
    """The columns that come to a table; those that may not be empty start with what suits old rows."""
    if table == "notice_attempt":
        who = "who had it sent again; none for a try"
        return [sa.Column("staff_id", ROW_ID, nullable=True, comment=who)]
    template = "the template it went out by"
    resends = "how often somebody had it sent again"
    reached = "the platform says it reached the phone"
    return [
        sa.Column("template_id", sa.String(64), nullable=False, server_default="", comment=template),
        sa.Column("resends", sa.Integer(), nullable=False, server_default="0", comment=resends),
        sa.Column("delivered_at", MOMENT, nullable=True, comment=reached),
    ]


def _in(words: Sequence[str]) -> str:
    return "channel IN ({})".format(", ".join(f"'{word}'" for word in words))


def _change(table: str, channels: Sequence[str], *, add: bool) -> None:
    """Let a table's channel be one of these, and bring or take the new columns."""
    check = op.f(f"ck_{table}_channel")
    foreign_key = op.f("fk_notice_attempt_staff_id_staff")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(check, type_="check")
        batch.create_check_constraint(check, sa.text(_in(channels)))
        if not add and table == "notice_attempt":
            batch.drop_constraint(foreign_key, type_="foreignkey")
        for column in _columns(table):
            if add:
                batch.add_column(column)
            else:
                batch.drop_column(column.name)
        if add and table == "notice_attempt":
            batch.create_foreign_key(foreign_key, "staff", ["staff_id"], ["id"])


def _comment_on_subjects(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("platform_alert", "subject", comment=new, existing_comment=old)


def upgrade() -> None:
    _change("notice", NEW_CHANNELS, add=True)
    _change("notice_attempt", NEW_CHANNELS, add=True)
    _comment_on_subjects(*SUBJECT_COMMENTS)
    op.create_table(
        "subscription_grant",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("template_id", sa.String(64), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_subscription_grant_remaining_not_negative")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_subscription_grant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "template_id", name=op.f("pk_subscription_grant")),
    )
    op.create_table(
        "subscription_tap",
        sa.Column("event_key", sa.String(64), nullable=False, comment="the event's dedupe key"),
        sa.Column("template_id", sa.String(64), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_key", "template_id", name=op.f("pk_subscription_tap")),
    )
    op.create_index(op.f("ix_subscription_tap_counted_at"), "subscription_tap", ["counted_at"])
    key_comment = "the platform's message id, or subscription:<openid>:<id>"
    op.create_table(
        "delivery_receipt",
        sa.Column("key", sa.String(160), nullable=False, comment=key_comment),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_delivery_receipt")),
    )
    op.create_index(op.f("ix_delivery_receipt_received_at"), "delivery_receipt", ["received_at"])
    _create_message_template()
    op.create_table(
        "api_usage",
        sa.Column("day", sa.Date(), nullable=False, comment="in Shanghai, where the platform counts anew"),
        sa.Column("path", sa.String(100), nullable=False, comment="/cgi-bin/…"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column(
            "daily_limit",
            sa.Integer(),
            nullable=True,
            comment="the platform's; none while it has not told",
        ),
        sa.Column("used", sa.Integer(), nullable=True, comment="the platform's own count when it was asked"),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_api_usage_calls_not_negative")),
        sa.PrimaryKeyConstraint("day", "path", name=op.f("pk_api_usage")),
    )


def _create_message_template() -> None:
    def words(name: str, values: Sequence[str]) -> sa.Enum:
        return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)

    filling = "field -> what fills it, the first that is known: {name} or words as they stand"
    op.create_table(
        "message_template",
        sa.Column("kind", words("kind", KINDS), nullable=False),
        sa.Column("channel", words("channel", NEW_CHANNELS), nullable=False),
        sa.Column(
            "template_id",
            sa.String(64),
            nullable=False,
            comment="empty: this kind has none on this way",
        ),
        sa.Column("title", sa.String(60), nullable=False, comment="as the platform calls it"),
        sa.Column("fields", sa.JSON(), nullable=False, comment=filling),
        sa.Column("labels", sa.JSON(), nullable=False, comment="field -> its label"),
        sa.Column("words", sa.JSON(), nullable=False, comment="our word -> the template's"),
        sa.Column("updated_by_id", ROW_ID, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "channel IN ('template', 'subscription')",
            name=op.f("ck_message_template_has_templates"),
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"], ["staff.id"], name=op.f("fk_message_template_updated_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("kind", "channel", name=op.f("pk_message_template")),
    )
    op.create_index(op.f("ix_message_template_updated_by_id"), "message_template", ["updated_by_id"])


def downgrade() -> None:
    for table in (
        "api_usage",
        "message_template",
        "delivery_receipt",
        "subscription_tap",
        "subscription_grant",
    ):
        op.drop_table(table)
    _comment_on_subjects(*reversed(SUBJECT_COMMENTS))
    # What went out by 订阅通知 stays known as sent, on the page.
    for table in ("notice_attempt", "notice"):
        op.execute(f"UPDATE {table} SET channel = 'inbox' WHERE channel = 'subscription'")  # noqa: S608
        _change(table, OLD_CHANNELS, add=False)
