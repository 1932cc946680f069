"""Pioneer posts (党员先锋岗): applied for by who answers for a place, decided by somebody else, shown there.

That the person in charge is a Party member is another thing: it is said of the place (`party_member`, shown
as 中共党员) and needs nobody's decision.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session, joinedload

from domain import notices, office_changes
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.paging import page_within
from domain.permissions import may_apply_for_post, may_review_posts
from domain.queries import Page
from domain.working_time import local_time
from models.appraisal import PioneerPost
from models.appraisal_words import PostState
from models.enums import NoticeKind, Role
from models.service_point import ServicePoint
from models.staff import Staff

LONGEST_WORDS = 500
LONGEST_PERIOD = timedelta(days=731)
PER_PAGE = 30
S = PostState


def apply(
    session: Session,
    place: ServicePoint,
    *,
    reason: str,
    first_day: date,
    last_day: date,
    staff: Staff,
    now: datetime,
) -> PioneerPost:
    """Apply for a post at a place.

    Raises:
        Invalid: the place has no Party member in charge, the days make no sense, no reason, or one waits.
        NotAllowed: they do not answer for this place.
    """
    if not may_apply_for_post(place, staff):
        raise NotAllowed("党员先锋岗由服务点所属单位的负责人申请。")
    if not place.in_charge or not place.party_member:
        raise Invalid("先在服务点里写明负责人，并标明是中共党员，再申请党员先锋岗。")
    if last_day < first_day:
        raise Invalid("结束日期早于开始日期。", "last_day")
    if last_day < local_time(now).date():
        raise Invalid("结束日期已经过去。", "last_day")
    if last_day - first_day > LONGEST_PERIOD:
        raise Invalid("一次最多授牌两年，到期可以再申请。", "last_day")
    session.refresh(place, with_for_update=True)  # two who apply at once wait for each other
    waiting = select(PioneerPost.id).where(
        PioneerPost.service_point_id == place.id, PioneerPost.state == S.WAITING
    )
    if session.scalar(waiting) is not None:
        raise Invalid("这个服务点已有一份申请在等审核。")
    post = PioneerPost(
        service_point=place,
        holder=place.in_charge,
        reason=_said(reason, "申请理由", "reason"),
        first_day=first_day,
        last_day=last_day,
        applied_by=staff,
        applied_at=now,
    )
    session.add(post)
    session.flush()
    words = f"为「{place.full_name}」申请党员先锋岗"
    _note(session, post, "apply", words, staff=staff, now=now, after={"reason": post.reason})
    for reviewer in notices.staff_with(session, Role.LEADER, Role.INSPECTOR):
        if reviewer != staff.id:
            _tell(
                session,
                post,
                reviewer,
                NoticeKind.STAFF_REQUEST,
                title="党员先锋岗申请待您审核",
                words=post.reason,
                now=now,
            )
    return post


def find(session: Session, post_id: int, *, for_change: bool = False) -> PioneerPost:
    """Give an application, or raise NotFound; hold it until the transaction ends if it is to be changed."""
    post = session.get(PioneerPost, post_id)
    if post is None:
        raise NotFound("没有找到这份申请。")
    if for_change:
        session.refresh(post, with_for_update=True)
    return post


def decide(
    session: Session, post: PioneerPost, *, award: bool, words: str, staff: Staff, now: datetime
) -> None:
    """Award a post, or refuse it with a reason.

    Raises:
        Invalid: a refusal without a reason.
        NotAllowed: this is not for them to decide.
        TooLate: it is decided already.
    """
    _check_reviewer(post, staff)
    if post.state is not S.WAITING:
        raise TooLate(f"这份申请{post.state.label}，不用再审。")
    words = cleaned(words)[:LONGEST_WORDS] if award else _said(words, "不通过的原因", "words")
    _settle(session, post, S.AWARDED if award else S.REFUSED, words, staff, now)
    deed = "授予" if award else "不授予"
    about = f"{deed}「{post.service_point.full_name}」党员先锋岗"
    _note(session, post, "award" if award else "refuse", about, staff=staff, now=now, after={"words": words})
    title = "党员先锋岗申请已通过" if award else "党员先锋岗申请未通过"
    _tell(session, post, post.applied_by_id, NoticeKind.STAFF_DECIDED, title=title, words=words, now=now)


def revoke(session: Session, post: PioneerPost, *, words: str, staff: Staff, now: datetime) -> None:
    """Take an awarded post away, with a reason.

    Raises:
        Invalid: no reason.
        NotAllowed: this is not for them to decide.
        TooLate: it is not awarded, or not any more.
    """
    _check_reviewer(post, staff)
    if post.state is not S.AWARDED:
        raise TooLate(f"这份申请{post.state.label}，没有可撤销的授牌。")
    words = _said(words, "撤销的原因", "words")
    _settle(session, post, S.REVOKED, words, staff, now)
    about = f"撤销「{post.service_point.full_name}」的党员先锋岗"
    _note(session, post, "revoke", about, staff=staff, now=now, after={"words": words})
    _tell(
        session,
        post,
        post.applied_by_id,
        NoticeKind.STAFF_DECIDED,
        title="党员先锋岗已撤销",
        words=words,
        now=now,
    )


def withdraw(session: Session, post: PioneerPost, *, staff: Staff, now: datetime) -> None:
    """Take one's own application back.

    Raises:
        NotAllowed: it is somebody else's.
        TooLate: it is decided already.
    """
    if post.applied_by_id != staff.id:
        raise NotAllowed("申请由申请人自己撤回。")
    if post.state is not S.WAITING:
        raise TooLate(f"这份申请{post.state.label}，不能撤回。")
    post.state, post.decided_at = S.WITHDRAWN, now
    session.flush()
    about = f"撤回「{post.service_point.full_name}」的党员先锋岗申请"
    _note(session, post, "withdraw", about, staff=staff, now=now)


def may_decide(post: PioneerPost, staff: Staff) -> bool:
    """Tell whether staff may decide on this application: not on their own, nor on one of their team."""
    return may_review_posts(staff) and post.applied_by_id != staff.id and not _is_of_team(post, staff)


def _is_of_team(post: PioneerPost, staff: Staff) -> bool:
    return staff.team_id is not None and post.service_point.team_id == staff.team_id


def current(session: Session, place: ServicePoint, *, now: datetime) -> PioneerPost | None:
    """Give the post that is shown at a place today; the one that lasts longest, if there are two."""
    today = local_time(now).date()
    query = select(PioneerPost).where(
        PioneerPost.service_point_id == place.id,
        PioneerPost.state == S.AWARDED,
        PioneerPost.first_day <= today,
        PioneerPost.last_day >= today,
    )
    return session.scalar(query.order_by(PioneerPost.last_day.desc(), PioneerPost.id).limit(1))


def is_shown(post: PioneerPost, *, now: datetime) -> bool:
    """Tell whether an awarded post is within its days."""
    return post.state is S.AWARDED and post.first_day <= local_time(now).date() <= post.last_day


def listed(
    session: Session, *, state: PostState | None = None, team_id: int | None = None, page: int = 1
) -> Page[PioneerPost]:
    """List applications, those that wait first, then the newest; all, or those of one team's places."""
    query = select(PioneerPost).join(ServicePoint, ServicePoint.id == PioneerPost.service_point_id)
    if state is not None:
        query = query.where(PioneerPost.state == state)
    if team_id is not None:
        query = query.where(ServicePoint.team_id == team_id)
    total = session.scalar(query.with_only_columns(func.count(PioneerPost.id))) or 0
    page = page_within(page, total, PER_PAGE)
    query = query.order_by((PioneerPost.state == S.WAITING).desc(), PioneerPost.applied_at.desc())
    query = query.options(joinedload(PioneerPost.service_point), joinedload(PioneerPost.applied_by))
    return Page(
        session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total, page, PER_PAGE
    )


def waiting_for(staff: Staff) -> Select[int]:
    """Give the query that counts the applications that somebody may decide on."""
    of_others = PioneerPost.applied_by_id != staff.id if may_review_posts(staff) else false()
    of_team = select(ServicePoint.id).where(ServicePoint.team_id == (staff.team_id or 0))
    others = of_others, PioneerPost.service_point_id.not_in(of_team)
    return select(func.count(PioneerPost.id)).where(PioneerPost.state == S.WAITING, *others)


def _check_reviewer(post: PioneerPost, staff: Staff) -> None:
    if not may_review_posts(staff):
        raise NotAllowed("党员先锋岗由分管领导、督导组或系统管理员审核。")
    if _is_of_team(post, staff):
        raise NotAllowed("不能审核自己所在的单位的申请，请由单位以外的人审核。")
    if not may_decide(post, staff):
        raise NotAllowed("自己提出的申请要由另一个人审核。")


def _settle(
    session: Session, post: PioneerPost, state: PostState, words: str, staff: Staff, now: datetime
) -> None:
    post.state, post.decision_words = state, words
    post.decided_by, post.decided_at = staff, now
    session.flush()


def _tell(
    session: Session,
    post: PioneerPost,
    staff_id: int,
    kind: NoticeKind,
    *,
    title: str,
    words: str,
    now: datetime,
) -> None:
    notices.queue(
        session,
        key=f"post:{post.id}:{post.state.value}:staff:{staff_id}",
        kind=kind,
        title=title,
        body=f"{post.service_point.full_name}，{post.holder}\n{words}".strip(),
        path=f"/admin/pioneer-posts/{post.id}",
        staff_id=staff_id,
        now=now,
    )


def _note(
    session: Session,
    post: PioneerPost,
    verb: str,
    words: str,
    *,
    staff: Staff,
    now: datetime,
    after: Mapping[str, str] | None = None,
) -> None:
    office_changes.note(
        session, staff, action=f"pioneer_post.{verb}", subject=post.id, words=words, after=after, now=now
    )


def _said(words: str, what: str, field: str) -> str:
    words = cleaned(words)
    if not words:
        raise Invalid(f"请填写{what}。", field)
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"{what}最多 {LONGEST_WORDS} 字。", field)
    return words
