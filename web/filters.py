"""How times and words look on our pages."""

from datetime import datetime, timedelta

from flask import Flask
from markupsafe import Markup, escape

from config.catalogue import catalogue
from domain.personal_data_access import masked_phone
from domain.recordings import PLAYABLE
from domain.working_time import local_time
from web.clock import now
from web.icons import icon

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def moment_text(moment: datetime | None) -> str:
    """Say a moment in local time as people do: 今天 14:05, 昨天 14:05, 11月21日 14:05; nothing for None."""
    if moment is None:
        return ""
    local, today = local_time(moment), local_time(now()).date()
    days = {0: "今天", -1: "昨天", 1: "明天"}
    day = days.get((local.date() - today).days)
    if day is None:
        day = f"{local.month}月{local.day}日"
        if local.year != today.year:
            day = f"{local.year}年{day}"
    return f"{day} {local:%H:%M}"


def day_text(moment: datetime | None) -> str:
    """Say the local day of a moment: 11月21日, with the year when it is another one."""
    if moment is None:
        return ""
    local = local_time(moment)
    day = f"{local.month}月{local.day}日"
    return day if local.year == local_time(now()).year else f"{local.year}年{day}"


def exact_text(moment: datetime | None) -> str:
    """Say a moment in full, for hints and print: 2026-11-21 14:05."""
    return "" if moment is None else f"{local_time(moment):%Y-%m-%d %H:%M}"


def ago_text(moment: datetime | None) -> str:
    """Say how long ago something was: 刚刚, 3 分钟前, 5 小时前; from a day on, the moment itself."""
    if moment is None:
        return ""
    passed = now() - moment
    if passed < _MINUTE:
        return "刚刚"
    if passed < _HOUR:
        return f"{passed // _MINUTE} 分钟前"
    if passed < 24 * _HOUR:
        return f"{passed // _HOUR} 小时前"
    return moment_text(moment)


def time_tag(moment: datetime | None, form: str = "moment") -> Markup:
    """Write a moment as a `<time>` that also holds the exact one."""
    if moment is None:
        return Markup("")
    text = {"moment": moment_text, "ago": ago_text, "day": day_text}[form](moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local_time(moment).isoformat(timespec="minutes"), exact_text(moment), text
    )


def paragraphs(text: str) -> Markup:
    """Write a person's words as they broke the lines, and nothing else of what they may contain."""
    return Markup("<br>\n").join(escape(line) for line in text.splitlines())


def init_app(app: Flask) -> None:
    """Offer the filters, `icon()` and the test `playable` to all templates."""
    app.jinja_env.filters.update(
        moment=moment_text,
        day=day_text,
        exact=exact_text,
        ago=ago_text,
        time_tag=time_tag,
        paragraphs=paragraphs,
        masked_phone=masked_phone,
    )
    app.jinja_env.tests["playable"] = lambda attachment: attachment.content_type in PLAYABLE
    words = catalogue()
    app.jinja_env.globals.update(icon=icon, now=now, account_name=words.account_name, office=words.office)
