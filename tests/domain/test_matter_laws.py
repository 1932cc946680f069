"""Whatever roles people hold and whatever they try: nobody judges what is their own."""

from collections.abc import Callable
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain import matter_requests, matter_work
from domain.acts import Act
from domain.errors import DomainError
from models.database import Database
from models.enums import Role
from models.matter import Matter, MatterEvent
from models.matter_words import MatterStatus, MatterStepName
from models.staff import StaffRole
from tests.support.factories import Factory
from tests.support.matters import matter
from tests.support.story import Story

N = MatterStepName
_WORK = {N.START, N.PROGRESS, N.SUBMIT, N.SUBMIT_MILESTONE, N.REQUEST_DEFERRAL}
_DECISIONS = {
    N.ACCEPT,
    N.REFUSE,
    N.APPROVE_DEFERRAL,
    N.REFUSE_DEFERRAL,
    N.ACCEPT_MILESTONE,
    N.REFUSE_MILESTONE,
}
_ACTS = (
    "start",
    "progress",
    "submit",
    "accept",
    "refuse",
    "defer",
    "approve",
    "part",
    "accept_part",
    "reopen",
)


def _deeds(story: Story, one: Matter, act: Act) -> dict[str, Callable[[], object]]:
    session, part = story.session, one.milestones[0].id
    r, w = matter_requests, matter_work
    return {
        "start": lambda: w.start(session, one, **act),
        "progress": lambda: w.progress(session, one, words="推进", **act),
        "submit": lambda: r.submit(session, one, words="好了", no_photo_reason="无", **act),
        "accept": lambda: r.accept(session, one, words="好", **act),
        "refuse": lambda: r.refuse(session, one, words="不好", **act),
        "defer": lambda: r.request_deferral(session, one, reason="等", until=date(2027, 1, 9), **act),
        "approve": lambda: r.approve_deferral(session, one, **act),
        "part": lambda: r.submit_milestone(session, one, milestone_id=part, words="好了", **act),
        "accept_part": lambda: r.accept_milestone(session, one, milestone_id=part, **act),
        "reopen": lambda: w.reopen(session, one, words="又坏了", **act),
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.lists(st.sets(st.sampled_from(list(Role))), min_size=3, max_size=3),
    tried=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(_ACTS)), min_size=4, max_size=14),
)
def test_nobody_decides_on_work_of_their_own(
    story_on_sqlite: Database, roles: list[set[Role]], tried: list[tuple[int, str]], factory: Factory
) -> None:
    with story_on_sqlite.transaction() as session:
        story = Story(session, factory, factory.office(session), factory.now)
        staff = [story.office.handler, story.office.colleague, story.office.lead]
        for one_of_them, more in zip(staff, roles, strict=True):
            held = one_of_them.roles
            one_of_them.role_rows += [
                StaffRole(role=role) for role in more | {Role.LEADER} if role not in held
            ]
        one = matter(session, story.office, now=story.now)
        matter_work.plan_milestone(session, one, title="采购", **story.by(story.office.dispatcher))
        for who, what in tried:
            try:
                with session.begin_nested():
                    _deeds(story, one, story.by(staff[who]))[what]()
            except DomainError:
                continue
        _check(session.scalars(select(MatterEvent).order_by(MatterEvent.id)).all())
        assert (one.status is MatterStatus.CLOSED) == (one.closed_at is not None)
        session.rollback()


def _check(events: object) -> None:
    worked: set[int | None] = set()
    for event in events:  # type: ignore[attr-defined]
        assert event.step not in _DECISIONS or event.staff_id not in worked
        worked |= {event.staff_id} if event.step in _WORK else set()
