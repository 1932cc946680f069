"""Who has allowed us to send them a 订阅通知, and how often still.

https://developers.weixin.qq.com/doc/service/guide/product/template_message/Service_account_subscription.html
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, case, select, update
from sqlalchemy.orm import Session

from models.many_rows import Writing, among, given_each, is_sqlite, updating, write_many
from models.person import Person
from models.subscription_grant import SubscriptionGrant, SubscriptionTap
from models.upsert import insert_into

# Made once, and carried out for many at a time.
_GRANT = cast("Table", SubscriptionGrant.__table__)


def _spent(*, for_sqlite: bool) -> Writing:
    names = ("person_id", "template_id", "remaining", "updated_at")
    given = given_each(_GRANT, names, for_sqlite=for_sqlite)
    left = _GRANT.c.remaining - given["remaining"]
    change = (
        update(_GRANT)
        .where(
            _GRANT.c.person_id == given["person_id"],
            _GRANT.c.template_id == given["template_id"],
            _GRANT.c.remaining > 0,
        )
        .values(remaining=case((left > 0, left), else_=0), updated_at=given["updated_at"])
    )
    return updating(change, names)


_SPENT = {for_sqlite: _spent(for_sqlite=for_sqlite) for for_sqlite in (True, False)}
_GRANTED = {
    for_sqlite: select(_GRANT.c.person_id, _GRANT.c.template_id).where(
        among(_GRANT.c.person_id, "b_people", for_sqlite=for_sqlite), _GRANT.c.remaining > 0
    )
    for for_sqlite in (True, False)
}


def note_popup(
    session: Session, person: Person, *, template_id: str, accepted: bool, event_key: str, now: datetime
) -> bool:
    """Count a tap on the question for a 订阅通知: one message more, or none at all after a refusal.

    Only what the platform reports is counted, for taps in our own pages too: it tells of those with
    PopupScene 1. The page hears of the same tap, but by nothing that names it, so that counting both would
    count some twice; and it could be made to say anything.
    https://developers.weixin.qq.com/doc/service/guide/product/subscription_messages/push.html

    Args:
        event_key: the same for each report of one tap.

    Returns:
        Whether it was counted; the same tap counts once.
    """
    tap = insert_into(session, SubscriptionTap).values(
        event_key=event_key, template_id=template_id, counted_at=now
    )
    if session.scalar(tap.on_conflict_do_nothing().returning(SubscriptionTap.template_id)) is None:
        return False
    if accepted:
        _add(session, person.id, template_id, now=now)
    else:
        note_refusal(session, person.id, template_id, now=now)
    return True


def _add(session: Session, person_id: int, template_id: str, *, now: datetime) -> None:
    row = insert_into(session, SubscriptionGrant).values(
        person_id=person_id, template_id=template_id, remaining=1, updated_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["person_id", "template_id"],
            set_={"remaining": SubscriptionGrant.remaining + 1, "updated_at": now},
        )
    )


def granted(session: Session, person_id: int) -> frozenset[str]:
    """Give the templates that may be sent to this person."""
    return granted_by(session, [person_id]).get(person_id, frozenset())


def granted_by(session: Session, people: Collection[int]) -> dict[int, frozenset[str]]:
    """Give the templates that may be sent to each of these people, by id; who allows none is not in it."""
    session.flush()
    found: dict[int, frozenset[str]] = {}
    rows = session.connection().execute(_GRANTED[is_sqlite(session)], {"b_people": list(people)})
    for person_id, template_id in rows:
        found[person_id] = found.get(person_id, frozenset()) | {template_id}
    return found


def spend(session: Session, sent: Collection[tuple[int, str]], *, now: datetime) -> None:
    """Count off the messages that were sent.

    Args:
        sent: for each, the person and the template.
    """
    if sent:
        rows = [
            {"person_id": person, "template_id": template, "remaining": times, "updated_at": now}
            for (person, template), times in Counter(sent).items()
        ]
        write_many(session, _SPENT[is_sqlite(session)], rows)


def note_refusal(
    session: Session, person_id: int, template_id: str, *, now: datetime, since: datetime | None = None
) -> None:
    """Note that the person does not want this template, or that the platform says so.

    Args:
        since: a tap after this moment stays; somebody may allow it again while we are being refused.
    """
    change = _grant(person_id, template_id)
    if since is not None:
        change = change.where(SubscriptionGrant.updated_at <= since)
    session.execute(change.values(remaining=0, updated_at=now))


def _grant(person_id: int, template_id: str) -> Any:  # noqa: ANN401 (an UPDATE in the making)
    return (
        update(SubscriptionGrant)
        .where(SubscriptionGrant.person_id == person_id, SubscriptionGrant.template_id == template_id)
        .execution_options(synchronize_session=False)
    )
