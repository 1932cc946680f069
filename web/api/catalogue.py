"""Categories, and service points: in their tree, by name, by what is near, and by what was scanned."""

from flask import Blueprint, url_for
from sqlalchemy.orm import Session

from domain import (
    categories,
    mini_codes,
    pioneer_posts,
    place_ratings,
    place_records,
    places_to_choose,
    service_points,
)
from domain.errors import NotFound
from domain.figure_rules import Rate
from domain.place_records import PlaceRates
from domain.places_to_choose import Choice
from domain.submissions import category_of_place, team_by_rule
from domain.three_shown import shown_at
from models.category import Category
from models.service_point import ServicePoint
from web.api.catalogue_shapes import (
    Categories,
    CategoryOut,
    CategoryShort,
    PioneerPostOut,
    PlaceDetail,
    PlaceOut,
    PlacePage,
    PlaceRatesOut,
    PlaceShort,
    PlacesQuery,
    RateShown,
    ScanQuery,
    StandingOut,
)
from web.api.cursors import read_cursor, write_cursor
from web.api.etags import tagged
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.problems import ApiProblem

TAG = "目录"
_UNKNOWN = "没有找到这个服务点。二维码可能印得不完整，或者已经换成新的。"
_MOST_FOUND = 20

opening: Blueprint = api_blueprint("api_catalogue", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_places", __name__)


@operation(
    opening,
    "GET",
    "/categories",
    tag=TAG,
    summary="类别",
    description="很少变化：保存下来，用 If-None-Match 询问有没有变。不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def list_categories() -> Categories:
    """List what a complaint can be about."""
    found = categories.choosable(current_session())
    codes = {each.id: each.code for each in found}
    items = [
        CategoryOut(code=each.code, name=each.name, parent=codes.get(each.parent_id or 0)) for each in found
    ]
    return tagged(Categories(items=items), seconds=300)  # type: ignore[return-value]


@operation(
    blueprint,
    "GET",
    "/service-points",
    tag=TAG,
    summary="服务点：逐层打开、搜索、附近、最近用过",
    description=(
        "找法选一种：parent 逐层打开（不填就是最上层），q 按名称，latitude 和 longitude 找附近，"
        "recent 自己最近反映过的。"
    ),
    tagged=True,
    problems=("not_found",),
    limit="240 per minute",
)
def list_places(query: PlacesQuery) -> PlacePage:
    """List places in one of four ways."""
    database = current_session()
    if query.q is not None:
        found = places_to_choose.with_more(
            database, service_points.search(database, query.q.replace("\0", ""), _MOST_FOUND)
        )
        page = PlacePage(items=[_row(each) for each in found], next_cursor=None)
    elif query.recent:
        found = places_to_choose.recent(database, current_person())
        page = PlacePage(items=[_row(each) for each in found], next_cursor=None)
    elif query.latitude is not None and query.longitude is not None:
        found = places_to_choose.near(database, query.latitude, query.longitude)
        page = PlacePage(items=[_row(each) for each in found], next_cursor=None)
    else:
        page = _inside(database, query)
    return tagged(page, is_public=False)  # type: ignore[return-value]


def _inside(database: Session, query: PlacesQuery) -> PlacePage:
    parent = service_points.by_code(database, query.parent) if query.parent else None
    if query.parent and parent is None:
        raise NotFound(_UNKNOWN)
    name = f"places {query.parent or ''}"
    after = read_cursor(query.cursor, of=name)
    found = service_points.children_after(
        database, parent, after=(after[0], after[1]) if after else None, limit=query.limit + 1
    )
    shown = found[: query.limit]
    is_last = len(found) <= query.limit
    cursor = None if is_last else write_cursor([shown[-1].position, shown[-1].id], of=name)
    choices = places_to_choose.with_more(database, shown)
    return PlacePage(items=[_row(each) for each in choices], next_cursor=cursor)


@operation(
    opening,
    "GET",
    "/service-points/<code>",
    tag=TAG,
    summary="一个服务点",
    description="扫码后的页面要显示的：负责人、标准、承诺。code 就是二维码或小程序码的 scene。不用登录。",
    tagged=True,
    problems=("place_retired",),
    limit=OPEN_LIMIT,
)
def read_place(code: str) -> PlaceDetail:
    """Show one place."""
    return tagged(_detail(current_session(), place_in_use(code)))  # type: ignore[return-value]


@operation(
    opening,
    "GET",
    "/scans",
    tag=TAG,
    summary="扫到的是哪个服务点",
    description="认得服务点的网页二维码、公众号二维码和小程序码。不用登录。",
    problems=("not_found", "place_retired"),
    limit=OPEN_LIMIT,
)
def read_scan(query: ScanQuery) -> PlaceDetail:
    """Recognise what was scanned."""
    database = current_session()
    text = query.text.replace("\0", "").strip()
    place = places_to_choose.scanned(database, text)
    return _detail(database, place if place is not None else place_in_use(mini_codes.code_said(text)))


def place_in_use(code: str) -> ServicePoint:
    """Give the place with this code, or say that it is none (any more)."""
    found = place_records.by_code_of_any_time(current_session(), code)
    if found is None:
        raise NotFound(_UNKNOWN)
    if not found.active:
        raise ApiProblem("place_retired", f"「{found.full_name}」的二维码不再使用。")
    return found


def _row(choice: Choice) -> PlaceOut:
    place = choice.place
    return PlaceOut(
        code=place.code,
        name=place.name,
        full_name=place.full_name,
        kind=place.kind,
        has_more=choice.has_more,
        metres=choice.metres,
    )


def _detail(database: Session, place: ServicePoint) -> PlaceDetail:
    team, moment = team_by_rule(database, place), now()
    category = category_of_place(database, place)
    shown = shown_at(place, team)
    counts = place_records.counts_of(database, place, now=moment)
    post = pioneer_posts.current(database, place, now=moment)
    standing = place_ratings.standing_of(database, place, now=moment)
    return PlaceDetail(
        code=place.code,
        name=place.name,
        full_name=place.full_name,
        kind=place.kind,
        parent=place_short(place.parent),
        category=category_short(category) if category is not None else None,
        team=team.name if team is not None else None,
        in_charge=place.in_charge,
        party_member=bool(place.in_charge) and place.party_member,
        standard=shown.standard,
        standard_of_team=shown.standard_of_team,
        pledge=shown.pledge,
        pledge_of_team=shown.pledge_of_team,
        pioneer_post=PioneerPostOut(holder=post.holder, last_day=post.last_day) if post else None,
        label_number=place.label_number,
        photo_path=_photo_path(place),
        open_complaints=counts.open,
        ended_complaints=counts.ended,
        rates=_rates(place_records.rates_of(database, place, now=moment)),
        standing=StandingOut(
            people=standing.people, mean=None if standing.mean is None else round(standing.mean, 1)
        ),
    )


def _photo_path(place: ServicePoint) -> str | None:
    key = place.photo_file_key
    return url_for("h5_place.photo", code=place.code, v=key[-12:]) if key else None


def _rates(rates: PlaceRates) -> PlaceRatesOut:
    return PlaceRatesOut(
        response=shown_rate(rates.response),
        resolution=shown_rate(rates.resolution),
        satisfaction=shown_rate(rates.satisfaction),
    )


def shown_rate(rate: Rate | None) -> RateShown | None:
    """Show a rate; None where too few are counted."""
    if rate is None or not rate.enough:
        return None
    return RateShown(good=rate.good, of=rate.of, label=rate.words)


def place_short(place: ServicePoint | None) -> PlaceShort | None:
    """Name a place; None for none."""
    return PlaceShort(code=place.code, full_name=place.full_name) if place is not None else None


def category_short(category: Category) -> CategoryShort:
    """Name a category."""
    return CategoryShort(code=category.code, name=category.name)
