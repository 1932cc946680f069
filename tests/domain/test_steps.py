"""Every (status × step × part) of a complaint, tried for real with the verbs that people use."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, SessionTransaction

from config.catalogue import catalogue
from domain import complaints, lifecycle
from domain.actors import CLOCK, Actor
from domain.errors import DomainError, NotAllowed
from domain.permissions import Part
from domain.steps import STEPS, Step, step_from
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import ENDED_STATUSES, Closing, ComplaintStatus, Complexity, Outcome, RequestKind, StepName
from tests.support.factories import Factory, Office
from tests.support.story import Story

# What domain.md says, written down a second time: step | from | to | who.
EXPECTED = """
assign            | submitted assigned in_progress                   | assigned    | dispatcher leader clock
accept            | assigned                                         | in_progress | handler lead
progress          | in_progress                                      | stay        | handler lead
reply             | submitted assigned in_progress waiting deferred resolved closed rejected | stay | handler lead dispatcher
note              | submitted assigned in_progress waiting deferred resolved closed rejected withdrawn merged | stay | handler lead dispatcher leader inspector
ask               | submitted assigned in_progress                   | waiting     | handler lead dispatcher
supplement        | waiting                                          | back        | reporter
supplement        | submitted assigned in_progress deferred resolved | stay        | reporter
classify          | submitted assigned in_progress waiting deferred  | stay        | dispatcher lead
request_transfer  | assigned in_progress                             | stay        | handler lead
refuse_transfer   | assigned in_progress                             | stay        | dispatcher leader
request_deferral  | in_progress                                      | stay        | handler lead
approve_deferral  | in_progress                                      | deferred    | lead leader
refuse_deferral   | in_progress                                      | stay        | lead leader
resume            | deferred                                         | in_progress | handler lead clock
resume            | waiting                                          | back        | handler lead dispatcher
request_rejection | submitted assigned in_progress                   | stay        | dispatcher lead
confirm_rejection | submitted assigned in_progress                   | rejected    | dispatcher leader
refuse_rejection  | submitted assigned in_progress                   | stay        | dispatcher leader
appeal            | rejected                                         | submitted   | reporter
resolve           | in_progress                                      | resolved    | handler lead
rate              | resolved                                         | closed      | reporter
rate_unsolved     | resolved                                         | in_progress | reporter
reopen            | closed                                           | in_progress | reporter leader inspector
close_unrated     | resolved                                         | closed      | clock
withdraw          | submitted assigned in_progress waiting deferred  | withdrawn   | reporter
merge             | submitted assigned in_progress waiting deferred  | merged      | dispatcher
urge              | submitted assigned in_progress deferred          | stay        | reporter
supervise         | submitted assigned in_progress waiting deferred  | stay        | leader inspector
publish           | in_progress deferred resolved closed             | stay        | dispatcher
unpublish         | submitted assigned in_progress waiting deferred resolved closed rejected withdrawn merged | stay | dispatcher
remind            | submitted assigned in_progress waiting deferred  | stay        | clock
"""  # noqa: E501 (a table reads best unbroken)

Verb = Callable[..., object]
Stranger = "stranger"
OtherTeam = "other_team"


def _expected_rows() -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    rows = {}
    for line in EXPECTED.strip().splitlines():
        step, sources, target, who = (cell.strip() for cell in line.split("|"))
        for source in sources.split():
            rows[step, source] = (target, frozenset(who.split()))
    return rows


ROWS = _expected_rows()


def _verbs(office: Office, other: Complaint, now: datetime) -> dict[StepName, Verb]:
    """Each step as the verb that does it, with arguments that are in order."""
    c = complaints
    words = {"words": "几句话"}
    later = now + timedelta(days=10)

    def remind(session: Session, complaint: Complaint, **act: Any) -> object:
        return lifecycle.advance(session, complaint, StepName.REMIND, **act)

    def close_unrated(session: Session, complaint: Complaint, **act: Any) -> object:
        changes = {"closed_at": now, "closing": Closing.UNRATED}
        return lifecycle.advance(session, complaint, StepName.CLOSE_UNRATED, changes=changes, **act)

    table: dict[StepName, tuple[Verb, dict[str, Any]]] = {
        StepName.ASSIGN: (c.assign, {"team": office.team}),
        StepName.ACCEPT: (c.accept, {}),
        StepName.PROGRESS: (c.progress, words),
        StepName.REPLY: (c.reply, words),
        StepName.NOTE: (c.note, words),
        StepName.ASK: (c.ask, words),
        StepName.SUPPLEMENT: (c.supplement, words),
        StepName.CLASSIFY: (c.classify, {"complexity": Complexity.COMPLEX}),
        StepName.REQUEST_TRANSFER: (c.request_transfer, {"reason": "不归我们管"}),
        StepName.REFUSE_TRANSFER: (c.refuse_transfer, words),
        StepName.REQUEST_DEFERRAL: (c.request_deferral, {"reason": "等配件", "until": later}),
        StepName.APPROVE_DEFERRAL: (c.approve_deferral, {}),
        StepName.REFUSE_DEFERRAL: (c.refuse_deferral, words),
        StepName.RESUME: (c.resume, {}),
        StepName.REQUEST_REJECTION: (c.request_rejection, {"reason": catalogue().rejection.reasons[0]}),
        StepName.CONFIRM_REJECTION: (c.confirm_rejection, {}),
        StepName.REFUSE_REJECTION: (c.refuse_rejection, words),
        StepName.APPEAL: (c.appeal, words),
        StepName.RESOLVE: (c.resolve, {"words": "修好了", "outcome": Outcome.SOLVED}),
        StepName.RATE: (c.rate, {"solved": True, "stars": 5}),
        StepName.RATE_UNSOLVED: (c.rate, {"solved": False, "stars": 1}),
        StepName.REOPEN: (c.reopen, words),
        StepName.CLOSE_UNRATED: (close_unrated, {}),
        StepName.WITHDRAW: (c.withdraw, {}),
        StepName.MERGE: (c.merge, {"into": other}),
        StepName.URGE: (c.urge, {}),
        StepName.SUPERVISE: (c.supervise, words),
        StepName.PUBLISH: (c.publish, {"public_text": "可公开的文字"}),
        StepName.UNPUBLISH: (c.unpublish, words),
        StepName.REMIND: (remind, {}),
    }
    return {
        name: lambda session, complaint, _verb=verb, _given=given, **act: _verb(
            session, complaint, **_given, **act
        )
        for name, (verb, given) in table.items()
    }


def _cast(session: Session, factory: Factory, office: Office) -> dict[str, Actor]:
    return {
        Part.REPORTER: Actor.of_person(office.student),
        Part.FOLLOWER: Actor.of_person(office.friend),
        Part.HANDLER: Actor.of_staff(office.handler),
        Part.LEAD: Actor.of_staff(office.lead),
        Part.DISPATCHER: Actor.of_staff(office.dispatcher),
        Part.LEADER: Actor.of_staff(office.leader),
        Part.INSPECTOR: Actor.of_staff(office.inspector),
        Part.ADMIN: Actor.of_staff(office.admin),
        Part.CLOCK: CLOCK,
        Stranger: Actor.of_person(factory.person(session)),
        OtherTeam: Actor.of_staff(office.outsider),
    }


def _make_ready(
    session: Session, office: Office, complaint: Complaint, name: StepName, now: datetime
) -> None:
    """Put in place what a step's extra condition asks for."""
    kinds = {
        StepName.REFUSE_TRANSFER: RequestKind.TRANSFER,
        StepName.APPROVE_DEFERRAL: RequestKind.DEFERRAL,
        StepName.REFUSE_DEFERRAL: RequestKind.DEFERRAL,
        StepName.CONFIRM_REJECTION: RequestKind.REJECTION,
        StepName.REFUSE_REJECTION: RequestKind.REJECTION,
    }
    if name in kinds:
        complaint.requests.append(
            ComplaintRequest(
                kind=kinds[name],
                reason="理由",
                requested_by_id=office.colleague.id,
                requested_at=now,
                until=now + timedelta(days=10),
            )
        )
    if name is StepName.UNPUBLISH:
        complaint.published_at = now
    session.flush()


def _events(session: Session, complaint: Complaint) -> int:
    query = select(func.count()).where(ComplaintEvent.complaint_id == complaint.id)
    return session.scalar(query) or 0


def _begin_trial(
    session: Session, office: Office, complaint: Complaint, name: StepName, now: datetime
) -> tuple[SessionTransaction, int]:
    """Begin what will be undone; give it, and how many events there are."""
    trial = session.begin_nested()
    _make_ready(session, office, complaint, name, now)
    return trial, _events(session, complaint)


def _undo(session: Session, trial: SessionTransaction) -> None:
    trial.rollback()
    session.expire_all()


@pytest.mark.parametrize("status", list(ComplaintStatus))
def test_each_step_is_done_by_exactly_those_who_may(story: Story, status: ComplaintStatus) -> None:
    wrong: list[tuple[str, ...]] = []
    session, office, now = story.session, story.office, story.now
    other, complaint = story.complaint(), story.complaint(status)
    if status not in ENDED_STATUSES:
        complaints.follow(session, complaint, person=office.friend, now=now)
    cast, verbs = _cast(session, story.factory, office), _verbs(office, other, now)
    for name, verb in verbs.items():
        target, may = ROWS.get((name, status.value), ("", frozenset()))
        trial, before = _begin_trial(session, office, complaint, name, now)
        for who, actor in cast.items():
            expected = who in may and not (who in {"handler", "lead"} and complaint.team_id is None)
            offered = lifecycle.may(session, complaint, actor, name, now=now)
            try:
                verb(session, complaint, actor=actor, now=now)
                done = True
            except DomainError:
                done = False
            if done is not expected or offered is not expected:
                wrong.append((name.value, who, f"done={done} offered={offered} expected={expected}"))
            if done:
                came_to = {"stay": status.value, "back": complaint.resume_status or ""}.get(target, target)
                session.refresh(complaint)
                if (complaint.status.value, _events(session, complaint)) != (came_to, before + 1):
                    wrong.append((name.value, who, f"went to {complaint.status.value}, not {came_to}"))
                _undo(session, trial)
                trial, before = _begin_trial(session, office, complaint, name, now)
        if _events(session, complaint) != before:
            wrong.append((name.value, "a refused step left an event"))
        _undo(session, trial)
    assert wrong == []


def test_the_table_holds_what_the_domain_says_and_nothing_else() -> None:
    rows = {
        (step.name.value, source.value): (step.target.value, frozenset(part.value for part in step.parts))
        for step in STEPS
        for source in step.sources
    }

    assert rows == ROWS


def test_every_step_but_filing_has_a_row() -> None:
    assert {step.name for step in STEPS} == set(StepName) - {StepName.SUBMIT}


def test_a_step_has_at_most_one_row_for_a_status() -> None:
    starts = [(step.name, source) for step in STEPS for source in step.sources]

    assert len(starts) == len(set(starts))


def test_only_staff_and_clock_steps_that_stay_are_hidden_from_the_person() -> None:
    hidden: list[Step] = [step for step in STEPS if not step.public]

    assert all(step.target == "stay" for step in hidden), "a change of status must carry words for the person"


def test_a_step_that_does_not_fit_the_status_says_so(story: Story) -> None:
    with pytest.raises(NotAllowed, match="现在的状态是「待受理」，不能「接单」。"):
        complaints.accept(story.session, story.complaint(), **story.by(story.office.handler))


def test_there_is_no_row_for_an_unknown_start() -> None:
    assert step_from(StepName.RATE, ComplaintStatus.SUBMITTED) is None
