"""audit log, second factor, wording, saved views, drafts of acts, long work, photos of places"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_chain_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "keyword_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column(
            "match",
            sa.Enum("exact", "contains", name="match", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, comment="how often it has answered"),
        sa.CheckConstraint("word <> ''", name=op.f("ck_keyword_answer_word_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_answer")),
        sa.UniqueConstraint("match", "word", name=op.f("uq_keyword_answer_match_word")),
    )
    op.create_table(
        "safety_word",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("word <> ''", name=op.f("ck_safety_word_word_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_word")),
        sa.UniqueConstraint("word", name=op.f("uq_safety_word_word")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "staff_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="none: the system itself",
        ),
        sa.Column(
            "actor_label", sa.String(length=100), nullable=False, comment="name and post, as they were then"
        ),
        sa.Column("action", sa.String(length=60), nullable=False, comment="such as team.change"),
        sa.Column("subject_kind", sa.String(length=40), nullable=False, comment="such as team"),
        sa.Column(
            "subject",
            sa.String(length=80),
            nullable=False,
            comment="number, code or id of what it was done to",
        ),
        sa.Column("words", sa.Text(), nullable=False, comment="the deed in one Chinese sentence"),
        sa.Column("details", sa.JSON(), nullable=False, comment="values before and after"),
        sa.Column("address", sa.String(length=45), nullable=False, comment="where the request came from"),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column(
            "seal",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 over this entry and the seal before it",
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_audit_entry_position_from_one")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_entry_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_entry_position")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_action_position", ["action", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_staff_id_position", ["staff_id", "position"], unique=False)
        batch_op.create_index(
            "ix_audit_entry_subject_kind_subject", ["subject_kind", "subject"], unique=False
        )

    op.create_table(
        "background_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind", sa.String(length=40), nullable=False, comment="names the function, such as qr_sheet"
        ),
        sa.Column(
            "title", sa.String(length=100), nullable=False, comment="in Chinese, for the list of tasks"
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False, comment="0 while it is not known"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("source_file_key", sa.String(length=100), nullable=False, comment="what was uploaded"),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("result_file_key", sa.String(length=100), nullable=False, comment="what may be downloaded"),
        sa.Column("result_name", sa.String(length=200), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False, comment="in Chinese, what to do about it"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "done >= 0 AND total >= 0 AND attempts >= 0", name=op.f("ck_background_task_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_background_task_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_background_task")),
    )
    with op.batch_alter_table("background_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_background_task_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_background_task_result_file_key"), ["result_file_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_background_task_source_file_key"), ["source_file_key"], unique=False
        )
        batch_op.create_index("ix_background_task_staff_id_id", ["staff_id", "id"], unique=False)
        batch_op.create_index(
            "ix_background_task_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'running')"),
            postgresql_where=sa.text("state IN ('waiting', 'running')"),
        )

    op.create_table(
        "category_keyword",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.CheckConstraint("word <> ''", name=op.f("ck_category_keyword_word_not_empty")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_category_keyword_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_keyword")),
        sa.UniqueConstraint("category_id", "word", name=op.f("uq_category_keyword_category_id_word")),
    )
    with op.batch_alter_table("category_keyword", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_category_keyword_word"), ["word"], unique=False)

    op.create_table(
        "office_setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["staff.id"], name=op.f("fk_office_setting_changed_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_office_setting")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False, comment="keyed SHA-256"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("staff_id", "code_hash", name=op.f("uq_recovery_code_staff_id_code_hash")),
    )
    op.create_table(
        "reply_template",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "step",
            sa.Enum(
                "submit",
                "assign",
                "accept",
                "progress",
                "reply",
                "note",
                "ask",
                "supplement",
                "classify",
                "request_transfer",
                "refuse_transfer",
                "request_deferral",
                "approve_deferral",
                "refuse_deferral",
                "resume",
                "request_rejection",
                "confirm_rejection",
                "refuse_rejection",
                "appeal",
                "resolve",
                "rate",
                "rate_unsolved",
                "reopen",
                "close_unrated",
                "withdraw",
                "merge",
                "urge",
                "supervise",
                "publish",
                "unpublish",
                "remind",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
            comment="the act it is meant for; none: any with words",
        ),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_reply_template_title_not_empty")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_reply_template_category_id_category")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_reply_template_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
    )
    with op.batch_alter_table("reply_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_template_category_id"), ["category_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reply_template_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False, comment="offered to all colleagues"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_view_name_not_empty")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_view_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_view_owner_id_name")),
    )
    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "secret_hash", sa.String(length=64), nullable=False, comment="SHA-256 of the link's secret"
        ),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_staff_invitation_expires_later")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_staff_invitation_created_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_invitation_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_staff_invitation_secret_hash")),
    )
    with op.batch_alter_table("staff_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_invitation_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "act_draft",
        sa.Column(
            "staff_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "complaint_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "submit",
                "assign",
                "accept",
                "progress",
                "reply",
                "note",
                "ask",
                "supplement",
                "classify",
                "request_transfer",
                "refuse_transfer",
                "request_deferral",
                "approve_deferral",
                "refuse_deferral",
                "resume",
                "request_rejection",
                "confirm_rejection",
                "refuse_rejection",
                "appeal",
                "resolve",
                "rate",
                "rate_unsolved",
                "reopen",
                "close_unrated",
                "withdraw",
                "merge",
                "urge",
                "supervise",
                "publish",
                "unpublish",
                "remind",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_act_draft_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_act_draft_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "complaint_id", "step", name=op.f("pk_act_draft")),
    )
    with op.batch_alter_table("act_draft", schema=None) as batch_op:
        batch_op.create_index("ix_act_draft_changed_at", ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_act_draft_complaint_id"), ["complaint_id"], unique=False)

    op.create_table(
        "complaint_link",
        sa.Column(
            "complaint_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "other_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("linked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("complaint_id < other_id", name=op.f("ck_complaint_link_smaller_first")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_link_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["linked_by_id"], ["staff.id"], name=op.f("fk_complaint_link_linked_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["complaint.id"], name=op.f("fk_complaint_link_other_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "other_id", name=op.f("pk_complaint_link")),
    )
    with op.batch_alter_table("complaint_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_link_other_id"), ["other_id"], unique=False)

    with op.batch_alter_table("service_point", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "party_member",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="show the Party member pioneer badge beside the person in charge",
            )
        )
        batch_op.add_column(
            sa.Column(
                "label_number",
                sa.String(length=40),
                nullable=True,
                comment="the office's own number of the place (编号)",
            )
        )
        batch_op.add_column(
            sa.Column("photo_file_key", sa.String(length=100), nullable=False, server_default="")
        )
        batch_op.create_index(batch_op.f("ix_service_point_photo_file_key"), ["photo_file_key"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_service_point_label_number"), ["label_number"])

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "totp_secret",
                sa.String(length=200),
                nullable=False,
                server_default="",
                comment="second factor, encrypted; empty: none",
            )
        )
        batch_op.add_column(
            sa.Column(
                "totp_confirmed_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="from then on it is asked for",
            )
        )
        batch_op.add_column(
            sa.Column(
                "totp_last_step",
                sa.Integer(),
                nullable=True,
                comment="the last time step used; none is good twice",
            )
        )
        batch_op.add_column(
            sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("must_change_password")
        batch_op.drop_column("totp_last_step")
        batch_op.drop_column("totp_confirmed_at")
        batch_op.drop_column("totp_secret")

    with op.batch_alter_table("service_point", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_service_point_label_number"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_service_point_photo_file_key"))
        batch_op.drop_column("photo_file_key")
        batch_op.drop_column("label_number")
        batch_op.drop_column("party_member")

    with op.batch_alter_table("complaint_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_link_other_id"))

    op.drop_table("complaint_link")
    with op.batch_alter_table("act_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_act_draft_complaint_id"))
        batch_op.drop_index("ix_act_draft_changed_at")

    op.drop_table("act_draft")
    with op.batch_alter_table("staff_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_invitation_staff_id"))

    op.drop_table("staff_invitation")
    op.drop_table("saved_view")
    with op.batch_alter_table("reply_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_template_owner_id"))
        batch_op.drop_index(batch_op.f("ix_reply_template_category_id"))

    op.drop_table("reply_template")
    op.drop_table("recovery_code")
    op.drop_table("office_setting")
    with op.batch_alter_table("category_keyword", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_category_keyword_word"))

    op.drop_table("category_keyword")
    with op.batch_alter_table("background_task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_background_task_waiting",
            sqlite_where=sa.text("state IN ('waiting', 'running')"),
            postgresql_where=sa.text("state IN ('waiting', 'running')"),
        )
        batch_op.drop_index("ix_background_task_staff_id_id")
        batch_op.drop_index(batch_op.f("ix_background_task_source_file_key"))
        batch_op.drop_index(batch_op.f("ix_background_task_result_file_key"))
        batch_op.drop_index(batch_op.f("ix_background_task_finished_at"))

    op.drop_table("background_task")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject_kind_subject")
        batch_op.drop_index("ix_audit_entry_staff_id_position")
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index("ix_audit_entry_action_position")

    op.drop_table("audit_entry")
    op.drop_table("safety_word")
    op.drop_table("keyword_answer")
    op.drop_table("audit_chain")
