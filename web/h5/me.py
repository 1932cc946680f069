"""我的: where what a person has for themselves is found."""

from flask import Blueprint, render_template

from config.catalogue import catalogue
from domain import notices
from domain.person_complaints import PersonTab, tab_counts
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint
from web.h5.tabs import phone_tabs_in_templates

blueprint: Blueprint = phone_blueprint("h5_me", __name__)
blueprint.app_context_processor(phone_tabs_in_templates)


@blueprint.get("/me")
def me() -> str:
    """Lead to the inbox, the settings, one's data, and the privacy page."""
    session, person = current_session(), current_person()
    counts = tab_counts(session, person)
    return render_template(
        "h5/me.html",
        unread=notices.unread_count(session, person=person),
        waiting=counts[PersonTab.TO_RATE] + counts[PersonTab.TO_SUPPLEMENT],
        duty_phone=catalogue().duty_phone,
    )
