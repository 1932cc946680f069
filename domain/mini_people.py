"""Who somebody of the mini program is: a person of their own, or the one who writes to the official account.

WeChat gives the same human being an openid in each of the two. It joins them itself where both are bound to
one open platform account, by a unionid; where not, the person joins them with a code.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.person_merging import merge
from models.api_session import MiniProgramIdentity
from models.person import Person
from models.upsert import insert_into

# Who is in no open platform account today may be tomorrow, but hardly within the hour.
ASK_AGAIN_AFTER = timedelta(days=30)
MOST_ASKED = 100


def person_of_mini(session: Session, *, openid: str, unionid: str | None, now: datetime) -> Person:
    """Give the person behind an openid of the mini program; a new one is kept, whoever meets them first."""
    identity = _identity(session, openid)
    if identity is None:
        person = _free_person_with(session, unionid)
        if person is None:
            person = Person(openid=None, following=False, created_at=now)
            session.add(person)
            session.flush()
        row = insert_into(session, MiniProgramIdentity).values(
            person_id=person.id, openid=openid, unionid=unionid, created_at=now, last_seen_at=now
        )
        session.execute(row.on_conflict_do_nothing())
        identity = session.scalars(
            select(MiniProgramIdentity).where(MiniProgramIdentity.openid == openid)
        ).one()
    identity.last_seen_at = max(identity.last_seen_at, now)
    identity.unionid = unionid or identity.unionid
    return _joined(session, identity)


def is_known(session: Session, openid: str) -> bool:
    """Tell whether there is a person with this openid of the mini program."""
    return _identity(session, openid) is not None


def person_known_as(session: Session, openid: str) -> Person | None:
    """Give the person with this openid of the mini program, if there is one."""
    identity = _identity(session, openid)
    return identity.person if identity is not None else None


def identity_of(session: Session, person: Person) -> MiniProgramIdentity | None:
    """Give who a person is in the mini program, if they have opened it."""
    return session.get(MiniProgramIdentity, person.id)


def mini_openids(session: Session, people: Collection[int]) -> dict[int, str]:
    """Give the openids of the mini program of these people, by id; who has not opened it is not in it."""
    if not people:
        return {}
    query = select(MiniProgramIdentity.person_id, MiniProgramIdentity.openid)
    rows = session.execute(query.where(MiniProgramIdentity.person_id.in_(people)))
    return {row[0]: row[1] for row in rows}


def link(session: Session, waiting: Person, *, to: Person) -> Person:
    """Make the one who waits in the mini program and a person of the official account one; give that one."""
    if waiting.id != to.id:
        merge(session, waiting, into=to)
    return to


def may_link(session: Session, waiting: Person, *, to: Person) -> bool:
    """Tell whether the two may become one: neither is joined with somebody else."""
    return waiting.id == to.id or (waiting.openid is None and identity_of(session, to) is None)


def to_ask(session: Session, *, now: datetime) -> Sequence[Person]:
    """List followers whose unionid the official account has not been told, some at a time."""
    stale = or_(Person.unionid_asked_at.is_(None), Person.unionid_asked_at < now - ASK_AGAIN_AFTER)
    query = select(Person).where(
        Person.openid.is_not(None), Person.following, Person.unionid.is_(None), stale
    )
    return session.scalars(query.order_by(Person.id).limit(MOST_ASKED)).all()


def learn_unionid(session: Session, person: Person, unionid: str | None, *, now: datetime) -> None:
    """Note what the platform told of a follower; who uses the mini program as the same human joins them."""
    person.unionid_asked_at = now
    if not unionid:
        return
    taken = session.scalar(select(Person.id).where(Person.unionid == unionid, Person.id != person.id))
    if taken is not None:
        return
    person.unionid = unionid
    session.flush()
    of_mini = select(MiniProgramIdentity).where(MiniProgramIdentity.unionid == unionid)
    for identity in session.scalars(of_mini).all():
        _joined(session, identity)


def _identity(session: Session, openid: str) -> MiniProgramIdentity | None:
    return session.scalar(select(MiniProgramIdentity).where(MiniProgramIdentity.openid == openid))


def _free_person_with(session: Session, unionid: str | None) -> Person | None:
    if not unionid:
        return None
    person = session.scalar(select(Person).where(Person.unionid == unionid))
    return person if person is not None and identity_of(session, person) is None else None


def _joined(session: Session, identity: MiniProgramIdentity) -> Person:
    """Give the person of an identity, after joining them with the one of the official account, if known."""
    person = identity.person
    official = _free_person_with(session, identity.unionid)
    if official is None or not may_link(session, person, to=official):
        return person
    return link(session, person, to=official)
