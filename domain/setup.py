"""What a new installation starts with: the catalogue, and the lists that colleagues get by themselves."""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import categories, push_schedules, safety_words
from domain.push_schedules import PushPlan
from domain.push_times import When
from models.category import Category
from models.push import PushSchedule
from models.push_words import PushKind, WhenKind
from models.staff import Staff
from models.team import Team
from models.upsert import insert_into

# What colleagues get by themselves until the office plans it otherwise: the list of what is overdue for the
# leaders, and the week in figures for the inspectors.
_WORKING_DAYS_AT_FIVE = When(WhenKind.WORKING_DAYS, time(17))
_FRIDAYS_AT_FOUR = When(WhenKind.WEEKLY, time(16), (5,))
_USUAL = (
    PushPlan(title="超期清单", kind=PushKind.OVERDUE, when=_WORKING_DAYS_AT_FIVE, automatic=True),
    PushPlan(title="督查周报", kind=PushKind.SUPERVISION, when=_FRIDAYS_AT_FOUR, automatic=True),
)


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


def plan_usual_pushes(session: Session, staff: Staff, *, now: datetime) -> bool:
    """Plan what colleagues get by themselves, in the name of the first administrator.

    Returns:
        False where something was planned before, though it may be deleted by now.
    """
    if session.scalar(select(PushSchedule.id).limit(1)) is not None:
        return False
    for plan in _USUAL:
        push_schedules.create(session, plan, staff=staff, now=now)
    return True
