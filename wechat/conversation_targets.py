"""When staff have asked a person for more: is this the answer, or something new?"""

from collections.abc import Sequence

from sqlalchemy import select

from domain import complaints, drafts
from domain.acts import MAX_WORDS
from models.complaint import Complaint
from models.conversation import Draft
from models.enums import ComplaintStatus, ConversationState, DraftState
from wechat import chat_texts_complaints as texts
from wechat.chat import Chat, Option
from wechat.chat_texts import gathered
from wechat.conversation_filing import add_words, expect_additions
from wechat.conversation_resuming import go_on

_OFFERED = 3


def waiting_complaints(chat: Chat) -> Sequence[Complaint]:
    """Give this person's complaints in which staff wait for an answer."""
    query = select(Complaint).where(
        Complaint.reporter_id == chat.person.id, Complaint.status == ComplaintStatus.WAITING
    )
    return chat.session.scalars(query.order_by(Complaint.id.desc()).limit(_OFFERED)).all()


def ask_target(chat: Chat, draft: Draft, waiting: Sequence[Complaint]) -> str:
    """Ask what this belongs to; meanwhile it is kept in a draft."""
    options: list[Option] = [
        {"key": str(number), "do": "supplement", "complaint": complaint.id}
        for number, complaint in enumerate(waiting, start=1)
    ]
    options.append({"key": str(len(waiting) + 1), "do": "is_new"})
    options.append({"key": "0", "do": "cancel"})
    chat.expect(ConversationState.CHOOSING_TARGET, options, draft=draft)
    return texts.target_question(waiting)


def supplement(chat: Chat, draft: Draft, option: Option) -> str:
    """Add all that was kept to the complaint that was chosen."""
    complaint = chat.session.get_one(Complaint, option["complaint"])
    words = drafts.text_of(chat.session, draft)
    content = drafts.content_of(chat.session, draft)
    complaints.supplement(
        chat.session,
        complaint,
        words=words[:MAX_WORDS],
        attachments=drafts.attachments_of(chat.session, draft),
        actor=chat.actor,
        now=chat.now,
    )
    add_words(chat, complaint, words[MAX_WORDS:])
    draft.state = DraftState.SUBMITTED
    draft.complaint_id = complaint.id
    expect_additions(chat, complaint)
    return texts.supplemented(complaint, gathered(content))


def is_new(chat: Chat, draft: Draft) -> str:
    """Go on with what was kept as something new."""
    return go_on(chat, draft)
