"""What the frame around every admin page shows, and its templates may ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user

from domain import call_back, platform_alerts, sending
from domain.permissions import may_manage_settings, may_print_codes, may_see_sending, may_triage
from web.admin.navigation import menu, what_waits
from web.clock import now
from web.database_session import current_session
from wechat.troubles import Trouble, describe


def may_record() -> bool:
    """Tell whether this member of staff may file a complaint for somebody else."""
    return may_triage(current_user.staff)


def is_admin() -> bool:
    """Tell whether this member of staff looks after the system."""
    return may_manage_settings(current_user.staff)


def prints_codes() -> bool:
    """Tell whether this member of staff may have codes of places printed."""
    return may_print_codes(current_user.staff)


@dataclass(frozen=True)
class SendingState:
    """How the sending of notices stands.

    Attributes:
        troubles: with the platform, the newest first.
        waiting_since: since when the oldest notice waits, if that is too long.
    """

    troubles: Sequence[Trouble]
    waiting_since: datetime | None


def sending_state() -> SendingState | None:
    """Tell what stands in the way of notices; None to who need not know."""
    if not may_see_sending(current_user.staff):
        return None
    session = current_session()
    troubles = [describe(alert, now=now()) for alert in platform_alerts.open_alerts(session)]
    return SendingState(troubles, sending.waiting_since(session, now=now()))


def register(blueprint: Blueprint) -> None:
    """Offer these to the templates; called by the first blueprint of the admin pages."""

    def add(state: BlueprintSetupState) -> None:
        state.app.jinja_env.globals.update(
            menu=menu,
            what_waits=what_waits,
            may_record=may_record,
            is_admin=is_admin,
            prints_codes=prints_codes,
            owes_call=call_back.is_owed,
            sending_state=sending_state,
        )

    blueprint.record_once(add)
