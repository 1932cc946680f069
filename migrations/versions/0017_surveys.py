"""surveys, whose answers nothing joins to a person"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False, comment="in its address; cannot be guessed"),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="what stands above the questions"),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "open", "closed", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "audience",
            sa.Enum(
                "followers",
                "places",
                "staff",
                name="audience",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place_ids", sa.JSON(), nullable=False, comment="for the audience of places"),
        sa.Column("results_public", sa.Boolean(), nullable=False),
        sa.Column("opens_at", _MOMENT, nullable=True, comment="opens by itself; empty: by hand"),
        sa.Column("closes_at", _MOMENT, nullable=True, comment="closes by itself; empty: by hand"),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column(
            "salt",
            sa.String(length=64),
            nullable=False,
            comment="part of the keyed hash; thrown away at the end",
        ),
        sa.Column(
            "invited", sa.Integer(), nullable=True, comment="people of the audience, counted at the end"
        ),
        sa.Column("took_part", sa.Integer(), nullable=True, comment="of those who took part, the audience's"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by_id", _ROW_ID, nullable=True),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_survey_closed_once_over")
        ),
        sa.CheckConstraint("state <> 'closed' OR salt = ''", name=op.f("ck_survey_salt_gone_once_closed")),
        sa.CheckConstraint(
            "state = 'draft' OR opened_at IS NOT NULL", name=op.f("ck_survey_opened_once_out")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_survey_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("code", name=op.f("uq_survey_code")),
    )
    op.create_index("ix_survey_state_opened_at", "survey", ["state", "opened_at"])
    op.create_table(
        "survey_envelope",
        sa.Column("id", sa.String(length=32), nullable=False, comment="random"),
        sa.Column("survey_id", _ROW_ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_envelope_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_envelope")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_envelope_survey_id"), "survey_envelope", ["survey_id"])
    op.create_table(
        "survey_participation",
        sa.Column("survey_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("person_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "day", sa.String(length=10), nullable=False, comment="the local day; no time of day is kept"
        ),
        sa.Column("settled", sa.Boolean(), nullable=False, comment="its envelope was opened, with others"),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_participation_survey_id_survey")
        ),
        sa.PrimaryKeyConstraint("survey_id", "person_hash", name=op.f("pk_survey_participation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_section",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("survey_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("category_id", _ROW_ID, nullable=True),
        sa.Column("team_id", _ROW_ID, nullable=True),
        sa.Column(
            "skippable", sa.Boolean(), nullable=False, comment="who does not use the service passes over"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_survey_section_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_section_survey_id_survey")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_survey_section_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_section")),
    )
    op.create_index(op.f("ix_survey_section_category_id"), "survey_section", ["category_id"])
    op.create_index(op.f("ix_survey_section_survey_id"), "survey_section", ["survey_id"])
    op.create_index(op.f("ix_survey_section_team_id"), "survey_section", ["team_id"])
    op.create_table(
        "survey_sheet",
        sa.Column("id", sa.String(length=32), nullable=False, comment="random, drawn at opening"),
        sa.Column("survey_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_sheet_survey_id_survey")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_sheet_survey_id"), "survey_sheet", ["survey_id"])
    op.create_table(
        "survey_question",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("section_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "stars",
                "single",
                "multiple",
                "text",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False, comment="to choose from, in order"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["survey_section.id"], name=op.f("fk_survey_question_section_id_survey_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_question")),
    )
    op.create_index(op.f("ix_survey_question_section_id"), "survey_question", ["section_id"])
    op.create_table(
        "survey_answer",
        sa.Column("sheet", sa.String(length=32), nullable=False, comment="random"),
        sa.Column("question_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column(
            "choice",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="stars, or the number of the option; 0 for a text",
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "text_state",
            sa.Enum(
                "waiting",
                "released",
                "withheld",
                name="text_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(text_state IS NULL) = (words = '')", name=op.f("ck_survey_answer_texts_are_decided_of")
        ),
        sa.CheckConstraint("choice >= 0", name=op.f("ck_survey_answer_choice_not_negative")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["survey_question.id"], name=op.f("fk_survey_answer_question_id_survey_question")
        ),
        sa.PrimaryKeyConstraint("sheet", "question_id", "choice", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_answer_question_id"), "survey_answer", ["question_id"])


def downgrade() -> None:
    for name in ("answer", "question", "section", "sheet", "participation", "envelope"):
        op.drop_table(f"survey_{name}")
    op.drop_table("survey")
