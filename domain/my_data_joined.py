"""What a person took part in, for the export of their data: of others only what their pages show."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain import board, queries, survey_sheets
from domain.disclosure import Closeness, closeness_of, hears_of, may_open_file, text_for_follower, words_for
from domain.my_data_parts import PackedFile, Record, at, pack
from domain.notice_texts import place_of
from domain.secret_box import SecretBox
from models.complaint import Complaint, ComplaintFollower
from models.enums import SurveyState
from models.matter import Matter, MatterFollower, MatterVote
from models.person import Person
from models.place_rating import PlaceRating
from models.service_point import ServicePoint
from models.survey import Survey

_ANONYMOUS = "测评是匿名的：答卷上没有您的任何标记，这里给不出您答了什么；测评结束后，也没有谁参加过的记录。"


def followed(session: Session, person: Person, files: list[PackedFile]) -> list[Record]:
    """Tell what they joined or follow, as the page of each shows it to them."""
    query = (
        select(ComplaintFollower, Complaint)
        .join(Complaint, Complaint.id == ComplaintFollower.complaint_id)
        .where(ComplaintFollower.person_id == person.id)
        .options(joinedload(Complaint.service_point), joinedload(Complaint.category))
    )
    return [
        _followed(session, following, complaint, closeness_of(session, complaint, person), files)
        for following, complaint in session.execute(query.order_by(Complaint.id))
    ]


def _followed(
    session: Session,
    following: ComplaintFollower,
    complaint: Complaint,
    closeness: Closeness,
    files: list[PackedFile],
) -> Record:
    released = board.as_released(session, complaint)
    return {
        "编号": complaint.number,
        "关注时间": at(following.since),
        "方式": "我也遇到" if following.met else "只关注进展",
        "状态": complaint.status.label,
        "地点": place_of(complaint, closeness),
        "公开的内容": text_for_follower(complaint),
        "公开的答复": released.answer if released else "",
        "办理记录": [
            {
                "时间": at(entry.event.at),
                "做了什么": entry.event.step.label,
                "说了什么": words_for(entry.event, closeness),
                "文件": pack(
                    [one for one in entry.attachments if may_open_file(one, closeness)],
                    complaint.number,
                    files,
                ),
            }
            for entry in queries.timeline(session, complaint, for_public=True)
            if hears_of(entry.event, closeness)
        ],
    }


def place_ratings(session: Session, person: Person) -> list[Record]:
    """Tell how they judged places."""
    query = select(PlaceRating, ServicePoint.full_name).join(
        ServicePoint, ServicePoint.id == PlaceRating.service_point_id
    )
    theirs = query.where(PlaceRating.person_id == person.id).order_by(PlaceRating.id)
    return [
        {
            "地点": name,
            "时间": at(rating.rated_at),
            "几颗星": rating.stars,
            "说了什么": "，".join(filter(None, [*rating.tags, rating.words])),
        }
        for rating, name in session.execute(theirs)
    ]


def matters(session: Session, person: Person) -> list[Record]:
    """Tell which matters they follow or say are wanted."""
    follows = select(MatterFollower.matter_id, MatterFollower.since)
    votes = select(MatterVote.matter_id, MatterVote.at)
    since = _moments(session.execute(follows.where(MatterFollower.person_id == person.id)).all())
    voted = _moments(session.execute(votes.where(MatterVote.person_id == person.id)).all())
    found = session.scalars(select(Matter).where(Matter.id.in_({*since, *voted})).order_by(Matter.id))
    return [
        {
            "编号": matter.number,
            # What is public no longer is told of by its number.
            "标题": matter.title if matter.public else "",
            "关注时间": at(since.get(matter.id)),
            "支持时间": at(voted.get(matter.id)),
        }
        for matter in found
    ]


def _moments(rows: Sequence[tuple[int, datetime]]) -> dict[int, datetime]:
    return {row[0]: row[1] for row in rows}


def surveys(session: Session, person: Person, *, box: SecretBox) -> Record:
    """Tell in which of the surveys that run they took part; of those that are over nobody knows."""
    running = session.scalars(select(Survey).where(Survey.state == SurveyState.OPEN).order_by(Survey.id))
    return {
        "说明": _ANONYMOUS,
        "正在进行、您已交卷的": [
            survey.title
            for survey in running
            if survey_sheets.has_taken_part(session, survey, person, box=box)
        ],
    }
