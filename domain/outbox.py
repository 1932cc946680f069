"""The outbox: notices that are due are claimed, sent with no transaction open, and marked.

A claim is an UPDATE guarded by the old state, so that of many workers one sends a notice. As many are claimed
together as threads wait for one, each its own: never more than can be sent at this moment, for what a worker
holds when it dies may have gone out. What became of a notice is written by `domain/deliveries.py`. A worker
that dies leaves notices SENDING; `release_stuck` frees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased, joinedload

from domain import grants, mini_people, personal_settings, platform_alerts, push_subjects
from domain.access_links import create_link
from domain.notices import PUSHED
from domain.ports import Letter
from domain.quiet_hours import quiet_until
from models.api_session import MiniProgramIdentity
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun
from models.push_words import PushState
from models.staff import Staff

# Longer than any try may take.
STUCK_AFTER = timedelta(minutes=2)
# A window about to close may be closed by the time the message arrives.
WINDOW_MARGIN = timedelta(seconds=5)
INTERRUPTED = "发送途中程序停止，结果未知"
# A push leaves this much of a window to what concerns the person alone.
KEPT_FOR_THEIR_OWN = 1
# Why something stands on the page 「消息」 only.
NOT_BOUND = "没有绑定微信"
NOT_FOLLOWING = "没有关注公众号"
NOT_WANTED = "本人选择不发到微信"
NOT_ASKED_FOR = "没有订阅推送"
NO_WAY = "没有打开的对话，也没有订阅授权"
NOT_ALLOWED = "没有允许小程序发订阅消息"
CALLED_OFF = "推送中途取消"
MAYBE_SENT = "结果未知，可能已送出；为免重复，不再发"


# Made once: a name of its own for a table costs more than asking it.
_DUE, _OTHER = aliased(Notice), aliased(Notice)
# Another notice is on its way to the same person: theirs arrive in the order of the events.
_RECIPIENT_IS_BUSY = exists().where(
    _OTHER.state == NoticeState.SENDING,
    or_(_OTHER.person_id == _DUE.person_id, _OTHER.staff_id == _DUE.staff_id),
)
_BY_MINI_PROGRAM_ALONE = _DUE.person_id.in_(
    select(MiniProgramIdentity.person_id).join(Person).where(Person.openid.is_(None))
)


@dataclass(frozen=True)
class Claim:
    """A due notice that was taken; without a letter it was settled at once, with nothing to send."""

    notice_id: int
    letter: Letter | None


def is_due(now: datetime) -> ColumnElement[bool]:
    """Give the condition on Notice that it waits and may go out at this hour."""
    due = and_(Notice.state == NoticeState.PENDING, Notice.due_at <= now)
    if quiet_until(now) is not None:
        due = and_(due, or_(Notice.urgent, Notice.person_id.in_(personal_settings.keeping_own_hours())))
    return due


def anything_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a worker would find something to do."""
    return session.scalar(select(exists().where(is_due(now)))) or False


def claim(session: Session, *, worker: str, now: datetime, base_url: str) -> Claim | None:
    """Take the notice that has been due longest, urgent ones first; see `claim_some`."""
    taken = claim_some(session, 1, worker=worker, now=now, base_url=base_url)
    return taken[0] if taken else None


def claim_some(session: Session, most: int, *, worker: str, now: datetime, base_url: str) -> list[Claim]:
    """Take the notices that have been due longest, urgent ones first, none to the same person.

    Args:
        most: how many can be sent at this moment.
        worker: who takes them; unique among running workers.
        base_url: address of the site, ending in a slash.

    Returns:
        Nothing when nothing is due. While the official account may send nothing, only what goes to people who
        use the mini program alone.
    """
    paused = platform_alerts.pauses(session, now=now)
    whom = _BY_MINI_PROGRAM_ALONE if platform_alerts.ACCOUNT in paused else true()
    morning = quiet_until(now)
    if morning is not None:
        _put_off(session, until=morning)
    ids = _take(session, most, whom, worker=worker, now=now)
    if not ids:
        return []
    by_id = {one.id: one for one in session.scalars(_whole(ids))}
    notices = [by_id[notice_id] for notice_id in ids]
    known = _know(session, notices)
    return [Claim(one.id, _plan(session, one, known, paused, now=now, base_url=base_url)) for one in notices]


def _put_off(session: Session, *, until: datetime) -> None:
    """Let what can wait be due in the morning; for who keeps hours of their own that is seen one by one."""
    keeps_own = Notice.person_id.in_(personal_settings.keeping_own_hours())
    session.execute(
        update(Notice)
        .where(Notice.state == NoticeState.PENDING, Notice.urgent.is_(False), Notice.due_at < until)
        .where(or_(Notice.person_id.is_(None), ~keeps_own))
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def _take(session: Session, most: int, whom: ColumnElement[bool], *, worker: str, now: datetime) -> list[int]:
    taken: list[int] = []
    # Asked for in three steps, because one index then answers each without sorting what waits.
    for urgent, bulk in ((True, False), (False, False), (False, True)):
        lane = (
            select(_DUE.id, _DUE.person_id, _DUE.staff_id)
            .where(
                _DUE.state == NoticeState.PENDING,
                _DUE.urgent.is_(urgent),
                _DUE.bulk.is_(bulk),
                _DUE.due_at <= now,
                ~_RECIPIENT_IS_BUSY,
                whom,
            )
            .order_by(_DUE.due_at, _DUE.id)
            .limit(most - len(taken))
            .with_for_update(skip_locked=True)
        )
        first: dict[tuple[int | None, int | None], int] = {}
        for notice_id, person_id, staff_id in session.execute(lane):
            first.setdefault((person_id, staff_id), notice_id)
        if not first:
            continue
        mine = session.scalars(
            update(Notice)
            .where(Notice.id.in_(first.values()), Notice.state == NoticeState.PENDING)
            .values(state=NoticeState.SENDING, claimed_at=now, claimed_by=worker)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        )
        taken += sorted(mine, key=list(first.values()).index)
        if len(taken) == most:
            break
    return taken


def _whole(ids: Sequence[int]) -> Select[Notice]:
    """Give the query for claimed notices with all that planning reads of them."""
    run = joinedload(Notice.push_run).load_only(PushRun.state, PushRun.kind, PushRun.subject)
    wanted = select(Notice).where(Notice.id.in_(ids))
    return wanted.options(
        joinedload(Notice.person), joinedload(Notice.staff).joinedload(Staff.person), run
    ).execution_options(populate_existing=True)


@dataclass(frozen=True)
class _Known:
    """What is known of the people of some notices, asked for at once.

    Attributes:
        windows, granted: by person; the open windows' numbers, and the templates they allowed.
        settings: kept so that the session has them at hand.
        over: by push, why what it is about is over; empty where it is not.
    """

    windows: Mapping[int, ServiceWindow]
    granted: Mapping[int, frozenset[str]]
    mini_openids: Mapping[int, str]
    settings: Sequence[PersonalSettings]
    over: Mapping[int, str]


def _know(session: Session, notices: Sequence[Notice]) -> _Known:
    everybody = [person for one in notices if (person := _recipient(one)) is not None]
    people = {person.id for person in everybody}
    windows = select(ServiceWindow).where(ServiceWindow.person_id.in_(people))
    chosen = select(PersonalSettings).where(PersonalSettings.person_id.in_(people))
    fresh = {"populate_existing": True}
    runs = {one.push_run_id: one.push_run for one in notices if one.push_run is not None}
    granted = grants.granted_by(session, people)
    # Of those who follow, few have allowed anything: the mini program is asked for no others.
    of_mini = granted.keys() | {person.id for person in everybody if person.openid is None}
    return _Known(
        {one.person_id: one for one in session.scalars(windows, execution_options=fresh)},
        granted,
        mini_people.mini_openids(session, of_mini),
        session.scalars(chosen, execution_options=fresh).all(),
        {run.id: push_subjects.why_over(session, run) for run in runs.values()},
    )


def _recipient(notice: Notice) -> Person | None:
    return notice.person or (notice.staff.person if notice.staff and notice.staff.active else None)


def _plan(
    session: Session,
    notice: Notice,
    known: _Known,
    paused: dict[str, datetime],
    *,
    now: datetime,
    base_url: str,
) -> Letter | None:
    """Choose the ways to try; without any, leave the notice on the inbox page or let it wait."""
    person = _recipient(notice)
    mini_openid = _mini_openid(notice, known, person)
    if person is None or not (person.openid or mini_openid):
        _settle(notice, NoticeState.INBOX, NOT_BOUND)
        return None
    if notice.person_id is not None and not _is_welcome(session, notice, known, person, now=now):
        return None
    granted = known.granted.get(person.id, frozenset())
    if not person.following and not granted:
        _settle(notice, NoticeState.INBOX, NOT_FOLLOWING if person.openid else NOT_ALLOWED)
        return None
    window = _open_window(notice, known.windows.get(person.id), now=now) if person.following else None
    by_grant = _ways_by_grant(person, mini_openid) if granted else ()
    ways = _ways(session, notice, person, by_grant, has_window=window is not None)
    working = tuple(
        channel for channel in ways if platform_alerts.template(notice.kind, channel) not in paused
    )
    if not working:
        _settle(notice, NoticeState.INBOX, "这类通知的模板暂时不能用" if ways else NO_WAY)
        return None
    ways = tuple(way for way in working if platform_alerts.right(way) not in paused)
    if not ways:
        _settle(notice, NoticeState.INBOX, "没有发这种消息的权限")
        return None
    usable = [channel for channel in ways if platform_alerts.way(channel) not in paused]
    if not usable:
        notice.due_at = min(paused[platform_alerts.way(channel)] for channel in ways)
        _settle(notice, NoticeState.PENDING, platform_alerts.LIMITED)
        return None
    notice.channel = usable[0]
    return Letter(
        notice_id=notice.id,
        key=client_key(notice),
        kind=notice.kind,
        person_id=person.id,
        openid=person.openid or "",
        title=notice.title,
        body=notice.body,
        fields=notice.fields,
        url=_address(session, notice, person, now=now, base_url=base_url) if person.openid else "",
        channel=usable[0],
        other_channels=tuple(channel for channel in ways if channel is not usable[0]),
        claimed_by=notice.claimed_by,
        claimed_at=now,
        window_closes_at=window.closes_at if window is not None else None,
        granted=granted,
        mini_openid=mini_openid,
    )


def _mini_openid(notice: Notice, known: _Known, person: Person | None) -> str:
    """Give where the mini program could tell it; pushes and what staff has to do are not told there."""
    if person is None or notice.person_id is None or notice.kind in PUSHED:
        return ""
    return known.mini_openids.get(person.id, "")


def _is_welcome(session: Session, notice: Notice, known: _Known, person: Person, *, now: datetime) -> bool:
    """Tell whether the person wants this notice now; else leave it on the inbox page, or let it wait."""
    if notice.push_run is not None and notice.push_run.state is PushState.CANCELLED:
        _settle(notice, NoticeState.INBOX, CALLED_OFF)  # it was tried before, and put off
        return False
    if notice.push_run_id is not None and known.over[notice.push_run_id]:
        # It waited, through the night or for WeChat, until nobody could follow it any more.
        _settle(notice, NoticeState.INBOX, known.over[notice.push_run_id])
        return False
    if personal_settings.stays_inside(session, notice, person):
        _settle(notice, NoticeState.INBOX, NOT_WANTED)
        return False
    rests_until = personal_settings.rests_until(session, notice, person, now=now)
    if rests_until is not None:
        notice.due_at = rests_until
        _settle(notice, NoticeState.PENDING, "本人的免打扰时间")
        return False
    return True


def client_key(notice: Notice) -> str:
    """Give the key under which the platform takes this notice once: another one for each resending."""
    return f"{notice.key}:again{notice.resends}" if notice.resends else notice.key


def _settle(notice: Notice, state: NoticeState, words: str) -> None:
    notice.state = state
    notice.claimed_at = None
    notice.error = words


def _open_window(notice: Notice, window: ServiceWindow | None, *, now: datetime) -> ServiceWindow | None:
    kept = KEPT_FOR_THEIR_OWN if notice.bulk else 0
    is_open = window is not None and window.remaining > kept and window.closes_at > now + WINDOW_MARGIN
    return window if is_open else None


def _ways_by_grant(person: Person, mini_openid: str) -> tuple[NoticeChannel, ...]:
    """Give the ways that are open to who allowed something: even without following, the mini program last."""
    official = (NoticeChannel.SUBSCRIPTION,) if person.openid else ()
    return (*official, NoticeChannel.MINI_SUBSCRIPTION) if mini_openid else official


def _ways(
    session: Session, notice: Notice, person: Person, by_grant: tuple[NoticeChannel, ...], *, has_window: bool
) -> tuple[NoticeChannel, ...]:
    if not person.following:
        return by_grant
    if notice.kind in PUSHED:
        # WeChat takes template messages for what somebody set off themselves, and refuses them as bulk mail.
        return (NoticeChannel.CUSTOM, *by_grant) if has_window else by_grant
    if not has_window:
        return (NoticeChannel.TEMPLATE, *by_grant)
    if _may_have_arrived(session, notice):
        # A second 客服消息 would be a second message; of template messages the platform drops the repeats.
        return (NoticeChannel.TEMPLATE, *by_grant, NoticeChannel.CUSTOM)
    return (NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE, *by_grant)


def _may_have_arrived(session: Session, notice: Notice) -> bool:
    """Whether an earlier 客服消息 was sent into silence."""
    if notice.channel is None:
        return False
    silent = exists().where(
        NoticeAttempt.notice_id == notice.id,
        NoticeAttempt.channel == NoticeChannel.CUSTOM,
        NoticeAttempt.code.is_(None),
    )
    return session.scalar(select(silent)) or False


def _address(session: Session, notice: Notice, person: Person, *, now: datetime, base_url: str) -> str:
    if not notice.path:
        return ""
    if notice.staff_id is not None:
        return base_url + notice.path.removeprefix("/")
    return f"{base_url}h5/enter/{create_link(session, person=person, path=notice.path, now=now)}"


def release_stuck(session: Session, *, now: datetime, longer_than: timedelta = STUCK_AFTER) -> int:
    """Free the notices that have been on their way for too long, as their worker must be gone.

    Returns:
        How many were freed.
    """
    return _release(session, Notice.claimed_at <= now - longer_than, now=now)


def release_of(session: Session, worker: str, *, now: datetime) -> int:
    """Free the notices of a worker that is known to be gone.

    Returns:
        How many were freed.
    """
    return _release(session, Notice.claimed_by == worker, now=now)


def _release(session: Session, whose: ColumnElement[bool], *, now: datetime) -> int:
    stuck = session.scalars(
        select(Notice)
        .where(Notice.state == NoticeState.SENDING, whose)
        .order_by(Notice.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for notice in stuck:
        # The way it went stays on the notice and in this line: the next try must reckon with its arrival.
        session.add(
            NoticeAttempt(
                notice_id=notice.id,
                at=now,
                channel=notice.channel or NoticeChannel.INBOX,
                code=None,
                words=INTERRUPTED,
            )
        )
        if notice.kind in PUSHED:
            # No way of a push drops repeats, and one that comes twice is worse than one on the page only.
            _settle(notice, NoticeState.INBOX, MAYBE_SENT)
            continue
        notice.due_at = now
        _settle(notice, NoticeState.PENDING, INTERRUPTED)
    return len(stuck)
