"""The form of a push: what is pushed and when, read from what was typed and written back into it."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, TypeVar

from flask import request

from domain.errors import Invalid
from domain.push_schedules import PushPlan
from domain.push_times import When
from models.enums import Word
from models.push import PushSchedule
from models.push_words import DaysOff, MissedRule, PushKind, WhenKind
from web.admin.settings.entering import typed

NOW = "now"
W = TypeVar("W", bound=Word)
BLANK: Mapping[str, Any] = {
    "title": "",
    "kind": PushKind.DIGEST.value,
    "subject": "",
    "when": WhenKind.WEEKLY.value,
    "at": "09:00",
    "days": ["1"],
    "month_days": ["1"],
    "day": "",
    "days_off": DaysOff.KEEP.value,
    "missed": MissedRule.ONCE.value,
    "automatic": "",
}


def entered() -> dict[str, Any]:
    """Give what was typed, as the form shows it again."""
    plain = ("title", "kind", "when", "at", "day", "days_off", "missed", "automatic")
    kind = typed("kind")
    return {
        **{name: typed(name) for name in plain},
        "subject": typed(f"subject-{kind}"),
        "days": request.form.getlist("days")[:7],
        "month_days": request.form.getlist("month_days")[:32],
    }


def entered_of(schedule: PushSchedule) -> dict[str, Any]:
    """Give a schedule as the form shows it."""
    days = [str(number) for number in schedule.days]
    weekly = schedule.when_kind is WhenKind.WEEKLY
    return {
        "title": schedule.title,
        "kind": schedule.kind.value,
        "subject": schedule.subject,
        "when": schedule.when_kind.value,
        "at": f"{schedule.at:%H:%M}",
        "days": days if weekly else ["1"],
        "month_days": days if schedule.when_kind is WhenKind.MONTHLY else ["1"],
        "day": schedule.day.isoformat() if schedule.day else "",
        "days_off": schedule.days_off.value,
        "missed": schedule.missed.value,
        "automatic": "yes" if schedule.automatic else "",
    }


def kind_of(given: Mapping[str, Any]) -> PushKind:
    """Read what is pushed.

    Raises:
        Invalid: nothing that can be.
    """
    kind = _word(PushKind, given["kind"])
    if kind is None:
        raise Invalid("请选择推送什么。", "kind")
    return kind


def when_from(given: Mapping[str, Any]) -> When:
    """Read the times.

    Raises:
        Invalid: they make no sense.
    """
    kind = _word(WhenKind, given["when"])
    if kind is None:
        raise Invalid("请选择什么时候推送。", "when")
    chosen = {WhenKind.WEEKLY: given["days"], WhenKind.MONTHLY: given["month_days"]}.get(kind, [])
    days = sorted({int(one) for one in chosen if one.isdecimal() and len(one) < 3})
    return When(
        kind=kind,
        at=_time(given["at"]),
        days=tuple(days),
        day=_day(given["day"]) if kind is WhenKind.ONCE else None,
        days_off=_word(DaysOff, given["days_off"]) or DaysOff.KEEP,
    )


def plan_from(given: Mapping[str, Any]) -> PushPlan:
    """Read the whole form.

    Raises:
        Invalid: something makes no sense.
    """
    return PushPlan(
        title=given["title"],
        kind=kind_of(given),
        when=when_from(given),
        subject=given["subject"],
        automatic=given["automatic"] == "yes",
        missed=_word(MissedRule, given["missed"]) or MissedRule.ONCE,
    )


def _word(words: type[W], text: str) -> W | None:
    return next((one for one in words if one.value == text), None)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Invalid("时间请写成 09:00 这样。", "at") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("请填写哪一天，如 2026-12-01。", "day") from None
