"""The public board (公示): what was raised and what was answered, for everybody; and reporting abuse."""

from datetime import date, datetime
from http import HTTPStatus

from flask import Blueprint, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import abuse, board
from domain.acts import cleaned
from domain.board import Narrowed, TeamRates
from domain.errors import NotFound
from domain.figure_rules import SMALLEST_GROUP
from domain.hiding import Target
from domain.service_points import by_code
from domain.working_time import local_time
from models.board_words import BoardPart
from models.category import Category
from models.enums import ComplaintStatus
from web.api.board_shapes import (
    BoardDate,
    BoardItem,
    BoardOverview,
    BoardPage,
    BoardPhoto,
    BoardQuery,
    BoardRates,
    NewAbuse,
    TeamOnBoard,
)
from web.api.catalogue import category_short, place_short, shown_rate
from web.api.cursors import read_page_number, write_page_after
from web.api.etags import tagged
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.clock import now
from web.database_session import current_session
from web.h5.board_abuse import part_on_board
from web.h5.board_view import Card, card_of

TAG = "通报和公示"

opening: Blueprint = api_blueprint("api_board", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_board_abuse", __name__)


@operation(
    opening,
    "GET",
    "/board",
    tag=TAG,
    summary="公示栏",
    description="受理员核对、去掉个人信息后公开的诉求和答复。不用登录。",
    tagged=True,
    problems=("not_found",),
    limit=OPEN_LIMIT,
)
def list_board(query: BoardQuery) -> BoardPage:
    """Show a part of the board."""
    database = current_session()
    narrowed = Narrowed(
        show=query.show,
        place_id=_place_id(database, query.service_point),
        category_id=_category_id(database, query.category),
        words=" ".join(cleaned(query.q).split()),
    )
    name = f"board {narrowed} {query.limit}"
    page = read_page_number(query.cursor, of=name)
    found = board.items(database, narrowed, page=page, per_page=query.limit, now=now())
    is_there = found.page == page  # else what was read on for has been taken off the board
    return tagged(  # type: ignore[return-value]
        BoardPage(
            items=[_item(card_of(each)) for each in found.items] if is_there else [],
            next_cursor=write_page_after(found, of=name),
            total=found.total,
        )
    )


def _place_id(database: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = by_code(database, code)
    if found is None:
        raise NotFound("没有这个服务点。")
    return found.id


def _category_id(database: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = database.scalar(select(Category.id).where(Category.code == cleaned(code)))
    if found is None:
        raise NotFound("没有这个类别。")
    return found


@operation(
    opening,
    "GET",
    "/board/overview",
    tag=TAG,
    summary="公示栏的概况",
    description="本周解决了几件，能按哪些地点、类别筛选。不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def read_board_overview() -> BoardOverview:
    """Tell what stands above the board."""
    database = current_session()
    week = board.week(database, now=now())
    shown = BoardOverview(
        fixed_this_week=week.fixed,
        released_this_week=week.released,
        service_points=[short for place in board.places(database) if (short := place_short(place))],
        categories=[category_short(each) for each in board.categories(database)],
    )
    return tagged(shown)  # type: ignore[return-value]


@operation(
    opening,
    "GET",
    "/board/rates",
    tag=TAG,
    summary="各单位办得怎么样",
    description="近半年的三率，件数不足的不显示。不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def read_board_rates() -> BoardRates:
    """Show the rates of each team, with what they divide."""
    period, teams, everybody = board.rates(current_session(), now=now())
    shown = BoardRates(
        first_day=period.first,
        last_day=period.last,
        smallest=SMALLEST_GROUP,
        everybody=_team(everybody),
        teams=[_team(team) for team in teams if team.enough],
        left_out=[team.name for team in teams if not team.enough],
    )
    return tagged(shown)  # type: ignore[return-value]


def _team(team: TeamRates) -> TeamOnBoard:
    return TeamOnBoard(
        name=team.name,
        response=shown_rate(team.response),
        resolution=shown_rate(team.resolution),
        satisfaction=shown_rate(team.satisfaction),
        coverage=shown_rate(team.coverage),
    )


@operation(
    opening,
    "GET",
    "/board/<item>",
    tag=TAG,
    summary="公示栏里的一件",
    description="不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def read_board_item(item: str) -> BoardItem:
    """Show one complaint of the board."""
    return tagged(_item(card_of(board.item(current_session(), item))))  # type: ignore[return-value]


@operation(
    blueprint,
    "POST",
    "/board/<item>/abuse",
    tag=TAG,
    summary="举报公示的内容",
    description="不保存是谁举报的。受理员看过以后决定隐藏还是保留。",
    status=HTTPStatus.NO_CONTENT,
    limit="10 per hour; 30 per day",
)
def report_abuse(item: str, body: NewAbuse) -> None:
    """Take a report."""
    database = current_session()
    found = board.released_item(database, item)
    target = part_on_board(found, str(Target(BoardPart(body.about.value), body.photo)))
    abuse.report(database, found.complaint, target, reason=body.reason, words=body.words, now=now())


def _item(card: Card) -> BoardItem:
    item, complaint = card.item, card.complaint
    is_refused = complaint.status is ComplaintStatus.REJECTED
    is_deferred = complaint.status is ComplaintStatus.DEFERRED
    return BoardItem(
        number=complaint.number,
        kind=complaint.kind,
        kind_label=complaint.kind.label,
        category=category_short(complaint.category),
        status=complaint.status,
        status_label=card.status,
        tone=card.tone,
        released=item.released,
        text=item.text,
        answer=item.answer,
        team=complaint.team.name if complaint.team is not None else None,
        place=item.where,
        outcome=card.outcome,
        rejection_reason=complaint.rejection_reason if is_refused else "",
        deferred_until=_day(complaint.deferred_until) if is_deferred else None,
        met=item.met,
        followers=item.followers,
        redone=complaint.reopen_count,
        photos=[
            BoardPhoto(
                id=photo_id,
                path=url_for("h5_board.photo", photo_id=photo_id),
                small_path=url_for("h5_board.small_photo", photo_id=photo_id),
            )
            for photo_id in item.photo_ids
        ],
        dates=[BoardDate(title=words, on=local_time(moment).date()) for words, moment in card.dates],
        may_join=item.may_join,
    )


def _day(moment: datetime | None) -> date | None:
    return local_time(moment).date() if moment is not None else None
