"""What the frame around every admin page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user

from domain import (
    abuse,
    article_list,
    background_tasks,
    call_back,
    notices,
    platform_alerts,
    push_runs,
    sending,
)
from domain.permissions import (
    may_print_codes,
    may_read_audit,
    may_read_surveys,
    may_release,
    may_see_figures,
    may_see_hidden,
    may_see_pushes,
    may_write_articles,
)
from models.enums import Role
from web.clock import now
from web.database_session import current_session
from wechat.troubles import Trouble, describe


def unread_notices() -> int:
    """Count the notices this member of staff has not read."""
    return notices.unread_count(current_session(), staff=current_user.staff)


def may_record() -> bool:
    """Tell whether this member of staff may file a complaint for somebody else."""
    return Role.DISPATCHER in current_user.staff.roles


def is_admin() -> bool:
    """Tell whether this member of staff looks after the system."""
    return Role.ADMIN in current_user.staff.roles


def reads_audit() -> bool:
    """Tell whether this member of staff may look through the audit log."""
    return may_read_audit(current_user.staff)


def prints_codes() -> bool:
    """Tell whether this member of staff may have codes of places printed."""
    return may_print_codes(current_user.staff)


def sees_figures() -> bool:
    """Tell whether this member of staff may see figures."""
    return may_see_figures(current_user.staff)


def sees_surveys() -> bool:
    """Tell whether this member of staff may read results of surveys."""
    return may_read_surveys(current_user.staff)


def writes_articles() -> bool:
    """Tell whether this member of staff may write articles of the account."""
    return may_write_articles(current_user.staff)


def articles_to_approve() -> int:
    """Count the articles that wait for this member of staff's approval."""
    return article_list.waiting_for(current_session(), current_user.staff)


def sees_pushes() -> bool:
    """Tell whether this member of staff may see what was pushed to many."""
    return may_see_pushes(current_user.staff)


def pushes_to_approve() -> int:
    """Count the pushes that wait for this member of staff's approval."""
    return push_runs.waiting_for(current_session(), current_user.staff)


def sees_sending() -> bool:
    """Tell whether this member of staff may see how notices were sent."""
    return bool(current_user.staff.roles & {Role.ADMIN, Role.DISPATCHER})


def releases() -> bool:
    """Tell whether this member of staff may release texts to the public board."""
    return may_release(current_user.staff)


def sees_abuse() -> bool:
    """Tell whether this member of staff may read reports of abuse."""
    return may_see_hidden(current_user.staff)


def open_abuse() -> int:
    """Count the reports of abuse that wait for a decision."""
    return abuse.open_count(current_session())


def task_menu() -> background_tasks.Counts:
    """Count the long work of this member of staff."""
    if "task_counts" not in g:
        g.task_counts = background_tasks.counts(current_session(), current_user.staff)
    counts: background_tasks.Counts = g.task_counts
    return counts


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
    if not sees_sending():
        return None
    session = current_session()
    troubles = [describe(alert, now=now()) for alert in platform_alerts.open_alerts(session)]
    return SendingState(troubles, sending.waiting_since(session, now=now()))


def register(blueprint: Blueprint) -> None:
    """Offer these to the templates; called by the first blueprint of the admin pages."""

    def add(state: BlueprintSetupState) -> None:
        state.app.jinja_env.globals.update(
            unread_notices=unread_notices,
            may_record=may_record,
            is_admin=is_admin,
            reads_audit=reads_audit,
            owes_call=call_back.is_owed,
            prints_codes=prints_codes,
            sees_figures=sees_figures,
            releases=releases,
            sees_abuse=sees_abuse,
            open_abuse=open_abuse,
            sees_sending=sees_sending,
            sees_surveys=sees_surveys,
            sees_pushes=sees_pushes,
            pushes_to_approve=pushes_to_approve,
            writes_articles=writes_articles,
            articles_to_approve=articles_to_approve,
            sending_state=sending_state,
            task_menu=task_menu,
        )

    blueprint.record_once(add)
