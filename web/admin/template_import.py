"""从公众号导入: the account's templates, and what each would suit, before anything is saved."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import message_templates as rules
from domain.errors import NotAllowed
from models.enums import Role
from web.admin.deeds import write_down
from web.admin.message_templates import book
from web.admin.template_input import CardLine, TemplateForm, row_of
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter
from wechat.account_templates import Proposal, account_templates, propose
from wechat.errors import WeChatFailure
from wechat.refusal_words import explain

blueprint = Blueprint("admin_template_import", __name__, url_prefix="/admin/template-import")
blueprint.before_request(staff_only)


@blueprint.before_request
def _admins_only() -> None:
    if Role.ADMIN not in current_user.staff.roles:
        raise NotAllowed("消息模板由系统管理员管理。")


@blueprint.get("", strict_slashes=False)
@limiter.limit("20 per minute")
def page() -> str:
    """Show what could be taken over; nothing is saved."""
    try:
        templates = account_templates(parts().client, parts().mini_program)
    except WeChatFailure as error:
        return _page(trouble=explain(error))
    session = current_session()
    used = {(one.kind, one.channel): one.template for one in rules.in_use(session, book())}
    proposals = []
    for proposal in propose(templates):
        current = used[proposal.kind, proposal.template.channel]
        is_same = current is not None and current.id == proposal.template.id
        proposals.append((proposal, _card(proposal), current.id if current else "", is_same))
    return _page(proposals=proposals, count=len(templates))


@blueprint.post("")
@limiter.limit("10 per minute")
def take_over() -> Response:
    """Save what was ticked; the account is asked again, so that nobody can plant a template."""
    wanted = set(request.form.getlist("take"))
    try:
        proposals = [
            one
            for one in propose(account_templates(parts().client, parts().mini_program))
            if one.name in wanted
        ]
    except WeChatFailure as error:
        flash(f"没有导入。{explain(error)}", "danger")
        return redirect(url_for("admin_template_import.page"), 303)
    if not proposals:
        flash("没有勾选要导入的模板。", "warning")
        return redirect(url_for("admin_template_import.page"), 303)
    session, staff = current_session(), current_staff()
    for one in proposals:
        rules.save(session, one.kind, one.template.channel, one.wish, staff=staff, now=now())
    write_down("template.import", f"从公众号导入了 {len(proposals)} 个消息模板")
    flash(f"已导入 {len(proposals)} 项，几秒后生效。请逐项看看预览是否合适。", "success")
    return redirect(url_for("admin_templates.page"), 303)


def _card(proposal: Proposal) -> list[CardLine]:
    rows = [row_of(key, proposal.wish.labels.get(key, ""), one) for key, one in proposal.wish.fields.items()]
    return TemplateForm(proposal.template.id, proposal.template.title, rows, "").card()


def _page(*, proposals: Sequence[object] = (), count: int = 0, trouble: str = "") -> str:
    return render_template(
        "admin/template_import.html",
        proposals=proposals,
        count=count,
        trouble=trouble,
        has_mini_program=parts().mini_program is not None,
    )
