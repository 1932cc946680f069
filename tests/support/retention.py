"""The table of what is kept for how long, as an office has it that set nothing."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import Settings
from domain import retention
from domain.retention import Kind
from wechat.event_table import OF_THE_ACCOUNT

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in retention.kinds(of_the_account=OF_THE_ACCOUNT)}
DAYS: Mapping[str, int] = {
    name: field.default for name, field in Settings.model_fields.items() if name.endswith("_days")
}


def drop(session: Session, name: str, *, now: datetime, **days: int) -> int:
    """Delete some of what is due of one kind; give how many there were.

    Args:
        days: settings that differ from what they are by themselves.
    """
    return retention.drop(session, KINDS[name], days={**DAYS, **days}, now=now).count
