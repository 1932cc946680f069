"""What all pages of settings share: who may come in, and how a form is read."""

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, abort, request
from flask_login import current_user

from domain.errors import NotAllowed
from domain.permissions import may_manage_settings
from models.staff import Staff
from web.auth import current_staff
from web.clock import now
from web.guards import staff_only

LARGEST_ID = 2**31 - 1


class By(TypedDict):
    """Who changes a setting, and when."""

    staff: Staff
    now: datetime


def settings_blueprint(name: str, import_name: str, path: str) -> Blueprint:
    """Make the blueprint of a page that is for administrators only."""
    blueprint = Blueprint(name, import_name, url_prefix=f"/admin/settings{path}")
    blueprint.before_request(staff_only)
    blueprint.before_request(_admins_only)
    blueprint.before_request(no_such_number)
    return blueprint


def no_such_number() -> None:
    """Answer 404 to a number in the path that no row can have, and no database would take."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)


def _admins_only() -> None:
    if not may_manage_settings(current_user.staff):
        raise NotAllowed("设置由系统管理员管理。")


def by() -> By:
    """Give who acts in this request, and when."""
    return {"staff": current_staff(), "now": now()}


def typed(name: str, *, longest: int = 200) -> str:
    """Give what was typed into a field, with line ends of one kind; overlong text is cut just past `longest`.

    The rules then refuse it in their own words.
    """
    return request.form.get(name, "").replace("\r\n", "\n").strip()[: longest + 1]


def typed_id(name: str) -> int | None:
    """Give the id chosen in a list; None where nothing was."""
    chosen = request.form.get(name, "")
    return int(chosen) if chosen.isdecimal() and len(chosen) < 10 else None


def direction() -> int:
    """Tell which way something is moved: -1 up, 1 down."""
    return -1 if request.form.get("by") == "-1" else 1
