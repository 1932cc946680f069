"""The same act on many complaints: each by itself, so that one that is refused holds up no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import handling
from domain.acts import Act
from domain.errors import DomainError, Invalid
from domain.permissions import may_see
from models.complaint import Complaint
from models.staff import Staff
from models.team import Team

# One page of a list, with room to spare; each act is a handful of statements in one transaction.
MOST = 100


@dataclass(frozen=True)
class Pick:
    """One complaint that was ticked.

    Attributes:
        seen: the revision of the list it was ticked in.
    """

    number: str
    seen: int


@dataclass(frozen=True)
class Fate:
    """What became of one of them.

    Attributes:
        refusal: why not, for the person; empty when it was done.
    """

    number: str
    complaint: Complaint | None
    refusal: str = ""

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return not self.refusal


def assign_each(
    session: Session,
    picks: Sequence[Pick],
    *,
    team: Team,
    handler: Staff | None = None,
    words: str = "",
    act: Act,
) -> list[Fate]:
    """Give each to a team; see `handling.assign`.

    Args:
        act: who and when; the revision seen is each one's own.
    """

    def assign(complaint: Complaint, each: Act) -> None:
        handling.assign(session, complaint, team=team, handler=handler, words=words, **each)

    return _each(session, picks, act, assign)


def merge_each(
    session: Session, picks: Sequence[Pick], *, into: Complaint, words: str = "", act: Act
) -> list[Fate]:
    """Merge each into one; that one itself may be ticked too, and stays what it is."""

    def merge(complaint: Complaint, each: Act) -> None:
        handling.merge(session, complaint, into=into, words=words, **each)

    others = [pick for pick in picks if pick.number != into.number]
    return _each(session, others, act, merge, [into.number])


def _each(
    session: Session,
    picks: Sequence[Pick],
    act: Act,
    perform: Callable[[Complaint, Act], None],
    also_held: Sequence[str] = (),
) -> list[Fate]:
    if not picks:
        raise Invalid("请先勾选诉求。")
    if len(picks) > MOST:
        raise Invalid(f"一次最多处理 {MOST} 件，请分几次。")
    _hold(session, [*(pick.number for pick in picks), *also_held])
    return [_one(session, pick, act, perform) for pick in picks]


def _one(session: Session, pick: Pick, act: Act, perform: Callable[[Complaint, Act], None]) -> Fate:
    complaint = session.scalar(select(Complaint).where(Complaint.number == pick.number))
    if complaint is None or not may_see(session, complaint, act["actor"]):
        return Fate(pick.number, None, "没有找到这件诉求，或者它不归您的单位办理。")
    try:
        with session.begin_nested():
            perform(complaint, {"actor": act["actor"], "now": act["now"], "seen": pick.seen})
    except DomainError as refusal:
        session.expire(complaint)
        return Fate(pick.number, complaint, refusal.message)
    return Fate(pick.number, complaint)


def _hold(session: Session, numbers: Sequence[str]) -> None:
    """Hold all rows in one order, so that two who work on the same ones never wait for each other."""
    rows = select(Complaint.id).where(Complaint.number.in_(numbers)).order_by(Complaint.id)
    session.execute(rows.with_for_update())
