"""Complaints on which anybody tries anything at any time: allowed, forbidden, too early and too late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import audit_check, complaints, lifecycle, timers
from domain.acts import Act
from domain.errors import DomainError, Invalid, NotAllowed
from domain.my_data_deletion import delete_person
from domain.secret_box import SecretBox
from models.complaint import Complaint, ComplaintEvent
from models.enums import Channel, ComplaintKind, ComplaintStatus, Complexity, Outcome, StepName
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from tests.conftest import NOW
from tests.support import complaint_truths as truths
from tests.support.complaint_hearers import heard, nothing_leaks, to_hear
from tests.support.playground import LEAPS, Playground

N, S = StepName, ComplaintStatus
_BOX = SecretBox("for-tests-only-" + "0" * 32)
# A verb is called as its step; judging is one of two.
_NO_VERBS = {N.SUBMIT, N.CLOSE_UNRATED, N.REMIND, N.RATE, N.RATE_UNSOLVED}
_VERBS: dict[str, tuple[StepName, ...]] = {name.value: (name,) for name in N if name not in _NO_VERBS}
_VERBS["rate"] = (N.RATE, N.RATE_UNSOLVED)
_WORDED = {
    *(
        "progress",
        "reply",
        "note",
        "ask",
        "supplement",
        "refuse_transfer",
        "refuse_deferral",
        "refuse_rejection",
    ),
    *("appeal", "reopen", "unpublish"),
}
# What moves a complaint along; all else is chosen now and then.
_LEADING = {
    *(N.ASSIGN, N.ACCEPT, N.RESOLVE, N.RATE, N.RATE_UNSOLVED, N.REOPEN, N.ASK, N.SUPPLEMENT, N.RESUME),
    *(N.REQUEST_DEFERRAL, N.APPROVE_DEFERRAL, N.REQUEST_REJECTION, N.CONFIRM_REJECTION, N.APPEAL),
}
_FORWARD = {
    N.ACCEPT,
    N.RESOLVE,
    N.RATE,
    N.RATE_UNSOLVED,
    N.REOPEN,
    N.SUPPLEMENT,
    N.RESUME,
    N.APPROVE_DEFERRAL,
}
_VERB_OF = {step: verb for verb, steps in _VERBS.items() for step in steps}
# Steps that may set another date, which may be an earlier one: a rule says so.
_SET_DATES = {N.CLASSIFY, N.SUPERVISE, N.APPROVE_DEFERRAL}
_NEEDED = {
    N.APPROVE_DEFERRAL: "deferred_until",
    N.RATE: "closed_at",
    N.CLOSE_UNRATED: "closed_at",
    N.MERGE: "merged_into_id",
}
_AT, _WHO, _NUMBER = st.integers(0, 3), st.integers(0, 40), st.integers(0, 5)
Choice = tuple[int, int, bool]
_CHOICES = st.lists(st.tuples(_WHO, _NUMBER, st.booleans()), min_size=3, max_size=8)
_SECRET = "靠窗第三张床的人"


class ComplaintMachine(RuleBasedStateMachine):
    """One office for as many steps as there are."""

    def __init__(self, where: Playground) -> None:
        super().__init__()
        self.where = where
        self.where.begin_anew()
        self.now = NOW
        self.known: list[int] = []
        self.said: dict[int, tuple[object, ...]] = {}
        self.last_event = 0
        self.filed = 0

    # What time and the clock do.

    @rule(leap=st.sampled_from(LEAPS), which=_AT, then=_CHOICES)
    def time_passes(self, leap: timedelta, which: int, then: list[Choice]) -> None:
        """Wait; then work goes on."""
        self.now += leap
        self.work_goes_on(which, then)

    @rule(which=_AT, then=_CHOICES)
    def the_clock_works(self, which: int, then: list[Choice]) -> None:
        """Fire all that is due, each by itself, as the worker does; it may lead to more that is due."""
        due, refusal = self.where.do(lambda session: timers.due_timers(session, now=self.now))
        assert refusal is None
        for timer in due:
            _, refusal = self.where.do(partial(timers.fire, timer_id=timer, now=self.now))
            assert refusal is None, f"the clock was refused: {refusal}"
        self._look()
        self.work_goes_on(which, then)

    # What people do.

    @initialize(number=_NUMBER)
    def two_have_been_filed(self, number: int) -> None:
        """Begin with one that has a team and one that waits at the desk."""
        for at, name in ((1, f"person:{self.where.people[0]}"), (2, f"person:{self.where.people[1]}")):
            kind = list(ComplaintKind)[number % 5]
            self.somebody_files(self.where.actors().index(name), at, kind, urgent=number == 5, how=at)

    @rule(who=_WHO, at=_NUMBER, kind=st.sampled_from(list(ComplaintKind)), urgent=st.booleans(), how=_NUMBER)
    def somebody_files(self, who: int, at: int, kind: ComplaintKind, urgent: bool, how: int) -> None:
        """File one, oneself or by the desk."""
        if len(self.known) >= 4:
            return
        by = self._actor(who)
        self.filed += 1

        def file(session: Session) -> int:
            actor = self.where.actor(session, by)
            if actor.staff is None and actor.person is None:
                return 0
            places = [None, self.where.office.canteen.id, self.where.office.hall.id]
            place = places[at % len(places)]
            submission = complaints.Submission(
                text=f"{_SECRET}{self.filed}",
                channel=Channel.PHONE if actor.staff else [Channel.WECHAT, Channel.WEB][how % 2],
                kind=kind,
                reporter=actor.person,
                recorded_by=actor.staff,
                service_point=session.get_one(ServicePoint, place) if place else None,
                anonymous=how == 0,
                urgent=urgent,
            )
            return complaints.submit(session, submission, now=self.now).id

        made, refusal = self.where.do(file)
        assert refusal is None, f"nothing could be filed: {refusal}"
        if made:
            self.known.append(made)
            self._look()

    @rule(
        which=_AT,
        who=_WHO,
        verb=st.sampled_from(list(_VERBS)),
        number=_NUMBER,
        flag=st.booleans(),
        stale=_NUMBER,
    )
    def somebody_acts(self, which: int, who: int, verb: str, number: int, flag: bool, stale: int) -> None:
        """Do anything to one of them: it is done exactly when it is offered."""
        self._act(which, self._actor(who), verb, number, flag=flag, seen_wrong=stale == 0)

    @rule(which=_AT, choices=_CHOICES)
    def work_goes_on(self, which: int, choices: list[Choice]) -> None:
        """Let people do what they may, a few times on, so that complaints get somewhere."""
        for at, number, flag in choices:
            self.now += timedelta(minutes=7 * number)
            self._do_what_is_offered(which, at, number, flag=flag, leading=number < 4)

    @rule(which=_AT, at=_WHO, number=_NUMBER, flag=st.booleans())
    def somebody_does_something_else(self, which: int, at: int, number: int, flag: bool) -> None:
        """Let somebody do anything that they may."""
        self._do_what_is_offered(which, at, number, flag=flag, leading=False)

    def _do_what_is_offered(self, which: int, at: int, number: int, *, flag: bool, leading: bool) -> None:
        """Ask everybody in turn, beginning with somebody, and let the first do it who may do anything."""
        names = self.where.actors()

        def find(session: Session) -> tuple[str, StepName] | None:
            one = self._complaint(session, which)
            for name in (*names[at % len(names) :], *names[: at % len(names)]):
                actor = self.where.actor(session, name)
                steps = {step.name for step in lifecycle.open_steps(session, one, actor, now=self.now)}
                if leading:
                    steps &= _FORWARD if number < 2 and one.status is not S.SUBMITTED else _LEADING
                wanted = steps & _VERB_OF.keys()
                if wanted:
                    return name, sorted(wanted)[(at + number) % len(wanted)]
            return None

        found, refusal = self.where.do(find)
        assert refusal is None
        if found:
            name, step = found
            self._act(which, name, _VERB_OF[step], number, flag=flag, seen_wrong=False)

    @rule(which=_AT, who=_WHO, name=st.sampled_from(list(StepName)))
    def what_is_offered_is_what_is_done(self, which: int, who: int, name: StepName) -> None:
        """Try a step behind the back of all verbs, and undo it: the table alone decides."""

        def attempt(session: Session) -> None:
            one, actor = self._complaint(session, which), self.where.actor(session, self._actor(who))
            offered = lifecycle.may(session, one, actor, name, now=self.now)
            values = {
                "deferred_until": self.now,
                "closed_at": self.now,
                "merged_into_id": self._other(one.id),
            }
            needed = _NEEDED.get(name)
            changes = {needed: values[needed]} if needed else {}
            try:
                with session.begin_nested() as savepoint:
                    lifecycle.advance(session, one, name, actor=actor, now=self.now, changes=changes)
                    savepoint.rollback()
            except NotAllowed:
                assert not offered, f"{name} is offered and refused"
            else:
                assert offered, f"{name} was done and not offered"

        if len(self.known) > 1 or name is not N.MERGE:
            self._undone(attempt)

    @rule(which=_AT, who=_AT, joins=st.booleans())
    def somebody_follows(self, which: int, who: int, joins: bool) -> None:
        """Join one of others, or leave it."""

        def follow(session: Session) -> None:
            one = self._complaint(session, which)
            person = session.get_one(Person, self.where.people[who % len(self.where.people)])
            if person.openid is None:
                return
            if joins:
                complaints.follow(session, one, person=person, now=self.now)
            else:
                complaints.unfollow(session, one, person=person)

        self.where.do(follow)
        self._look()

    @rule(who=_NUMBER, active=st.booleans())
    def somebody_comes_or_leaves(self, who: int, active: bool) -> None:
        """Close an account, or open it again."""
        name = ["colleague", "chief", "second_dispatcher", "lead", "leader", "bound"][who]

        def change(session: Session) -> None:
            session.get_one(Staff, self.where.staff[name]).active = active

        self.where.do(change)

    @rule(who=_AT, sure=st.integers(0, 3))
    def somebody_is_forgotten(self, who: int, sure: int) -> None:
        """Have oneself deleted; whatever comes of the complaints, they stay whole."""
        if sure:
            return
        person_id = self.where.people[who % len(self.where.people)]

        def forget(session: Session) -> None:
            delete_person(session, session.get_one(Person, person_id), box=_BOX, now=self.now)

        _, refusal = self.where.do(forget)
        assert refusal is None
        with self.where.database.reading() as session:
            raised = select(Complaint.id).where(Complaint.reporter_id == person_id)
            did = select(ComplaintEvent.id).where(ComplaintEvent.person_id == person_id)
            assert session.scalars(raised).all() == []
            assert session.scalars(did).all() == []
        self._look()

    def teardown(self) -> None:
        """See that the audit log is whole, and that the clocks of all are settled."""
        with self.where.database.reading() as session:
            for one in self.known:
                truths.clocks_are_settled(session, session.get_one(Complaint, one), now=self.now)
        with self.where.database.reading() as session:
            report = audit_check.verify(session)
            assert report.faults == (), report.faults

    # How it is done.

    def _actor(self, at: int) -> str:
        names = self.where.actors()
        return names[at % len(names)]

    def _complaint(self, session: Session, at: int) -> Complaint:
        return session.get_one(Complaint, self.known[at % len(self.known)])

    def _other(self, but: int) -> int | None:
        return next((one for one in self.known if one != but), None)

    def _undone(self, work: Callable[[Session], None]) -> None:
        with self.where.database.transaction() as session:
            work(session)
            session.rollback()

    def _act(self, which: int, by: str, verb: str, number: int, *, flag: bool, seen_wrong: bool) -> None:
        steps = _VERBS[verb]
        offered: set[StepName] = set()

        def act(session: Session) -> None:
            one, actor = self._complaint(session, which), self.where.actor(session, by)
            if actor.person is not None and actor.person.openid is None:
                return  # nobody comes back as who they were before they had themselves deleted
            offered.update(step.name for step in lifecycle.open_steps(session, one, actor, now=self.now))
            seen = one.revision - 1 if seen_wrong and one.revision > 1 else None
            acting: Act = {"actor": actor, "now": self.now, "seen": seen}
            getattr(complaints, verb)(session, one, **self._given(session, verb, number, flag), **acting)
            session.flush()
            last = session.scalars(select(ComplaintEvent).order_by(ComplaintEvent.id.desc()).limit(1)).one()
            assert last.step in offered, f"{by} did {last.step}, which was not offered"

        _, refusal = self.where.do(act)
        may_refuse = verb in {"assign", "rate"} or seen_wrong or isinstance(refusal, Invalid)
        if isinstance(refusal, DomainError) and not may_refuse:
            assert not offered & set(steps), f"{by} was offered {steps} and refused: {refusal}"
        self._look()

    def _given(self, session: Session, verb: str, number: int, flag: bool) -> dict[str, Any]:
        """Give what the verb asks for besides who and when."""
        teams = [self.where.office.team.id, self.where.office.other_team.id]
        teams.append(session.get_one(Staff, self.where.staff["stray"]).team_id or 0)
        if verb in _WORDED:
            return {"words": f"说明{number}"}
        if verb in {"accept", "resume", "withdraw", "urge", "approve_deferral", "confirm_rejection"}:
            return {}
        later = self.now + timedelta(days=number)
        kind, complexity = list(ComplaintKind)[number % 5], list(Complexity)[number % 3]
        given: dict[str, dict[str, Any]] = {
            "assign": {"team": session.get_one(Team, teams[number % 3])},
            "classify": {"urgent": flag, "complexity": complexity, "kind": kind},
            "request_transfer": {"reason": "不归我们", "to_team": session.get_one(Team, teams[number % 3])},
            "request_deferral": {"reason": "等配件", "until": later},
            "request_rejection": {"reason": catalogue().rejection.reasons[0]},
            "resolve": {"words": "好了", "outcome": list(Outcome)[number % 4], "no_photo_reason": "不用拍"},
            "rate": {"solved": flag, "stars": number % 5 + 1},
            "merge": {"into": session.get_one(Complaint, self.known[number % len(self.known)])},
            "supervise": {"words": "抓紧", "until": later if flag else None},
            "publish": {"public_text": "食堂排队", "public_answer": f"已改{number}" if flag else ""},
        }
        return given[verb]

    def _look(self) -> None:
        """Hold everything to what must be true, and what is new to who must hear of it."""
        with self.where.database.reading() as session:
            new = session.scalars(
                select(ComplaintEvent).where(ComplaintEvent.id > self.last_event).order_by(ComplaintEvent.id)
            ).all()
            for one in sorted({event.complaint_id for event in new} if new else self.known):
                complaint = session.get_one(Complaint, one)
                truths.hold(session, complaint)
                self._dates_hold(complaint, [event for event in new if event.complaint_id == one])
            if len(new) == 1 or (new and new[0].step is N.SUBMIT):
                self._right_people_heard(session, new[-1] if len(new) == 1 else new[0])
            for event in new:
                assert event.at == self.now
                nothing_leaks(session, session.get_one(Complaint, event.complaint_id), event, secret=_SECRET)
            self.last_event = new[-1].id if new else self.last_event

    def _right_people_heard(self, session: Session, event: ComplaintEvent) -> None:
        complaint = session.get_one(Complaint, event.complaint_id)
        told, wanted = heard(session, event), to_hear(session, complaint, event)
        assert told == wanted, f"{event.step}: told {told}, to be told {wanted}"

    def _dates_hold(self, complaint: Complaint, new: list[ComplaintEvent]) -> None:
        """See that no due time moved to an earlier moment, unless a step that sets dates moved it."""
        dates = (complaint.round, *truths.due_times(complaint)[:3])
        before = self.said.get(complaint.id)
        self.said[complaint.id] = dates
        if before is None or before[0] != complaint.round or any(event.step in _SET_DATES for event in new):
            return
        for was, now in zip(before[1:], dates[1:], strict=True):
            if isinstance(was, datetime) and isinstance(now, datetime):
                assert now >= was, f"a due time moved from {was} to {now} by {[event.step for event in new]}"
            else:
                assert was is now, f"a due time came or went: {was} → {now}"
