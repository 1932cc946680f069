"""Which way a notice that is due goes, or why it goes none: decided for all that are claimed together.

What planning needs of people, windows and pushes is asked for at once and kept in plain rows: a worker plans
hundreds a second, and an object of the ORM for each would cost more than the decision.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, exists, select
from sqlalchemy.orm import Session, load_only

from domain import access_links, grants, mini_people, personal_settings, platform_alerts, push_subjects
from domain.notices import PUSHED
from domain.ports import Letter
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.many_rows import among, is_sqlite
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun
from models.push_words import PushState
from models.staff import Staff

# A window about to close may be closed by the time the message arrives.
WINDOW_MARGIN = timedelta(seconds=5)
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


class Due(NamedTuple):
    """A notice that is due, with what planning reads of it."""

    id: int
    key: str
    kind: NoticeKind
    person_id: int | None
    staff_id: int | None
    title: str
    body: str
    fields: Mapping[str, object]
    path: str
    urgent: bool
    bulk: bool
    push_run_id: int | None
    channel: NoticeChannel | None
    resends: int


class _Recipient(NamedTuple):
    """Who is written to; of the window and the own choices None where there are none."""

    id: int
    openid: str | None
    following: bool
    closes_at: datetime | None
    remaining: int | None
    muted: Collection[str] | None
    quiet_from: time | None
    quiet_until: time | None


@dataclass(frozen=True)
class Settled:
    """What becomes of a notice that is not sent now.

    Attributes:
        words: why.
        due_at: when it is tried again; as it was when None.
    """

    state: NoticeState
    words: str
    due_at: datetime | None = None


@dataclass(frozen=True)
class _Known:
    """What is known of the people of some notices.

    Attributes:
        people, granted, mini_openids: by person; the templates they allowed.
        person_of_staff: by colleague who still works here.
        called_off: the pushes that were.
        over: by push, why what it is about is over; empty where it is not.
    """

    people: Mapping[int, _Recipient]
    person_of_staff: Mapping[int, int]
    granted: Mapping[int, frozenset[str]]
    mini_openids: Mapping[int, str]
    called_off: Collection[int]
    over: Mapping[int, str]


# Made once: to make a statement costs more than to ask it.
_PERSON, _WINDOW = cast("Table", Person.__table__), cast("Table", ServiceWindow.__table__)
_CHOICES = cast("Table", PersonalSettings.__table__)
_PEOPLE_AND_THEIRS = (
    select(
        _PERSON.c.id,
        _PERSON.c.openid,
        _PERSON.c.following,
        _WINDOW.c.closes_at,
        _WINDOW.c.remaining,
        _CHOICES.c.muted,
        _CHOICES.c.quiet_from,
        _CHOICES.c.quiet_until,
    )
    .select_from(_PERSON)
    .outerjoin(_WINDOW, _WINDOW.c.person_id == _PERSON.c.id)
    .outerjoin(_CHOICES, _CHOICES.c.person_id == _PERSON.c.id)
)
_PEOPLE = {
    for_sqlite: _PEOPLE_AND_THEIRS.where(among(_PERSON.c.id, "b_people", for_sqlite=for_sqlite))
    for for_sqlite in (True, False)
}


def _know(session: Session, notices: Sequence[Due]) -> _Known:
    staff_ids = {one.staff_id for one in notices if one.staff_id is not None}
    person_of_staff: dict[int, int] = {}
    if staff_ids:
        working = select(Staff.id, Staff.person_id).where(Staff.id.in_(staff_ids), Staff.active)
        rows = session.execute(working)
        person_of_staff = {staff_id: person_id for staff_id, person_id in rows if person_id is not None}
    ids = {one.person_id for one in notices if one.person_id is not None} | set(person_of_staff.values())
    rows = session.connection().execute(_PEOPLE[is_sqlite(session)], {"b_people": list(ids)})
    people = {row[0]: _Recipient(*row) for row in rows}
    granted = grants.granted_by(session, ids)
    # Of those who follow, few have allowed anything: the mini program is asked for no others.
    of_mini = granted.keys() | {person.id for person in people.values() if person.openid is None}
    run_ids = {one.push_run_id for one in notices if one.push_run_id is not None}
    runs: Sequence[PushRun] = ()
    if run_ids:
        read = load_only(PushRun.state, PushRun.kind, PushRun.subject)
        fresh = {"populate_existing": True}
        wanted = select(PushRun).where(PushRun.id.in_(run_ids)).options(read)
        runs = session.scalars(wanted, execution_options=fresh).all()
    return _Known(
        people,
        person_of_staff,
        granted,
        mini_people.mini_openids(session, of_mini),
        {run.id for run in runs if run.state is PushState.CANCELLED},
        {run.id: push_subjects.why_over(session, run) for run in runs},
    )


@dataclass
class Plans:
    """The plans for notices that are claimed together.

    Args:
        session: where what is known is read.
        notices: all that are to be planned.
        paused: what must not be tried now, and until when.
        worker: who sends.
        now: the moment of the claim.
        base_url: address of the site, ending in a slash.

    Attributes:
        links: the rows of the links in the letters, which are to be kept before anything is sent.
    """

    session: Session
    notices: Sequence[Due]
    paused: Mapping[str, datetime]
    worker: str
    now: datetime
    base_url: str
    links: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Ask for what is known of everybody."""
        self._known = _know(self.session, self.notices)

    def all(self) -> list[Letter | Settled]:
        """Give what becomes of each."""
        return [self._plan(one) for one in self.notices]

    def _plan(self, notice: Due) -> Letter | Settled:
        """Choose the ways to try; without any, the notice stays on the inbox page or waits."""
        person = self._recipient(notice)
        mini_openid = self._mini_openid(notice, person)
        if person is None or not (person.openid or mini_openid):
            return Settled(NoticeState.INBOX, NOT_BOUND)
        unwelcome = self._why_unwelcome(notice, person) if notice.person_id is not None else None
        if unwelcome is not None:
            return unwelcome
        granted = self._known.granted.get(person.id, frozenset())
        if not person.following and not granted:
            return Settled(NoticeState.INBOX, NOT_FOLLOWING if person.openid else NOT_ALLOWED)
        closes_at = _open_window(notice, person, now=self.now) if person.following else None
        by_grant = _ways_by_grant(person, mini_openid) if granted else ()
        ways = self._ways(notice, person, by_grant, has_window=closes_at is not None)
        usable = self._usable(notice, ways)
        if isinstance(usable, Settled):
            return usable
        channel, others = usable
        return Letter(
            notice_id=notice.id,
            key=client_key(notice),
            kind=notice.kind,
            person_id=person.id,
            openid=person.openid or "",
            title=notice.title,
            body=notice.body,
            fields=notice.fields,
            url=self._address(notice, person) if person.openid else "",
            channel=channel,
            other_channels=others,
            claimed_by=self.worker,
            claimed_at=self.now,
            window_closes_at=closes_at,
            granted=granted,
            mini_openid=mini_openid,
        )

    def _recipient(self, notice: Due) -> _Recipient | None:
        person_id = notice.person_id
        if notice.staff_id is not None:
            person_id = self._known.person_of_staff.get(notice.staff_id)
        return self._known.people.get(person_id) if person_id is not None else None

    def _mini_openid(self, notice: Due, person: _Recipient | None) -> str:
        """Give where the mini program could tell it; pushes and what staff has to do are not told there."""
        if person is None or notice.person_id is None or notice.kind in PUSHED:
            return ""
        return self._known.mini_openids.get(person.id, "")

    def _why_unwelcome(self, notice: Due, person: _Recipient) -> Settled | None:
        """Say what becomes of a notice that the person does not want now; None when they do."""
        if notice.push_run_id is not None:
            if notice.push_run_id in self._known.called_off:
                return Settled(NoticeState.INBOX, CALLED_OFF)  # it was tried before, and put off
            over = self._known.over[notice.push_run_id]
            if over:
                # It waited, through the night or for WeChat, until nobody could follow it any more.
                return Settled(NoticeState.INBOX, over)
        if notice.urgent:
            return None
        if notice.kind.value in (person.muted or ()):
            return Settled(NoticeState.INBOX, NOT_WANTED)
        rests_until = personal_settings.rests_until(person.quiet_from, person.quiet_until, now=self.now)
        if rests_until is not None:
            return Settled(NoticeState.PENDING, "本人的免打扰时间", rests_until)
        return None

    def _usable(
        self, notice: Due, ways: Sequence[NoticeChannel]
    ) -> tuple[NoticeChannel, tuple[NoticeChannel, ...]] | Settled:
        """Give the way to try first, and the others in order."""
        paused = self.paused
        working = [way for way in ways if platform_alerts.template(notice.kind, way) not in paused]
        if not working:
            return Settled(NoticeState.INBOX, "这类通知的模板暂时不能用" if ways else NO_WAY)
        ways = [way for way in working if platform_alerts.right(way) not in paused]
        if not ways:
            return Settled(NoticeState.INBOX, "没有发这种消息的权限")
        first = next((way for way in ways if platform_alerts.way(way) not in paused), None)
        if first is None:
            soonest = min(paused[platform_alerts.way(way)] for way in ways)
            return Settled(NoticeState.PENDING, platform_alerts.LIMITED, soonest)
        return first, tuple(way for way in ways if way is not first)

    def _ways(
        self, notice: Due, person: _Recipient, by_grant: tuple[NoticeChannel, ...], *, has_window: bool
    ) -> tuple[NoticeChannel, ...]:
        if not person.following:
            return by_grant
        if notice.kind in PUSHED:
            # WeChat takes template messages for what somebody set off themselves, and refuses bulk mail.
            return (NoticeChannel.CUSTOM, *by_grant) if has_window else by_grant
        if not has_window:
            return (NoticeChannel.TEMPLATE, *by_grant)
        if self._may_have_arrived(notice):
            # A second 客服消息 would be a second message; of template messages it drops the repeats.
            return (NoticeChannel.TEMPLATE, *by_grant, NoticeChannel.CUSTOM)
        return (NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE, *by_grant)

    def _may_have_arrived(self, notice: Due) -> bool:
        """Whether an earlier 客服消息 was sent into silence."""
        if notice.channel is None:
            return False
        silent = exists().where(
            NoticeAttempt.notice_id == notice.id,
            NoticeAttempt.channel == NoticeChannel.CUSTOM,
            NoticeAttempt.code.is_(None),
        )
        return self.session.scalar(select(silent)) or False

    def _address(self, notice: Due, person: _Recipient) -> str:
        if not notice.path:
            return ""
        if notice.staff_id is not None:
            return self.base_url + notice.path.removeprefix("/")
        token, row = access_links.new_link(person.id, notice.path, now=self.now)
        self.links.append(row)
        return f"{self.base_url}h5/enter/{token}"


def client_key(notice: Due | Notice) -> str:
    """Give the key under which the platform takes this notice once: another one for each resending."""
    return f"{notice.key}:again{notice.resends}" if notice.resends else notice.key


def _open_window(notice: Due, person: _Recipient, *, now: datetime) -> datetime | None:
    """Give the end of the person's window, if it is open for this notice."""
    if person.closes_at is None or person.closes_at <= now + WINDOW_MARGIN:
        return None
    kept = KEPT_FOR_THEIR_OWN if notice.bulk else 0
    return person.closes_at if (person.remaining or 0) > kept else None


def _ways_by_grant(person: _Recipient, mini_openid: str) -> tuple[NoticeChannel, ...]:
    """Give the ways that are open to who allowed something: even without following, the mini program last."""
    official = (NoticeChannel.SUBSCRIPTION,) if person.openid else ()
    return (*official, NoticeChannel.MINI_SUBSCRIPTION) if mini_openid else official
