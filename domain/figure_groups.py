"""Groups that figures are told apart by: trends, trees of places and categories, hours of the week."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.figure_periods import Period, Step
from domain.figure_rules import Count, Counts, Figure, total
from models.category import Category
from models.service_point import ServicePoint

NOTHING: Counts = {figure: Count() for figure in Figure}


@dataclass(frozen=True)
class Branch:
    """A node of a tree with what it and all below it count.

    Attributes:
        depth: from 0.
        own: whether something was raised at this very node.
    """

    id: int
    name: str
    depth: int
    counts: Counts
    own: bool
    active: bool


def trend(days: Mapping[str, Counts], period: Period, step: Step) -> list[tuple[Period, Counts]]:
    """Add counts by day up to days, weeks or months; steps without any are there too.

    Args:
        days: as `figures.count_by` gives them.
    """
    steps = []
    for part in period.steps(step):
        found = (days.get((part.first + timedelta(days=at)).isoformat()) for at in range(part.days))
        steps.append((part, total([counts for counts in found if counts])))
    return steps


def hours_of_week(hours: Mapping[str, Counts]) -> list[list[int]]:
    """Give what was filed by weekday, Monday first, and hour of the day: 7 rows of 24."""
    grid = [[0] * 24 for _ in range(7)]
    for key, counts in hours.items():
        sunday_first, hour = map(int, key.split())
        grid[(sunday_first + 5) % 7][hour] = counts[Figure.FILED].rounds
    return grid


def branches(
    session: Session, tree: type[Category] | type[ServicePoint], counts: Mapping[Any, Counts]
) -> list[Branch]:
    """Add the counts of places or categories up to those above them.

    Returns:
        Every node with something in it, those above before those below, the fuller first.
    """
    rows = session.execute(select(tree.id, tree.parent_id, tree.name, tree.active)).all()
    parents = {row.id: row.parent_id for row in rows}
    collected: dict[int, list[Counts]] = defaultdict(list)
    for node, found in counts.items():
        above = node
        while above is not None:
            collected[above].append(found)
            above = parents.get(above)
    totals = {node: total(found) for node, found in collected.items()}
    below: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        if row.id in totals:
            below[row.parent_id].append(row)
    laid: list[Branch] = []

    def lay(parent: int | None, depth: int) -> None:
        for row in sorted(below[parent], key=lambda one: (-totals[one.id][Figure.FILED].rounds, one.id)):
            laid.append(
                Branch(row.id, row.name, depth, totals[row.id], own=row.id in counts, active=row.active)
            )
            lay(row.id, depth + 1)

    lay(None, 0)
    return laid
