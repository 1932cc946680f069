"""What the frame around every admin page shows."""

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user

from domain import notices
from models.enums import Role
from web.database_session import current_session


def unread_notices() -> int:
    """Count the notices this member of staff has not read."""
    return notices.unread_count(current_session(), staff=current_user.staff)


def may_record() -> bool:
    """Tell whether this member of staff may file a complaint for somebody else."""
    return Role.DISPATCHER in current_user.staff.roles


def is_admin() -> bool:
    """Tell whether this member of staff looks after the system."""
    return Role.ADMIN in current_user.staff.roles


def register(blueprint: Blueprint) -> None:
    """Offer these to the templates; called by the first blueprint of the admin pages."""

    def add(state: BlueprintSetupState) -> None:
        state.app.jinja_env.globals.update(
            unread_notices=unread_notices, may_record=may_record, is_admin=is_admin
        )

    blueprint.record_once(add)
