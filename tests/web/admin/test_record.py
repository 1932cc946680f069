"""Filing a complaint for somebody who called, wrote or came."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import Channel, ComplaintKind, ComplaintStatus
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
ADDRESS = "/admin/complaints/new"
CALL: dict[str, Any] = {"channel": "phone", "text": "二楼的灯坏了", "submission_key": "abc"}


def _only(database: Database) -> Complaint:
    with database.reading() as session:
        query = select(Complaint).options(joinedload(Complaint.recorded_by), joinedload(Complaint.team))
        return session.scalars(query).one()


def test_the_desk_records_a_call(
    signed_in: SignedIn, office: Office, database: Database, photo: bytes
) -> None:
    visitor = signed_in("dispatcher")
    visitor.get(ADDRESS)

    leads = visitor.send(
        ADDRESS,
        CALL
        | {
            "place": office.canteen.full_name,
            "place_detail": "靠窗",
            "kind": "repair",
            "category": str(office.category.id),
            "contact_name": "林小雨",
            "contact_phone": "13800001234",
            "attachments": (BytesIO(photo), "灯.jpg"),
        },
    )

    filed = _only(database)
    assert leads == f"/admin/complaints/{filed.number}"
    assert (filed.channel, filed.kind, filed.text) == (Channel.PHONE, ComplaintKind.REPAIR, "二楼的灯坏了")
    assert (filed.service_point_id, filed.place_text) == (office.canteen.id, "靠窗")
    assert (filed.contact_name, filed.contact_phone) == ("林小雨", "13800001234")
    assert filed.reporter_id is None
    assert filed.recorded_by is not None
    assert filed.recorded_by.username == "dispatcher"
    assert (filed.status, filed.team_id) == (ComplaintStatus.ASSIGNED, office.team.id)
    with database.reading() as session:
        assert session.scalar(select(func.count(Attachment.id))) == 1
    assert filed.number in words_of(visitor.get(leads).select_one(".flash"))


def test_the_same_form_sent_twice_files_one_complaint(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    visitor = signed_in(office.dispatcher.username)

    assert visitor.send(ADDRESS, CALL) == visitor.send(ADDRESS, CALL)
    assert _only(database).urgent is False


def test_each_form_has_a_key_of_its_own(signed_in: SignedIn, office: Office) -> None:
    visitor = signed_in(office.dispatcher.username)

    keys = {str(visitor.get(ADDRESS).select("[name=submission_key]")[0]["value"]) for _ in range(3)}

    assert len(keys) == 3


def test_a_place_outside_the_list_is_kept_as_written(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    visitor = signed_in(office.dispatcher.username)

    page = visitor.refused(ADDRESS, CALL | {"place": "后山凉亭"})
    visitor.send(ADDRESS, CALL | {"place": "后山凉亭", "place_as_text": "1", "urgent": "1"})

    assert "没有找到「后山凉亭」" in words_of(page.select_one("#error-place"))
    assert words_of(page.select_one("#text")) == "二楼的灯坏了"
    filed = _only(database)
    assert (filed.service_point_id, filed.place_text, filed.urgent) == (None, "后山凉亭", True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "wechat"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"text": " \n "}, "text"),
        ({"text": "长" * 10_001}, "text"),
        ({"attachments": (BytesIO(b"PK"), "x.jpg")}, "attachments"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(
    signed_in: SignedIn, office: Office, changes: dict[str, Any], field: str
) -> None:
    page = signed_in(office.dispatcher.username).refused(ADDRESS, CALL | changes)

    assert len(words_of(page.select_one(f"#error-{field}"))) > 6


@pytest.mark.parametrize("username", ["handler", "lead", "leader", "inspector", "admin"])
def test_only_the_desk_records(
    signed_in: SignedIn, office: Office, database: Database, username: str
) -> None:
    del office
    visitor = signed_in(username)

    assert visitor.get("/admin/notices").select(f"a[href='{ADDRESS}']") == []
    visitor.get(ADDRESS, status=403)
    visitor.refused(ADDRESS, CALL, status=403)

    with database.reading() as session:
        assert session.scalar(select(func.count(Complaint.id))) == 0
