"""What narrows the ledger, in words, each with the address of the list without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.matter_fields import choosable_leads
from models.enums import Word
from models.matter_words import MatterKind, MatterSource, MatterStatus
from models.team import Team
from web.admin.inbox_chips import Chip
from web.admin.matters import LedgerQuery

_WORDS: Mapping[str, type[Word]] = {"kind": MatterKind, "status": MatterStatus, "source": MatterSource}


@dataclass(frozen=True)
class LedgerChoices:
    """The names behind the ids that may be chosen."""

    teams: Mapping[str, str]
    leads: Mapping[str, str]


def ledger_choices(session: Session) -> LedgerChoices:
    """Look up the names of what may be chosen."""
    teams = session.execute(select(Team.id, Team.name))
    leads = {str(staff.id): staff.name for staff in choosable_leads(session)}
    return LedgerChoices({str(team_id): name for team_id, name in teams}, leads)


def ledger_chips(wanted: LedgerQuery, offered: LedgerChoices) -> Sequence[Chip]:
    """Say each condition of the ledger in words."""
    found = []
    for name, value in wanted.given.items():
        label = _label(name, value, offered)
        found.append(Chip(label or f"{value[:20]}（没有这一项）", wanted.without(name), not label))
    return found


def _label(name: str, value: str, offered: LedgerChoices) -> str:
    if name in _WORDS:
        words = _WORDS[name]
        return words(value).label if value in set(words) else ""
    if name == "team":
        return offered.teams.get(value, "")
    if name == "lead":
        lead = offered.leads.get(value)
        return f"{lead}牵头" if lead else ""
    return {"q": f"搜索“{value}”", "from": f"时限不早于 {value}", "to": f"时限不晚于 {value}"}[name]
