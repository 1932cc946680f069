"""关键词回复: questions that the chat answers by itself."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import keyword_answers
from domain.errors import Invalid
from domain.keyword_answers import LONGEST_WORD, MOST_BYTES, AnswerWish
from models.enums import AnswerMatch
from models.wording import KeywordAnswer
from web.admin.settings.entering import by, direction, settings_blueprint, typed
from web.database_session import current_session
from wechat.chat_words import understand

blueprint = settings_blueprint("admin_settings_answers", __name__, "/answers")

_LONGEST_TRIED = 100


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the answers; with `text`, tell what would be answered to that."""
    session = current_session()
    tried = request.args.get("text", "").strip()[:_LONGEST_TRIED]
    return render_template(
        "admin/settings/answers.html",
        rows=keyword_answers.listed(session),
        matches=list(AnswerMatch),
        tried=tried,
        hit=keyword_answers.known_answer(session, tried) if tried else None,
    )


@blueprint.get("/new")
def new() -> str:
    """Show an empty form."""
    return _form(None, {"match": AnswerMatch.EXACT.value})


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Add an answer."""
    session = current_session()
    try:
        row = keyword_answers.add(session, _wish(), **by())
    except Invalid as refusal:
        session.rollback()
        return _form(None, _entered(), refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"已加上「{row.word}」的回复，马上生效。", "success")
    return _back()


@blueprint.get("/<int:answer_id>")
def one(answer_id: int) -> str:
    """Show the form of one answer."""
    row = keyword_answers.find(current_session(), answer_id)
    return _form(row, {"word": row.word, "match": row.match.value, "answer": row.answer})


@blueprint.post("/<int:answer_id>")
def change(answer_id: int) -> Response | tuple[str, int]:
    """Change an answer."""
    session = current_session()
    row = keyword_answers.find(session, answer_id)
    try:
        keyword_answers.change(session, row, _wish(), **by())
    except Invalid as refusal:
        session.rollback()
        shown = keyword_answers.find(session, answer_id)
        return _form(shown, _entered(), refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"「{row.word}」的回复已保存，马上生效。", "success")
    return _back()


@blueprint.post("/preview")
def preview() -> str:
    """Show what is typed as it would look in the chat, as a part of the page."""
    return render_template("admin/settings/answer_preview.html", **_shown(_entered()))


@blueprint.post("/<int:answer_id>/move")
def move(answer_id: int) -> Response:
    """Have an answer tried earlier or later."""
    session = current_session()
    row = keyword_answers.find(session, answer_id)
    keyword_answers.move(session, row, by=direction(), **by())
    return _back()


@blueprint.post("/<int:answer_id>/<any(disable, enable):state>")
def set_state(answer_id: int, state: str) -> Response:
    """Take an answer out of use, or into use again."""
    session = current_session()
    row = keyword_answers.find(session, answer_id)
    keyword_answers.set_active(session, row, active=state == "enable", **by())
    flash(f"「{row.word}」的回复已{'启用' if row.active else '停用'}。")
    return _back()


@blueprint.post("/<int:answer_id>/remove")
def remove(answer_id: int) -> Response:
    """Delete an answer."""
    session = current_session()
    row = keyword_answers.find(session, answer_id)
    keyword_answers.remove(session, row, **by())
    flash(f"「{row.word}」的回复已删除。")
    return _back()


def _back() -> Response:
    return redirect(url_for("admin_settings_answers.page"), 303)


def _entered() -> dict[str, str]:
    return {
        "word": typed("word", longest=LONGEST_WORD),
        "match": typed("match"),
        "answer": typed("answer", longest=MOST_BYTES),
    }


def _wish() -> AnswerWish:
    entered = _entered()
    match = next((each for each in AnswerMatch if each.value == entered["match"]), None)
    if match is None:
        raise Invalid("请选择什么时候回复。", "match")
    words = understand(entered["word"])
    if words.digit is not None or words.command is not None:
        # Numbers and commands are understood before, so this answer would never be given.
        raise Invalid(f"「{entered['word']}」是聊天里的指令，系统另有答复，请换一个词。", "word")
    return AnswerWish(word=entered["word"], match=match, answer=entered["answer"])


def _shown(entered: dict[str, str]) -> dict[str, object]:
    spent = len(entered.get("answer", "").encode())
    return {"entered": entered, "left": (MOST_BYTES - spent) // 3, "is_too_long": spent > MOST_BYTES}


def _form(row: KeywordAnswer | None, entered: dict[str, str], *, refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/settings/answer.html",
        row=row,
        refusal=refusal,
        matches=list(AnswerMatch),
        **_shown(entered),
    )
