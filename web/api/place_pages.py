"""What a place's page shows beside the place, judging a place, and what others have raised already."""

from flask import Blueprint
from sqlalchemy.orm import Session

from domain import met_too, place_ratings, place_records
from domain.disclosure import place_for_follower
from domain.met_too import MetToo
from domain.place_ratings import GOOD_TAGS, STARS, TAGS
from domain.service_points import by_code
from domain.working_time import local_time
from models.person import Person
from models.service_point import ServicePoint
from web.api.catalogue import category_short, place_in_use
from web.api.complaints import ACT_LIMIT
from web.api.cursors import read_page_number, write_page_after
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.api.place_page_shapes import (
    AlikeList,
    AlikeOut,
    AlikeQuery,
    GivenRating,
    PlaceRatingIn,
    PlaceRatingOut,
    RecordOut,
    RecordPage,
    RecordsQuery,
)
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.place import Record, record_of

opening: Blueprint = api_blueprint("api_place_records", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_place_ratings", __name__)


@operation(
    opening,
    "GET",
    "/service-points/<code>/records",
    tag="目录",
    summary="这里最近反映的",
    description="正在办的在前，然后是近 90 天办完的。没有公开的只列类型和进度。不用登录。",
    problems=("place_retired",),
    limit=OPEN_LIMIT,
)
def list_place_records(code: str, query: RecordsQuery) -> RecordPage:
    """List what was raised at a place and below it."""
    database, place, moment = current_session(), place_in_use(code), now()
    name = f"records {place.id} {query.limit}"
    page = read_page_number(query.cursor, of=name)
    total = place_records.counts_of(database, place, now=moment).total
    found = place_records.records_of(
        database, place, total=total, page=page, per_page=query.limit, now=moment
    )
    items = [_record(record_of(each, place, frozenset())) for each in found.items]
    return RecordPage(items=items if found.page == page else [], next_cursor=write_page_after(found, of=name))


def _record(record: Record) -> RecordOut:
    complaint = record.complaint
    return RecordOut(
        # Of what was not released, the number belongs to who raised it.
        number=complaint.number if record.text or record.open_to else None,
        kind=complaint.kind,
        kind_label=complaint.kind.label,
        category=category_short(complaint.category),
        status=complaint.status,
        status_label=record.status,
        tone=record.tone,
        text=record.text,
        where=record.where,
        outcome=record.outcome,
        filed_on=local_time(complaint.filed_at).date(),
        may_join=record.open_to == "join",
    )


@operation(
    blueprint,
    "GET",
    "/service-points/<code>/rating",
    tag="目录",
    summary="我今天的评价",
    problems=("place_retired",),
)
def read_place_rating(code: str) -> PlaceRatingOut:
    """Tell how this person judged the place today, and what can be tapped."""
    return _rating(current_session(), place_in_use(code), current_person())


@operation(
    blueprint,
    "POST",
    "/service-points/<code>/rating",
    tag="目录",
    summary="评价一下",
    description="一天一次，先评的算；再评、重发都没有变化，回答里是算数的那一次。",
    problems=("place_retired",),
    limit=ACT_LIMIT,
)
def rate_place(code: str, body: PlaceRatingIn) -> PlaceRatingOut:
    """Take the judgement."""
    database, place, person = current_session(), place_in_use(code), current_person()
    place_ratings.rate(
        database, place, person=person, stars=body.stars, tags=body.tags, words=body.words, now=now()
    )
    return _rating(database, place, person)


def _rating(database: Session, place: ServicePoint, person: Person) -> PlaceRatingOut:
    said = place_ratings.of_today(database, place, person=person, now=now())
    return PlaceRatingOut(
        today=GivenRating(stars=said.stars, tags=said.tags, words=said.words, rated_at=said.rated_at)
        if said is not None
        else None,
        star_labels=list(STARS.values()),
        good_tags=list(GOOD_TAGS),
        bad_tags=[tag for tag in TAGS if tag not in GOOD_TAGS],
    )


@operation(
    blueprint,
    "GET",
    "/complaints/alike",
    tag="诉求",
    summary="别人反映过的",
    description="用户写的时候问，是同一件事就不用再写：PUT /complaints/{number}/following。",
)
def list_alike(query: AlikeQuery) -> AlikeList:
    """List what was raised already and is most like it."""
    database, person = current_session(), current_person()
    place = by_code(database, query.service_point) if query.service_point else None
    words = query.text.replace("\0", "")
    found = met_too.raised_already(database, person=person, place=place, words=words, now=now())
    return AlikeList(items=[_alike(each) for each in found])


def _alike(found: MetToo) -> AlikeOut:
    complaint = found.complaint
    return AlikeOut(
        number=complaint.number,
        text=complaint.public_text,
        place=place_for_follower(complaint),
        people=found.people,
        is_mine=found.is_mine,
        filed_on=local_time(complaint.filed_at).date(),
    )
