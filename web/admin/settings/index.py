"""设置: what can be set, each with a sentence on what it does and how it stands."""

from flask import render_template
from sqlalchemy import func, select

from domain import office_settings, recomputing, safety_words
from domain.calendar_days import edited_days, spans_text
from domain.office_settings import WORKING_HOURS
from domain.working_days import is_calendar_published
from domain.working_time import local_time
from models.category import Category
from models.connected_system import ConnectedSystem
from models.staff import Staff
from models.team import Team
from models.wording import KeywordAnswer, ReplyTemplate
from web.admin.settings.entering import settings_blueprint
from web.clock import now
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings", __name__, "")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List all settings."""
    session = current_session()
    year = local_time(now()).year
    hours = office_settings.read(session, WORKING_HOURS)
    numbers = {
        "staff": session.scalar(select(func.count(Staff.id)).where(Staff.active)),
        "teams": session.scalar(select(func.count(Team.id)).where(Team.active)),
        "categories": session.scalar(select(func.count(Category.id)).where(Category.active)),
        "systems": session.scalar(select(func.count(ConnectedSystem.id)).where(ConnectedSystem.active)),
        "safety_words": sum(row.active for row in safety_words.listed(session)),
        "answers": session.scalar(select(func.count(KeywordAnswer.id)).where(KeywordAnswer.active)),
        "replies": session.scalar(
            select(func.count(ReplyTemplate.id)).where(ReplyTemplate.active, ReplyTemplate.owner_id.is_(None))
        ),
    }
    next_year_missing = not is_calendar_published(year + 1) and not edited_days(session, year + 1)
    return render_template(
        "admin/settings/index.html",
        numbers=numbers,
        hours=spans_text(hours),
        next_year=year + 1 if next_year_missing else None,
    )


@blueprint.get("/recomputing")
def recomputing_state() -> str:
    """Show how far the worker is with due times, as a part of a page."""
    return render_template(
        "admin/settings/recomputing.html", progress=recomputing.progress(current_session())
    )
