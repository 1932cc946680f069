"""What a new installation starts with: the teams, categories and words of the catalogue."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import categories, safety_words
from models.category import Category
from models.team import Team
from models.upsert import insert_into


def seed_catalogue(session: Session, *, now: datetime) -> None:
    """Copy the catalogue's teams, categories and words into the database, where they are edited from then on.

    May be called again and by many at once: teams come only into an office that has none yet, so one that was
    renamed does not come back under its old name; a category that is missing is added, those there stay;
    words come only where there are none.
    """
    if session.scalar(select(Team.id).limit(1)) is None:
        for team in catalogue().teams:
            row = insert_into(session, Team).values(name=team.name, phone="", active=True)
            session.execute(row.on_conflict_do_nothing(index_elements=["name"]))
    teams = {row.name: row.id for row in session.execute(select(Team.id, Team.name))}
    limits, new = catalogue().limits, set()
    for position, seed in enumerate(catalogue().categories, start=1):
        values = {
            "code": seed.code,
            "name": seed.name,
            "position": position,
            "team_id": teams.get(seed.team),
            "active": True,
            "dispatch_minutes": limits.dispatch_minutes,
            "answer_minutes": limits.answer_minutes,
            "ordinary_days": limits.ordinary_days,
            "complex_days": limits.complex_days,
            "very_complex_days": limits.very_complex_days,
        }
        row = insert_into(session, Category).values(**values)
        row = row.on_conflict_do_nothing(index_elements=["code"])
        new.add(session.scalar(row.returning(Category.id)))
    categories.seed_keywords(session, new=new)
    safety_words.seed(session, now=now)
