"""notices by subscription messages of the mini program"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NEW = "mini_subscription"
_ALL = ("custom", "template", "subscription", "inbox")
_WITH_TEMPLATES = ("template", "subscription")
_CHECKS = (
    ("notice", "channel", _ALL),
    ("notice_attempt", "channel", _ALL),
    ("message_template", "channel", _ALL),
    ("message_template", "has_templates", _WITH_TEMPLATES),
)


def _take(table: str, check: str, channels: Sequence[str]) -> None:
    listed = ", ".join(f"'{channel}'" for channel in channels)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(batch.f(f"ck_{table}_{check}"), type_="check")
        batch.create_check_constraint(batch.f(f"ck_{table}_{check}"), sa.text(f"channel IN ({listed})"))


def upgrade() -> None:
    for table, check, channels in _CHECKS:
        _take(table, check, (*channels, _NEW))


def downgrade() -> None:
    op.execute(f"DELETE FROM message_template WHERE channel = '{_NEW}'")  # noqa: S608
    # What went out that way stays known as sent, on the page.
    for table in ("notice_attempt", "notice"):
        op.execute(f"UPDATE {table} SET channel = 'inbox' WHERE channel = '{_NEW}'")  # noqa: S608
    for table, check, channels in _CHECKS:
        _take(table, check, channels)
