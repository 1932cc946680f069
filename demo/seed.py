"""Fills an empty database with the invented university and its last three months."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from demo.cases import DAYS, plan_cases
from demo.courses import course_of
from demo.lives import Course, Stage
from demo.photos import PhotoAlbum
from demo.platform import SUBSCRIPTION_FIELDS, SUBSCRIPTION_ID, SUBSCRIPTION_TITLE
from demo.university import University, build_university
from domain import message_templates, timers
from domain.deadlines import calendar_for
from domain.file_store import FileStore
from models.complaint import Complaint
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice
from models.timer import Timer

TOTAL = 300
# The worker looks every few seconds; what it does, it does a little after it was due.
_WORKER_DELAY = timedelta(seconds=9)
_DELIVERY_DELAY = timedelta(seconds=4)
_READ_AFTER = timedelta(hours=20)


def is_seeded(session: Session) -> bool:
    """Tell whether there are complaints already."""
    return session.scalar(select(Complaint.id).limit(1)) is not None


def seed_demo(
    session: Session,
    *,
    file_store: FileStore,
    now: datetime,
    wechat_users: Mapping[str, str] | None = None,
    total: int = TOTAL,
    seed: int = 1,
    report: Callable[[int, int], None] | None = None,
) -> None:
    """Let the university live through the ninety days before `now`.

    The same seed and time give the same rows, but for the random keys of files and the hash of the password.

    Args:
        session: of an empty, migrated database; everything happens in its transaction.
        wechat_users: openids by nickname of the simulator's users, who get complaints of their own.
        total: about how many complaints; each ending occurs at least once.
        report: told how many days have passed, and of how many.
    """
    chance = Random(seed)  # noqa: S311 (nothing secret)
    university = build_university(session, now=now, wechat_users=wechat_users)
    calendar = calendar_for(session)
    cases = plan_cases(university, calendar, total=total, now=now, chance=chance)
    stage = Stage(session, university, calendar, PhotoAlbum(file_store))
    start = now - timedelta(days=DAYS)

    def tell(moment: datetime) -> None:
        if report is not None:
            report(max(0, (moment - start).days), DAYS)

    _offer_subscription(session, university, now=start)
    _live(session, [course_of(stage, case, seed=seed) for case in cases], now=now, tell=tell)
    _put_notices_behind(session, now=now)


def _offer_subscription(session: Session, university: University, *, now: datetime) -> None:
    """Let results be told by a 订阅通知 too, so that the phone pages ask for leave."""
    fields = {
        "character_string1": ["{number}"],
        "thing2": ["{subject}"],
        "thing3": ["{remark}", "点击查看并评价"],
        "time4": ["{time}"],
    }
    labels = {row["key"]: row["label"] for row in SUBSCRIPTION_FIELDS}
    message_templates.save(
        session,
        NoticeKind.RESOLVED,
        NoticeChannel.SUBSCRIPTION,
        message_templates.Wish(SUBSCRIPTION_ID, SUBSCRIPTION_TITLE, fields, labels),
        staff=university.staff["admin"],
        now=now,
    )


def _live(
    session: Session, courses: Iterable[Course], *, now: datetime, tell: Callable[[datetime], None]
) -> None:
    """Run all courses side by side in the order of time, and the clock between their acts."""
    waiting = [(next(course), number, course) for number, course in enumerate(courses)]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= now:
        moment, number, course = heapq.heappop(waiting)
        _fire_timers(session, moment)
        tell(moment)
        following = next(course, None)
        if following is not None:
            heapq.heappush(waiting, (max(following, moment), number, course))
    _fire_timers(session, now)


def _fire_timers(session: Session, until: datetime) -> None:
    while due := timers.due_timers(session, now=until, limit=1):
        moment = session.get_one(Timer, due[0]).due_at + _WORKER_DELAY
        timers.fire(session, due[0], now=min(moment, until))


def _put_notices_behind(session: Session, *, now: datetime) -> None:
    """Mark what was told on the way as told: nothing of the past is sent when the worker starts."""
    sent = (
        update(Notice)
        .where(Notice.state == NoticeState.PENDING)
        .values(state=NoticeState.SENT, channel=NoticeChannel.TEMPLATE, attempts=1, sent_at=Notice.created_at)
    )
    session.execute(sent.execution_options(synchronize_session=False))
    read = update(Notice).where(Notice.created_at < now - _READ_AFTER).values(read_at=Notice.created_at)
    session.execute(read.execution_options(synchronize_session=False))
    session.flush()
