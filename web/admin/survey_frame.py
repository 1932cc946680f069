"""What all pages of surveys share: who may come in, how forms are read, and where a deed leads back to."""

from datetime import datetime

from flask import Blueprint, request, url_for
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from domain.errors import Invalid, NotAllowed
from domain.permissions import may_build_surveys, may_read_surveys
from domain.working_time import LOCAL
from web.admin.settings.entering import no_such_number
from web.guards import staff_only


def survey_blueprint(name: str, import_name: str, *, readers: bool = False) -> Blueprint:
    """Make a blueprint for those who write surveys, or for all who may read results."""
    blueprint = Blueprint(name, import_name, url_prefix="/admin/surveys")
    blueprint.before_request(staff_only)
    blueprint.before_request(_readers_only if readers else _builders_only)
    blueprint.before_request(no_such_number)
    return blueprint


def _builders_only() -> None:
    if not may_build_surveys(current_user.staff):
        raise NotAllowed("满意度测评由受理员和系统管理员编写。")


def _readers_only() -> None:
    if not may_read_surveys(current_user.staff):
        raise NotAllowed("测评结果由单位负责人、受理员、分管领导和督导组查看。")


def to_survey(survey_id: int, anchor: str = "") -> Response:
    """Lead back to the page of a survey, and there to a part of it."""
    return redirect(url_for("admin_surveys.one", survey_id=survey_id, _anchor=anchor or None), 303)


def typed_moment(name: str) -> datetime | None:
    """Read a local time from a form; None where nothing was entered.

    Raises:
        Invalid: it is no time.
    """
    given = request.form.get(name, "").strip()
    if not given:
        return None
    try:
        return datetime.strptime(given[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=LOCAL)
    except ValueError:
        raise Invalid("时间写成 2026-12-01 08:00 这样。", name) from None
