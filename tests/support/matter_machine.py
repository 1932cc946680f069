"""Matters on which anybody tries anything at any time: allowed, forbidden, too early and too late."""

from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import (
    audit_check,
    complaints,
    matter_clock,
    matter_lifecycle,
    matter_requests,
    matter_work,
    matters,
)
from domain.actors import CLOCK
from domain.acts import Act
from domain.errors import Invalid, NotFound
from domain.my_data_deletion import delete_person
from domain.secret_box import SecretBox
from domain.working_time import LOCAL
from models.complaint import Complaint
from models.enums import Channel
from models.matter import Matter, MatterEvent, MatterFollower
from models.matter_words import MatterStepName
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from tests.conftest import NOW
from tests.support import matter_truths as truths
from tests.support.matters import fields
from tests.support.playground import LEAPS, Playground

N = MatterStepName
_BOX = SecretBox("for-tests-only-" + "0" * 32)
_WORK, _ASKING, _LEDGER = matter_work, matter_requests, matters
_VERBS: dict[MatterStepName, Any] = {
    N.START: _WORK.start,
    N.PROGRESS: _WORK.progress,
    N.NOTE: _WORK.note,
    N.RESUME: _WORK.resume,
    N.SUPERVISE: _WORK.supervise,
    N.BLOCK: _WORK.block,
    N.UNBLOCK: _WORK.unblock,
    N.CANCEL: _WORK.cancel,
    N.REOPEN: _WORK.reopen,
    N.CLEAR_RELAPSE: _WORK.clear_relapse,
    N.PLAN_MILESTONE: _WORK.plan_milestone,
    N.DROP_MILESTONE: _WORK.drop_milestone,
    N.SUBMIT: _ASKING.submit,
    N.RETRACT: _ASKING.retract,
    N.ACCEPT: _ASKING.accept,
    N.REFUSE: _ASKING.refuse,
    N.REQUEST_DEFERRAL: _ASKING.request_deferral,
    N.APPROVE_DEFERRAL: _ASKING.approve_deferral,
    N.REFUSE_DEFERRAL: _ASKING.refuse_deferral,
    N.SUBMIT_MILESTONE: _ASKING.submit_milestone,
    N.ACCEPT_MILESTONE: _ASKING.accept_milestone,
    N.REFUSE_MILESTONE: _ASKING.refuse_milestone,
    N.LINK: _LEDGER.link,
    N.UNLINK: _LEDGER.unlink,
    N.PUBLISH: _LEDGER.publish,
    N.UNPUBLISH: _LEDGER.unpublish,
    N.EDIT: _LEDGER.edit,
}
_WORDLESS = {N.EDIT, N.LINK, N.UNLINK, N.PUBLISH, N.PLAN_MILESTONE, N.REQUEST_DEFERRAL}
_OF_A_PART = {N.DROP_MILESTONE, N.SUBMIT_MILESTONE, N.ACCEPT_MILESTONE, N.REFUSE_MILESTONE}
# These tell more than the table's rows, or only some of those whom the table names.
_TOLD_OTHERWISE = {N.LINK, N.LIST, N.REMIND}
_FORWARD = {N.START, N.SUBMIT, N.ACCEPT, N.SUBMIT_MILESTONE, N.ACCEPT_MILESTONE, N.APPROVE_DEFERRAL, N.REOPEN}
_AT, _WHO, _NUMBER = st.integers(0, 3), st.integers(0, 40), st.integers(0, 5)
Choice = tuple[int, int, bool]
_CHOICES = st.lists(st.tuples(_WHO, _NUMBER, st.booleans()), min_size=3, max_size=8)


class MatterMachine(RuleBasedStateMachine):
    """One office and up to three matters."""

    def __init__(self, where: Playground) -> None:
        super().__init__()
        self.where = where
        self.where.begin_anew()
        self.now = NOW
        self.known: list[int] = []
        self.filed: list[int] = []
        self.last_event = 0

    @initialize()
    def one_has_been_listed(self) -> None:
        """Begin with one matter and one complaint."""
        self.somebody_files()
        self.somebody_lists(self.where.actors().index("dispatcher"), public=True)

    @rule()
    def somebody_files(self) -> None:
        """Raise something at the place that matters are about."""

        def file(session: Session) -> int:
            person = session.get_one(Person, self.where.people[len(self.filed) % len(self.where.people)])
            submission = complaints.Submission(
                text="饭菜凉了",
                channel=Channel.WEB,
                reporter=person if person.openid else None,
                recorded_by=None if person.openid else session.get_one(Staff, self.where.staff["dispatcher"]),
                service_point=session.get_one(ServicePoint, self.where.office.canteen.id),
            )
            return complaints.submit(session, submission, now=self.now).id

        made, refusal = self.where.do(file)
        assert refusal is None
        self.filed.append(made)

    @rule(who=_WHO, public=st.booleans())
    def somebody_lists(self, who: int, public: bool) -> None:
        """Put one into the ledger."""
        name = self._actor(who)
        if len(self.known) >= 3 or name not in self.where.staff:
            return

        def listing(session: Session) -> int:
            staff = session.get_one(Staff, self.where.staff[name])
            text = "更换保温台" if public else None
            wanted = fields(self.where.office)
            linked = [session.get_one(Complaint, one) for one in self.filed[:1]]
            return matters.list_matter(
                session, wanted, staff=staff, now=self.now, public_text=text, complaints=linked
            ).id

        made, _ = self.where.do(listing)
        if made:
            self.known.append(made)
        self._look()

    @rule(leap=st.sampled_from(LEAPS), which=_AT, then=_CHOICES)
    def time_passes(self, leap: timedelta, which: int, then: list[Choice]) -> None:
        """Wait; then work goes on."""
        self.now += leap
        self.work_goes_on(which, then)

    @rule(which=_AT, then=_CHOICES)
    def the_clock_works(self, which: int, then: list[Choice]) -> None:
        """Turn all on which something falls due, each by itself; done once more, nothing is left to do."""
        due, refusal = self.where.do(lambda session: matter_clock.due_matters(session, now=self.now))
        assert refusal is None
        for one in due:
            turn = partial(matter_clock.turn, matter_id=one, now=self.now)
            _, refusal = self.where.do(turn)
            assert refusal is None, f"the clock was refused: {refusal}"
            again, _ = self.where.do(turn)
            assert not again or again[0] in {"near", "overdue"}, f"done twice: {again}"
        self._look()
        self.work_goes_on(which, then)

    @rule(which=_AT, choices=_CHOICES)
    def work_goes_on(self, which: int, choices: list[Choice]) -> None:
        """Let people do what they may, a few times on."""
        for at, number, flag in choices:
            self.now += timedelta(minutes=7 * number)
            self._do_what_is_offered(which, at, number, flag=flag)

    @rule(which=_AT, who=_WHO, name=st.sampled_from(list(_VERBS)), number=_NUMBER, flag=st.booleans())
    def somebody_acts(self, which: int, who: int, name: MatterStepName, number: int, flag: bool) -> None:
        """Do anything: it is done exactly when it is offered."""
        if self.known:
            self._act(which, self._actor(who), name, number, flag=flag)

    @rule(which=_AT, who=_AT, wanted=st.booleans())
    def somebody_follows(self, which: int, who: int, wanted: bool) -> None:
        """Follow a matter, or no longer."""

        def follow(session: Session) -> None:
            person = session.get_one(Person, self.where.people[who % len(self.where.people)])
            if self.known and person.openid is not None:
                matters.follow(session, self._matter(session, which), person, wanted=wanted, now=self.now)

        self.where.do(follow)

    @rule(who=_AT, active=st.booleans())
    def somebody_comes_or_leaves(self, who: int, active: bool) -> None:
        """Close an account, or open it again."""
        name = ["colleague", "chief", "leader", "inspector"][who]

        def change(session: Session) -> None:
            session.get_one(Staff, self.where.staff[name]).active = active

        self.where.do(change)

    @rule(who=_AT, sure=_AT)
    def somebody_is_forgotten(self, who: int, sure: int) -> None:
        """Have oneself deleted; nobody hears of a matter under that number any more."""
        if sure:
            return
        person_id = self.where.people[who]

        def forget(session: Session) -> None:
            delete_person(session, session.get_one(Person, person_id), box=_BOX, now=self.now)

        _, refusal = self.where.do(forget)
        assert refusal is None
        with self.where.database.reading() as session:
            follows = select(MatterFollower).where(MatterFollower.person_id == person_id)
            assert session.scalars(follows).all() == []

    def teardown(self) -> None:
        """See that the audit log is whole."""
        with self.where.database.reading() as session:
            for one in self.known:
                truths.hold(session, session.get_one(Matter, one))
            report = audit_check.verify(session)
            assert report.faults == (), report.faults

    def _actor(self, at: int) -> str:
        names = self.where.actors()
        return names[at % len(names)]

    def _matter(self, session: Session, at: int) -> Matter:
        return session.get_one(Matter, self.known[at % len(self.known)])

    def _do_what_is_offered(self, which: int, at: int, number: int, *, flag: bool) -> None:
        names = self.where.actors()

        def find(session: Session) -> tuple[str, MatterStepName] | None:
            one = self._matter(session, which)
            for name in (*names[at % len(names) :], *names[: at % len(names)]):
                actor = self.where.actor(session, name)
                if actor.person is not None:
                    continue
                steps = {step.name for step in matter_lifecycle.open_matter_steps(one, actor, now=self.now)}
                wanted = steps & (_FORWARD if number < 3 else _VERBS.keys())
                if wanted:
                    return name, sorted(wanted)[(at + number) % len(wanted)]
            return None

        found, refusal = self.where.do(find)
        assert refusal is None
        if found:
            name, step = found
            self._act(which, name, step, number, flag=flag)

    def _act(self, which: int, by: str, name: MatterStepName, number: int, *, flag: bool) -> None:
        offered: set[MatterStepName] = set()
        # Never two at one moment, by which the truths tell what an event decided.
        self.now += timedelta(seconds=1)

        def act(session: Session) -> None:
            one, actor = self._matter(session, which), self.where.actor(session, by)
            steps = matter_lifecycle.open_matter_steps(one, actor, now=self.now)
            offered.update(step.name for step in steps)
            before = self._newest(session)
            acting: Act = {"actor": actor, "now": self.now, "seen": None}
            _VERBS[name](session, one, **self._given(session, one, name, number, flag), **acting)
            last = session.scalars(select(MatterEvent).order_by(MatterEvent.id.desc()).limit(1)).one()
            assert last.id == before or last.step in offered, f"{by} did {last.step}, which was not offered"
            assert actor is CLOCK or actor.staff is not None or last.id == before, "done by no staff"

        _, refusal = self.where.do(act)
        # What of several parts is meant, and which complaint, may not fit although the step is offered.
        if refusal is not None and not isinstance(refusal, Invalid | NotFound) and name not in _OF_A_PART:
            assert name not in offered, f"{by} was offered {name} and refused: {refusal}"
        self._look()

    @staticmethod
    def _newest(session: Session) -> int:
        return session.scalars(select(MatterEvent.id).order_by(MatterEvent.id.desc()).limit(1)).first() or 0

    def _given(
        self, session: Session, one: Matter, name: MatterStepName, number: int, flag: bool
    ) -> dict[str, Any]:
        """Give what the verb asks for besides who and when."""
        day = self.now.astimezone(LOCAL).date() + timedelta(days=number * 3)
        given: dict[str, Any] = {} if name in _WORDLESS else {"words": f"说明{number}"}
        if name in _OF_A_PART:
            parts = [part.id for part in one.milestones]
            given["milestone_id"] = parts[number % len(parts)] if parts else None
        linked = session.get_one(Complaint, self.filed[number % len(self.filed)]) if self.filed else None
        deadline = day + timedelta(days=30) if flag else None
        more: dict[MatterStepName, dict[str, Any]] = {
            N.SUBMIT: {"no_photo_reason": "不用拍"},
            N.BLOCK: {"needs": "请协调"},
            N.SUPERVISE: {"until": day if flag else None},
            N.REQUEST_DEFERRAL: {"reason": "等预算", "until": day},
            N.PLAN_MILESTONE: {"title": f"第{number}步", "deadline": day if flag else None},
            N.PUBLISH: {"public_text": "更换保温台"},
            N.LINK: {"complaints": [linked] if linked else []},
            N.UNLINK: {"complaint": linked},
            N.EDIT: {"wanted": fields(self.where.office, goal=f"目标{number}", deadline=deadline)},
        }
        return given | more.get(name, {})

    def _look(self) -> None:
        with self.where.database.reading() as session:
            query = select(MatterEvent).where(MatterEvent.id > self.last_event).order_by(MatterEvent.id)
            new = session.scalars(query).all()
            for one in sorted({event.matter_id for event in new}):
                truths.hold(session, session.get_one(Matter, one))
            if len(new) == 1 and new[0].step not in _TOLD_OTHERWISE:
                matter = session.get_one(Matter, new[0].matter_id)
                told, wanted = truths.heard(session, new[0]), truths.to_hear(session, matter, new[0])
                assert told == wanted, f"{new[0].step}: told {told}, to be told {wanted}"
            self.last_event = new[-1].id if new else self.last_event
