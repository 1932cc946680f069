"""Having a file fetched once more."""

from datetime import datetime, timedelta

import pytest

from domain.actors import Actor
from domain.errors import NotAllowed, TooLate
from domain.fetching import fetch_again, is_still_there, may_fetch_again
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.factories import Factory, Office


def failed(now: datetime, **changes: object) -> Attachment:
    values: dict[str, object] = {
        "kind": AttachmentKind.PHOTO,
        "state": AttachmentState.FAILED,
        "created_at": now,
        "media_id": "media",
        "attempts": 8,
        "error": "连不上微信平台",
    }
    return Attachment(**(values | changes))


def test_file_is_fetched_again_once(
    database: Database, factory: Factory, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        complaint = factory.complaint(session, office, ComplaintStatus.IN_PROGRESS)
        attachment = failed(now, complaint_id=complaint.id)
        session.add(attachment)
        session.flush()
        actor = Actor.of_staff(office.handler)
        fetch_again(session, complaint, attachment, actor=actor, now=now)
        assert (attachment.state, attachment.attempts, attachment.next_attempt_at, attachment.error) == (
            AttachmentState.PENDING,
            0,
            now,
            "",
        )
        with pytest.raises(TooLate):
            fetch_again(session, complaint, attachment, actor=actor, now=now)


def test_only_who_handles_the_complaint_may(
    database: Database, factory: Factory, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        complaint = factory.complaint(session, office, ComplaintStatus.IN_PROGRESS)
        named = ("handler", "colleague", "lead", "outsider", "dispatcher", "leader", "inspector", "admin")
        may = {
            name
            for name in named
            if may_fetch_again(session, complaint, Actor.of_staff(getattr(office, name)))
        }
        assert may == {"handler", "colleague", "lead", "dispatcher", "admin"}
        assert not may_fetch_again(session, complaint, Actor.of_person(office.student))
        with pytest.raises(NotAllowed, match="只有办理这件诉求的工作人员"):
            fetch_again(session, complaint, failed(now), actor=Actor.of_staff(office.leader), now=now)


def test_after_three_days_it_is_gone(
    database: Database, factory: Factory, office: Office, now: datetime
) -> None:
    three_days = timedelta(days=3)
    old = failed(now - three_days)
    assert is_still_there(failed(now - three_days + timedelta(seconds=1)), now=now)
    assert not is_still_there(old, now=now)
    assert not is_still_there(failed(now, media_id=""), now=now)
    with database.transaction() as session:
        complaint = factory.complaint(session, office, ComplaintStatus.IN_PROGRESS)
        with pytest.raises(NotAllowed, match="微信只保留三天"):
            fetch_again(session, complaint, old, actor=Actor.of_staff(office.handler), now=now)
