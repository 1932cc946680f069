"""Peer review (党员互评): who is asked rates teams or colleagues once; only averages come out of it.

Nobody rates their own team, or themselves. What came out is shown once the round is over, and only of those
on whom enough have judged; until then not even the number of marks could tell who gave which.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from domain import appraisals, notices
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from models.appraisal import AppraisalTerm, PeerMark, PeerRater, PeerRound
from models.appraisal_words import PeerGrade, PeerState, PeerSubject
from models.enums import NoticeKind
from models.staff import Staff
from models.team import Team

G = PeerGrade
POINTS: Mapping[PeerGrade, int] = {G.EXCELLENT: 100, G.GOOD: 80, G.FAIR: 60, G.POOR: 40}
# Of fewer judgements the average would say what single colleagues think.
FEWEST_MARKS = 5
MOST_RATERS = 300
LONGEST_TITLE = 60


@dataclass(frozen=True)
class Outcome:
    """What came out for one team or colleague.

    Attributes:
        n: how many judged.
        tenths: the mean in tenths of a point; None where too few did.
    """

    id: int
    name: str
    n: int
    tenths: int | None


def begin(
    session: Session,
    term: AppraisalTerm,
    *,
    title: str,
    subject: PeerSubject,
    raters: Collection[int],
    staff: Staff,
    now: datetime,
) -> PeerRound:
    """Begin a round, and tell those who are asked.

    Args:
        term: from `appraisals.hold`.
        raters: ids of the staff who are asked; of colleagues, these are also those judged.

    Raises:
        Invalid: no title, or so few are asked that nothing could come out.
        NotAllowed: this is not for them to do.
    """
    appraisals.only_managers(staff)
    title = " ".join(cleaned(title).split())
    if not title:
        raise Invalid("请填写名称。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"名称最多 {LONGEST_TITLE} 字。", "title")
    asked = session.scalars(
        select(Staff.id).where(Staff.id.in_(list(raters)[: MOST_RATERS + 1]), Staff.active).order_by(Staff.id)
    ).all()
    # Each is left out where they would judge their own, so one more than the fewest marks is needed.
    if not FEWEST_MARKS < len(asked) <= MOST_RATERS:
        raise Invalid(f"请选 {FEWEST_MARKS + 1} 到 {MOST_RATERS} 人参加，人少了看得出是谁评的。", "raters")
    made = PeerRound(
        term=term,
        title=title,
        subject=subject,
        opened_at=now,
        raters=[PeerRater(staff_id=staff_id) for staff_id in asked],
    )
    session.add(made)
    session.flush()
    words = f"发起党员互评「{title}」（{term.name}），{len(asked)} 人参加，评{subject.label}"
    appraisals.note(session, term, "peer_begin", words, staff=staff, now=now, raters=list(asked))
    for staff_id in asked:
        notices.queue(
            session,
            key=f"peer:{made.id}:staff:{staff_id}",
            kind=NoticeKind.STAFF_REQUEST,
            title="请您参加党员互评",
            body=f"{title}（{term.name}）。每人评一次，不记名，只公布平均分。",
            path=f"/admin/peer-reviews/{made.id}",
            staff_id=staff_id,
            now=now,
        )
    return made


def find(session: Session, round_id: int) -> PeerRound:
    """Give a round, or raise NotFound."""
    found = session.get(PeerRound, round_id)
    if found is None:
        raise NotFound("没有找到这次互评。")
    return found


def hold(session: Session, round_id: int) -> PeerRound:
    """Give a round that is open, and hold it until the transaction ends.

    Raises:
        NotFound: there is none.
        TooLate: it is over.
    """
    found = session.get(PeerRound, round_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("没有找到这次互评。")
    if found.state is PeerState.CLOSED:
        raise TooLate("这次互评已经结束。")
    return found


def listed(session: Session, *, rater: Staff | None = None) -> Sequence[PeerRound]:
    """List rounds, the newest first: all, or those in which somebody is asked."""
    query = select(PeerRound).order_by(PeerRound.id.desc())
    if rater is not None:
        query = query.join(PeerRater).where(PeerRater.staff_id == rater.id)
    return session.scalars(query).all()


def waiting_for(staff: Staff) -> Select[int]:
    """Give the query that counts the open rounds that wait for somebody."""
    query = select(func.count()).select_from(PeerRater).join(PeerRound)
    mine = query.where(PeerRater.staff_id == staff.id, PeerRater.done.is_(False))
    return mine.where(PeerRound.state == PeerState.OPEN)


def rater_in(session: Session, found: PeerRound, staff: Staff) -> PeerRater | None:
    """Give the row of somebody who is asked in a round."""
    return session.get(PeerRater, (found.id, staff.id))


def subjects_for(session: Session, found: PeerRound, rater: Staff | None) -> list[tuple[int, str]]:
    """List whom somebody judges, by id and name: all but their own team, or themselves; for None, all."""
    if found.subject is PeerSubject.TEAMS:
        teams = select(Team.id, Team.name).where(Team.active).order_by(Team.id)
        return [(row.id, row.name) for row in session.execute(teams) if not rater or row.id != rater.team_id]
    rows = (row.staff for row in found.raters)
    return [(one.id, _named(one)) for one in rows if rater is None or one.id != rater.id]


def _named(staff: Staff) -> str:
    at = staff.team.name if staff.team is not None else staff.post
    return f"{staff.name}（{at}）" if at else staff.name


def hand_in(
    session: Session, found: PeerRound, grades: Mapping[int, PeerGrade], *, staff: Staff, now: datetime
) -> None:
    """Judge, once and for good.

    Args:
        found: from `hold`.
        grades: by the id of whom they are about; who is left out is not judged (不了解).

    Raises:
        Invalid: nobody is judged.
        NotAllowed: they are not asked, or judge whom they may not.
        TooLate: they have handed in already.
    """
    row = rater_in(session, found, staff)
    if row is None:
        raise NotAllowed("这次互评没有请您参加。")
    if row.done:
        raise TooLate("您已经评过了，每人只评一次。")
    if grades.keys() - {each for each, _ in subjects_for(session, found, staff)}:
        raise NotAllowed("不能评自己的单位或本人。")
    if not grades:
        raise Invalid("请至少评一项；不了解的可以不评。", "grades")
    row.done = True
    about = "team_id" if found.subject is PeerSubject.TEAMS else "staff_id"
    for each, grade in grades.items():
        session.add(PeerMark(id=secrets.token_hex(16), round_id=found.id, grade=grade, **{about: each}))
    session.flush()
    # That somebody took part is on record; what they think is not.
    appraisals.note(
        session, found.term, "peer_hand_in", f"参加党员互评「{found.title}」", staff=staff, now=now
    )


def close(session: Session, found: PeerRound, *, staff: Staff, now: datetime) -> None:
    """End a round; what came out can be read from now on.

    Raises:
        NotAllowed: this is not for them to do.
    """
    appraisals.only_managers(staff)
    found.state, found.closed_at = PeerState.CLOSED, now
    _forget_order(session, found)
    done = sum(row.done for row in found.raters)
    words = f"结束党员互评「{found.title}」，{len(found.raters)} 人中 {done} 人已评"
    appraisals.note(session, found.term, "peer_close", words, staff=staff, now=now)


def _forget_order(session: Session, found: PeerRound) -> None:
    """Write all marks anew in random order: where a row lies in the table shall not tell when it came."""
    marks = session.scalars(select(PeerMark).where(PeerMark.round_id == found.id)).all()
    rows = [(one.team_id, one.staff_id, one.grade) for one in marks]
    for one in marks:
        session.expunge(one)
    session.execute(delete(PeerMark).where(PeerMark.round_id == found.id))
    secrets.SystemRandom().shuffle(rows)
    for team_id, staff_id, grade in rows:
        session.add(
            PeerMark(
                id=secrets.token_hex(16), round_id=found.id, team_id=team_id, staff_id=staff_id, grade=grade
            )
        )
        session.flush()


def outcomes(session: Session, found: PeerRound) -> list[Outcome]:
    """Give what came out, the best first; nothing while the round runs."""
    if found.state is PeerState.OPEN:
        return []
    counted = _marks(session, found)
    rows = [
        Outcome(each, name, counted[each].total(), _mean(counted[each]))
        for each, name in _all_subjects(session, found, counted)
    ]
    return sorted(rows, key=lambda row: (row.tenths is None, -(row.tenths or 0), row.id))


def _all_subjects(
    session: Session, found: PeerRound, counted: Mapping[int, Counter[PeerGrade]]
) -> list[tuple[int, str]]:
    """Name all who could be judged, with teams that were closed since."""
    named = dict(subjects_for(session, found, None))
    for each in counted.keys() - named.keys():
        named[each] = session.get_one(Team, each).name
    return list(named.items())


def _marks(session: Session, found: PeerRound) -> dict[int, Counter[PeerGrade]]:
    about = PeerMark.team_id if found.subject is PeerSubject.TEAMS else PeerMark.staff_id
    query = select(about, PeerMark.grade, func.count()).where(PeerMark.round_id == found.id)
    counted: dict[int, Counter[PeerGrade]] = {
        each: Counter() for each, _ in subjects_for(session, found, None)
    }
    for each, grade, count in session.execute(query.group_by(about, PeerMark.grade)):
        counted.setdefault(each or 0, Counter())[grade] = count
    return counted


def _mean(grades: Counter[PeerGrade]) -> int | None:
    n = grades.total()
    if n < FEWEST_MARKS:
        return None
    return (20 * sum(POINTS[grade] * count for grade, count in grades.items()) + n) // (2 * n)


def of_team(session: Session, term: AppraisalTerm, team_id: int) -> list[tuple[PeerRound, Outcome]]:
    """Give what rounds about teams that are over say of one team."""
    query = select(PeerRound).where(
        PeerRound.term_id == term.id,
        PeerRound.subject == PeerSubject.TEAMS,
        PeerRound.state == PeerState.CLOSED,
    )
    rounds = session.scalars(query.order_by(PeerRound.id)).all()
    return [(one, row) for one in rounds for row in outcomes(session, one) if row.id == team_id]
