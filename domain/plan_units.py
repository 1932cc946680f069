"""Units as departments write them in one cell of a plan: 饮食中心、公寓中心（牵头），保卫处配合."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_APART = re.compile(r"[、,;/\n]|\s{2,}|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_AND = re.compile("以及|会同|协同|和|及|与")
_UNIT = re.compile("..(处|中心|办公室|院|部|科|队|馆|公司|办|所|站|组|会|系|厅)$")
_LABEL = re.compile(
    "(?P<leads>牵头|主办|主责|责任|负责)?(?P<helps>配合|协办|协助|参与|支持)?(?:单位|部门|科室|中心|处室)?:"
)
_LEADS = re.compile(r"\(?(牵头|主办|主责)\)?$|^牵头单位?")
_HELPS = re.compile(r"\(?(配合|协办|协助|参与|支持)\)?$|^配合单位?")
# A name shorter than this stands for too many.
_SHORTEST = 3


@dataclass(frozen=True)
class PlannedUnit:
    """A unit that answers for a line of a plan.

    Attributes:
        words: as it was written.
        name: the known unit that is meant; empty where none is.
        leads: whether it leads (牵头); the others help.
        guessed: whether the name was short for the known one.
    """

    words: str
    name: str = ""
    leads: bool = False
    guessed: bool = False


def read_units(text: str, known: Sequence[str], *, helping: bool = False) -> list[PlannedUnit]:
    """Read the units of one cell; where nobody is said to lead, the first one does.

    Args:
        known: names of the units there are.
        helping: whether the column is for units that help.
    """
    found: dict[str, PlannedUnit] = {}
    leading = None
    for part in _parts(unicodedata.normalize("NFKC", text), known):
        label = _LABEL.match(part)
        if label:
            leading = None if label[0] == ":" else not label["helps"]
        words, leads = _marked(part[label.end() :] if label else part, default=leading)
        if not words:
            continue
        name = meant(words, known)
        unit = PlannedUnit(words, name, bool(leads), guessed=bool(name) and name != words)
        found.setdefault(name or words, unit)
    units = list(found.values())
    if units and not helping and not any(unit.leads for unit in units):
        first = units[0]
        units[0] = PlannedUnit(first.words, first.name, True, first.guessed)
    return units


def meant(words: str, known: Iterable[str]) -> str:
    """Give the unit a name stands for: its own, or the only one it is short for; empty when there is none."""
    names = list(known)
    if words in names:
        return words
    if len(words) < _SHORTEST:
        return ""
    long = [name for name in names if _is_short_for(words, name) or _is_short_for(name, words)]
    return long[0] if len(long) == 1 else ""


def _is_short_for(words: str, name: str) -> bool:
    """Tell whether the signs of the one stand in the other in the same order, as 饮食中心 in 饮食服务中心."""
    if len(words) < _SHORTEST or words[0] != name[0] or len(name) > 2 * len(words):
        return False
    signs = iter(name)
    return all(sign in signs for sign in words)


def _parts(text: str, known: Sequence[str]) -> list[str]:
    parts: list[str] = []
    for part in _APART.split(text):
        plain = part.strip(" 。.")
        pieces = [piece.strip() for piece in _AND.split(plain)]
        # “和” may stand in a name: cut there only where that gives what looks like units.
        apart = not meant(plain, known) and all(meant(one, known) or _UNIT.search(one) for one in pieces)
        parts.extend(pieces if apart else [plain])
    return parts


def _marked(part: str, *, default: bool | None) -> tuple[str, bool | None]:
    """Give the name without its mark, and whether the mark says that it leads."""
    for pattern, leads in ((_LEADS, True), (_HELPS, False)):
        if pattern.search(part):
            return pattern.sub("", part).strip(" ()"), leads
    return part, default
