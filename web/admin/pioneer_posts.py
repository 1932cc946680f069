"""党员先锋岗: applications, the review by another person, what is awarded and until when."""

from datetime import timedelta
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import pioneer_posts
from domain.errors import Invalid, NotAllowed, NotFound
from domain.permissions import figures_of_team, may_apply_for_post, may_describe_place, may_review_posts
from domain.pioneer_posts import LONGEST_WORDS
from domain.service_point_checks import find_place
from domain.working_time import local_time
from models.appraisal import PioneerPost
from models.appraisal_words import PostState
from models.service_point import ServicePoint
from models.staff import Staff
from web.admin.appraisal_frame import appraisal_blueprint, asked_page, typed_day
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session

blueprint = appraisal_blueprint("admin_appraisal_posts", __name__, "/pioneer-posts")

Refused = tuple[str, int]
_USUAL_PERIOD = timedelta(days=364)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List applications and posts: all, or those of the reader's team."""
    session, staff = current_session(), current_staff()
    asked = request.args.get("state", "")
    state = next((one for one in PostState if one.value == asked), None)
    own_team = figures_of_team(staff)
    return render_template(
        "admin/pioneer_posts.html",
        found=pioneer_posts.listed(session, state=state, team_id=own_team, page=asked_page()),
        states=list(PostState),
        state=state,
        own_team=own_team,
        is_shown=lambda post: pioneer_posts.is_shown(post, now=now()),
        reviews=may_review_posts(staff),
    )


@blueprint.get("/<int:post_id>")
def one(post_id: int) -> str:
    """Show one application with what may be done about it."""
    return _show(_readable(current_session(), post_id))


def _readable(session: Session, post_id: int) -> PioneerPost:
    """Give an application that the reader may see: of their team, or any to who looks after all."""
    post, staff = pioneer_posts.find(session, post_id), current_staff()
    if not may_read(post, staff):
        raise NotFound("没有找到这份申请。")
    return post


def may_read(post: PioneerPost, staff: Staff) -> bool:
    """Tell whether staff may read an application."""
    own_team = figures_of_team(staff)
    return own_team in (None, post.service_point.team_id) or post.applied_by_id == staff.id


def _show(post: PioneerPost, refusal: Invalid | None = None, *, words: str = "") -> str:
    staff = current_staff()
    return render_template(
        "admin/pioneer_post.html",
        post=post,
        place=post.service_point,
        is_shown=pioneer_posts.is_shown(post, now=now()),
        may_decide=pioneer_posts.may_decide(post, staff),
        is_own=post.applied_by_id == staff.id,
        refusal=refusal,
        words=words,
    )


@blueprint.get("/new/<int:place_id>")
def new(place_id: int) -> str:
    """Show the form of an application for a place."""
    place = find_place(current_session(), place_id)
    _only_who_may_apply(place)
    today = local_time(now()).date()
    days = {"first_day": today.isoformat(), "last_day": (today + _USUAL_PERIOD).isoformat()}
    return _form(place, {"reason": "", **days})


@blueprint.post("/new/<int:place_id>")
def apply(place_id: int) -> Response | Refused:
    """Apply for a post at a place."""
    session = current_session()
    place = find_place(session, place_id)
    _only_who_may_apply(place)
    entered = {
        "reason": typed("reason", longest=LONGEST_WORDS),
        "first_day": typed("first_day", longest=10),
        "last_day": typed("last_day", longest=10),
    }
    try:
        post = pioneer_posts.apply(
            session,
            place,
            reason=entered["reason"],
            first_day=typed_day("first_day", "开始日期"),
            last_day=typed_day("last_day", "结束日期"),
            **by(),
        )
    except Invalid as refusal:
        session.rollback()
        return _form(find_place(session, place_id), entered, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("申请已提交，等另一位同事审核。", "success")
    return redirect(url_for("admin_appraisal_posts.one", post_id=post.id), 303)


def _only_who_may_apply(place: ServicePoint) -> None:
    if not may_apply_for_post(place, current_staff()):
        raise NotAllowed("党员先锋岗由服务点所属单位的负责人申请。")


def _form(place: ServicePoint, entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/pioneer_post_form.html",
        place=place,
        entered=entered,
        refusal=refusal,
        may_describe=may_describe_place(place, current_staff()),
    )


@blueprint.post("/<int:post_id>/decide")
def decide(post_id: int) -> Response | Refused:
    """Award the post, or refuse it."""
    session = current_session()
    _only_reviewers()
    post = pioneer_posts.find(session, post_id, for_change=True)
    words, award = typed("words", longest=LONGEST_WORDS), request.form.get("do") == "award"
    try:
        pioneer_posts.decide(session, post, award=award, words=words, **by())
    except Invalid as refusal:
        return _refused(session, post_id, refusal, words)
    flash("已授牌，扫码就能看到。" if award else "已退回，申请人会收到原因。", "success")
    return redirect(url_for("admin_appraisal_posts.one", post_id=post_id), 303)


@blueprint.post("/<int:post_id>/revoke")
def revoke(post_id: int) -> Response | Refused:
    """Take an awarded post away."""
    session = current_session()
    _only_reviewers()
    post = pioneer_posts.find(session, post_id, for_change=True)
    words = typed("words", longest=LONGEST_WORDS)
    try:
        pioneer_posts.revoke(session, post, words=words, **by())
    except Invalid as refusal:
        return _refused(session, post_id, refusal, words)
    flash("授牌已撤销，扫码不再显示。")
    return redirect(url_for("admin_appraisal_posts.one", post_id=post_id), 303)


@blueprint.post("/<int:post_id>/withdraw")
def withdraw(post_id: int) -> Response:
    """Take one's own application back."""
    session = current_session()
    pioneer_posts.withdraw(session, pioneer_posts.find(session, post_id, for_change=True), **by())
    flash("申请已撤回。")
    return redirect(url_for("admin_appraisal_posts.one", post_id=post_id), 303)


def _only_reviewers() -> None:
    if not may_review_posts(current_staff()):
        raise NotAllowed("党员先锋岗由分管领导、督导组或系统管理员审核。")


def _refused(session: Session, post_id: int, refusal: Invalid, words: str) -> Refused:
    session.rollback()
    shown = _show(pioneer_posts.find(session, post_id), refusal, words=words)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY
