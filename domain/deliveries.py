"""What becomes of a notice after a try to deliver it: sent, tried another way, later again, or given up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, case, exists, or_, select, update
from sqlalchemy.orm import Session

from domain import grants, platform_alerts, receipts
from domain.api_usage import LIMIT_MARGIN, quota_day_ends
from domain.notices import PUSHED
from domain.outbox import MAYBE_SENT
from domain.people import unfollow
from domain.ports import Delivery, Letter, Verdict
from models.enums import NoticeChannel, NoticeState
from models.many_rows import (
    Writing,
    given_each,
    insert_given,
    inserting,
    is_sqlite,
    updating,
    write_many,
)
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow

# Seconds to wait after the first failure, the second …; then a human has to look. The first few fall into the
# ten minutes in which the platform drops a repeated template message.
RETRY_DELAYS = (20, 60, 180, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
ACCOUNT_PAUSE = timedelta(minutes=10)
TEMPLATE_PAUSE = timedelta(hours=1)
# A right comes with a verification, which takes days.
RIGHT_PAUSE = timedelta(hours=1)
_NEED_NO_FOLLOWING = frozenset({NoticeChannel.SUBSCRIPTION, NoticeChannel.MINI_SUBSCRIPTION})
_THIS_WAY_IS_CLOSED = frozenset(
    {Verdict.NEXT_CHANNEL, Verdict.REFUSED, Verdict.TEMPLATE_STOPPED, Verdict.NO_RIGHT}
)


# Made once, and carried out for many at a time.
_NOTICE, _SERVICE_WINDOW = cast("Table", Notice.__table__), cast("Table", ServiceWindow.__table__)


def _sent(*, for_sqlite: bool) -> Writing:
    names = ("id", "channel", "template_id", "platform_message_id", "sent_at")
    given = given_each(_NOTICE, names, for_sqlite=for_sqlite)
    is_open = or_(
        _NOTICE.c.state == NoticeState.PENDING,
        _NOTICE.c.state == NoticeState.SENDING,
        _NOTICE.c.error == MAYBE_SENT,
    )
    told = {name: given[name] for name in names[1:]}
    settled = {"state": NoticeState.SENT, "claimed_at": None, "error": ""}
    change = update(_NOTICE).where(_NOTICE.c.id == given["id"], is_open).values(told | settled)
    return updating(change, names)


def _window_used(*, for_sqlite: bool) -> Writing:
    names = ("person_id", "closes_at", "remaining")
    given = given_each(_SERVICE_WINDOW, names, for_sqlite=for_sqlite)
    left = _SERVICE_WINDOW.c.remaining - given["remaining"]
    change = (
        update(_SERVICE_WINDOW)
        .where(
            _SERVICE_WINDOW.c.person_id == given["person_id"],
            # Not one that was opened since.
            _SERVICE_WINDOW.c.closes_at == given["closes_at"],
            _SERVICE_WINDOW.c.remaining > 0,
        )
        .values(remaining=case((left > 0, left), else_=0))
    )
    return updating(change, names)


def _tried(*, for_sqlite: bool) -> Writing:
    names = ("notice_id", "at", "channel", "code", "words")
    new = insert_given(cast("Table", NoticeAttempt.__table__), names, for_sqlite=for_sqlite)
    return inserting(new, names, for_sqlite=for_sqlite)


_TRIED = {for_sqlite: _tried(for_sqlite=for_sqlite) for for_sqlite in (True, False)}
_SENT = {for_sqlite: _sent(for_sqlite=for_sqlite) for for_sqlite in (True, False)}
_WINDOW_USED = {for_sqlite: _window_used(for_sqlite=for_sqlite) for for_sqlite in (True, False)}
Outcome = tuple[Letter, Delivery]


def record_all(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> list[Letter | None]:
    """Write down what came of tries, at once; for each, see `record`.

    Most were simply sent: they are written together, as others wait for the database meanwhile.
    """
    tries = [_attempt(*one, now=now) for one in outcomes]
    write_many(session, _TRIED[is_sqlite(session)], tries)
    mark_sent(session, [one for one in outcomes if one[1].verdict is Verdict.SENT], now=now)
    return [None if one[1].verdict is Verdict.SENT else _settled(session, *one, now=now) for one in outcomes]


def is_recorded(session: Session, letter: Letter, *, at: datetime) -> bool:
    """Tell whether what came of this try was written down at this very moment.

    Who wrote it may not know: the database can die after a commit, and before its answer.
    """
    return session.scalars(
        select(
            exists().where(
                NoticeAttempt.notice_id == letter.notice_id,
                NoticeAttempt.channel == letter.channel,
                NoticeAttempt.at == at,
            )
        )
    ).one()


def record(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> Letter | None:
    """Write down what came of a try, at once.

    Returns:
        The letter for the next way to try now, or None when the notice is settled for the time being.
    """
    return record_all(session, [(letter, delivery)], now=now)[0]


def _attempt(letter: Letter, delivery: Delivery, *, now: datetime) -> dict[str, Any]:
    return {
        "notice_id": letter.notice_id,
        "at": now,
        "channel": letter.channel,
        "code": delivery.code,
        "words": delivery.words[:300],
    }


def _settled(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> Letter | None:
    _note_alert(session, letter, delivery, now=now)
    _note_person(session, letter, delivery, now=now)
    verdict = delivery.verdict
    if verdict in _THIS_WAY_IS_CLOSED:
        return _go_on(session, letter, delivery, now=now)
    if verdict is Verdict.UNKNOWN and letter.kind in PUSHED:
        to_inbox(session, letter, replace(delivery, words=MAYBE_SENT))
    elif verdict in {Verdict.RETRY, Verdict.UNKNOWN}:
        mark_retry(session, letter, delivery, now=now)
    elif verdict is Verdict.ACCOUNT_STOPPED:
        put_back(session, letter, due_at=now)  # it waits until the account is no longer paused
    else:
        put_back(session, letter, due_at=_limit_ends(verdict, now))
    return None


def mark_sent(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Note that the platform took these notices, even if somebody else has freed them meanwhile."""
    if not outcomes:
        return
    write_many(
        session,
        _SENT[is_sqlite(session)],
        [
            {
                "id": letter.notice_id,
                "channel": letter.channel,
                "template_id": delivery.template_id,
                "platform_message_id": delivery.message_id,
                "sent_at": now,
            }
            for letter, delivery in outcomes
        ],
    )
    by_chat = [letter for letter, _ in outcomes if letter.channel is NoticeChannel.CUSTOM]
    if by_chat:
        # Two may go to one person: of their own, and of the office.
        used = Counter((one.person_id, one.window_closes_at) for one in by_chat)
        rows = [
            {"person_id": person, "closes_at": closes, "remaining": times}
            for (person, closes), times in used.items()
        ]
        write_many(session, _WINDOW_USED[is_sqlite(session)], rows)
    by_grant = [one for one in outcomes if one[0].channel in _NEED_NO_FOLLOWING]
    grants.spend(session, [(letter.person_id, sent.template_id) for letter, sent in by_grant], now=now)
    awaited = [receipt for one in outcomes if (receipt := _receipt_of(*one)) is not None]
    receipts.take_early(session, awaited, now=now)
    works_again = {subject for letter, _ in outcomes for subject in _working(letter)}
    platform_alerts.clear_alerts(session, sorted(works_again), now=now)


def _receipt_of(letter: Letter, delivery: Delivery) -> receipts.Awaited | None:
    """Name what the platform may have told of the message before our call returned."""
    if letter.channel in _NEED_NO_FOLLOWING:
        of_mini = letter.channel is NoticeChannel.MINI_SUBSCRIPTION
        openid = letter.mini_openid if of_mini else letter.openid
        key = receipts.subscription_key(openid, delivery.template_id)
        return receipts.Awaited(letter.notice_id, key, since=letter.claimed_at)
    if delivery.message_id:
        return receipts.Awaited(letter.notice_id, delivery.message_id)
    return None


def _working(letter: Letter) -> set[platform_alerts.Subject]:
    """Name what evidently works, as this letter was taken."""
    works = {platform_alerts.way(letter.channel), platform_alerts.right(letter.channel)}
    if letter.channel is not NoticeChannel.MINI_SUBSCRIPTION:  # that is another account
        works.add(platform_alerts.ACCOUNT)
    if letter.channel is not NoticeChannel.CUSTOM:
        works.add(platform_alerts.template(letter.kind, letter.channel))
    return works


def mark_retry(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> None:
    """Let the notice be due again after a while, or give it up after the last delay."""
    failures = session.scalars(select(Notice.attempts).where(Notice.id == letter.notice_id)).one()
    if failures >= len(RETRY_DELAYS):
        give_up(session, letter, delivery)
        return
    wait = timedelta(seconds=RETRY_DELAYS[failures])
    _settle(
        session,
        letter,
        state=NoticeState.PENDING,
        due_at=now + wait,
        attempts=failures + 1,
        error=delivery.words,
    )


def mark_refused(session: Session, letter: Letter, delivery: Delivery) -> None:
    """Note that the platform will never take this text; somebody has to look at it."""
    _settle(session, letter, state=NoticeState.FAILED, error=delivery.words)


def give_up(session: Session, letter: Letter, delivery: Delivery) -> None:
    """Note that all tries failed; the notice stays on the inbox page, and administrators see the failure."""
    _settle(session, letter, state=NoticeState.FAILED, error=f"多次重试仍未成功：{delivery.words}")


def to_inbox(session: Session, letter: Letter, delivery: Delivery) -> None:
    """Leave the notice on the inbox page, as the person cannot be reached in WeChat."""
    _settle(session, letter, state=NoticeState.INBOX, error=delivery.words)


def put_back(session: Session, letter: Letter, *, due_at: datetime) -> None:
    """Let the notice wait without counting the try, which was not its fault."""
    _settle(session, letter, state=NoticeState.PENDING, due_at=due_at, error=platform_alerts.LIMITED)


def _go_on(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> Letter | None:
    """Try the next way at once; after the last one the person reads it on the inbox page."""
    others = letter.other_channels
    if delivery.person_left:
        others = tuple(channel for channel in others if channel in _NEED_NO_FOLLOWING)
    paused = platform_alerts.pauses(session, now=now)
    others = tuple(channel for channel in others if platform_alerts.right(channel) not in paused)
    if not others:
        if delivery.verdict is Verdict.REFUSED:
            mark_refused(session, letter, delivery)
        else:
            to_inbox(session, letter, delivery)
        return None
    channel, *later = others
    pause = paused.get(platform_alerts.way(channel))
    if pause is not None:
        put_back(session, letter, due_at=pause)
        return None
    still_ours = session.execute(_claimed(letter).values(channel=channel, claimed_at=now))
    if still_ours.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return replace(letter, channel=channel, other_channels=tuple(later), claimed_at=now)


def _note_alert(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> None:
    subject, pause = _concerns(letter, delivery.verdict, now)
    if pause is not None or delivery.alert:
        platform_alerts.raise_alert(
            session, subject, code=delivery.code, words=delivery.words, now=now, paused_until=pause
        )


def _concerns(
    letter: Letter, verdict: Verdict, now: datetime
) -> tuple[platform_alerts.Subject, datetime | None]:
    """Give what a refusal is about, and until when nothing of the sort is to be tried."""
    if verdict is Verdict.ACCOUNT_STOPPED:
        of_mini = letter.channel is NoticeChannel.MINI_SUBSCRIPTION
        stopped = platform_alerts.way(letter.channel) if of_mini else platform_alerts.ACCOUNT
        return stopped, now + ACCOUNT_PAUSE
    if verdict is Verdict.TEMPLATE_STOPPED:
        return platform_alerts.template(letter.kind, letter.channel), now + TEMPLATE_PAUSE
    if verdict is Verdict.NO_RIGHT:
        return platform_alerts.right(letter.channel), now + RIGHT_PAUSE
    if verdict in {Verdict.WAIT_MINUTE, Verdict.WAIT_DAY}:
        return platform_alerts.way(letter.channel), _limit_ends(verdict, now)
    if verdict is Verdict.REFUSED:
        return platform_alerts.content(letter.kind), None
    return platform_alerts.way(letter.channel), None


def _limit_ends(verdict: Verdict, now: datetime) -> datetime:
    if verdict is Verdict.WAIT_MINUTE:
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1) + LIMIT_MARGIN
    return quota_day_ends(now)


def _note_person(session: Session, letter: Letter, delivery: Delivery, *, now: datetime) -> None:
    if delivery.person_left:
        person = session.get_one(Person, letter.person_id, populate_existing=True)
        # Somebody may leave and come back while we are sending.
        if person.followed_at is None or person.followed_at <= letter.claimed_at:
            unfollow(person, now=now)
    if delivery.window_closed:
        session.execute(_window(letter).values(remaining=0))
    if delivery.grant_gone:
        grants.note_refusal(session, letter.person_id, delivery.template_id, now=now, since=letter.claimed_at)


def _window(letter: Letter) -> Any:  # noqa: ANN401 (an UPDATE in the making)
    """Change the service window that the letter counted on, not one that was opened since."""
    return (
        update(ServiceWindow)
        .where(
            ServiceWindow.person_id == letter.person_id, ServiceWindow.closes_at == letter.window_closes_at
        )
        .execution_options(synchronize_session=False)
    )


def _settle(session: Session, letter: Letter, **values: Any) -> None:  # noqa: ANN401 (columns of any type)
    values["error"] = str(values.get("error", ""))[:300]
    session.execute(_claimed(letter).values(claimed_at=None, **values))


def _claimed(letter: Letter) -> Any:  # noqa: ANN401 (an UPDATE in the making)
    """Change the notice only while it is still in our hands."""
    return _of(letter).where(
        Notice.state == NoticeState.SENDING,
        Notice.claimed_by == letter.claimed_by,
        Notice.claimed_at == letter.claimed_at,
    )


def _of(letter: Letter) -> Any:  # noqa: ANN401 (an UPDATE in the making)
    return update(Notice).where(Notice.id == letter.notice_id).execution_options(synchronize_session=False)
