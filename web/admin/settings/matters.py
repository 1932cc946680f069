"""事项: how long a closed matter is watched, what counts as a relapse, how early deadlines are told."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from domain import audit, office_settings
from domain.errors import Invalid
from domain.matter_settings import NEAR_DAYS, RELAPSE_THRESHOLD, WATCH_DAYS
from web.admin.settings.entering import by, settings_blueprint, typed
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings_matters", __name__, "/matters")

# Each with what it is called, and the most it may be.
_FIELDS = (
    (WATCH_DAYS, "观察天数", 730),
    (RELAPSE_THRESHOLD, "新诉求件数", 100),
    (NEAR_DAYS, "提前天数", 60),
)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the numbers."""
    session = current_session()
    return _page({setting.name: str(office_settings.read(session, setting)) for setting, _, _ in _FIELDS})


@blueprint.post("", strict_slashes=False)
def save() -> Response | tuple[str, int]:
    """Set the numbers; they hold for what is closed, raised and due from now on."""
    session = current_session()
    entered = {setting.name: typed(setting.name, longest=6) for setting, _, _ in _FIELDS}
    before = {setting.name: office_settings.read(session, setting) for setting, _, _ in _FIELDS}
    try:
        wanted = {
            setting.name: _number(entered[setting.name], setting.name, label, most)
            for setting, label, most in _FIELDS
        }
    except Invalid as refusal:
        return _page(entered, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    who = by()
    for setting, _, _ in _FIELDS:
        office_settings.write(session, setting, wanted[setting.name], **who)
    audit.record(
        session,
        who["staff"],
        action="setting.change",
        subject_kind="setting",
        subject="matters",
        words="修改事项的观察和提醒",
        details={"before": before, "after": wanted},
        now=who["now"],
    )
    flash("事项的观察和提醒已保存。", "success")
    return redirect(url_for("admin_settings_matters.page"), 303)


def _number(text: str, name: str, label: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Invalid(f"{label}须是 1 到 {most} 的整数。", name)
    return int(text)


def _page(entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/settings/matters.html",
        entered=entered,
        refusal=refusal,
        limits={setting.name: most for setting, _, most in _FIELDS},
    )
