"""消息模板: which template of the account tells which kind of notice, and how its card looks."""

from http import HTTPStatus
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from config.wechat_templates import TemplateBook, load_templates
from domain import message_templates as rules
from domain.errors import Invalid, NotAllowed, NotFound
from domain.message_templates import SAMPLE, Mapped, PlainField
from domain.mini_people import identity_of
from models.enums import NoticeChannel, NoticeKind, Role
from models.person import Person
from web.admin.deeds import write_down
from web.admin.template_input import TemplateForm, form_of, typed_form
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter
from wechat.errors import WeChatFailure
from wechat.messenger import fitted_values
from wechat.refusal_words import explain

blueprint = Blueprint("admin_templates", __name__, url_prefix="/admin/templates")
blueprint.before_request(staff_only)

_SPARE_ROWS = 2


@blueprint.before_request
def _admins_only() -> None:
    if Role.ADMIN not in current_user.staff.roles:
        raise NotAllowed("消息模板由系统管理员管理。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List every kind of notice with what tells it."""
    found = rules.in_use(current_session(), book())
    ways = rules.WAYS if parts().settings.has_mini_program else rules.WAYS[:-1]
    shown = [found[at : at + len(rules.WAYS)][: len(ways)] for at in range(0, len(found), len(rules.WAYS))]
    return render_template("admin/message_templates.html", kinds=shown, ways=ways)


@blueprint.get("/<kind>/<channel>")
def one(kind: str, channel: str) -> str:
    """Show the form of one kind on one way."""
    shown = _in_use(kind, channel)
    return _page(shown, form_of(shown))


@blueprint.post("/<kind>/<channel>/preview")
def preview(kind: str, channel: str) -> str:
    """Show the card that what is typed would make."""
    _named(kind, channel)
    return render_template("admin/template_card.html", form=typed_form(request.form))


@blueprint.post("/<kind>/<channel>")
def save(kind: str, channel: str) -> tuple[str, int] | Response:
    """Set the template of one kind on one way."""
    word, way = _named(kind, channel)
    form = typed_form(request.form)
    session, staff = current_session(), current_staff()
    try:
        rules.save(session, word, way, form.wish(), staff=staff, now=now())
    except Invalid as refusal:
        session.rollback()
        shown = rules.in_use_for(session, book(), word, way)
        return _page(shown, form, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    details = {"id": form.wish().template_id}
    write_down(
        "template.change",
        f"设置了「{word.label}」的{way.label}模板",
        subject=_subject(word, way),
        details=details,
    )
    flash(f"「{word.label}」的{way.label}模板已保存，几秒后生效，不用重启。", "success")
    return _back(word, way)


@blueprint.post("/<kind>/<channel>/none")
def leave_out(kind: str, channel: str) -> Response:
    """Set that one kind has no template on one way."""
    word, way = _named(kind, channel)
    rules.leave_out(current_session(), word, way, staff=current_staff(), now=now())
    write_down("template.leave_out", f"设置「{word.label}」不发{way.label}", subject=_subject(word, way))
    flash(f"「{word.label}」不再发{way.label}。")
    return _back(word, way)


@blueprint.post("/<kind>/<channel>/file")
def back_to_file(kind: str, channel: str) -> Response:
    """Let the file of templates hold again."""
    word, way = _named(kind, channel)
    rules.back_to_file(current_session(), word, way, now=now())
    write_down("template.reset", f"把「{word.label}」的{way.label}改回配置文件", subject=_subject(word, way))
    flash(f"「{word.label}」的{way.label}已改回配置文件里的设置。")
    return _back(word, way)


@blueprint.post("/<kind>/<channel>/test")
@limiter.limit("10 per minute")
def send_test(kind: str, channel: str) -> Response:
    """Send a sample to one's own WeChat; nothing is written while WeChat is asked."""
    word, way = _named(kind, channel)
    with parts().database.reading() as reading:
        shown = rules.in_use_for(reading, book(), word, way)
        person = reading.get(Person, current_user.staff.person_id or 0)
        identity = identity_of(reading, person) if person else None
    by_mini = way is NoticeChannel.MINI_SUBSCRIPTION
    known = identity if by_mini else person
    openid = known.openid if known else None
    if shown.template is None:
        flash("还没有设置模板，请先保存。", "warning")
    elif openid is None:
        where = (
            "您绑定的微信还没有打开过小程序。" if by_mini else "您还没有绑定微信，请先在「我的微信」里绑定。"
        )
        flash(where, "warning")
    else:
        flash(*_sent(shown, openid))
    return _back(word, way)


def _subject(word: NoticeKind, way: NoticeChannel) -> str:
    return f"{word.value}/{way.value}"


def _sent(shown: Mapped, openid: str) -> tuple[str, str]:
    """Send the sample; give what to say and its tone."""
    template, client, url = shown.template, parts().client, parts().settings.base_url
    mini_program = parts().mini_program
    if template is None:
        raise NotFound("还没有设置模板。")
    values = fitted_values(template, SAMPLE)
    try:
        if shown.channel is NoticeChannel.TEMPLATE:
            client.send_template(
                openid, template_id=template.id, values=values, url=url, client_msg_id=f"test:{uuid4().hex}"
            )
        elif shown.channel is NoticeChannel.MINI_SUBSCRIPTION and mini_program is not None:
            mini_program.send_subscription(openid, template_id=template.id, values=values, notice_id=0)
        else:
            client.send_subscription(openid, template_id=template.id, values=values, url=url)
    except WeChatFailure as error:
        return f"没有发出去。{explain(error)}", "danger"
    return "已发到您的微信，请在手机上查看。", "success"


def book() -> TemplateBook:
    """Read the file of templates."""
    return load_templates(parts().settings.wechat_templates_file)


def _named(kind: str, channel: str) -> tuple[NoticeKind, NoticeChannel]:
    word = next((one for one in NoticeKind if one.value == kind), None)
    way = next((one for one in rules.WAYS if one.value == channel), None)
    if way is NoticeChannel.MINI_SUBSCRIPTION and not parts().settings.has_mini_program:
        raise NotFound("没有设置小程序。")
    if word is None or way is None:
        raise NotFound("没有这种通知。")
    return word, way


def _in_use(kind: str, channel: str) -> Mapped:
    return rules.in_use_for(current_session(), book(), *_named(kind, channel))


def _back(kind: NoticeKind, channel: NoticeChannel) -> Response:
    return redirect(url_for("admin_templates.one", kind=kind.value, channel=channel.value), 303)


def _page(shown: Mapped, form: TemplateForm, *, refusal: Invalid | None = None) -> str:
    spare = min(rules.MOST_FIELDS, max(len(form.rows) + _SPARE_ROWS, 4))
    return render_template(
        "admin/message_template.html",
        shown=shown,
        form=form,
        rows=[form.rows[at] if at < len(form.rows) else None for at in range(spare)],
        plain_fields=list(PlainField),
        refusal=refusal,
        in_file=book().for_kind(shown.kind, shown.channel) is not None,
    )
