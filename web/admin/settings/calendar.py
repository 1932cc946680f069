"""工作日历: the year's working days, days edited by hand or from a notice, and the working hours."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import calendar_days, office_settings, recomputing
from domain.calendar_days import DayEdit, DayShown
from domain.errors import Invalid
from domain.holiday_notices import LONGEST_TEXT, read_days
from domain.office_settings import WORKING_HOURS
from domain.working_days import is_calendar_published
from domain.working_time import local_time
from web.admin.settings.entering import by, settings_blueprint, typed
from web.clock import now
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings_calendar", __name__, "/calendar")

_STATES = {"work": True, "rest": False, "default": None}


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show a year, and the day that was chosen in it."""
    chosen = _day(request.args.get("day", ""))
    return _page(chosen.year if chosen else _year(request.args.get("year", "")), chosen=chosen)


@blueprint.post("/day")
def set_day() -> Response | tuple[str, int]:
    """Edit one day."""
    day, session = _day(typed("day")), current_session()
    try:
        edit = _entered_day(day)
        concerned = calendar_days.set_days(session, [edit], **by())
    except Invalid as refusal:
        session.rollback()
        year = day.year if day else _year("")
        return _page(year, chosen=day, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"{edit.day:%Y-%m-%d} 已保存{_told(concerned)}。", "success")
    return redirect(url_for("admin_settings_calendar.page", day=edit.day.isoformat()), 303)


@blueprint.post("/paste")
def paste() -> Response | str | tuple[str, int]:
    """Read days out of a notice; they are shown before they are kept."""
    year, text = _year(typed("year")), typed("text", longest=LONGEST_TEXT)
    session = current_session()
    if request.form.get("again"):
        return _page(year, text=text)
    try:
        edits = read_days(text, year=year)
        if request.form.get("confirmed") != "1":
            return _preview(year, text, edits)
        concerned = calendar_days.set_days(session, edits, **by())
    except Invalid as refusal:
        session.rollback()
        return _page(year, text=text, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"已录入 {len(edits)} 天{_told(concerned)}。", "success")
    return redirect(url_for("admin_settings_calendar.page", year=edits[0].day.year), 303)


@blueprint.post("/hours")
def hours() -> Response | str | tuple[str, int]:
    """Set the working hours; asked about first where they move what is open."""
    pairs = list(zip(request.form.getlist("start")[:9], request.form.getlist("end")[:9], strict=False))
    session, year = current_session(), _year("")
    if request.form.get("again"):
        return _page(year, pairs=pairs)
    try:
        spans = calendar_days.spans_from(pairs)
        concerned = recomputing.count_open(session)
        present = office_settings.read(session, WORKING_HOURS)
        if spans != present and concerned and request.form.get("confirmed") != "1":
            return render_template(
                "admin/settings/hours_confirm.html",
                before=calendar_days.spans_text(present),
                after=calendar_days.spans_text(spans),
                pairs=pairs,
                concerned=concerned,
            )
        concerned = calendar_days.set_working_hours(session, spans, **by())
    except Invalid as refusal:
        session.rollback()
        return _page(year, pairs=pairs, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"工作时间已保存{_told(concerned)}。", "success")
    return redirect(url_for("admin_settings_calendar.page", _anchor="hours"), 303)


def _entered_day(day: date | None) -> DayEdit:
    if day is None or typed("state") not in _STATES:
        raise Invalid("请在日历里点一天，再选上班还是休息。", "day")
    return DayEdit(day, _STATES[typed("state")], typed("note", longest=calendar_days.LONGEST_NOTE))


def _told(concerned: int) -> str:
    return f"，{concerned} 件在办诉求的期限正在重新计算" if concerned else ""


def _year(words: str) -> int:
    year = int(words) if words.isdecimal() and len(words) == 4 else 0
    if calendar_days.FIRST_YEAR <= year <= calendar_days.LAST_YEAR:
        return year
    return local_time(now()).year


def _day(words: str) -> date | None:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if calendar_days.FIRST_YEAR <= day.year <= calendar_days.LAST_YEAR else None


def _preview(year: int, text: str, edits: Sequence[DayEdit]) -> str:
    session = current_session()
    years = {edit.day.year for edit in edits}
    present: dict[date, DayShown] = {
        day.day: day
        for each in sorted(years)
        for month in calendar_days.year_shown(session, each)
        for week in month.weeks
        for day in week
        if day is not None
    }
    return render_template(
        "admin/settings/calendar_paste.html",
        year=year,
        text=text,
        rows=[(edit, present[edit.day]) for edit in edits if edit.day in present],
        concerned=recomputing.count_open(session),
    )


def _page(
    year: int,
    *,
    chosen: date | None = None,
    refusal: Invalid | None = None,
    text: str = "",
    pairs: Sequence[tuple[str, str]] | None = None,
) -> str:
    session = current_session()
    spans = office_settings.read(session, WORKING_HOURS)
    if pairs is None:
        pairs = [(f"{span.start:%H:%M}", f"{span.end:%H:%M}") for span in spans]
    empty = [("", "")] * (calendar_days.MOST_SPANS - len(pairs))
    return render_template(
        "admin/settings/calendar.html",
        year=year,
        today=local_time(now()).date(),
        first_year=calendar_days.FIRST_YEAR,
        last_year=calendar_days.LAST_YEAR,
        months=calendar_days.year_shown(session, year),
        edited=calendar_days.edited_days(session, year),
        is_published=is_calendar_published(year),
        chosen=calendar_days.day_shown(session, chosen) if chosen is not None else None,
        concerned=recomputing.count_open(session),
        progress=recomputing.progress(session),
        refusal=refusal,
        text=text,
        pairs=[*pairs, *empty],
        hours=calendar_days.spans_text(spans),
        hours_are_set=office_settings.is_set(session, WORKING_HOURS),
    )
