"""保存期限: what is kept for how long, what is due now; set in `.env`, shown here."""

from flask import render_template

from domain import retention
from web.admin.settings.entering import settings_blueprint
from web.clock import now
from web.database_session import current_session
from web.parts import parts
from wechat.event_table import OF_THE_ACCOUNT

blueprint = settings_blueprint("admin_retention", __name__, "/retention")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the table with what of each kind is due."""
    settings = parts().settings
    standings = retention.standings(
        current_session(),
        retention.kinds(of_the_account=OF_THE_ACCOUNT),
        days=settings.days_kept,
        now=now(),
    )
    return render_template(
        "admin/settings/retention.html",
        standings=standings,
        due=sum(standing.due.count for standing in standings),
    )
