"""Asking after complaints that were submitted: progress, urging, taking back, judging."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from domain import complaints, queries
from domain.errors import DomainError
from domain.permissions import may_see
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, ComplaintStatus
from wechat import chat_texts_complaints as texts
from wechat.chat import Chat, Option
from wechat.conversation_follow_up import followed_up
from wechat.conversation_resuming import go_on

_LISTED = 5
_CHOICES = 9


def progress(chat: Chat, number: str | None = None) -> str:
    """List the last five complaints, or show where one stands."""
    if number is not None:
        complaint = _by_number(chat, number)
        return texts.progress([complaint], chat.person, total=1) if complaint else texts.NOT_YOURS
    page = queries.of_person(chat.session, chat.person, limit=_LISTED)
    return texts.progress(page.items, chat.person, total=page.total) if page.items else texts.NOTHING_YET


def ask_to_urge(chat: Chat, number: str | None = None) -> str:
    """Urge the one that is open, or ask which."""
    found = _meant(chat, number)
    if isinstance(found, str):
        return found
    if len(found) == 1:
        return _urge(chat, found[0])
    chat.offer(_choices("urge", found))
    return texts.choose("催办", found)


def urge(chat: Chat, option: Option) -> str:
    """Urge the one that was chosen."""
    return _urge(chat, chat.session.get_one(Complaint, option["complaint"])) + _back_to_draft(chat)


def _urge(chat: Chat, complaint: Complaint) -> str:
    try:
        complaints.urge(chat.session, complaint, actor=chat.actor, now=chat.now)
    except DomainError as refusal:
        return texts.not_urged(complaint, refusal.message)
    return texts.urged(complaint)


def ask_to_withdraw(chat: Chat, number: str | None = None) -> str:
    """Ask whether the one just submitted, or the one that is open, is really to be taken back; or which."""
    just_now = followed_up(chat)
    if number is None and just_now is not None:
        return ask_withdrawal(chat, just_now)
    found = _meant(chat, number)
    if isinstance(found, str):
        return found
    if len(found) == 1:
        return ask_withdrawal(chat, found[0])
    chat.offer(_choices("ask_withdrawal", found))
    return texts.choose("撤回", found)


def ask_withdrawal(chat: Chat, complaint: Complaint) -> str:
    """Ask whether a complaint is really to be taken back."""
    if complaint.status not in ACTIVE_STATUSES:
        return texts.cannot_withdraw(complaint)
    chat.offer(
        [
            {"key": "1", "do": "withdraw", "complaint": complaint.id},
            {"key": "0", "do": "keep", "complaint": complaint.id},
        ]
    )
    return texts.confirm_withdrawal(complaint)


def withdraw(chat: Chat, complaint: Complaint) -> str:
    """Take a complaint back."""
    complaints.withdraw(chat.session, complaint, words="诉求人在公众号撤回", actor=chat.actor, now=chat.now)
    return texts.withdrawn(complaint) + _back_to_draft(chat)


def keep(chat: Chat) -> str:
    """Leave the complaint as it is."""
    return texts.NOT_WITHDRAWN + _back_to_draft(chat)


def to_rate(chat: Chat, number: str | None = None) -> str:  # noqa: ARG001 (all commands have one form)
    """Link to what waits for a judgement."""
    resolved = _own(chat, {ComplaintStatus.RESOLVED}, limit=_LISTED)
    return texts.to_rate(resolved) if resolved else texts.NONE_TO_RATE


def _meant(chat: Chat, number: str | None) -> Sequence[Complaint] | str:
    """Give the complaints that may be meant, or what to answer when there are none."""
    if number is None:
        return _own(chat, ACTIVE_STATUSES, limit=_CHOICES) or texts.NONE_OPEN
    complaint = _by_number(chat, number)
    return [complaint] if complaint and complaint.reporter_id == chat.person.id else texts.NOT_YOURS


def _own(chat: Chat, statuses: Collection[ComplaintStatus], *, limit: int) -> Sequence[Complaint]:
    query = select(Complaint).where(Complaint.reporter_id == chat.person.id, Complaint.status.in_(statuses))
    query = query.order_by(Complaint.filed_at.desc(), Complaint.id.desc()).limit(limit)
    return chat.session.scalars(query).all()


def _by_number(chat: Chat, number: str) -> Complaint | None:
    complaint = chat.session.scalar(select(Complaint).where(Complaint.number == number))
    # To who may not see it, a complaint of others looks as if it did not exist.
    return complaint if complaint and may_see(chat.session, complaint, chat.actor) else None


def _choices(do: str, found: Sequence[Complaint]) -> list[Option]:
    return [
        {"key": str(number), "do": do, "complaint": complaint.id}
        for number, complaint in enumerate(found, start=1)
    ]


def _back_to_draft(chat: Chat) -> str:
    """Offer again to submit the draft in hand, whose numbers another question took over."""
    if chat.draft is None:
        chat.rest()
        return ""
    return f"\n另外，{go_on(chat, chat.draft)}"
