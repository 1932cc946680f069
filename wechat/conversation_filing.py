"""Turning a draft into a complaint, or dropping it."""

from domain import complaints, drafts
from domain.acts import MAX_WORDS
from domain.limits import check_filing
from domain.queries import attachments_of
from models.complaint import Complaint
from models.conversation import Draft
from models.enums import AttachmentKind, Channel, ComplaintKind, ConversationState, DraftState
from wechat import chat_texts as texts
from wechat.chat import Chat, Option

# Menu entries that say what is to come.
REPAIR, URGENT = "REPAIR", "URGENT"
_KINDS = {REPAIR: ComplaintKind.REPAIR}

SUBMIT_OPTIONS: tuple[Option, ...] = (
    {"key": "1", "do": "submit"},
    {"key": "2", "do": "submit_anonymously"},
    {"key": "0", "do": "cancel"},
)
URGENT_OPTIONS: tuple[Option, ...] = (
    {"key": "1", "do": "submit"},
    {"key": "2", "do": "submit_as_ordinary"},
    {"key": "0", "do": "cancel"},
)
_SUBMITTED_OPTIONS: tuple[Option, ...] = (
    {"key": "1", "do": "receipt"},
    {"key": "2", "do": "receipt"},
    {"key": "0", "do": "ask_withdrawal"},
)
_URGENT_SUBMITTED_OPTIONS: tuple[Option, ...] = (
    {"key": "1", "do": "receipt"},
    {"key": "2", "do": "receipt"},
    {"key": "0", "do": "withdraw"},
)


def offer_submission(
    chat: Chat, draft: Draft, *, lead: str = "", content: drafts.Content | None = None
) -> str:
    """Say how much is there, and offer to submit it.

    Args:
        content: what is in the draft, where it was counted already.
    """
    urgent = draft.kind_hint == URGENT
    chat.expect(ConversationState.DRAFTING, URGENT_OPTIONS if urgent else SUBMIT_OPTIONS, draft=draft)
    content = content or drafts.content_of(chat.session, draft)
    if content.is_empty:
        return lead + texts.TELL_US
    choices = texts.URGENT_CHOICES if urgent else texts.SUBMIT_CHOICES
    return f"{lead}已记下 {texts.gathered(content)}。{choices}"


def submit(chat: Chat, draft: Draft, *, anonymous: bool = False) -> str:
    """File the draft and give the receipt; the same draft never becomes two complaints."""
    if draft.kind_hint == URGENT:
        return submit_urgently(chat, draft, anonymous=anonymous)
    complaint = _file(chat, draft, anonymous=anonymous, urgent=False)
    expect_additions(chat, complaint)
    return receipt_of(chat, complaint)


def submit_urgently(chat: Chat, draft: Draft, *, anonymous: bool = False) -> str:
    """File the draft as urgent with what is known; what follows is added to it."""
    complaint = _file(chat, draft, anonymous=anonymous, urgent=True)
    expect_additions(chat, complaint)
    return receipt_of(chat, complaint)


def receipt_of(chat: Chat, complaint: Complaint) -> str:
    """Give the receipt, the first time or again."""
    if not complaint.urgent:
        return texts.receipt(complaint, now=chat.now)
    kinds = {attachment.kind for attachment in attachments_of(chat.session, complaint)}
    return texts.urgent_receipt(
        complaint,
        wants_place=complaint.service_point is None and not complaint.place_text,
        wants_photo=not kinds & {AttachmentKind.PHOTO, AttachmentKind.VIDEO},
    )


def expect_additions(chat: Chat, complaint: Complaint) -> None:
    """Take what comes in the next minutes as an addition; a second 1 gives the same receipt again."""
    options = _URGENT_SUBMITTED_OPTIONS if complaint.urgent else _SUBMITTED_OPTIONS
    chat.expect(ConversationState.FOLLOWING_UP, options, complaint=complaint)


def _file(chat: Chat, draft: Draft, *, anonymous: bool, urgent: bool) -> Complaint:
    session, text = chat.session, drafts.text_of(chat.session, draft)
    check_filing(session, chat.person, words=text, urgent=urgent, now=chat.now)
    submission = complaints.Submission(
        text=text[: complaints.MAX_TEXT],
        channel=Channel.WECHAT,
        kind=_KINDS.get(draft.kind_hint),
        reporter=chat.person,
        service_point=draft.service_point,
        place_text=draft.place_text,
        anonymous=anonymous,
        submission_key=f"draft:{draft.id}",
        urgent=urgent,
        attachments=drafts.attachments_of(session, draft),
    )
    complaint = complaints.submit(session, submission, now=chat.now)
    draft.state = DraftState.SUBMITTED
    draft.complaint_id = complaint.id
    add_words(chat, complaint, text[complaints.MAX_TEXT :])
    return complaint


def add_words(chat: Chat, complaint: Complaint, words: str) -> None:
    """Add words to a complaint, in as many pieces as their length needs."""
    for start in range(0, len(words), MAX_WORDS):
        part = words[start : start + MAX_WORDS]
        complaints.supplement(chat.session, complaint, words=part, actor=chat.actor, now=chat.now)


def cancel(chat: Chat, draft: Draft) -> str:
    """Drop the draft; it can be had back for ten minutes."""
    drafts.cancel(draft, now=chat.now)
    chat.rest()
    return texts.CANCELLED if not drafts.content_of(chat.session, draft).is_empty else texts.NOTHING_TO_CANCEL
