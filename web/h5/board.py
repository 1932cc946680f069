"""The public board (公示): what was raised and what was answered, for everybody, without signing in.

Everything here is the same for every reader, so it is drawn once for all; see board_cache.py.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from config.limits import open_pages
from domain import board as rules
from domain.acts import cleaned
from domain.board import Narrowed, Show
from domain.figure_rules import SMALLEST_GROUP
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer, small_answer
from web.guards import open_to_all
from web.h5.board_cache import kept_answer
from web.h5.board_view import EMPTY, card_of, page_tabs
from web.h5.refusals import answer_refusals
from web.rate_limits import by_person, limiter

PER_PAGE = 12
_LONGEST_SEARCH = 40
_LARGEST_ID = 2**31 - 1
_DEEPEST_PAGE = 10_000

blueprint = Blueprint("h5_board", __name__, url_prefix="/h5/board")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)
# A whole campus may share an address, and pages that are kept cost little: only searches are counted.
_SEARCH_LIMIT = limiter.limit(open_pages, key_func=by_person, exempt_when=lambda: not request.args.get("q"))


@dataclass(frozen=True)
class Query:
    """What the address asks for."""

    narrowed: Narrowed
    page: int

    @classmethod
    def read(cls) -> "Query":
        """Read it; what makes no sense narrows nothing."""
        wanted = request.args.get("show", "")
        return cls(
            Narrowed(
                show=next((show for show in Show if show.value == wanted), Show.ALL),
                place_id=_id("place"),
                category_id=_id("category"),
                words=" ".join(cleaned(request.args.get("q", ""))[:_LONGEST_SEARCH].split()),
            ),
            page=min(max(request.args.get("page", 1, type=int), 1), _DEEPEST_PAGE),
        )

    def without(self, **changes: object) -> dict[str, object]:
        """Give the address's parts with some changed; what is empty is left out, and the page begins anew."""
        one = self.narrowed
        parts: dict[str, object] = {
            "show": one.show.value if one.show is not Show.ALL else None,
            "place": one.place_id,
            "category": one.category_id,
            "q": one.words or None,
        }
        return {name: value for name, value in (parts | changes).items() if value is not None}

    @property
    def is_narrowed(self) -> bool:
        """Whether place, category or words narrow the list."""
        one = self.narrowed
        return bool(one.place_id or one.category_id or one.words)


def _id(name: str) -> int | None:
    value = request.args.get(name, type=int)
    return value if value is not None and 0 < value <= _LARGEST_ID else None


@blueprint.get("", strict_slashes=False)
@_SEARCH_LIMIT
def board() -> Response:
    """Show the board."""
    query = Query.read()
    return kept_answer(f"board {query}", lambda: _draw_board(query))


def _draw_board(query: Query) -> str:
    database, moment = current_session(), now()
    found = rules.items(database, query.narrowed, page=query.page, per_page=PER_PAGE, now=moment)
    return render_template(
        "h5/board.html",
        tabs=page_tabs(),
        query=query,
        shows=tuple(Show),
        found=found,
        cards=[card_of(item) for item in found.items],
        week=rules.week(database, now=moment),
        places=rules.places(database),
        categories=rules.categories(database),
        nothing=EMPTY[query.narrowed.show],
        drawn_at=moment,
    )


@blueprint.get("/rates")
def rates() -> Response:
    """Show the three rates of each team, with what they divide."""
    return kept_answer("rates", _draw_rates)


def _draw_rates() -> str:
    moment = now()
    period, teams, everybody = rules.rates(current_session(), now=moment)
    return render_template(
        "h5/board_rates.html",
        tabs=page_tabs(),
        period=period,
        teams=[team for team in teams if team.enough],
        left_out=[team.name for team in teams if not team.enough],
        everybody=everybody,
        smallest=SMALLEST_GROUP,
        drawn_at=moment,
    )


@blueprint.get("/<number>")
def item(number: str) -> Response:
    """Show one complaint."""
    return kept_answer(f"item {number[:20]}", lambda: _draw_item(number))


def _draw_item(number: str) -> str:
    card = card_of(rules.item(current_session(), number))
    return render_template("h5/board_item.html", card=card)


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> Response:
    """Send a released photo."""
    return _file(photo_id, small=False)


@blueprint.get("/photos/<int:photo_id>/small")
def small_photo(photo_id: int) -> Response:
    """Send a small picture of a released photo."""
    return _file(photo_id, small=True)


def _file(photo_id: int, *, small: bool) -> Response:
    found = rules.public_photo(current_session(), min(photo_id, _LARGEST_ID))
    answer = small_answer(found) if small else file_answer(found)
    # Hidden or taken back, it must be gone as soon as the words are.
    answer.headers["Cache-Control"] = "public, max-age=0, s-maxage=3"
    return answer
