"""One push: what it says, its approval, how far it is, and calling it off."""

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import push_article, push_queries, push_runs, push_sending
from domain.permissions import may_plan_pushes
from domain.push_contents import PushContent
from domain.push_counts import counts_today
from domain.push_kinds import type_of
from models.push import PushRun
from models.push_words import PushState
from web.admin.push_frame import push_blueprint, subscription_template
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = push_blueprint("admin_push_runs", __name__, "/runs")


@blueprint.get("/<int:run_id>")
def one(run_id: int) -> str:
    """Show a push."""
    return _shown("admin/push_run.html", push_queries.find(current_session(), run_id))


@blueprint.get("/<int:run_id>/state")
def state(run_id: int) -> str:
    """Give the part of its page that changes."""
    return _shown("admin/push_state.html", push_queries.find(current_session(), run_id))


def _shown(template: str, run: PushRun) -> str:
    session, staff = current_session(), current_user.staff
    row = type_of(run.kind)
    reach = None
    if run.state is PushState.WAITING:
        reach = push_sending.reach(
            session,
            row,
            run.subject,
            box=parts().secret_box,
            template_id=subscription_template(row.notice),
            now=now(),
        )
    return render_template(
        template,
        run=run,
        row=row,
        reach=reach,
        counts=counts_today(session, run),
        may_approve=push_runs.may_approve(run, staff),
        may_cancel=push_runs.may_cancel(run, staff),
        is_own=run.created_by_id == staff.id,
        plans=may_plan_pushes(staff),
        becomes_article=may_plan_pushes(staff) and push_article.may_be_one(run),
        looks_again=run.state is PushState.RUNNING,
    )


@blueprint.post("/<int:run_id>/approve")
def approve(run_id: int) -> Response:
    """Let a push go."""
    push_runs.approve(current_session(), run_id, **by())
    flash("已批准，正在推送。", "success")
    return _to(run_id)


@blueprint.post("/<int:run_id>/cancel")
def cancel(run_id: int) -> Response:
    """Call a push off, before it began or on the way."""
    push_runs.cancel(current_session(), run_id, reason=typed("reason"), **by())
    flash("已取消，没有发出的不再发。", "success")
    return _to(run_id)


@blueprint.post("/<int:run_id>/test")
def send_test(run_id: int) -> Response:
    """Send a push to one's own WeChat."""
    session = current_session()
    run = push_queries.find(session, run_id)
    row = type_of(run.kind)
    push_sending.send_to_oneself(
        session,
        row.notice,
        PushContent(title=run.title, body=run.body, fields=run.fields),
        path=run.path,
        staff=current_staff(),
        template_id=subscription_template(row.notice),
        now=now(),
    )
    flash("已发到您的微信，几秒钟就到。", "success")
    return _to(run_id)


@blueprint.post("/<int:run_id>/article")
def article(run_id: int) -> Response:
    """Make the draft of an article of what a push says."""
    session = current_session()
    run = push_queries.find(session, run_id)
    push_article.draft_of(session, run, base_url=parts().settings.base_url, **by())
    flash("已做成图文草稿，在「图文」里修改、送审和发布。", "success")
    return _to(run_id)


def _to(run_id: int) -> Response:
    return redirect(url_for("admin_push_runs.one", run_id=run_id), 303)
