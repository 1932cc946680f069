"""The record of a complaint as its people read it: newest first, who by post, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.disclosure import Closeness, hears_of, may_open_file, tells_words, words_for
from domain.hiding import in_place_of
from domain.queries import Entry
from models.attachment import Attachment
from models.complaint import ComplaintEvent
from models.enums import ActorKind, AttachmentKind, AttachmentState, Outcome, StepName
from models.team import Team

_TITLES = {
    StepName.SUBMIT: "提交诉求",
    StepName.ACCEPT: "已接单，开始办理",
    StepName.PROGRESS: "办理进展",
    StepName.REPLY: "答复",
    StepName.ASK: "请诉求人补充",
    StepName.SUPPLEMENT: "补充了情况",
    StepName.APPROVE_DEFERRAL: "暂时办不了，挂账",
    StepName.RESUME: "恢复办理",
    StepName.CONFIRM_REJECTION: "不予受理",
    StepName.APPEAL: "提出申诉",
    StepName.REOPEN: "重新打开",
    StepName.CLOSE_UNRATED: "到期未评价，销号",
    StepName.WITHDRAW: "撤回",
    StepName.MERGE: "合并办理",
    StepName.URGE: "催办",
    StepName.SUPERVISE: "督办",
    StepName.PUBLISH: "在公示栏公开",
}
# These steps keep the reason beside the words.
_REASON = "reason"


@dataclass(frozen=True)
class Happening:
    """One entry of the record.

    Attributes:
        who: by post, or 您, or 诉求人; empty where a rule or the clock did it.
        taken_away: what stands in the place of attachments that are hidden from everybody.
    """

    event: ComplaintEvent
    title: str
    who: str
    words: str
    at: datetime
    photos: Sequence[Attachment]
    others: Sequence[Attachment]
    taken_away: Sequence[str] = ()


def happenings(session: Session, entries: Sequence[Entry], closeness: Closeness) -> list[Happening]:
    """Put the public record into words for somebody so near, newest first."""
    teams = _teams(session, entries)
    heard = [entry for entry in entries if hears_of(entry.event, closeness)]
    return [_happening(entry, teams, closeness) for entry in reversed(heard)]


def _teams(session: Session, entries: Sequence[Entry]) -> Mapping[Any, str]:
    ids = {entry.event.details.get("team_id") for entry in entries if entry.event.step is StepName.ASSIGN}
    query = select(Team.id, Team.name).where(Team.id.in_(ids - {None}))
    return {team_id: name for team_id, name in session.execute(query)}  # noqa: C416 (rows are no pairs to mypy)


def _happening(entry: Entry, teams: Mapping[Any, str], closeness: Closeness) -> Happening:
    event, own = entry.event, closeness is Closeness.REPORTER
    seen = [each for each in entry.attachments if may_open_file(each, closeness)]
    return Happening(
        event=event,
        title=_title(event, teams, own=own),
        who=_who(event, own=own),
        words=_words(event, closeness),
        at=event.at,
        photos=[each for each in seen if is_photo(each)],
        others=[each for each in seen if not is_photo(each)],
        taken_away=[
            in_place_of(each.hidden_reason) for each in entry.attachments if own and each.hidden_reason
        ],
    )


def is_photo(attachment: Attachment) -> bool:
    """Tell whether it is a photo that can be shown."""
    return attachment.kind is AttachmentKind.PHOTO and attachment.state is AttachmentState.STORED


def _title(event: ComplaintEvent, teams: Mapping[Any, str], *, own: bool) -> str:
    if event.step is StepName.ASSIGN:
        again = "转给" if event.details.get("moved") else "派给"
        return f"{again}{teams.get(event.details.get('team_id'), '责任单位')}"
    if event.step is StepName.RESOLVE:
        outcome = event.details.get("outcome", "")
        label = next((each.label for each in Outcome if each.value == outcome), "")
        return f"办结：{label}" if label else "办结"
    if event.step is StepName.RATE:
        return f"评价 {event.details.get('stars')} 星，销号" if own else "诉求人已评价，销号"
    if event.step is StepName.RATE_UNSOLVED and not own:
        return "诉求人评价为未解决，退回重办"
    if event.step is StepName.RATE_UNSOLVED:
        solved = "" if event.details.get("solved") else "，问题没有解决"
        return f"评价 {event.details.get('stars')} 星{solved}，退回重办"
    if event.step is StepName.REPLY and not own:
        return _TITLES[StepName.PROGRESS]  # what was answered is not for this reader
    if event.step is StepName.ASK and own:
        return "请您补充"
    return _TITLES.get(event.step, event.step.label)


def _who(event: ComplaintEvent, *, own: bool) -> str:
    if event.actor_kind is ActorKind.CLOCK:
        return ""
    if event.actor_kind is ActorKind.REPORTER and own:
        return "您"
    return event.actor_label


def _words(event: ComplaintEvent, closeness: Closeness) -> str:
    if event.step is StepName.SUBMIT or not tells_words(event, closeness):
        return ""  # what was submitted stands above as the complaint itself
    words = words_for(event, closeness)
    if event.hidden_reason:
        return words
    reason = str(event.details.get(_REASON, "")).strip()
    if reason and reason not in words:
        words = f"原因：{reason}\n{words}".strip()
    no_photo = str(event.details.get("no_photo_reason", "")).strip()
    return f"{words}\n（没有照片：{no_photo}）" if no_photo else words
