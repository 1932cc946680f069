"""推送: what waits for an approval, what comes back by itself, what was pushed; and planning it."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import push_queries, push_runs, push_schedules, push_sending
from domain.deadlines import calendar_for
from domain.errors import DomainError, Invalid, NotAllowed
from domain.permissions import may_plan_pushes
from domain.push_counts import counts_of
from domain.push_kinds import TYPES, type_of
from domain.push_times import next_times, when_of
from models.push import PushSchedule
from models.push_words import DaysOff, MissedRule, PushKind, WhenKind
from web.admin.push_form import BLANK, NOW, entered, entered_of, kind_of, plan_from, when_from
from web.admin.push_frame import preview_of, push_blueprint, subscription_template
from web.admin.settings.entering import by
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session

blueprint = push_blueprint("admin_pushes", __name__)

PER_PAGE = 20
_SHOWN_TIMES = 5
Refused = tuple[str, int]


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List all: what waits, what runs, the schedules with their next times, and what is over."""
    session, moment = current_session(), now()
    kind = next((one for one in PushKind if one.value == request.args.get("kind")), None)
    number = min(max(request.args.get("page", 1, type=int), 1), 100_000)
    found = push_queries.history(session, kind=kind, page=number, per_page=PER_PAGE)
    return render_template(
        "admin/pushes.html",
        waiting=push_queries.waiting(session),
        running=[(run, counts_of(session, run)) for run in push_queries.running(session)],
        schedules=[
            (one, when_of(one), push_schedules.upcoming(session, one, now=moment))
            for one in push_schedules.listed(session)
        ],
        goes_by_itself=push_schedules.goes_by_itself,
        found=found,
        rows=[(run, counts_of(session, run)) for run in found.items],
        kind=kind,
        kinds=list(TYPES),
        plans=may_plan_pushes(current_user.staff),
        may_approve=push_runs.may_approve,
    )


@blueprint.get("/new")
def new() -> str:
    """Show the form of a push; the address may name what it is about."""
    _need_planner()
    wanted = {name: request.args[name][:40] for name in ("kind", "subject", "when") if name in request.args}
    return _form({**BLANK, **wanted})


def _need_planner() -> None:
    if not may_plan_pushes(current_user.staff):
        raise NotAllowed("推送由受理员、分管领导和系统管理员安排。")


@blueprint.post("/new")
def create() -> Response | Refused:
    """Plan a push, or put one before a colleague at once."""
    session, given = current_session(), entered()
    try:
        if given["when"] == NOW:
            kind = kind_of(given)
            run = push_runs.begin(session, kind=kind, subject=given["subject"], due_at=now(), **by())
            flash("已提出，请另一位同事批准后推送。", "success")
            return redirect(url_for("admin_push_runs.one", run_id=run.id), 303)
        schedule = push_schedules.create(session, plan_from(given), **by())
    except DomainError as refusal:
        session.rollback()
        return _form(given, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("定时推送已建好。", "success")
    return _to(schedule.id)


def _form(
    given: dict[str, Any], refusal: DomainError | None = None, schedule: PushSchedule | None = None
) -> str:
    session, moment = current_session(), now()
    return render_template(
        "admin/push_form.html",
        entered=given,
        refusal=refusal,
        schedule=schedule,
        types=list(TYPES.values()),
        choices={
            row.kind.value: row.choices(session, moment) for row in TYPES.values() if row.choices is not None
        },
        whens=list(WhenKind),
        rules=list(DaysOff),
        missed_rules=list(MissedRule),
        now_word=NOW,
    )


@blueprint.post("/preview")
def preview() -> str:
    """Show what the form would push now, whom it would reach, and when it would come back."""
    session, given = current_session(), entered()
    try:
        kind = kind_of(given)
    except Invalid as refusal:
        return render_template("admin/push_preview.html", preview=None, wrong=refusal.message)
    wrong, words, times = "", "", []
    if given["when"] != NOW:
        try:
            when = when_from(given)
            words, times = when.words, next_times(when, now(), calendar_for(session), count=3)
        except Invalid as refusal:
            wrong = refusal.message
    shown = preview_of(kind, given["subject"])
    return render_template("admin/push_preview.html", preview=shown, words=words, coming=times, wrong=wrong)


@blueprint.get("/<int:schedule_id>")
def one(schedule_id: int) -> str:
    """Show a schedule: when it comes, what it would say now and to whom, and how it went so far."""
    session, staff, moment = current_session(), current_staff(), now()
    schedule = push_schedules.find(session, schedule_id)
    found = push_queries.history(session, schedule=schedule, page=1, per_page=PER_PAGE)
    under_way = (*push_queries.waiting(session), *push_queries.running(session))
    live = [run for run in under_way if run.schedule_id == schedule.id]
    return render_template(
        "admin/push.html",
        schedule=schedule,
        when=when_of(schedule),
        row=type_of(schedule.kind),
        times=push_schedules.upcoming(session, schedule, now=moment, count=_SHOWN_TIMES),
        by_itself=push_schedules.goes_by_itself(schedule),
        may_confirm=push_schedules.may_confirm(schedule, staff),
        plans=may_plan_pushes(staff),
        live=live,
        rows=[(run, counts_of(session, run)) for run in found.items],
        total=found.total,
        preview=preview_of(schedule.kind, schedule.subject, schedule=schedule, at=moment),
    )


@blueprint.get("/<int:schedule_id>/edit")
def edit(schedule_id: int) -> str:
    """Show the form of a schedule."""
    _need_planner()
    schedule = push_schedules.find(current_session(), schedule_id)
    return _form(entered_of(schedule), schedule=schedule)


@blueprint.post("/<int:schedule_id>/edit")
def change(schedule_id: int) -> Response | Refused:
    """Change a schedule."""
    session, given = current_session(), entered()
    schedule = push_schedules.hold(session, schedule_id, staff=current_staff())
    try:
        push_schedules.change(session, schedule, plan_from(given), **by())
    except DomainError as refusal:
        session.rollback()
        schedule = push_schedules.find(session, schedule_id)
        return _form(given, refusal, schedule), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("已保存。", "success")
    return _to(schedule_id)


@blueprint.post("/<int:schedule_id>/run")
def run_now(schedule_id: int) -> Response:
    """Make a run of a schedule besides its times."""
    session = current_session()
    schedule = push_schedules.hold(session, schedule_id, staff=current_staff())
    run = push_schedules.run_now(session, schedule, **by())
    flash("已开始推送。" if run.automatic else "已提出，请另一位同事批准后推送。", "success")
    return redirect(url_for("admin_push_runs.one", run_id=run.id), 303)


@blueprint.post("/<int:schedule_id>/confirm")
def confirm(schedule_id: int) -> Response:
    """Let a schedule go out without an approval each time."""
    session = current_session()
    push_schedules.confirm(session, push_schedules.hold(session, schedule_id, staff=current_staff()), **by())
    flash("已确认，以后到时间自动推送。", "success")
    return _to(schedule_id)


@blueprint.post("/<int:schedule_id>/pause")
def pause(schedule_id: int) -> Response:
    """Let a schedule rest."""
    session = current_session()
    push_schedules.pause(session, push_schedules.hold(session, schedule_id, staff=current_staff()), **by())
    flash("已暂停，到时间不再推送。", "success")
    return _to(schedule_id)


@blueprint.post("/<int:schedule_id>/resume")
def resume(schedule_id: int) -> Response:
    """Let a schedule go on."""
    session = current_session()
    push_schedules.resume(session, push_schedules.hold(session, schedule_id, staff=current_staff()), **by())
    flash("已恢复，从下一次开始。", "success")
    return _to(schedule_id)


@blueprint.post("/<int:schedule_id>/remove")
def remove(schedule_id: int) -> Response:
    """Do away with a schedule."""
    session = current_session()
    schedule = push_schedules.hold(session, schedule_id, staff=current_staff())
    push_schedules.remove(session, schedule, **by())
    flash(f"「{schedule.title}」已删除，推送记录还在。")
    return redirect(url_for("admin_pushes.page"), 303)


@blueprint.post("/<int:schedule_id>/test")
def send_test(schedule_id: int) -> Response:
    """Send what it would say now to one's own WeChat."""
    session, moment = current_session(), now()
    schedule = push_schedules.find(session, schedule_id)
    row = type_of(schedule.kind)
    since = push_runs.since_of(session, schedule, now=moment)
    content = push_runs.compose(session, schedule.kind, schedule.subject, since=since, now=moment)
    push_sending.send_to_oneself(
        session,
        row.notice,
        content,
        # It has no page of its own before it is proposed.
        path=content.path or ("/admin/pushes" if row.for_staff else "/h5/matters"),
        staff=current_staff(),
        template_id=subscription_template(row.notice),
        now=moment,
    )
    flash("已发到您的微信，几秒钟就到。", "success")
    return _to(schedule_id)


def _to(schedule_id: int) -> Response:
    return redirect(url_for("admin_pushes.one", schedule_id=schedule_id), 303)
