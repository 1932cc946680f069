"""What happens without words: following, leaving, scanning a code, tapping the menu.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from collections.abc import Callable

from domain import drafts
from domain.people import follow
from domain.qr_codes import code_behind
from domain.service_points import by_code, open_lately
from models.conversation import Draft
from models.enums import ConversationState
from models.service_point import ServicePoint
from wechat import chat_texts as texts
from wechat import conversation_office
from wechat.chat import Chat
from wechat.conversation_complaints import progress
from wechat.conversation_filing import REPAIR, SUBMIT_OPTIONS, URGENT, URGENT_OPTIONS, offer_submission
from wechat.conversation_resuming import ask_to_resume, go_on
from wechat.staff_scans import handle_scan

_SCENE_PREFIX = "qrscene_"
REPORT, MINE, HELP = "REPORT", "MINE", "HELP"
MATTERS, BULLETIN, SURVEY = "MATTERS", "BULLETIN", "SURVEY"


def subscribed(chat: Chat) -> str:
    """Greet a new follower; who came by the code of a place is asked what is wrong there."""
    # An unsubscribe from before this moment may come late; see `wechat.leaving`.
    follow(chat.person, now=min(chat.inbound.sent_at, chat.now))
    key = chat.inbound.field("EventKey")
    if key.startswith(_SCENE_PREFIX):
        return f"{texts.thanks_for_following()}\n{_scan(chat, key.removeprefix(_SCENE_PREFIX))}"
    return texts.welcome()


def scanned(chat: Chat) -> str:
    """Go to the place whose code a follower scanned."""
    return _scan(chat, chat.inbound.field("EventKey").removeprefix(_SCENE_PREFIX))


def _scan(chat: Chat, code: str) -> str:
    for_staff = handle_scan(chat.session, code, chat.person, now=chat.now)
    if for_staff is not None:
        return for_staff
    place = by_code(chat.session, code)
    return _arrive(chat, place) if place is not None else texts.code_unknown()


def scanned_for_us(chat: Chat) -> str:
    """Go to the place whose code was scanned by a menu button that waits for the answer (scancode_waitmsg).

    Codes for staff are not taken here: those work by WeChat's own scan only.
    """
    result = chat.inbound.inner("ScanCodeInfo", "ScanResult")
    if chat.inbound.inner("ScanCodeInfo", "ScanType") == "barcode":
        result = result.partition(",")[2] or result  # CODE_128,123
    code = code_behind(chat.session, result)
    place = by_code(chat.session, code or result)
    if place is not None:
        return _arrive(chat, place)
    return texts.code_unknown() if code else texts.code_foreign()


def only_a_tap(_chat: Chat) -> str:
    """Say nothing: the tap has opened the service window, and the phone shows what was scanned."""
    return ""


def _arrive(chat: Chat, place: ServicePoint) -> str:
    greeting = texts.scanned(place, open_count=open_lately(chat.session, place, now=chat.now))
    draft = chat.draft
    if draft is None:
        _begin_at(chat, place)
        return greeting
    if drafts.content_of(chat.session, draft).is_empty:
        _move(draft, place)
        draft.updated_at = chat.now
        _expect_telling(chat, draft)
        return greeting
    if drafts.is_idle(draft, now=chat.now):
        return f"{texts.here(place)}\n{ask_to_resume(chat, draft, _begin_at(chat, place))}"
    return _change_place(chat, draft, place)


def _change_place(chat: Chat, draft: Draft, place: ServicePoint) -> str:
    old = draft.service_point.full_name if draft.service_point else draft.place_text
    _move(draft, place)
    draft.updated_at = chat.now
    lead = texts.place_changed(place.full_name, old) if old and old != place.full_name else texts.here(place)
    if chat.state in {ConversationState.RESUMING, ConversationState.CHOOSING_TARGET}:
        return lead + texts.ANSWER_FIRST
    return offer_submission(chat, draft, lead=lead)


def _begin_at(chat: Chat, place: ServicePoint | None, *, kind_hint: str = "") -> Draft:
    draft = drafts.begin(chat.session, chat.person, now=chat.now, place=place, kind_hint=kind_hint)
    _expect_telling(chat, draft)
    return draft


def _move(draft: Draft, place: ServicePoint) -> None:
    draft.service_point, draft.place_text = place, ""


def _expect_telling(chat: Chat, draft: Draft) -> None:
    options = URGENT_OPTIONS if draft.kind_hint == URGENT else SUBMIT_OPTIONS
    chat.expect(ConversationState.DRAFTING, options, draft=draft)


def clicked(chat: Chat) -> str:
    """Do what a button of the menu stands for."""
    act = _MENU.get(chat.inbound.field("EventKey"))
    return act(chat) if act else texts.helping()


def _report(chat: Chat) -> str:
    return _start(chat, "", texts.REPORT_HOW)


def _repair(chat: Chat) -> str:
    return _start(chat, REPAIR, texts.REPAIR_HOW)


def _urgent(chat: Chat) -> str:
    return f"{texts.emergency_line()}\n{_start(chat, URGENT, texts.URGENT_ASK)}"


def _start(chat: Chat, kind_hint: str, how: str) -> str:
    """Begin a draft of this kind; one that is being written goes on, as this kind."""
    draft = chat.draft
    if draft is None:
        _begin_at(chat, None, kind_hint=kind_hint)
        return how
    draft.kind_hint = kind_hint
    if drafts.content_of(chat.session, draft).is_empty:
        draft.updated_at = chat.now
        _expect_telling(chat, draft)
        return how
    if chat.state in {ConversationState.RESUMING, ConversationState.CHOOSING_TARGET}:
        return texts.ANSWER_FIRST
    return texts.UNFINISHED + go_on(chat, draft)


_MENU: dict[str, Callable[[Chat], str]] = {
    REPORT: _report,
    REPAIR: _repair,
    URGENT: _urgent,
    MINE: progress,
    HELP: lambda _: texts.helping(),
    MATTERS: conversation_office.matters,
    BULLETIN: conversation_office.bulletin,
    SURVEY: conversation_office.survey,
}
