"""The page behind a place's QR code: what is promised here and by whom, and what became of what was raised.

Everybody may read it, by whatever the code was scanned with; so it shows nothing that was not released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file, session, url_for
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import pioneer_posts, place_ratings, place_records, three_shown
from domain.disclosure import text_for_follower
from domain.errors import NotFound
from domain.figure_rules import SMALLEST_GROUP
from domain.place_ratings import STARS, Standing
from domain.place_records import PlaceCounts, PlaceRates
from domain.queries import Page
from domain.service_points import by_code
from domain.submissions import team_by_rule
from domain.three_shown import Shown
from models.appraisal import PioneerPost
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, Closing
from models.person import Person
from models.service_point import ServicePoint
from web.clock import now
from web.database_session import current_session
from web.guards import PERSON_KEY, open_to_all
from web.h5.refusals import Answer, answer_refusals
from web.h5.status_look import Tone, status_words, tone_of
from web.parts import parts
from web.rate_limits import OPEN_PAGE
from web.wechat_browser import may_ask_wechat

PER_PAGE = 8
_JUDGED: dict[Closing | None, str] = {Closing.RATED: "，诉求人已评价", Closing.UNRATED: "，到期未评价"}

blueprint = Blueprint("h5_place", __name__, url_prefix="/h5/p")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@dataclass(frozen=True)
class Record:
    """One complaint as everybody may read it.

    Attributes:
        text: what was released of it; empty when nothing was.
        where: the place below this one it is about; empty when it is about this one.
        outcome: how it ended; empty while it is open.
        open_to: "join", or "mine" when the reader raised or follows it; empty when it cannot be joined.
    """

    complaint: Complaint
    text: str
    where: str
    status: str
    tone: Tone
    outcome: str
    open_to: str


@dataclass(frozen=True)
class PlaceView:
    """All that the page shows.

    Attributes:
        team: who answers here, as far as it is known.
        shown: standard and pledge; the team's where the place has none.
        post: the pioneer post (党员先锋岗) that is awarded here now.
        may_report: whether the form can be opened from here; else the page says how to reach us.
        standing: what people think of the place, by their stars.
        stars_today: how many the reader gave it today; 0 for none yet.
    """

    place: ServicePoint
    team: str
    shown: Shown
    post: PioneerPost | None
    records: Sequence[Record]
    page: Page[Complaint]
    counts: PlaceCounts
    rates: PlaceRates
    may_report: bool
    standing: Standing
    stars_today: int


@blueprint.get("/<code>")
@OPEN_PAGE
def place(code: str) -> str | Answer:
    """Show the place, or say kindly that the code is no longer, or never was, one of ours."""
    database = current_session()
    found = place_records.by_code_of_any_time(database, code)
    if found is None:
        return _unknown(), HTTPStatus.NOT_FOUND
    if not found.active:
        return _retired(database, found), HTTPStatus.GONE
    return render_template(
        "h5/place.html",
        view=_view(database, found),
        duty_phone=catalogue().duty_phone,
        star_words=STARS,
        fewest=SMALLEST_GROUP,
    )


@blueprint.get("/<code>/photo")
def photo(code: str) -> Response:
    """Send the photo of a place in use."""
    found = by_code(current_session(), code)
    if found is None or not found.photo_file_key:
        raise NotFound("没有找到这张照片。")
    answer = send_file(BytesIO(parts().file_store.read(found.photo_file_key)), mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # A new photo has a new key, and so a new address.
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _view(database: Session, found: ServicePoint) -> PlaceView:
    moment = now()
    team = team_by_rule(database, found)
    counts = place_records.counts_of(database, found, now=moment)
    wanted = request.args.get("page", 1, type=int)
    page = place_records.records_of(
        database, found, total=counts.total, page=wanted, per_page=PER_PAGE, now=moment
    )
    reader = database.get(Person, session.get(PERSON_KEY, 0))
    theirs = place_records.concerned(database, reader, page.items) if reader else frozenset[int]()
    mine = place_ratings.of_today(database, found, person=reader, now=moment) if reader else None
    return PlaceView(
        place=found,
        team=team.name if team is not None else "",
        shown=three_shown.shown_at(found, team),
        post=pioneer_posts.current(database, found, now=moment),
        records=[record_of(each, found, theirs) for each in page.items],
        page=page,
        counts=counts,
        rates=place_records.rates_of(database, found, now=moment),
        may_report=reader is not None or may_ask_wechat(),
        standing=place_ratings.standing_of(database, found, now=moment),
        stars_today=mine.stars if mine is not None else 0,
    )


def record_of(complaint: Complaint, found: ServicePoint, theirs: frozenset[int]) -> Record:
    """Show a complaint to everybody.

    Args:
        theirs: ids of those that the reader raised or follows.
    """
    open_to = "join" if place_records.is_joinable(complaint) else ""
    point = complaint.service_point
    # The reader's own are theirs to open, but their words are for everybody only once they are released.
    return Record(
        complaint=complaint,
        text=text_for_follower(complaint),
        where="" if point is None or point.id == found.id else _below(point, found),
        status=status_words(complaint.status, own=False),
        tone=tone_of(complaint.status, own=False),
        outcome=_outcome(complaint),
        open_to="mine" if complaint.id in theirs else open_to,
    )


def _below(point: ServicePoint, found: ServicePoint) -> str:
    return point.full_name.removeprefix(found.full_name).strip() or point.name


def _outcome(complaint: Complaint) -> str:
    if complaint.status in ACTIVE_STATUSES or complaint.outcome is None:
        return ""
    return complaint.outcome.label + _JUDGED.get(complaint.closing, "")


def _unknown() -> str:
    return render_template(
        "h5/place_gone.html",
        title="没有认出这个二维码",
        explanation="它可能印得不完整，或者已经换成新的。",
        duty_phone=catalogue().duty_phone,
        above=None,
        link="",
    )


def _retired(database: Session, found: ServicePoint) -> str:
    above = place_records.nearest_in_use(database, found)
    return render_template(
        "h5/place_gone.html",
        title="这个服务点已停用",
        explanation=f"「{found.full_name}」的二维码不再使用。",
        duty_phone=catalogue().duty_phone,
        above=above,
        link=url_for("h5_place.place", code=above.code) if above else "",
    )
