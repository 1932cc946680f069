"""The list of matters that everybody may read (办实事清单), one of them, and following and voting."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.limits import MARKS
from domain import matter_queries, matters
from domain.actors import post_of
from domain.disclosure import masked
from domain.errors import NotFound
from domain.matter_notices import deadline_text
from domain.matter_queries import is_overdue
from models.attachment import Attachment
from models.matter import Matter, MatterFollower, MatterVote
from models.matter_words import OPEN_MATTER_STATUSES, MatterKind, MatterStatus
from models.person import Person
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer, has_file, small_answer
from web.file_links import ALL, check_signed
from web.guards import PERSON_KEY, current_person, open_to_all
from web.h5.board_view import page_tabs
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer, answer_refusals
from web.h5.status_look import Tone
from web.matter_reading import read_matter_notices
from web.rate_limits import OPEN_PAGE, by_person, limiter
from web.wechat_browser import may_ask_wechat

PER_PAGE = 10
_TONES = {
    MatterStatus.IN_PROGRESS: Tone.WORKS,
    MatterStatus.SUBMITTED: Tone.WORKS,
    MatterStatus.CLOSED: Tone.DONE,
}

blueprint = Blueprint("h5_matters", __name__, url_prefix="/h5/matters")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)

acting: Blueprint = phone_blueprint("h5_matter_acts", __name__)


@dataclass(frozen=True)
class MatterRow:
    """One matter as the list shows it.

    Attributes:
        parts_done, parts: its milestones.
        said: the newest public words.
        before, after: a photo of how it was, and one of the newest result.
    """

    matter: Matter
    tone: Tone
    deadline: str
    overdue: bool
    votes: int
    parts_done: int
    parts: int
    said: str
    before: Attachment | None = None
    after: Attachment | None = None


@blueprint.get("", strict_slashes=False)
@OPEN_PAGE
def listing() -> str:
    """Show the public matters, those at work or those done."""
    database = current_session()
    done = request.args.get("done") == "1"
    kind = next((one for one in MatterKind if one.value == request.args.get("kind")), None)
    page = matter_queries.public_list(
        database, done=done, kind=kind, page=request.args.get("page", 1, type=int), per_page=PER_PAGE
    )
    rows = rows_of(database, page.items)
    tabs = page_tabs("h5_matters.listing")
    return render_template("h5/matters.html", tabs=tabs, rows=rows, page=page, done=done, kind=kind)


def rows_of(database: Session, found: Sequence[Matter]) -> list[MatterRow]:
    """Gather what the list shows of these matters."""
    latest = matter_queries.latest_events(database, found, public=True)
    votes = matters.votes_of(database, [one.id for one in found])
    pairs = matter_queries.public_pairs(database, found)
    return [
        row_of(one, votes.get(one.id, 0), latest[one.id].words if one.id in latest else "", pairs.get(one.id))
        for one in found
    ]


def row_of(
    matter: Matter,
    votes: int,
    said: str,
    pair: tuple[Attachment | None, Attachment | None] | None = None,
) -> MatterRow:
    """Gather what is shown of one matter."""
    return MatterRow(
        matter=matter,
        tone=_TONES.get(matter.status, Tone.WAITS),
        deadline=deadline_text(matter),
        overdue=is_overdue(matter, now=now()),
        votes=votes,
        parts_done=sum(1 for one in matter.milestones if one.accepted_at),
        parts=len(matter.milestones),
        said=masked(said),
        before=pair[0] if pair else None,
        after=pair[1] if pair else None,
    )


@blueprint.get("/<number>")
@OPEN_PAGE
def matter(number: str) -> str | Answer:
    """Show one public matter, with its record and photos."""
    database = current_session()
    found = matters.public_by_number(database, number)
    entries = matter_queries.record_of(database, found, for_public=True)
    before, after = matter_queries.before_and_after(entries)
    votes = matters.votes_of(database, [found.id]).get(found.id, 0)
    reader = database.get(Person, session.get(PERSON_KEY, 0))
    if reader is not None:
        read_matter_notices(database, found, person=reader)
    return render_template(
        "h5/matter.html",
        row=row_of(found, votes, ""),
        entries=[(entry, masked(entry.event.words)) for entry in entries],
        before=before,
        after=after,
        lead=post_of(found.lead_staff) if found.lead_staff else "",
        may_act=reader is not None or may_ask_wechat(),
        reader=reader,
        follows=is_marked(database, MatterFollower, found, reader),
        voted=is_marked(database, MatterVote, found, reader),
        votable=found.status in OPEN_MATTER_STATUSES,
    )


def is_marked(
    database: Session, table: type[MatterFollower | MatterVote], found: Matter, reader: Person | None
) -> bool:
    """Tell whether somebody follows a matter, or has voted for it."""
    return reader is not None and database.get(table, (found.id, reader.id)) is not None


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> Response:
    """Send a photo that everybody may see."""
    return file_answer(_photo(photo_id))


@blueprint.get("/photos/<int:photo_id>/small")
def small_photo(photo_id: int) -> Response:
    """Send a small picture of it."""
    return small_answer(_photo(photo_id))


def _photo(photo_id: int) -> Attachment:
    check_signed(photo_id, reader=ALL)
    found = matter_queries.file_of(current_session(), photo_id, for_public=True)
    if found is None or not has_file(found[0]):
        raise NotFound("没有找到这张照片。")
    return found[0]


@acting.get("/matters/<number>/enter")
def enter(number: str) -> Response:
    """Lead back to the matter somebody who is signed in by now; the guard asks WeChat who reads."""
    return redirect(url_for("h5_matters.matter", number=number, _anchor="acts"))


@acting.post("/matters/<number>/<any(follow,vote):what>")
@limiter.limit(MARKS, key_func=by_person)
def mark(number: str, what: str) -> Response:
    """Follow a matter, or say that one wants it done; or take that back."""
    database, person = current_session(), current_person()
    found = matters.public_by_number(database, number)
    wanted = request.form.get("wanted") == "1"
    change = matters.follow if what == "follow" else matters.vote
    change(database, found, person, wanted=wanted, now=now())
    return redirect(url_for("h5_matters.matter", number=number, _anchor="acts"), 303)
