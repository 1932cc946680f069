"""Those who had themselves deleted: a mark of each, so that nothing but they themselves brings them back.

The mark is made of the openid with a key of ours, so that it leads back to nobody; it is kept
for a year, or what FORMER_DAYS says.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.secret_box import SecretBox
from models.personal_settings import FormerPerson
from models.upsert import insert_into


def mark_of(openid: str, *, box: SecretBox) -> str:
    """Compute the mark; the same openid gives the same one as long as SECRET_KEY stays."""
    return box.digest(openid, owner="former person")


def note_leaving(session: Session, mark: str, *, now: datetime) -> None:
    """Note that somebody had themselves deleted."""
    left = insert_into(session, FormerPerson).values(mark=mark, left_at=now)
    session.execute(left.on_conflict_do_update(index_elements=["mark"], set_={"left_at": now}))


def left_at(session: Session, mark: str) -> datetime | None:
    """Tell when somebody with this mark left; None when they did not within that time, or came back."""
    found = session.get(FormerPerson, mark)
    return found.left_at if found is not None else None


def left_since(session: Session, moment: datetime) -> dict[str, datetime]:
    """Give the marks of those who left at this moment or later, each with when."""
    query = select(FormerPerson.mark, FormerPerson.left_at).where(FormerPerson.left_at >= moment)
    return {row.mark: row.left_at for row in session.execute(query)}


def welcome_back(session: Session, mark: str) -> None:
    """Forget the mark of somebody who wants to begin anew."""
    session.execute(delete(FormerPerson).where(FormerPerson.mark == mark))
