"""The inbox of a person, and what was told to everybody."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from domain import notices, push_queries, push_sending
from models.notice import Notice
from models.person import Person
from models.push import PushRun
from models.push_words import PushState
from web.api.cursors import read_cursor, write_cursor
from web.api.notice_shapes import (
    NewsList,
    NewsOut,
    NoticeOut,
    NoticePage,
    NoticesQuery,
    PushLine,
    PushOut,
    PushSection,
    Unread,
)
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.api.targets import target_of
from web.clock import now
from web.database_session import current_session
from web.guards import current_person

TAG = "通知"

opening: Blueprint = api_blueprint("api_pushes", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_notices", __name__)


@operation(
    blueprint,
    "GET",
    "/notices",
    tag=TAG,
    summary="我的通知",
    description="微信里收到没收到的都在，最新的在前。",
)
def list_notices(query: NoticesQuery) -> NoticePage:
    """List some of the inbox."""
    database, person = current_session(), current_person()
    name = f"notices {person.id} {query.unread}"
    after = read_cursor(query.cursor, of=name)
    found = notices.inbox_after(
        database,
        person=person,
        unread_only=query.unread,
        after=after[0] if after else None,
        limit=query.limit + 1,
    )
    listed = found[: query.limit]
    is_last = len(found) <= query.limit
    return NoticePage(
        items=[_shown(each) for each in listed],
        next_cursor=None if is_last else write_cursor([listed[-1].id], of=name),
        unread=notices.unread_count(database, person=person),
    )


@operation(blueprint, "GET", "/notices/unread", tag=TAG, summary="几条没有读过")
def count_unread() -> Unread:
    """Count what was not read."""
    return _unread(current_session(), current_person())


@operation(
    blueprint,
    "GET",
    "/notices/<notice_id>",
    tag=TAG,
    summary="一条通知",
    description="读它不算读过，用 POST /notices/{notice_id}/read。",
)
def read_notice(notice_id: str) -> NoticeOut:
    """Show one."""
    return _shown(notices.notice_of(current_session(), int(notice_id), person=current_person()))


@operation(
    blueprint,
    "POST",
    "/notices/<notice_id>/read",
    tag=TAG,
    summary="标为已读",
    description="已读的再标，没有变化。",
)
def mark_notice_read(notice_id: str) -> Unread:
    """Mark one as read."""
    database, person = current_session(), current_person()
    found = notices.notice_of(database, int(notice_id), person=person)
    notices.mark_read(database, person=person, notice=found, now=now())
    return _unread(database, person)


@operation(blueprint, "POST", "/notices/read", tag=TAG, summary="全部标为已读")
def mark_all_notices_read() -> Unread:
    """Mark all as read."""
    database, person = current_session(), current_person()
    notices.mark_read(database, person=person, now=now())
    return _unread(database, person)


def _unread(database: Session, person: Person) -> Unread:
    return Unread(unread=notices.unread_count(database, person=person))


def _shown(notice: Notice) -> NoticeOut:
    return NoticeOut(
        id=notice.id,
        kind=notice.kind,
        title=notice.title,
        body=notice.body,
        urgent=notice.urgent,
        read=notice.read_at is not None,
        at=notice.created_at,
        opens=target_of(notice.path),
    )


@operation(
    blueprint,
    "GET",
    "/news",
    tag=TAG,
    summary="后勤动态",
    description="近 30 天发给大家、没有发给您的周报、通报等；订阅推送（设置里的 wants_digest）以后直接收到。",
)
def list_news() -> NewsList:
    """List what this person got no notice of."""
    found = push_sending.told_to_all(current_session(), current_person(), now=now())
    return NewsList(items=[_news(each) for each in found])


def _news(run: PushRun) -> NewsOut:
    return NewsOut(title=run.title, words=run.body.partition("\n")[0], opens=target_of(run.path))


@operation(
    opening,
    "GET",
    "/pushes/<push>",
    tag=TAG,
    summary="一期周报",
    description="通知里 opens.kind 是 push 时读它。不用登录。",
    limit=OPEN_LIMIT,
)
def read_push(push: str) -> PushOut:
    """Show what a push tells of, as it was when it was approved."""
    run = push_queries.by_code(current_session(), push)
    return PushOut(
        title=run.title,
        body=run.body,
        is_proposed=run.state is PushState.WAITING,
        sections=[
            PushSection(title=part["title"], lines=[_line(each) for each in part["lines"]])
            for part in run.sections
        ],
    )


def _line(line: dict[str, Any]) -> PushLine:
    return PushLine(words=line["words"], note=line["note"], opens=target_of(line["path"]))
