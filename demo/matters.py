"""The ledger of the invented university: a dozen matters of all kinds, in all states."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from demo.meetings import seed_meetings
from demo.photos import PhotoAlbum
from domain import matter_clock, matter_requests, matter_work, matters, reply_templates, saved_views
from domain.actors import Actor
from domain.acts import Act
from domain.file_store import FileStore
from domain.matter_fields import MatterFields
from domain.reply_templates import ReplyWish
from domain.saved_views import LIST, Listing
from domain.working_time import LOCAL
from models.category import Category
from models.complaint import Complaint
from models.enums import NoticeChannel, NoticeState, Role, StepName
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource
from models.notice import Notice
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team

_PLAN = Path(__file__).with_name("matters.toml")
_MOST_COMPLAINTS = 5


def seed_matters(session: Session, *, file_store: FileStore, now: datetime) -> None:
    """Let the office keep its ledger for three months; nothing of the past is sent when the worker starts."""
    album = PhotoAlbum(file_store)
    plan = tomllib.loads(_PLAN.read_text(encoding="utf-8"))["matters"]
    people = session.scalars(select(Person).order_by(Person.id)).all()
    for at, given in enumerate(sorted(plan, key=lambda one: one["listed"])):
        matter = _Story(session, album, given, now).tell()
        for person in people[at : at + 40 - 3 * at] if matter.public and matter.closed_at is None else ():
            matters.vote(session, matter, person, wanted=True, now=now)
    seed_meetings(session, now=now)
    _seed_desk(session, now=now)
    told = update(Notice).where(Notice.complaint_id.is_(None), Notice.state == NoticeState.PENDING)
    sent = {"state": NoticeState.SENT, "channel": NoticeChannel.INBOX, "sent_at": Notice.created_at}
    session.execute(told.values(sent).execution_options(synchronize_session=False))
    session.flush()


def _seed_desk(session: Session, *, now: datetime) -> None:
    """Give the office texts to begin an opinion from, and a view of the ledger that all open."""
    texts = tomllib.loads(_PLAN.read_text(encoding="utf-8"))["texts"]
    dispatchers = select(Staff).join(StaffRole).where(StaffRole.role == Role.DISPATCHER)
    desk = session.scalars(dispatchers.order_by(Staff.id).limit(1)).one()
    for one in texts:
        wish = ReplyWish(title=one["title"], text=one["text"], step=StepName(one["step"]))
        reply_templates.add(session, wish, for_office=True, staff=desk, now=now)
    query = {LIST: [Listing.MATTERS.value], "view": ["open"], "sort": ["deadline"], "kind": ["practical"]}
    saved_views.save(session, desk, name="在办的办实事", query=query, columns=(), shared=True, now=now)


class _Story:
    """One matter of the plan, told step by step."""

    def __init__(self, session: Session, album: PhotoAlbum, given: Mapping[str, Any], now: datetime) -> None:
        self._session, self._album, self._given, self._now = session, album, given, now
        self._team = session.scalars(select(Team).where(Team.name == given["team"])).one()
        self._desk = self._first(Role.DISPATCHER)
        self._leader = self._first(Role.LEADER)
        self._worker = self._first(Role.HANDLER, self._team)

    def _first(self, role: Role, team: Team | None = None) -> Staff:
        query = select(Staff).join(StaffRole).where(StaffRole.role == role).order_by(Staff.id)
        return self._session.scalars(query.where(Staff.team == team) if team else query).first() or self._desk

    def _by(self, staff: Staff, days: float) -> Act:
        return {"actor": Actor.of_staff(staff), "now": self._at(days)}

    def _at(self, days: float) -> datetime:
        """Give ten in the morning of a day counted from today; nothing happens before now has come."""
        moment = (self._now + timedelta(days=days)).astimezone(LOCAL)
        return min(moment.replace(hour=10, minute=0, second=0, microsecond=0), self._now)

    def _day(self, days: int | None) -> date | None:
        return (self._now + timedelta(days=days)).astimezone(LOCAL).date() if days is not None else None

    def tell(self) -> Matter:
        """Let it happen."""
        given, session = self._given, self._session
        matter = self._list()
        for title, days, _done in given.get("milestones", ()):
            act = self._by(self._desk, given["listed"])
            matter_work.plan_milestone(session, matter, title=title, deadline=self._day(days), **act)
        if given["status"] == "cancelled":
            act = self._by(self._leader, given["listed"] + 30)
            matter_work.cancel(session, matter, words=given["cancelled"], **act)
        elif given["status"] != "planned":
            self._work(matter)
        return matter

    def _list(self) -> Matter:
        given, session = self._given, self._session
        places = session.scalars(
            select(ServicePoint).where(ServicePoint.full_name.in_(given["places"]))
        ).all()
        complaints = self._complaints(places) if given["source"] == "complaints" else []
        category = complaints[0].category if complaints else None
        wanted = MatterFields(
            title=given["title"],
            kind=MatterKind(given["kind"]),
            source=MatterSource(given["source"]),
            lead_staff_id=self._leader.id,
            team_id=self._team.id,
            category_id=category.id if isinstance(category, Category) else None,
            deadline=self._day(given.get("deadline")),
            supporting=[self._named(name).id for name in given.get("supporting", ())],
            places=[place.id for place in places],
            **{name: given.get(name, "") for name in _TEXTS},
        )
        moment = self._at(given["listed"])
        photos = (
            [self._album.photo(given["scene"], after=False, turn=0, now=moment)] if "scene" in given else []
        )
        return matters.list_matter(
            session,
            wanted,
            staff=self._desk,
            now=moment,
            complaints=complaints,
            attachments=photos,
            public_text=None if given.get("internal") else given.get("words", given["goal"]),
        )

    def _named(self, name: str) -> Team:
        return self._session.scalars(select(Team).where(Team.name == name)).one()

    def _complaints(self, places: Any) -> list[Complaint]:  # noqa: ANN401 (rows)
        query = select(Complaint).where(Complaint.team_id == self._team.id)
        here = query.where(Complaint.service_point_id.in_([place.id for place in places]))
        found = self._session.scalars(here.order_by(Complaint.id).limit(_MOST_COMPLAINTS)).all()
        return list(found or self._session.scalars(query.order_by(Complaint.id).limit(3)))

    def _work(self, matter: Matter) -> None:
        given, session = self._given, self._session
        matter_work.start(session, matter, **self._by(self._worker, given["listed"] + 1))
        for days, words in given.get("progress", ()):
            matter_work.progress(session, matter, words=words, **self._by(self._worker, days))
        for part, (_title, days, done) in zip(
            list(matter.milestones), given.get("milestones", ()), strict=False
        ):
            if done:
                asked, decided = self._by(self._worker, days), self._by(self._leader, days + 1)
                words = {"milestone_id": part.id, "words": "已完成，请验收。"}
                matter_requests.submit_milestone(session, matter, **words, **asked)
                matter_requests.accept_milestone(
                    session, matter, milestone_id=part.id, words="核对无误。", **decided
                )
        if "supervised" in given:
            inspector = self._first(Role.INSPECTOR)
            matter_work.supervise(session, matter, words=given["supervised"], **self._by(inspector, -1))
        if "blocked" in given:
            words, needs = given["blocked"]
            matter_work.block(session, matter, words=words, needs=needs, **self._by(self._worker, -6))
        if "deferral" in given:
            self._defer(matter)
        if "result" in given:
            self._finish(matter)

    def _defer(self, matter: Matter) -> None:
        until = self._day(self._given["deferred"]) or date.max
        asked, decided = self._by(self._worker, -50), self._by(self._leader, -48)
        matter_requests.request_deferral(
            self._session, matter, reason=self._given["deferral"], until=until, **asked
        )
        matter_requests.approve_deferral(self._session, matter, **decided)

    def _finish(self, matter: Matter) -> None:
        given, session = self._given, self._session
        last = given["progress"][-1][0]
        submitted = self._by(self._worker, last + 2)
        scene = given.get("scene")
        photos = [self._album.photo(scene, after=True, turn=0, now=submitted["now"])] if scene else []
        matter_requests.submit(
            session,
            matter,
            words=given["result"],
            attachments=photos,
            no_photo_reason="" if photos else "检查记录存档",
            **submitted,
        )
        if "accepted" in given:
            accepted = self._by(self._leader, last + 4)
            matter_requests.accept(session, matter, words=given["accepted"], **accepted)
            matter_clock.turn(session, matter.id, now=self._now)


_TEXTS = ("source_words", "problem", "cause", "goal", "measures", "phase", "item", "deadline_words")
