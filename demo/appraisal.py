"""The appraisal of the invented university: a term that runs, peer reviews, and two pioneer posts."""

import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from demo.photos import PhotoAlbum
from domain import appraisal_entries, appraisals, peer_review, pioneer_posts, teams
from domain.file_store import FileStore
from domain.submissions import team_by_rule
from domain.working_time import LOCAL
from models.appraisal import AppraisalTerm
from models.appraisal_words import PeerGrade, PeerSubject
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

_PLAN = Path(__file__).with_name("appraisal.toml")
_AWARDED, _WAITING = "一食堂3号窗口", "体育馆"


def seed_appraisal(session: Session, *, file_store: FileStore, now: datetime, seed: int = 1) -> None:
    """Let the office appraise its teams; nothing of the past is sent when the worker starts.

    Args:
        session: of the university that `seed_demo` filled.
    """
    plan = tomllib.loads(_PLAN.read_text(encoding="utf-8"), parse_float=Decimal)
    staff = {one.username: one for one in session.scalars(select(Staff))}
    found = {team.name: team for team in session.scalars(select(Team))}
    for username in plan["party_members"]:
        staff[username].party_member = True
    for name, words in plan["standards"].items():
        team = found[name]
        then = now - timedelta(days=60)
        teams.change(session, team, name=name, phone=team.phone, **words, staff=staff["admin"], now=then)
    begun = now - timedelta(days=60)
    term = appraisals.begin(
        session, appraisals.suggested(session, now=now), staff=staff["chuzhang"], now=begun
    )
    for name, (score, reason) in plan["annual"].items():
        worth = {"tenths": int(score * 10), "reason": reason}
        by: Any = {"staff": staff["chuzhang"], "now": now - timedelta(days=20)}
        appraisal_entries.set_annual(session, term, found[name], **worth, **by)
    _inspect(session, term, plan["inspections"], staff["dudao"], PhotoAlbum(file_store), now)
    for given in plan["remarks"]:
        by = {"staff": staff[given["by"]], "now": now - timedelta(days=given["days"])}
        appraisal_entries.remark(session, term, found[given["team"]], words=given["words"], **by)
    asked = [staff[username] for username in plan["party_members"]]
    _judge_teams(session, term, asked, staff["fenguan"], Random(seed), now)  # noqa: S311 (nothing secret)
    peer_review.begin(
        session,
        term,
        title="党员互评（个人）",
        subject=PeerSubject.COLLEAGUES,
        raters=[one.id for one in asked],
        staff=staff["fenguan"],
        now=now - timedelta(days=1),
    )
    _award(session, staff, now)
    told = update(Notice).where(
        Notice.state == NoticeState.PENDING, Notice.key.startswith("peer:") | Notice.key.startswith("post:")
    )
    sent = {"state": NoticeState.SENT, "channel": NoticeChannel.INBOX, "sent_at": Notice.created_at}
    session.execute(told.values(sent).execution_options(synchronize_session=False))
    session.flush()


def _inspect(
    session: Session,
    term: AppraisalTerm,
    plan: list[dict[str, Any]],
    inspector: Staff,
    album: PhotoAlbum,
    now: datetime,
) -> None:
    for given in plan:
        place = _place(session, given["place"])
        team = team_by_rule(session, place)
        moment = max(now - timedelta(days=given["days"]), term.created_at)
        day = moment.astimezone(LOCAL).date()
        if team is None or day < term.first_day:
            continue
        photo = album.photo(given["scene"], after=False, turn=1, now=moment) if "scene" in given else None
        appraisal_entries.inspect(
            session,
            term,
            team,
            day=day,
            points=int(given["points"]),
            words=given["words"],
            place=place,
            photo_file_key=photo.file_key if photo is not None else "",
            staff=inspector,
            now=moment,
        )


def _place(session: Session, name: str) -> ServicePoint:
    return session.scalars(select(ServicePoint).where(ServicePoint.full_name == name)).one()


def _judge_teams(
    session: Session, term: AppraisalTerm, asked: list[Staff], leader: Staff, chance: Random, now: datetime
) -> None:
    begun = now - timedelta(days=15)
    found = peer_review.begin(
        session,
        term,
        title="党员互评（各单位）",
        subject=PeerSubject.TEAMS,
        raters=[one.id for one in asked],
        staff=leader,
        now=begun,
    )
    grades, weights = list(PeerGrade), (5, 7, 3, 0)
    for one in asked[:-1]:
        given = {
            team_id: chance.choices(grades, weights)[0]
            for team_id, _ in peer_review.subjects_for(session, found, one)
        }
        peer_review.hand_in(session, found, given, staff=one, now=begun + timedelta(days=1))
    peer_review.close(session, found, staff=leader, now=begun + timedelta(days=7))


def _award(session: Session, staff: dict[str, Staff], now: datetime) -> None:
    for name, lead, days, reason in (
        (_AWARDED, "yinshi", 30, "连续两个学期零重办，保温、份量的意见当天回；带出两名新师傅。"),
        (_WAITING, "wuye", 2, "场馆开放时间延到 22:00，灯光报修当天处理，暑期值守没有缺岗。"),
    ):
        then = now - timedelta(days=days)
        first = then.astimezone(LOCAL).date()
        post = pioneer_posts.apply(
            session,
            _place(session, name),
            reason=reason,
            first_day=first,
            last_day=first + timedelta(days=364),
            staff=staff[lead],
            now=then,
        )
        if name == _AWARDED:
            decided = then + timedelta(days=2)
            pioneer_posts.decide(
                session, post, award=True, words="材料属实，同意。", staff=staff["dudao"], now=decided
            )
