"""Whether a scene ended well: the limits held, and nobody else noticed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from models.attachment import Attachment
from models.board import AbuseReport
from models.complaint import Complaint, ComplaintFollower
from models.inbound import InboundMessage
from models.matter import MatterVote
from models.person import Person
from models.person_limit import PersonLimit
from models.place_rating import PlaceRating
from tests.drills.abuse.ordinary import Experiences
from tests.drills.abuse.product import Product
from tests.drills.abuse.traffic import Tally

# Ordinary people notice what takes longer than both of these.
TIMES_AS_LONG, MILLISECONDS = 3.0, 500.0
MEGABYTE = 1024 * 1024
# As `config/logs.py` writes them for people to read; what follows an error is where it came from.
_ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[(\w+) *\]")
_TRACE_LINES = 12
# Forty photos that no form named, and what logs and indexes of the database take.
_MOST_MEGABYTES = 60


@dataclass
class Outcome:
    """What came of a scene.

    Attributes:
        rows, size: what it left in the database, and in bytes with the files; ordinary people's taken off.
        left: what it left of each kind, as in `_MOST_LEFT`.
        problems: why it failed; empty when it did not.
    """

    name: str
    tally: Tally
    calm: Experiences
    abused: Experiences
    rows: int
    size: int
    left: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


# The most that one abuser may leave behind, whatever they tried.
_MOST_LEFT: dict[str, int] = {
    "messages": 41 + 12,
    "complaints": 10,
    "urgent": 5,
    "votes": 1,
    "joined": 1,
    "place ratings": 1,
    "reports": 50,
    "limits": 4,
}


def judge(
    name: str,
    *,
    tally: Tally,
    calm: Experiences,
    abused: Experiences,
    rows: int,
    size: int,
    product: Product,
) -> Outcome:
    """Hold a scene to the limits."""
    outcome = Outcome(name, tally, calm, abused, rows, size, left=_left(product))
    outcome.problems += tally.wrong
    outcome.problems += [
        f"{kind}: {count} left behind, {_MOST_LEFT[kind]} at the most"
        for kind, count in outcome.left.items()
        if count > _MOST_LEFT.get(kind, count)
    ]
    if size > _MOST_MEGABYTES * MEGABYTE:
        outcome.problems.append(f"{size / MEGABYTE:.0f} MB left behind, {_MOST_MEGABYTES} at the most")
    if tally.lost:
        outcome.problems.append(f"{tally.lost} answers of the abuser were errors of ours")
    outcome.problems += noticed(calm, abused)
    outcome.problems += logged(product.folder)
    return outcome


def noticed(calm: Experiences, abused: Experiences) -> list[str]:
    """List what ordinary people noticed: slower answers, or none."""
    found = []
    for kind, met in abused.items():
        most = max(TIMES_AS_LONG * calm[kind].at(99), MILLISECONDS)
        if met.at(99) > most:
            found.append(f"{kind}: p99 {met.at(99):.0f} ms, {most:.0f} at the most")
        if met.refused:
            found.append(f"{kind}: {len(met.refused)} of {len(met.seconds)} refused ({met.refused[0]})")
        if not met.seconds:
            found.append(f"{kind}: nobody was answered at all")
    return found


def logged(folder: Path) -> Iterator[str]:
    """Tell of the first error in the log of each process, and how many there were."""
    for name in ("web", "worker"):
        lines = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        entries = {at: entry[1] for at, line in enumerate(lines) if (entry := _ENTRY.match(line))}
        found = [at for at, level in entries.items() if level in {"error", "critical"}]
        if found:
            first = found[0]
            until = next((at for at in entries if at > first), len(lines))
            trace = "\n".join(lines[first + 1 : until][-_TRACE_LINES:])
            yield f"{name}: {len(found)} errors in its log: {lines[first]}\n{trace}".rstrip()


def _left(product: Product) -> dict[str, int]:
    """Count what the abuser alone left behind."""
    lately = datetime.now(UTC) - timedelta(minutes=30)
    with product.database.reading() as session:
        abuser = session.scalars(select(Person).where(Person.openid == product.abuser)).one()
        mine = {
            "messages": select(func.count()).where(InboundMessage.openid == product.abuser),
            "complaints": select(func.count()).where(
                Complaint.reporter_id == abuser.id, Complaint.urgent.is_(False)
            ),
            "urgent": select(func.count()).where(Complaint.reporter_id == abuser.id, Complaint.urgent),
            "votes": select(func.count()).where(MatterVote.person_id == abuser.id),
            "joined": select(func.count()).where(ComplaintFollower.person_id == abuser.id),
            "place ratings": select(func.count()).where(PlaceRating.person_id == abuser.id),
            "reports": select(func.count()).where(AbuseReport.reported_at > lately),
            "photos": select(func.count()).where(Attachment.digest != ""),
            "limits": select(func.count()).where(PersonLimit.person_id == abuser.id),
        }
        return {name: session.scalar(query) or 0 for name, query in mine.items()}


def report(outcome: Outcome) -> str:
    """Tell of one scene in some lines."""
    tally = outcome.tally
    left = ", ".join(f"{count} {name}" for name, count in outcome.left.items() if count)
    counts = f"tried {tally.tried}, through {tally.through}, refused {tally.refused}, lost {tally.lost}"
    lines = [f"{outcome.name}: {counts}; left {outcome.rows} rows, {outcome.size / MEGABYTE:.1f} MB ({left})"]
    lines += [f"    {number:5}× {words}" for words, number in tally.words.most_common(6) if words]
    for kind, calm in outcome.calm.items():
        met = outcome.abused[kind]
        ratio = met.at(99) / calm.at(99) if calm.at(99) else 0.0
        lines.append(
            f"    {kind:6} p50 {calm.at(50):4.0f} → {met.at(50):4.0f} ms, p99 {calm.at(99):4.0f} → "
            f"{met.at(99):4.0f} ms (×{ratio:.1f}), {len(met.seconds)} asked, {len(met.refused)} refused"
        )
    return "\n".join([*lines, *(f"    FAILED {problem}" for problem in outcome.problems)])


def table(outcomes: Sequence[Outcome], *, database: str) -> str:
    """Sum up all scenes."""
    lines = [f"\n{'scene':12} {'tried':>7} {'through':>8} {'refused':>8}  {'worst p99':>18}  {database}"]
    for outcome in outcomes:
        worst = max(outcome.abused, key=lambda kind: outcome.abused[kind].at(99))
        told = f"{worst} {outcome.calm[worst].at(99):.0f}→{outcome.abused[worst].at(99):.0f} ms"
        tally = outcome.tally
        result = "passed" if not outcome.problems else "FAILED"
        counts = f"{tally.tried:7} {tally.through:8} {tally.refused:8}"
        lines.append(f"{outcome.name:12} {counts}  {told:>18}  {result}")
    return "\n".join(lines)
