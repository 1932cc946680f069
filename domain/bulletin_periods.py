"""The periods that bulletins are written of, and what they are compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import Invalid
from domain.figure_periods import FIRST_YEAR, LONGEST, Period, Span, period_of
from models.enums import Word

_DAY = timedelta(days=1)


class BulletinSpan(Word):
    """The periods on offer."""

    LAST_MONTH = "last_month", "上月"
    MONTH = "month", "本月"
    QUARTER = "quarter", "本季度"
    TERM = "term", "本学期"
    CUSTOM = "custom", "自选"


class Compared(Word):
    """What the figures of a period are compared with."""

    BEFORE = "before", "上期"
    LAST_YEAR = "last_year", "去年同期"


@dataclass(frozen=True)
class Offer:
    """A period on offer, with the two it can be compared with."""

    span: BulletinSpan
    period: Period


def offers(*, today: date) -> list[Offer]:
    """Give the periods on offer, each up to today at the latest."""
    first = today.replace(day=1)
    spans = {
        BulletinSpan.LAST_MONTH: Period((first - _DAY).replace(day=1), first - _DAY),
        BulletinSpan.MONTH: Period(first, today),
        BulletinSpan.QUARTER: Period(date(today.year, today.month - (today.month - 1) % 3, 1), today),
        BulletinSpan.TERM: period_of(Span.TERM, today=today),
    }
    return [Offer(span, period) for span, period in spans.items()]


def chosen(span: BulletinSpan, *, first: date | None = None, last: date | None = None, today: date) -> Period:
    """Give a period on offer, or one of one's own.

    Raises:
        Invalid: of one's own, a day is missing, or the two make no sense.
    """
    found = next((offer.period for offer in offers(today=today) if offer.span is span), None)
    if found is not None:
        return found
    if first is None or last is None:
        raise Invalid("请填写从哪天到哪天。", "first")
    if last > today:
        raise Invalid("还没有到的日子不能通报，请改到今天或以前。", "last")
    if last < first:
        raise Invalid("结束的日子在开始的前面。", "last")
    if first.year < FIRST_YEAR or last - first > LONGEST:
        raise Invalid("时间太长，最多五年。", "first")
    return Period(first, last)


def compared_with(period: Period, compared: Compared) -> Period:
    """Give the period that another is compared with."""
    return period.before() if compared is Compared.BEFORE else period.last_year()
