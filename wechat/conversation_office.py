"""What the office tells everybody, from the menu 「办实事」: the list, the bulletin, what may be judged."""

from sqlalchemy import func, select

from domain.lately import LATELY_DAYS, lately
from models.complaint import Complaint
from models.enums import ComplaintStatus
from wechat.chat import Chat

_NO_MATTERS = "办实事清单还没有公布事项，公布以后点这里就能看到目标、责任单位和进展。"


def matters(chat: Chat) -> str:
    """Lead to the list of practical matters."""
    return f"{_NO_MATTERS}\n{_done_lately(chat)}"


def bulletin(chat: Chat) -> str:
    """Tell how many complaints came lately, and how many are done."""
    return _done_lately(chat)


def survey(chat: Chat) -> str:
    """Tell what this person may judge now."""
    waiting = select(func.count(Complaint.id)).where(
        Complaint.reporter_id == chat.person.id, Complaint.status == ComplaintStatus.RESOLVED
    )
    count = chat.session.scalar(waiting) or 0
    if count:
        return f"您有 {count} 件诉求已办结，等您评价：回复「评价」就可以打分。"
    return "现在没有要您评价的诉求，也没有正在进行的满意度测评。办结一件，我们就请您评价一件。"


def _done_lately(chat: Chat) -> str:
    counts = lately(chat.session, now=chat.now)
    if not counts.filed:
        return f"近 {LATELY_DAYS} 天没有收到诉求。哪里不满意，直接发给我们就行。"
    return f"近 {LATELY_DAYS} 天收到师生诉求 {counts.filed} 件，已办结 {counts.done} 件。"
