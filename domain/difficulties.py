"""One difficult point (难点堵点), and the kinds there are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.working_time import LOCAL
from models.complaint import Complaint
from models.enums import Word
from models.matter import Matter

# What was asked for so long ago is something that others wait for.
WAITS_FROM = timedelta(days=3)
# Nobody reads more at once; narrowed by unit or reason there are fewer.
MOST = 1000


class Difficulty(Word):
    """Why something does not go on by itself; of several, the first holds."""

    BLOCKED = "blocked", "上报难点"
    DEFERRED = "deferred", "挂账"
    RELAPSED = "relapsed", "疑似反弹"
    WAITS = "waits", "等待审定"
    OVERDUE = "overdue", "超期"
    SENT_BACK = "sent_back", "反复退回"


@dataclass(frozen=True, kw_only=True)
class DifficultPoint:
    """One difficult point.

    Attributes:
        reason: in the words of those at work; empty when nobody gave one.
        since: its first day.
        whose: who has to move, by name and post or by unit.
        needed: what has to happen.
    """

    why: Difficulty
    subject: Matter | Complaint
    reason: str
    since: date
    whose: str
    needed: str

    @property
    def is_matter(self) -> bool:
        """Whether it is about a matter, not a complaint."""
        return isinstance(self.subject, Matter)

    @property
    def title(self) -> str:
        """Name it without the words of a person: a complaint by its place and category."""
        if isinstance(self.subject, Matter):
            return self.subject.title
        point = self.subject.service_point
        place = point.full_name if point is not None else "地点未登记"
        return f"{place}：{self.subject.category.name}（{self.subject.kind.label}）"


def local_day(moment: datetime) -> date:
    """Give the day of a moment by the office's wall clock."""
    return moment.astimezone(LOCAL).date()


def said_day(day: date) -> str:
    """Write a day as people do: 2026年11月21日."""
    return f"{day.year}年{day.month}月{day.day}日"
