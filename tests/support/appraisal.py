"""An appraisal with something in each of its parts."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from domain import appraisal_entries, appraisals, peer_review, pioneer_posts
from domain.appraisals import USUAL_PART_WEIGHTS, TermEntry
from domain.file_store import FileStore
from models.appraisal import AppraisalTerm, PeerRound, PioneerPost
from models.appraisal_words import PeerSubject
from models.enums import Role
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from tests.support.factories import Factory, Office


def begin_term(
    session: Session, staff: Staff, *, now: datetime, name: str = "2026年秋季学期"
) -> AppraisalTerm:
    """Begin the term that runs at the tests' moment, with the usual weights."""
    entry = TermEntry(
        name=name,
        first_day=date(2026, 8, 1),
        last_day=date(2027, 1, 31),
        weights={str(part): weight for part, weight in USUAL_PART_WEIGHTS.items()},
    )
    return appraisals.begin(session, entry, staff=staff, now=now)


def raters(session: Session, factory: Factory, *teams: Team | None, count: int = 6) -> list[Staff]:
    """Invite so many Party members into each of the teams."""
    made = [factory.staff(session, Role.HANDLER, team=team) for team in teams for _ in range(count)]
    for one in made:
        one.party_member = True
    session.flush()
    return made


def begin_round(
    session: Session,
    term: AppraisalTerm,
    asked: list[Staff],
    staff: Staff,
    *,
    subject: PeerSubject = PeerSubject.TEAMS,
    now: datetime,
) -> PeerRound:
    """Ask these to rate."""
    return peer_review.begin(
        session,
        term,
        title="秋季互评",
        subject=subject,
        raters=[one.id for one in asked],
        staff=staff,
        now=now,
    )


def apply_for(session: Session, place: ServicePoint, staff: Staff, *, now: datetime) -> PioneerPost:
    """Apply for a year at a place whose person in charge is a Party member."""
    place.in_charge, place.party_member = place.in_charge or "胡秀英（食堂主管）", True
    session.flush()
    first = now.date()
    return pioneer_posts.apply(
        session,
        place,
        reason="连续三个月零重办",
        first_day=first,
        last_day=first + timedelta(days=364),
        staff=staff,
        now=now,
    )


def furnish_appraisal(session: Session, factory: Factory, office: Office, files: FileStore) -> dict[str, Any]:
    """Put up an open term with one of each entry, a round that runs, and three applications."""
    now = factory.now
    picture = BytesIO()
    Image.new("RGB", (40, 30), (90, 90, 60)).save(picture, "JPEG")
    term = begin_term(session, office.admin, now=now)
    by: dict[str, Any] = {"staff": office.inspector, "now": now}
    found = appraisal_entries.inspect(
        session,
        term,
        office.team,
        day=now.date(),
        points=-3,
        words="后厨地面有积水",
        place=office.canteen,
        photo_file_key=files.save(picture.getvalue(), "jpg"),
        **by,
    )
    by = {"staff": office.leader, "now": now}
    appraisal_entries.set_annual(session, term, office.team, tenths=925, reason="年终考核优秀", **by)
    remark = appraisal_entries.remark(session, term, office.team, words="办得实", **by)
    asked = [*raters(session, factory, office.other_team), office.handler, office.admin]
    peers = begin_round(session, term, asked, office.leader, now=now)
    waiting = apply_for(session, office.canteen, office.lead, now=now)
    hall = factory.place(session, "一食堂 4 号窗口", team=office.team)
    awarded = apply_for(session, hall, office.lead, now=now)
    pioneer_posts.decide(session, awarded, award=True, words="", staff=office.leader, now=now)
    own = apply_for(
        session, factory.place(session, "一食堂 5 号窗口", team=office.team), office.admin, now=now
    )
    free = factory.place(session, "一食堂 6 号窗口", team=office.team)
    free.in_charge, free.party_member = "周大勇（组长）", True
    return {
        "term_id": term.id,
        "inspection_id": found.id,
        "remark_id": remark.id,
        "round_id": peers.id,
        "post_id": waiting.id,
        "admin_appraisal_posts.new.place_id": free.id,
        "admin_appraisal_posts.apply.place_id": free.id,
        "admin_appraisal_posts.revoke.post_id": awarded.id,
        "admin_appraisal_posts.withdraw.post_id": own.id,
        **{
            f"admin_appraisal_sheets.{view}.team_id": office.team.id
            for view in ("sheet", "set_annual", "remark", "remove_remark")
        },
    }
