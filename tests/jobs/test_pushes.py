"""The clock's part in pushes: made once whoever looks, written while others work, resumed after a kill."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select, update

from config.settings import Settings
from domain import outbox, push_runs, push_schedules, push_sending, survey_sheets, surveys
from domain.push_counts import counts_of
from jobs import pushes as job
from jobs.context import JobContext
from jobs.deliver_notices import Delivering
from jobs.delivery_flow import most_in_hand
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.message_template import MessageTemplate
from models.notice import Notice
from models.personal_settings import PersonalSettings
from models.push import PushRun
from models.push_words import PushKind, PushState
from models.staff import Staff
from simulator import Simulator
from simulator.default_templates import make_template
from tests.jobs.conftest import HandClock
from tests.jobs.test_kill_worker import Nursery
from tests.support.factories import Factory, Office
from tests.support.pushes import TEMPLATE, crowd, something_to_tell, weekly_digest
from tests.support.surveys import BOX, filled, open_survey, write_survey
from tests.support.waiting import eventually
from wechat.messenger import messenger_for

# Twenty thousand, with the web beside it: python -m bench.pushes
PEOPLE = 150
FIELDS = {"thing1": ["{subject}"], "thing2": ["{remark}"]}


@pytest.fixture
def planned(database: Database, office: Office, now: datetime) -> int:
    """A digest that goes out by itself, each Monday at nine."""
    with database.transaction() as session:
        dispatcher = session.get_one(Staff, office.dispatcher.id)
        schedule = weekly_digest(session, dispatcher, now=now, automatic=True)
        leader = session.get_one(Staff, office.leader.id)
        push_schedules.confirm(session, schedule, staff=leader, now=now)
        return schedule.id


def runs(database: Database) -> list[PushRun]:
    with database.reading() as session:
        return list(session.scalars(select(PushRun).order_by(PushRun.id)))


def test_of_two_workers_that_look_at_once_one_makes_the_run_and_writes_each_recipient(
    context: JobContext, database: Database, clock: HandClock, office: Office, planned: int
) -> None:
    clock.now = datetime(2026, 11, 30, 1, 0, 2, tzinfo=UTC)  # nine o'clock in Shanghai
    with database.transaction() as session:
        something_to_tell(session, office, now=clock.now)
        ids = crowd(session, [f"oCrowd{number:022d}" for number in range(60)], now=clock.now)
    start = threading.Barrier(2)

    def look() -> None:
        start.wait()
        job.run_pushes(context)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job.run_pushes(context)

    (run,) = runs(database)
    assert (run.state, run.schedule_id, run.eligible) == (PushState.RUNNING, planned, 60)
    with database.reading() as session:
        told = session.scalars(select(Notice.person_id).where(Notice.push_run_id == run.id)).all()
    assert sorted(one or 0 for one in told) == ids


def test_a_worker_told_to_stop_leaves_off_behind_a_batch(
    context: JobContext,
    database: Database,
    clock: HandClock,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(push_sending, "BATCH", 25)
    run_id = approved(database, office, 60, now=clock.now)
    stopping = threading.Event()
    write = push_sending.write_batch

    def write_and_stop(*given: object, **named: object) -> bool:
        stopping.set()
        return write(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(push_sending, "write_batch", write_and_stop)
    job.run_pushes(replace(context, stopping=stopping))
    assert [(run.eligible, run.written_at) for run in runs(database)] == [(25, None)]
    monkeypatch.setattr(push_sending, "write_batch", write)
    job.run_pushes(context)
    assert [(run.eligible, run.written_at) for run in runs(database)] == [(60, clock.now)]
    # The last ones go, and the next look finds it done.
    with database.transaction() as session:
        session.execute(update(Notice).where(Notice.push_run_id == run_id).values(state=NoticeState.INBOX))
    job.run_pushes(context)
    assert runs(database)[0].state is PushState.DONE


def approved(database: Database, office: Office, people: int, *, now: datetime) -> int:
    """A digest to so many people that may go out."""
    with database.transaction() as session:
        something_to_tell(session, office, now=now)
        crowd(session, [f"oCrowd{number:022d}" for number in range(people)], now=now)
        dispatcher = session.get_one(Staff, office.dispatcher.id)
        leader = session.get_one(Staff, office.leader.id)
        run = push_runs.begin(session, kind=PushKind.DIGEST, due_at=now, now=now, staff=dispatcher)
        push_runs.approve(session, run.id, staff=leader, now=now)
        return run.id


def test_what_was_on_its_way_when_a_push_was_called_off_is_counted_once_it_arrived(
    context: JobContext, database: Database, clock: HandClock, office: Office
) -> None:
    run_id = approved(database, office, 6, now=clock.now)
    job.run_pushes(context)
    with database.transaction() as session:
        waiting = select(Notice).where(Notice.push_run_id == run_id, Notice.state == NoticeState.PENDING)
        first = session.scalars(waiting.order_by(Notice.id)).first()
        assert first is not None
        first.state, first.claimed_at = NoticeState.SENDING, clock.now
        session.flush()
        admin = session.get_one(Staff, office.admin.id)
        push_runs.cancel(session, run_id, reason="写错了", staff=admin, now=clock.now)
    assert runs(database)[0].counts["under_way"] == 1
    with database.transaction() as session:
        session.execute(
            update(Notice)
            .where(Notice.state == NoticeState.SENDING)
            .values(state=NoticeState.SENT, channel=NoticeChannel.CUSTOM, claimed_at=None)
        )
    job.run_pushes(context)
    (run,) = runs(database)
    assert {name: run.counts[name] for name in ("total", "under_way", "withdrawn", "sent")} == {
        "total": 5,
        "under_way": 0,
        "withdrawn": 1,
        "sent": {"客服消息": 1},
    }


def test_a_push_whose_survey_is_over_is_given_up_and_a_reminder_forgotten(
    context: JobContext, database: Database, clock: HandClock, office: Office, factory: Factory
) -> None:
    with database.transaction() as session:
        admin, leader = session.get_one(Staff, office.admin.id), session.get_one(Staff, office.leader.id)
        teams = {"team": session.merge(office.team), "other_team": session.merge(office.other_team)}
        survey = write_survey(session, admin, now=clock.now, **teams)
        open_survey(session, survey, admin, now=clock.now)
        answered = factory.person(session)
        survey_sheets.hand_in(session, survey.id, answered, filled(survey), box=BOX, now=clock.now)
        due = {"subject": str(survey.id), "due_at": clock.now, "now": clock.now, "staff": admin}
        for kind in (PushKind.SURVEY_REMINDER, PushKind.SURVEY):
            made = push_runs.begin(session, kind=kind, **due)  # type: ignore[arg-type]
            if kind is PushKind.SURVEY_REMINDER:
                push_runs.approve(session, made.id, staff=leader, now=clock.now)
    job.run_pushes(context)
    job.run_pushes(context)
    reminder, opening = runs(database)
    assert (reminder.state, reminder.counts["total"]) == (PushState.DONE, 2)  # the student and the friend
    with database.transaction() as session:
        push_runs.approve(session, opening.id, staff=session.get_one(Staff, office.leader.id), now=clock.now)
        held = surveys.hold(session, survey.id, staff=session.get_one(Staff, office.admin.id))
        surveys.close(session, held, box=BOX, staff=None, now=clock.now)
    job.run_pushes(context)
    reminder, opening = runs(database)
    assert (opening.state, opening.remark) == (
        PushState.CANCELLED,
        "「秋季学期测评」现在没有开放，不能推送。",
    )
    with database.reading() as session:
        assert session.scalars(select(Notice.id).where(Notice.push_run_id == reminder.id)).all() == []


def test_a_crowd_never_keeps_a_person_waiting(
    context: JobContext, database: Database, clock: HandClock, office: Office, platform: Simulator
) -> None:
    approved(database, office, 30, now=clock.now)
    job.run_pushes(context)
    clock.advance(minutes=1)
    messenger = messenger_for(context.settings, context.client, database)
    sending = Delivering(database, messenger, worker="w", base_url="http://127.0.0.1/", clock=clock)
    with database.transaction() as session:
        session.execute(update(Notice).where(Notice.push_run_id.is_(None)).values(state=NoticeState.INBOX))
        session.add(
            Notice(
                key="event:1:person:1",
                kind=NoticeKind.ANSWERED,
                person_id=office.student.id,
                title="诉求有新进展",
                body="已出发",
                created_at=clock.now,
                due_at=clock.now,
                state=NoticeState.PENDING,
            )
        )
    assert sending.deliver_one()
    with database.reading() as session:
        personal = session.scalars(select(Notice).where(Notice.push_run_id.is_(None))).all()
        assert [one.attempts for one in personal if one.key.startswith("event:1:")] == [0]
        tried = session.scalars(select(Notice).where(Notice.key == "event:1:person:1")).one()
        assert tried.state is not NoticeState.PENDING
        pushed = select(func.count()).where(Notice.bulk, Notice.state != NoticeState.PENDING)
        assert session.scalar(pushed.where(Notice.state != NoticeState.INBOX)) == 0
    assert platform.messages() == []


@pytest.fixture
def nursery(settings: Settings) -> Iterator[Nursery]:
    nursery = Nursery(settings.model_copy(update={"delivery_threads": 4}))
    yield nursery
    nursery.close()


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_killed_twice_a_push_reaches_each_exactly_once(
    nursery: Nursery, database: Database, office: Office, platform: Simulator
) -> None:
    now = datetime.now(UTC)
    openids = [f"oCrowd{number:022d}" for number in range(PEOPLE)]
    prepare(database, platform, office, openids, now=now)
    with database.transaction() as session:
        something_to_tell(session, office, now=now)
        session.execute(update(Notice).values(state=NoticeState.INBOX))
        staff = [session.get_one(Staff, one.id) for one in (office.dispatcher, office.leader)]
        run = push_runs.begin(session, kind=PushKind.DIGEST, due_at=now, now=now, staff=staff[0])
        push_runs.approve(session, run.id, staff=staff[1], now=now)
    for wanted in (PEOPLE // 6, PEOPLE // 3):
        worker = nursery.worker()
        eventually(lambda wanted=wanted: len(platform.state.messages) >= wanted, seconds=30)
        os.kill(worker, signal.SIGKILL)
    last = nursery.worker()
    eventually(lambda: runs(database)[0].state is PushState.DONE, seconds=60)
    os.kill(last, signal.SIGTERM)

    got = Counter(message["openid"] for message in platform.messages())
    with database.reading() as session:
        run = session.scalars(select(PushRun)).one()
        counts = counts_of(session, run)
        told = session.scalars(select(Notice).where(Notice.push_run_id == run.id)).all()
        openid_of = {one.id: one.person.openid for one in told if one.person is not None}
    by_state = {
        state: {openid_of[one.id] for one in told if one.state is state and one.error != outbox.MAYBE_SENT}
        for state in NoticeState
    }
    # What was in a worker's hands when it was killed is never sent again; all else arrived exactly once.
    unsure = {openid_of[one.id] for one in told if one.error == outbox.MAYBE_SENT}
    assert (len(told), len(unsure) <= 2 * most_in_hand(4), max(got.values())) == (PEOPLE, True, 1)
    assert set(got) - unsure == by_state[NoticeState.SENT]
    assert len(by_state[NoticeState.SENT]) + len(unsure) == PEOPLE * 2 // 3
    assert by_state[NoticeState.INBOX] == set(openids[2::3])
    assert counts.sent_total + counts.inside_total == counts.total == PEOPLE
    assert set(counts.sent) == {"客服消息", "订阅通知"}


def prepare(
    database: Database, platform: Simulator, office: Office, openids: list[str], *, now: datetime
) -> None:
    """Let these people follow and want pushes at any hour: in turn with a window, a grant, and neither."""
    platform.people.admit(openids)
    template = make_template(TEMPLATE, "办实事周报", fields=[("thing1", "标题"), ("thing2", "内容")])
    template.subscription = True
    platform.state.templates.put(TEMPLATE, template)
    for number, openid in enumerate(openids):
        user = platform.people.need(openid)
        if number % 3 == 0:
            user.windows["message"] = [platform.clock.now(), 0]
        elif number % 3 == 1:
            user.grants[TEMPLATE] = 1
    with database.transaction() as session:
        crowd(session, openids, now=now - timedelta(minutes=1))
        # The office's quiet hours must not decide whether this test runs through the night.
        session.execute(update(PersonalSettings).values(quiet_from=time(0), quiet_until=time(0)))
        session.add(
            MessageTemplate(
                kind=NoticeKind.PUSH_DIGEST,
                channel=NoticeChannel.SUBSCRIPTION,
                template_id=TEMPLATE,
                title="办实事周报",
                fields=FIELDS,
                labels={},
                words={},
                updated_by_id=office.admin.id,
                updated_at=now,
            )
        )
