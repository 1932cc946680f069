"""The columns that a list of complaints can have, and which of them sort it."""

from collections.abc import Iterable, Sequence

from domain.filters import Order
from models.enums import Word


class Column(Word):
    """One column; number and text are always there."""

    NUMBER = "number", "编号"
    TEXT = "text", "诉求"
    CATEGORY = "category", "类别"
    PLACE = "place", "地点"
    CHANNEL = "channel", "来源"
    TEAM = "team", "责任单位"
    HANDLER = "handler", "经办人"
    STATUS = "status", "状态"
    LEFT = "left", "时限"
    REOPENED = "reopened", "重办次数"
    STARS = "stars", "评价"
    DEFERRED = "deferred", "挂账到"
    CLOSED = "closed", "销号时间"


ALWAYS = (Column.NUMBER, Column.TEXT)
USUAL = (*ALWAYS, Column.TEAM, Column.STATUS, Column.LEFT)
# The first click sorts one way, the second the other; a third is the usual order again.
SORTS: dict[Column, tuple[Order, ...]] = {
    Column.NUMBER: (Order.NEWEST, Order.OLDEST),
    Column.TEAM: (Order.TEAM,),
    Column.LEFT: (Order.DUE, Order.DUE_LAST),
    Column.REOPENED: (Order.REOPENED, Order.REOPENED_LEAST),
    Column.CLOSED: (Order.CLOSED, Order.CLOSED_FIRST),
}
_UPWARD = {Order.OLDEST, Order.DUE, Order.REOPENED_LEAST, Order.CLOSED_FIRST, Order.TEAM}


def columns_named(names: Iterable[str]) -> Sequence[Column]:
    """Give the columns of these names in the order they stand in; nothing when none is known."""
    known = {name for name in names if name in set(Column)}
    return [column for column in Column if column in ALWAYS or column in known] if known else []


def next_order(column: Column, present: Order | None) -> Order | None:
    """Give what a click on a column's head sorts by; None for the usual order."""
    orders = SORTS[column]
    if present not in orders:
        return orders[0]
    following = orders.index(present) + 1
    return orders[following] if following < len(orders) else None


def aria_sort(column: Column, present: Order | None) -> str:
    """Tell how the list is sorted by this column, in the words of ARIA."""
    if present not in SORTS.get(column, ()):
        return "none"
    return "ascending" if present in _UPWARD else "descending"
