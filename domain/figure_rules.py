"""What each figure counts: the three rates (三率) and what stands beside them, as conditions on the rows.

This is the one place for these rules. Pages count with them, and the list behind a number is found by them.

A figure counts complaints, or rounds of work: each redo (重办) is a round of its own, answered, resolved and
rated apart. What was rejected, withdrawn or merged is left out of all but the first few, and counted there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import ACTIVE_STATUSES, ComplaintStatus, Word
from models.rating import Rating

S = ComplaintStatus
LEFT_OUT = (S.REJECTED, S.WITHDRAWN, S.MERGED)
SATISFIED_FROM_STARS = 4
# Of fewer, a rate says more about chance, and about single people, than about the group.
SMALLEST_GROUP = 10
# As often as this it was moved from team to team.
BOUNCED_FROM = 2
# A result told in fewer characters says nothing: 已处理, 已修好.
FEWEST_CHARACTERS = 10
RUSHED_MINUTES = 60
# With fewer stars a closing is sent back, whatever was said of solved.
_KEPT_FROM_STARS = 3


class Figure(Word):
    """A number that pages show, and that can be opened down to the complaints behind it."""

    FILED = "filed", "提出"
    LEFT_OUT = "left_out", "不计入三率"
    REJECTED = "rejected", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    MERGED = "merged", "已并案"
    COUNTED = "counted", "计入统计"
    OPEN = "open", "还在办"
    ANSWER_DUE = "answer_due", "应答复"
    ANSWERED = "answered", "按时答复"
    ANSWERED_LATE = "answered_late", "未按时答复"
    RESOLVED = "resolved", "已办结"
    DONE_LATE = "done_late", "超期办结"
    RATED = "rated", "已评价"
    SOLVED = "solved", "评价为已解决"
    UNSOLVED = "unsolved", "评价为未解决"
    SATISFIED = "satisfied", "四五星"
    UNSATISFIED = "unsatisfied", "三星及以下"
    UNRATED = "unrated", "到期没有评价"
    TO_RATE = "to_rate", "等待评价"
    REOPENED = "reopened", "重办过"
    RELAPSED = "relapsed", "复发"
    DEFERRED = "deferred", "挂过账"
    BOUNCED = "bounced", "多次转办"
    WORDLESS = "wordless", "办结少话"
    RUSHED = "rushed", "临期办结又重办"


F = Figure
# What a rate divides by what.
RESPONSE = (F.ANSWERED, F.ANSWER_DUE)
RESOLUTION = (F.SOLVED, F.RATED)
SATISFACTION = (F.SATISFIED, F.RATED)
COVERAGE = (F.RATED, F.RESOLVED)


@dataclass(frozen=True)
class Rate:
    """A rate with its numerator and denominator; the denominator may be 0."""

    good: int
    of: int

    @property
    def percent(self) -> int:
        """The share in whole per cent; only what is all is 100."""
        return 100 * self.good // self.of

    @property
    def words(self) -> str:
        """The share to a tenth of a per cent, rounded down; a dash where there is nothing to divide by."""
        if not self.of:
            return "—"
        whole, tenth = divmod(1000 * self.good // self.of, 10)
        return f"{whole}.{tenth}%" if tenth else f"{whole}%"

    @property
    def enough(self) -> bool:
        """Whether so many are counted that a group's rate may be shown."""
        return self.of >= SMALLEST_GROUP


def on_complaints() -> dict[Figure, ColumnElement[bool]]:
    """Give the conditions on Complaint of the figures that count complaints."""
    counted = Complaint.status.not_in(LEFT_OUT)
    return {
        F.FILED: Complaint.id.is_not(None),
        F.LEFT_OUT: Complaint.status.in_(LEFT_OUT),
        F.REJECTED: Complaint.status == S.REJECTED,
        F.WITHDRAWN: Complaint.status == S.WITHDRAWN,
        F.MERGED: Complaint.status == S.MERGED,
        F.COUNTED: counted,
        F.OPEN: Complaint.status.in_(ACTIVE_STATUSES),
        F.REOPENED: and_(counted, Complaint.reopen_count > 0),
        F.BOUNCED: and_(counted, Complaint.transfer_count >= BOUNCED_FROM),
    }


def on_rounds(*, now: datetime) -> dict[Figure, ColumnElement[bool]]:
    """Give the conditions on Complaint, ComplaintRound and its Rating, if any, of those that count rounds."""
    row = ComplaintRound
    answered_in_time = row.first_answered_at <= row.answer_due_at
    # One that can still be answered in time is not judged yet; one that was answered is.
    due = and_(
        row.answer_due_at.is_not(None), or_(row.first_answered_at.is_not(None), row.answer_due_at < now)
    )
    resolved, redone = row.resolved_at.is_not(None), Complaint.round > row.round
    kept = or_(row.unrated, and_(Rating.solved, Rating.stars >= _KEPT_FROM_STARS))
    conditions: dict[Figure, ColumnElement[bool]] = {
        F.ANSWER_DUE: due,
        F.ANSWERED: and_(due, answered_in_time),
        F.ANSWERED_LATE: and_(due, or_(row.first_answered_at.is_(None), ~answered_in_time)),
        F.RESOLVED: resolved,
        F.DONE_LATE: row.spare_minutes < 0,
        F.RATED: Rating.id.is_not(None),
        F.SOLVED: Rating.solved.is_(True),
        F.UNSOLVED: Rating.solved.is_(False),
        F.SATISFIED: Rating.stars >= SATISFIED_FROM_STARS,
        F.UNSATISFIED: Rating.stars < SATISFIED_FROM_STARS,
        F.UNRATED: and_(row.unrated, Rating.id.is_(None)),
        F.TO_RATE: and_(resolved, Rating.id.is_(None), row.unrated.is_(False)),
        F.RELAPSED: or_(and_(redone, kept), and_(row.round == 1, Complaint.earlier_id.is_not(None))),
        F.DEFERRED: row.deferred.is_(True),
        F.WORDLESS: row.answer_length < FEWEST_CHARACTERS,
        F.RUSHED: and_(redone, row.spare_minutes.between(0, RUSHED_MINUTES)),
    }
    counted = Complaint.status.not_in(LEFT_OUT)
    return {figure: and_(counted, condition) for figure, condition in conditions.items()}


def joined_rating() -> ColumnElement[bool]:
    """Give what ties a round to its rating."""
    return and_(Rating.complaint_id == ComplaintRound.complaint_id, Rating.round == ComplaintRound.round)


def is_behind(figure: Figure, *, now: datetime) -> ColumnElement[bool]:
    """Give the condition on Complaint for the list behind a figure: it has a round that counts, or itself."""
    of_complaint = on_complaints().get(figure)
    if of_complaint is not None:
        return of_complaint
    rounds = (
        select(ComplaintRound.round)
        .outerjoin(Rating, joined_rating())
        .where(ComplaintRound.complaint_id == Complaint.id, on_rounds(now=now)[figure])
    )
    return rounds.correlate(Complaint).exists()


def rate_of(counts: "dict[Figure, Count]", pair: tuple[Figure, Figure]) -> Rate:
    """Divide one count by another."""
    return Rate(counts[pair[0]].rounds, counts[pair[1]].rounds)


@dataclass(frozen=True)
class Count:
    """A number.

    Attributes:
        rounds: what the figure counts; complaints, for those that count complaints.
        complaints: how many complaints are behind it, and in the list it opens.
    """

    rounds: int = 0
    complaints: int = 0


Counts = dict[Figure, Count]


def total(many: Collection[Counts]) -> Counts:
    """Add the counts of several groups that share no complaint: by weight, not as a mean of their rates."""
    return {
        figure: Count(
            sum([one[figure].rounds for one in many]), sum([one[figure].complaints for one in many])
        )
        for figure in Figure
    }
