"""Finding out where it is."""

import re
from collections.abc import Sequence

from domain import drafts
from domain.place_names import spoken
from domain.service_points import search, suggest_places
from models.conversation import Draft
from models.enums import ConversationState
from models.service_point import ServicePoint
from wechat import chat_texts as texts
from wechat.chat import READING_TIME, Chat, Option
from wechat.conversation_filing import offer_submission, submit

_OFFERED = 4
_LONGEST_PLACE = 30
# Words that tell something rather than name a place.
_TELLING = re.compile("[，。！？；,!?;\n了吗呢吧还也又很太都没不请]|坏|漏水|堵|脏|臭|修")


def is_placed(draft: Draft) -> bool:
    """Tell whether the place is known, or was said not to be."""
    return draft.service_point is not None or bool(draft.place_text)


def ask_place(
    chat: Chat, draft: Draft, *, lead: str = "", then: str = "", first: ServicePoint | None = None
) -> str:
    """Ask where it is.

    Args:
        then: what the person wanted to do when the place was still missing (`submit`, `submit_anonymously`).
        first: a place to offer before all others.
    """
    text = drafts.text_of(chat.session, draft)
    suggested = suggest_places(chat.session, chat.person, text, _OFFERED)
    places = [*([first] if first else []), *(place for place in suggested if place is not first)][:_OFFERED]
    _expect_choice(chat, draft, places, then=then)
    return texts.place_question(places, lead=lead)


def _expect_choice(
    chat: Chat, draft: Draft, places: Sequence[ServicePoint], *, then: str = "", words: str = ""
) -> None:
    options: list[Option] = [
        {"key": str(number), "do": "choose_place", "place": place.id, "words": words, "then": then}
        for number, place in enumerate(places, start=1)
    ]
    words = words or texts.PLACE_SKIPPED
    options.append({"key": "9", "do": "own_words", "words": words, "then": then})
    options.append({"key": "0", "do": "cancel"})
    chat.expect(ConversationState.CHOOSING_PLACE, options, draft=draft)


def choose_place(chat: Chat, draft: Draft, option: Option) -> str:
    """Take the place that was chosen from the list."""
    place = chat.session.get(ServicePoint, option["place"])
    if place is None:
        return ask_place(chat, draft)
    return _set_place(chat, draft, place, words=option["words"], then=option["then"])


def keep_own_words(chat: Chat, draft: Draft, option: Option) -> str:
    """Go on with the person's own words for the place, or without any."""
    draft.service_point, draft.place_text = None, option["words"]
    return _go_on(chat, draft, then=option["then"])


def take_place_name(chat: Chat, draft: Draft, words: str) -> str | None:
    """Take a typed text as the name of the place; None when it rather goes on telling what is wrong."""
    if len(words) > _LONGEST_PLACE:
        return None
    found = search(chat.session, words, _OFFERED + 1)
    if not _is_name_of_any(found, words) and (_TELLING.search(words) or _was_on_its_way(chat)):
        return None
    then = next((option["then"] for option in chat.row.options if "then" in option), "")
    if not found:
        draft.service_point, draft.place_text = None, words
        return _go_on(chat, draft, then=then)
    if len(found) == 1:
        return _set_place(chat, draft, found[0], words=words, then=then)
    if len(found) > _OFFERED:
        chat.offer(chat.row.options)
        return texts.too_many_places(words)
    _expect_choice(chat, draft, found, then=then, words=words)
    return texts.places_found(found, words)


def _is_name_of_any(places: Sequence[ServicePoint], words: str) -> bool:
    return any(spoken(words) in spoken(place.full_name) for place in places)


def _was_on_its_way(chat: Chat) -> bool:
    """Tell whether the message was sent before anybody could have read our question."""
    return chat.inbound.sent_at < chat.row.updated_at + READING_TIME


def _set_place(chat: Chat, draft: Draft, place: ServicePoint, *, words: str, then: str) -> str:
    draft.service_point = place
    # What was typed may say more than the name found: 3号楼后面的车棚.
    draft.place_text = "" if words in {place.name, place.full_name} else words
    return _go_on(chat, draft, then=then)


def _go_on(chat: Chat, draft: Draft, *, then: str) -> str:
    if then and not drafts.content_of(chat.session, draft).is_empty:
        return submit(chat, draft, anonymous=then == "submit_anonymously")
    name = draft.service_point.full_name if draft.service_point else draft.place_text
    return offer_submission(chat, draft, lead=texts.place_set(name))


def take_position(chat: Chat, draft: Draft, label: str) -> None:
    """Take a position's name for the place, where none is known yet."""
    if is_placed(draft) or not label:
        return
    found = search(chat.session, label, 2)
    draft.service_point = found[0] if len(found) == 1 else None
    draft.place_text = label[:200]
