"""紧急词: words that make a complaint urgent, and a place to try them."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import safety_words
from domain.errors import Invalid
from web.admin.settings.entering import by, settings_blueprint, typed
from web.clock import now
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings_safety_words", __name__, "/safety-words")

_LONGEST_TRIED = 500


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the words; with `text`, tell what that would be taken for."""
    return _page()


@blueprint.post("")
def add() -> Response | tuple[str, int]:
    """Add a word."""
    session = current_session()
    word = typed("word", longest=safety_words.LONGEST_WORD)
    note = typed("note", longest=safety_words.LONGEST_NOTE)
    try:
        row = safety_words.add(session, word=word, note=note, **by())
    except Invalid as refusal:
        session.rollback()
        return _page(refusal=refusal, entered={"word": word, "note": note}), HTTPStatus.UNPROCESSABLE_ENTITY
    heard = safety_words.recently_heard(session, row.word, now=now())
    known = f"最近 30 天有 {heard} 件诉求里出现过它。" if heard else "最近 30 天的诉求里没有出现过它。"
    flash(f"已加上「{row.word}」，马上生效。{known}", "success")
    return _back()


@blueprint.post("/<int:word_id>/<any(disable, enable):state>")
def set_state(word_id: int, state: str) -> Response:
    """Take a word out of use, or into use again."""
    is_active = state == "enable"
    row = safety_words.set_active(current_session(), word_id, active=is_active, **by())
    told = "已启用，马上生效" if is_active else "已停用，以后出现它不再自动判为紧急"
    flash(f"「{row.word}」{told}。")
    return _back()


def _back() -> Response:
    return redirect(url_for("admin_settings_safety_words.page"), 303)


def _page(*, refusal: Invalid | None = None, entered: dict[str, str] | None = None) -> str:
    session = current_session()
    tried = request.args.get("text", "").strip()[:_LONGEST_TRIED]
    return render_template(
        "admin/settings/safety_words.html",
        words=safety_words.listed(session),
        refusal=refusal,
        entered=entered or {},
        tried=tried,
        hit=safety_words.safety_word_in(session, tried) if tried else None,
    )
