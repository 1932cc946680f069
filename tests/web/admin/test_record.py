"""Filing a complaint for somebody who called, wrote or came."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint
from models.database import Database
from models.enums import Channel, ComplaintKind, ComplaintStatus, NoticeKind
from models.notice import Notice
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


def test_who_writes_on_the_telephone_sees_what_the_words_would_do(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    with database.transaction() as session:
        session.get_one(Category, office.category.id).team_id = office.team.id
    visitor = signed_in(office.dispatcher.username)
    visitor.send(ADDRESS, CALL | {"text": "大厅空调不制冷", "place": office.hall.full_name})
    before = _only(database)

    def hints(**entered: str) -> str:
        answer = visitor.post(f"{ADDRESS}/hints", {"text": "", **entered}, fragment=True)
        assert answer.status_code == 200
        return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True).split())

    assert hints(text="空调") == hints() == ""
    assert hints(text="今天空调漏电").startswith("写到了「漏电」：提交后按 紧急 处理")
    alike = hints(text="大厅的空调不制冷了", place=office.hall.full_name)
    assert alike.startswith(f"提交后先到受理台，多半归 {office.team.name} （现在的类别")
    assert f"可能是同一件事，可以告诉对方已经在办： {before.number}" in alike
    assert hints(text="饭菜是凉的", place=office.canteen.full_name).startswith(
        f"提交后直接派给 {office.team.name} 。"
    )
    unknown = hints(text="校门口的路灯坏了", place="校门口", category="99999")
    assert unknown.startswith("提交后先到受理台")
    chosen = hints(text="路灯坏了几天", place="后山", place_as_text="1", category=str(office.category.id))
    assert chosen.startswith(f"提交后直接派给 {office.team.name} 。")
    assert _only(database).id == before.id


def test_a_call_back_is_owed_until_somebody_noted_it_and_again_after_an_answer(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    desk = signed_in(office.dispatcher.username)
    call = CALL | {
        "place": office.canteen.full_name,
        "contact_name": "林小雨",
        "contact_phone": "13800001234",
    }
    own = desk.send(ADDRESS, call)
    handler = signed_in(office.handler.username)

    def line(visitor: Visitor) -> str:
        found = visitor.get(own).select_one(".owes-call")
        return words_of(found) if found else ""

    def act(step: str, **entered: str) -> None:
        form = handler.get(f"{own}/acts/{step}").select_one("form.act-form")
        assert form
        seen = str(form.select("[name=seen]")[0]["value"])
        handler.send(f"{own}/acts/{step}", {"seen": seen, **entered})

    def badges() -> list[str]:
        rows = handler.get("/admin/inbox?tab=all").select(".meta .badge")
        return [words_of(one) for one in rows]

    assert badges() == ["需电话回复"]
    with database.reading() as session:
        mine = (Notice.staff_id == office.handler.id, Notice.kind == NoticeKind.STAFF_ASSIGNED)
        told = session.scalars(select(Notice.body).where(*mine)).one()
        assert "需电话回复：诉求人没有用微信，有答复请打电话。" in told
    assert "需电话回复 ：诉求人没有用微信" in line(handler)
    assert "请打 138****1234 告诉林小雨" in line(handler)
    inspector = line(signed_in("inspector"))
    assert "13800001234" not in inspector
    assert "由办理单位打电话告诉对方" in inspector
    act("note", words="先问清了窗口", called="1")
    assert line(handler) == ""
    assert handler.get(f"{own}/acts/note").select("[name=called]") == []
    assert "已打电话告诉诉求人" in words_of(handler.get(own))
    assert badges() == []
    act("reply", words="今晚修好")
    assert line(handler) != ""
    act("note", words="没有打通")
    assert line(handler) != ""
    act("note", words="已告诉本人", called="1")
    assert line(handler) == ""
    with database.reading() as session:
        steps = [
            event.details.get("called") for event in session.get_one(Complaint, _only(database).id).events
        ]
        assert steps.count(True) == 2

    assert desk.get(desk.send(ADDRESS, CALL | {"submission_key": "b"})).select(".owes-call") == []
