"""What is forgotten, and what is kept."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from domain import push_forgetting, push_runs, push_sending, retention_ways
from jobs.context import JobContext
from jobs.housekeeping import forget_old
from models.database import Database
from models.enums import InboundState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import AccessLink
from models.push_words import PushKind
from models.staff import Staff
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office
from tests.support.pushes import crowd, something_to_tell, write_all


def fill(database: Database, factory: Factory, now: datetime) -> None:
    with database.transaction() as session:
        person = factory.person(session)
        for number, age in enumerate([timedelta(days=1), timedelta(days=1, seconds=1), timedelta(days=9)]):
            session.add(
                AccessLink(token_hash=f"{number}", person_id=person.id, path="/h5", expires_at=now - age)
            )
        for number, age in enumerate(
            [timedelta(days=90), timedelta(days=90, seconds=1), timedelta(days=400)]
        ):
            session.add(
                InboundMessage(
                    dedupe_key=f"{number}",
                    openid=person.openid,
                    body="<xml>words</xml>",
                    reply="answer",
                    state=InboundState.HANDLED,
                    received_at=now - age,
                )
            )


@pytest.mark.parametrize("batch", [1, 500])
def test_old_links_go_and_old_messages_lose_their_words(
    context: JobContext, factory: Factory, now: datetime, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(retention_ways, "BATCH", batch)
    fill(context.database, factory, now)
    forget_old(context)
    with context.database.reading() as session:
        assert session.scalars(select(AccessLink.token_hash)).all() == ["0"]
        messages = session.execute(
            select(InboundMessage.body, InboundMessage.reply).order_by(InboundMessage.dedupe_key)
        ).all()
    assert [tuple(message) for message in messages] == [("<xml>words</xml>", "answer"), ("", ""), ("", "")]


def test_worker_that_is_to_end_leaves_the_rest_for_later(
    context: JobContext, factory: Factory, now: datetime
) -> None:
    fill(context.database, factory, now)
    context.stopping.set()
    forget_old(context)
    with context.database.reading() as session:
        assert len(session.scalars(select(AccessLink.id)).all()) == 3


def test_messages_of_nobody_are_emptied_and_those_about_the_account_stay(
    context: JobContext, factory: Factory, now: datetime
) -> None:
    rows = [
        ("text", "oTestStudent0000000000000001", timedelta(hours=2)),
        ("text", "oGone", timedelta(hours=2)),
        ("event:masssendjobfinish", "oSystem", timedelta(hours=2)),
        ("event:view", "oGone", timedelta(minutes=1)),
        ("text", "", timedelta(hours=2)),
    ]
    with context.database.transaction() as session:
        factory.person(session, rows[0][1])
        for number, (kind, openid, age) in enumerate(rows):
            values = {"body": "words", "reply": "answer", "state": InboundState.HANDLED}
            session.add(
                InboundMessage(
                    dedupe_key=f"{number}", kind=kind, openid=openid, received_at=now - age, **values
                )
            )
    forget_old(context)
    with context.database.reading() as session:
        columns = (InboundMessage.openid != "", InboundMessage.body, InboundMessage.reply)
        kept = session.execute(select(*columns).order_by(InboundMessage.id)).all()
    whole, empty = (True, "words", "answer"), (False, "", "")
    assert [tuple(row) for row in kept] == [whole, empty, whole, whole, (False, "words", "")]


def test_messages_of_old_pushes_go_when_the_office_wants_it(
    context: JobContext, office: Office, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_forgetting, "BATCH", 2)
    with context.database.transaction() as session:
        something_to_tell(session, office, now=clock.now)
        crowd(session, [f"oCrowd{number:022d}" for number in range(5)], now=clock.now)
        staff = [session.get_one(Staff, one.id) for one in (office.dispatcher, office.leader)]
        run = push_runs.begin(session, kind=PushKind.DIGEST, due_at=clock.now, now=clock.now, staff=staff[0])
        push_runs.approve(session, run.id, staff=staff[1], now=clock.now)
        write_all(session, run, now=clock.now)
        session.execute(update(Notice).where(Notice.push_run_id == run.id).values(state=NoticeState.INBOX))
        assert push_sending.finish(session, run.id, now=clock.now)
    found = []
    for days in (context.settings.push_days, 1):
        clock.advance(days=days)
        forget_old(context)
        with context.database.reading() as session:
            found.append(session.scalar(select(func.count(Notice.id)).where(Notice.push_run_id == run.id)))
    assert found == [5, 0]
