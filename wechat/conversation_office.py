"""What the office tells everybody, from the menu 「办实事」: the list, the bulletin, what may be judged."""

from sqlalchemy import func, select

from domain import bulletins, survey_audience
from domain.lately import LATELY_DAYS, lately
from domain.matter_notices import deadline_text
from domain.matter_queries import newest_public
from domain.working_time import local_time
from models.complaint import Complaint
from models.enums import ComplaintStatus
from models.matter import Matter
from models.survey import Survey
from wechat.chat import Chat
from wechat.replies import link, plain

_NOTHING_TO_JUDGE = "现在没有要您评价的诉求，也没有正在进行的满意度测评。办结一件，我们就请您评价一件。"
# An answer in the chat holds about six hundred characters, and each link is one of its longest lines.
_MOST_SURVEYS = 3
_NEWEST = 3
_NO_MATTERS = "办实事清单还没有公布事项，公布以后点这里就能看到目标、责任单位和进展。"


def matters(chat: Chat) -> str:
    """Tell the newest matters at work, and lead to the list of all."""
    newest = newest_public(chat.session, limit=_NEWEST)
    if not newest:
        return f"{_NO_MATTERS}\n{_done_lately(chat)}"
    lines = [f"{at}. {plain(one.title)}（{_owner(one)}）" for at, one in enumerate(newest, start=1)]
    return "\n".join(["正在办的实事：", *lines, link("/h5/matters", "看全部事项和进展")])


def _owner(matter: Matter) -> str:
    until = deadline_text(matter)
    team = matter.team.name if matter.team else "责任单位未定"
    return f"{team}，{until}" if until else team


def bulletin(chat: Chat) -> str:
    """Lead to the newest bulletins; without any, tell how many complaints came lately and are done."""
    cards = [bulletins.card_of(one) for one in bulletins.published(chat.session, per_page=_NEWEST).items]
    if not cards:
        return _done_lately(chat)
    lines = ["最新通报：", link(cards[0].path, cards[0].title), f"{cards[0].digest}。"]
    lines += [link(card.path, card.title) for card in cards[1:]]
    return "\n".join([*lines, link("/h5/bulletins", "看全部通报")])


def survey(chat: Chat) -> str:
    """Tell what this person may judge now: surveys that run, and their own complaints that are done."""
    running = survey_audience.running_for(chat.session, chat.person)[:_MOST_SURVEYS]
    lines = [_survey_line(one) for one in running]
    if lines:
        lines.append("匿名填写，一人一份；已经答过的不用再答。")
    waiting = select(func.count(Complaint.id)).where(
        Complaint.reporter_id == chat.person.id, Complaint.status == ComplaintStatus.RESOLVED
    )
    count = chat.session.scalar(waiting) or 0
    if count:
        lines.append(f"您有 {count} 件诉求已办结，等您评价：回复「评价」就可以打分。")
    return "\n".join(lines) or _NOTHING_TO_JUDGE


def _survey_line(one: Survey) -> str:
    until = f"（{local_time(one.closes_at):%m月%d日} 截止）" if one.closes_at else ""
    return f"正在进行满意度测评：{link(f'/h5/surveys/{one.code}', one.title)}{until}"


def _done_lately(chat: Chat) -> str:
    counts = lately(chat.session, now=chat.now)
    if not counts.filed:
        return f"近 {LATELY_DAYS} 天没有收到诉求。哪里不满意，直接发给我们就行。"
    return f"近 {LATELY_DAYS} 天收到师生诉求 {counts.filed} 件，已办结 {counts.done} 件。"
