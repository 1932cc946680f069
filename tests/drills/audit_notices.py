"""The auditor on what went out: each notice has one outcome, and the platform took it as often as we say.

What may happen twice, and what may not: docs/decisions/0002-at-least-once.md and 0018-pushes.md.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from domain.notices import PUSHED
from domain.outbox import INTERRUPTED
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice, NoticeAttempt
from models.push import PushRun
from models.push_words import PushState
from models.staff import Staff
from tests.drills.findings import Findings
from tests.drills.ledger import Entry, of_kind

# How a try begins that the platform may have taken without our hearing of it.
_MAYBE = "可能已送出"
_LINK = "\n点击查看："
Key = tuple[NoticeChannel, str]


@dataclass
class Taken:
    """What the platform took: how often, by the way and what tells the messages of it apart."""

    times: Counter[Key] = field(default_factory=Counter)


@dataclass
class _Group:
    """Notices that cannot be told apart at the platform, by one way."""

    notices: list[Notice] = field(default_factory=list)
    acknowledged: int = 0
    silent: int = 0


def read_platform(state: Path) -> Taken:
    """Read the platform's own memory of what it took."""
    taken = Taken()
    with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as file:
        messages = [
            json.loads(body) for (body,) in file.execute("SELECT body FROM record WHERE kind = 'message'")
        ]
        keys = [key for (key,) in file.execute("SELECT key FROM record WHERE kind = 'document'")]
    file.close()
    for message in messages:
        taken.times[_key_of_message(message)] += 1
    for key in keys:
        # It remembers the key first: killed before the message is written down, it still takes no other.
        if key.startswith("template-sent:"):
            name = NoticeChannel.TEMPLATE, key.split(":", 2)[2]
            taken.times[name] = max(taken.times[name], 1)
    return taken


def _key_of_message(message: Mapping[str, Any]) -> Key:
    if message["kind"] == "custom":
        text = str(message["content"]["text"]["content"]).split(_LINK)[0]
        return NoticeChannel.CUSTOM, f"{message['openid']} {text}"
    if message["kind"] == "template":
        return NoticeChannel.TEMPLATE, str(message["client_msg_id"])
    return NoticeChannel.SUBSCRIPTION, f"{message['openid']} {message['content']['template_id']}"


def _key_of_notice(notice: Notice, channel: NoticeChannel, template: str) -> Key:
    person = notice.person or (notice.staff.person if notice.staff else None)
    openid = person.openid if person else ""
    if channel is NoticeChannel.CUSTOM:
        return channel, f"{openid} 【{notice.title}】\n{notice.body}"
    if channel is NoticeChannel.TEMPLATE:
        return channel, notice.key
    return channel, f"{openid} {template}"


def check_notices(session: Session, taken: Taken, findings: Findings, *, template: str) -> None:
    """Hold our books of what was sent against the platform's.

    Args:
        template: the id of the only 订阅通知 there is.
    """
    attempts: dict[int, list[NoticeAttempt]] = defaultdict(list)
    for attempt in session.scalars(select(NoticeAttempt).order_by(NoticeAttempt.id)):
        attempts[attempt.notice_id].append(attempt)
    groups: dict[Key, _Group] = defaultdict(_Group)
    whole = joinedload(Notice.person), joinedload(Notice.staff).joinedload(Staff.person)
    notices = session.scalars(select(Notice).options(*whole)).all()
    for notice in notices:
        _check_outcome(notice, attempts[notice.id], findings)
        for channel in (NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE, NoticeChannel.SUBSCRIPTION):
            group = groups[_key_of_notice(notice, channel, template)]
            group.notices.append(notice)
            by_way = [one for one in attempts[notice.id] if one.channel is channel]
            group.acknowledged += sum(one.code == 0 for one in by_way)
            group.silent += sum(_may_have_arrived(one) for one in by_way)
    for key, group in groups.items():
        _check_group(key, group, taken.times[key], findings)
    for key in taken.times.keys() - groups.keys():
        findings.fault(
            "notice", f"the platform took {key[0].value} {key[1][:80]!r}, which is no notice of ours"
        )
    for notice in notices:
        _count_messages(notice, attempts[notice.id], taken, findings, template)


def _may_have_arrived(attempt: NoticeAttempt) -> bool:
    return attempt.code is None and (attempt.words == INTERRUPTED or attempt.words.startswith(_MAYBE))


def _check_outcome(notice: Notice, attempts: Sequence[NoticeAttempt], findings: Findings) -> None:
    findings.count(f"notices {notice.state.value}")
    acknowledged = sum(one.code == 0 for one in attempts)
    if notice.state in {NoticeState.SENDING, NoticeState.PENDING}:
        findings.fault("stuck", f"notice {notice.id} is {notice.state.value}: {notice.error}")
    elif acknowledged > 1:
        findings.fault("notice", f"notice {notice.id} was acknowledged {acknowledged} times")
    elif (notice.state is NoticeState.SENT) != (acknowledged == 1):
        findings.fault(
            "notice", f"notice {notice.id} is {notice.state.value}, acknowledged {acknowledged} times"
        )
    elif notice.state is NoticeState.FAILED:
        findings.fault("notice", f"notice {notice.id} was given up: {notice.error}")


def _check_group(key: Key, group: _Group, times: int, findings: Findings) -> None:
    ids = [notice.id for notice in group.notices][:5]
    if times < group.acknowledged:
        findings.fault(
            "notice", f"{key[0].value} of {ids}: we say {group.acknowledged}, the platform took {times}"
        )
    elif times > group.acknowledged + group.silent:
        findings.fault(
            "notice",
            f"{key[0].value} of {ids}: the platform took {times}, we know of {group.acknowledged} and were "
            f"in doubt about {group.silent}",
        )
    elif key[0] is NoticeChannel.TEMPLATE and times > 1:
        findings.fault("notice", f"template of {ids} was taken {times} times in spite of its key")


def _count_messages(
    notice: Notice, attempts: Sequence[NoticeAttempt], taken: Taken, findings: Findings, template: str
) -> None:
    """Count what arrived twice as our decisions allow, and refuse what they do not allow."""
    if not any(_may_have_arrived(one) for one in attempts):
        return
    ways = {one.channel for one in attempts}
    times = sum(min(taken.times[_key_of_notice(notice, way, template)], 1) for way in ways)
    if notice.kind in PUSHED:
        findings.count("pushed messages in doubt, settled on the page")
        if notice.state is NoticeState.SENT and sum(one.code == 0 for one in attempts) and len(attempts) > 1:
            findings.fault("notice", f"push notice {notice.id} was tried again after a doubtful try")
    elif times > 1:
        findings.count("notices read in the chat and as a template (allowed by 0002)")
    else:
        findings.count("notices in doubt that arrived once")


def check_pushes(session: Session, entries: dict[str, Entry], findings: Findings) -> None:
    """Hold each push against its recipients."""
    for run in session.scalars(select(PushRun)):
        if run.state is PushState.RUNNING:
            findings.fault("stuck", f"push {run.id} is still running")
    runs = {run.id: run for run in session.scalars(select(PushRun))}
    for entry in of_kind(entries, "push"):
        findings.count("pushes")
        run = runs[entry["run"]]
        if run.state is not PushState.DONE:
            findings.fault("push", f"push {run.id} was approved and is {run.state.value}")
        people = list(_recipients(session, run))
        if len(people) != len(set(people)) or len(people) != run.eligible:
            findings.fault(
                "push", f"push {run.id}: {len(people)} notices, {len(set(people))} people, {run.eligible}"
            )


def _recipients(session: Session, run: PushRun) -> Iterator[int | None]:
    yield from session.scalars(select(func.coalesce(Notice.person_id, 0)).where(Notice.push_run_id == run.id))
