"""The list of matters that everybody may read (办实事清单), one of them, and following and voting."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Blueprint, url_for

from domain import matter_public, matter_queries, matters
from domain.actors import post_of
from domain.disclosure import masked
from domain.matter_public import MatterLine, PublicMatters, PublicStatus
from models.attachment import Attachment
from models.matter import Matter, MatterFollower, MatterVote
from models.matter_words import OPEN_MATTER_STATUSES
from web.api.complaints import ACT_LIMIT
from web.api.cursors import read_cursor, write_cursor
from web.api.etags import tagged
from web.api.matter_shapes import (
    MatterHappening,
    MatterMarks,
    MatterOut,
    MatterPage,
    MatterRow,
    MattersQuery,
    PublicPhoto,
)
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.matters import MatterRow as View
from web.h5.matters import is_marked, row_of, rows_of
from web.matter_reading import read_matter_notices

TAG = "办实事"

opening: Blueprint = api_blueprint("api_matters", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_matter_marks", __name__)


@operation(
    opening,
    "GET",
    "/matters",
    tag=TAG,
    summary="办实事清单",
    description="公开的事项。正在办的按时限排，近的在前；已办成的最新的在前。不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def list_matters(query: MattersQuery) -> MatterPage:
    """List some of the public matters."""
    database = current_session()
    wanted = PublicMatters(status=query.status, kind=query.kind, team=query.team, words=query.q)
    name = f"matters {wanted}"
    after = read_cursor(query.cursor, of=name)
    found = matter_public.list_after(
        database, wanted, after=_line(after, wanted) if after else None, limit=query.limit + 1
    )
    listed = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        line = matter_public.line_of(listed[-1], wanted)
        cursor = write_cursor([line.at.isoformat() if line.at else None, line.id], of=name)
    page = MatterPage(
        items=[MatterRow(**_row(each)) for each in rows_of(database, listed)], next_cursor=cursor
    )
    return tagged(page)  # type: ignore[return-value]


def _line(place: list[Any], wanted: PublicMatters) -> MatterLine:
    at, line_id = place
    read = datetime.fromisoformat if wanted.status is PublicStatus.CLOSED else date.fromisoformat
    return MatterLine(read(at) if at is not None else None, line_id)


@operation(
    opening,
    "GET",
    "/matters/<matter>",
    tag=TAG,
    summary="一件事项",
    description="不用登录。关注和投票了没有，看 GET /matters/{matter}/marks。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def read_matter(matter: str) -> MatterOut:
    """Show one, with its record and photos."""
    database = current_session()
    found = matters.public_by_number(database, matter)
    entries = matter_queries.record_of(database, found, for_public=True)
    before, after = matter_queries.before_and_after(entries)
    votes = matters.votes_of(database, [found.id]).get(found.id, 0)
    said = next((entry.event.words for entry in entries if entry.event.words), "")
    pair = (before[0] if before else None, after[0] if after else None)
    shown = MatterOut(
        **_row(row_of(found, votes, said, pair)),
        text=found.public_text,
        supporting=[team.name for team in found.supporting],
        lead=post_of(found.lead_staff) if found.lead_staff else "",
        listed_at=found.listed_at,
        deferred_until=found.deferred_until,
        closed_at=found.closed_at,
        may_vote=found.status in OPEN_MATTER_STATUSES,
        complaints_on_board=matter_public.complaints_on_board(database, found),
        photos_before=[_photo(one) for one in before],
        photos_after=[_photo(one) for one in after],
        timeline=[
            MatterHappening(
                step=entry.event.step,
                title=entry.event.step.label,
                who=entry.event.actor_label,
                words=masked(entry.event.words),
                at=entry.event.at,
                photos=[_photo(one) for one in entry.photos],
            )
            for entry in entries
        ],
    )
    return tagged(shown)  # type: ignore[return-value]


def _row(view: View) -> dict[str, Any]:
    matter = view.matter
    return {
        "number": matter.number,
        "kind": matter.kind,
        "kind_label": matter.kind.label,
        "status": matter.status,
        "status_label": matter.status.label,
        "tone": view.tone,
        "title": matter.title,
        "goal": matter.goal,
        "team": matter.team.name if matter.team is not None else None,
        "deadline": matter.deadline,
        "deadline_label": view.deadline,
        "overdue": view.overdue,
        "parts": view.parts,
        "parts_done": view.parts_done,
        "votes": view.votes,
        "said": view.said,
        "before": _photo(view.before) if view.before is not None else None,
        "after": _photo(view.after) if view.after is not None else None,
    }


def _photo(photo: Attachment) -> PublicPhoto:
    return PublicPhoto(
        path=url_for("h5_matters.photo", photo_id=photo.id),
        small_path=url_for("h5_matters.small_photo", photo_id=photo.id),
    )


@operation(
    blueprint,
    "GET",
    "/matters/<matter>/marks",
    tag=TAG,
    summary="我关注、投票了没有",
    description="读它的同时，关于这件事项的通知算作读过。",
)
def read_marks(matter: str) -> MatterMarks:
    """Tell what this person thinks of it."""
    database = current_session()
    found = matters.public_by_number(database, matter)
    read_matter_notices(database, found, person=current_person())
    return _marks(found)


@operation(
    blueprint,
    "PUT",
    "/matters/<matter>/following",
    tag=TAG,
    summary="有进展告诉我",
    description="已经关注的再关注，没有变化。",
    limit=ACT_LIMIT,
)
def follow_matter(matter: str) -> MatterMarks:
    """Hear how it goes."""
    return _marked(matter, matters.follow, wanted=True)


@operation(blueprint, "DELETE", "/matters/<matter>/following", tag=TAG, summary="取消关注", limit=ACT_LIMIT)
def unfollow_matter(matter: str) -> MatterMarks:
    """Hear of it no longer."""
    return _marked(matter, matters.follow, wanted=False)


@operation(
    blueprint,
    "PUT",
    "/matters/<matter>/vote",
    tag=TAG,
    summary="我也想办",
    description="每人一票，再投没有变化；办完的不能再投。",
    problems=("not_allowed",),
    limit=ACT_LIMIT,
)
def vote_for_matter(matter: str) -> MatterMarks:
    """Say that it is wanted."""
    return _marked(matter, matters.vote, wanted=True)


@operation(
    blueprint,
    "DELETE",
    "/matters/<matter>/vote",
    tag=TAG,
    summary="收回投票",
    problems=("not_allowed",),
    limit=ACT_LIMIT,
)
def take_vote_back(matter: str) -> MatterMarks:
    """Take the vote back."""
    return _marked(matter, matters.vote, wanted=False)


def _marked(number: str, mark: Callable[..., object], *, wanted: bool) -> MatterMarks:
    """Follow or vote, or take it back, and tell how it stands then."""
    database = current_session()
    found = matters.public_by_number(database, number)
    mark(database, found, current_person(), wanted=wanted, now=now())
    return _marks(found)


def _marks(found: Matter) -> MatterMarks:
    database, person = current_session(), current_person()
    return MatterMarks(
        follows=is_marked(database, MatterFollower, found, person),
        voted=is_marked(database, MatterVote, found, person),
        votes=matters.votes_of(database, [found.id]).get(found.id, 0),
    )
