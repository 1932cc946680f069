"""Inviting many colleagues at once: paste lines, look at what becomes of each, confirm."""

from http import HTTPStatus

from flask import render_template

from domain import staff_bulk
from domain.errors import Invalid
from domain.staff_bulk import LONGEST_TEXT, Fate
from models.enums import Role
from web.admin.settings.entering import by, settings_blueprint, typed
from web.admin.settings.staff_links import link_page
from web.database_session import current_session

blueprint = settings_blueprint("admin_staff_bulk", __name__, "/staff/bulk")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the field for the lines."""
    return _page()


@blueprint.post("/preview")
def preview() -> str | tuple[str, int]:
    """Show what would become of each line; nothing is changed."""
    text = typed("lines", longest=LONGEST_TEXT)
    try:
        planned = staff_bulk.plan(current_session(), text)
    except Invalid as refusal:
        return _page(text=text, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(text=text, planned=planned)


@blueprint.post("/invite")
def invite() -> str | tuple[str, int]:
    """Invite those who can be, and show their links, this once."""
    session, text = current_session(), typed("lines", longest=LONGEST_TEXT)
    try:
        invited = staff_bulk.invite_all(session, text, **by())
    except Invalid as refusal:
        session.rollback()
        return _page(text=text, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return link_page(invited, title=f"邀请了 {len(invited)} 人")


def _page(
    *, text: str = "", planned: list[staff_bulk.PlannedLine] | None = None, refusal: Invalid | None = None
) -> str:
    return render_template(
        "admin/settings/staff_bulk.html",
        text=text,
        planned=planned,
        refusal=refusal,
        invited=sum(line.fate is Fate.INVITE for line in planned or ()),
        roles=list(Role),
        most=staff_bulk.MOST_LINES,
    )
