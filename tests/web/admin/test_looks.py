"""Who saw personal data: noted once an hour, found by those who watch, told to the person."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from domain import my_data
from domain.personal_data_access import masked_phone
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState
from models.enums import ComplaintStatus as S
from models.person import Person
from models.personal_data_access import PersonalDataAccess
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.surveys import BOX

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
NAME, PHONE = "林小雨", "13800001234"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("0571-88886120", "057******6120"),
        ("88886120", "8***6120"),
        ("661234", "6****4"),
        ("12", "*2"),
        ("1", "****"),
    ],
)
def test_masked_number_keeps_its_ends(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def looks(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(PersonalDataAccess).order_by(PersonalDataAccess.id))
        return [(row.post, row.seen.label, row.seen_in.label) for row in rows]


def test_every_look_is_noted_once_and_found_and_told(
    signed_in: SignedIn, file: Filed, database: Database, office: Office
) -> None:
    complaint = file(S.IN_PROGRESS, contact_name=NAME, contact_phone=PHONE)
    address = f"/admin/complaints/{complaint.number}"
    handler, inspector = signed_in("handler"), signed_in("inspector")

    assert handler.get("/admin/inbox?tab=all").select(".words")
    assert looks(database) == []
    for _ in range(2):
        assert handler.get(address).select_one(".phone-hidden [data-key=v]") is not None
    post = "饮食服务中心 经办人"
    seen = [(post, "称呼", "页面")]
    assert looks(database) == seen
    inspector.get(address)
    assert looks(database) == seen

    for _ in range(2):
        page = handler.refused(f"{address}/phone", status=200)
        assert f"{NAME} {PHONE}" in words_of(page.main)
    assert words_of(handler.refused(f"{address}/phone", status=200, fragment=True)) == PHONE
    assert inspector.refused(f"{address}/phone", status=403)
    handler.get(f"/admin/inbox?tab=all&q={NAME}")
    handler.get(f"{address}/print")
    handler.get(f"{address}/print?contact=1")
    seen += [(post, "联系电话", "页面"), (post, "称呼", "搜索结果"), (post, "称呼和电话", "打印")]
    assert looks(database) == seen

    assert handler.get("/admin/audit/looks", status=403)
    rows = inspector.get("/admin/audit/looks").select("tbody tr")
    assert [words_of(row.select("td")[2]) for row in rows] == [
        f"{what} {where}" for _, what, where in reversed(seen)
    ]
    one = inspector.get(
        f"/admin/audit/looks?number={complaint.number}&seen=phone&staff={office.handler.id}&from=2020-01-01"
    )
    assert len(one.select("tbody tr")) == 1
    for nothing in ("number=2020", "until=2020-01-01", f"staff={office.lead.id}", "before=1"):
        assert "没有符合条件的记录" in words_of(inspector.get(f"/admin/audit/looks?{nothing}&seen=nonsense"))
    with database.reading() as session:
        person = session.get_one(Person, office.student.id)
        told = my_data.collect(session, person, box=BOX, now=complaint.filed_at).content["谁看过我的信息"]
    assert [(one["谁"], one["看了什么"], one["编号"]) for one in told] == [
        (post, seen_kind, complaint.number) for _, seen_kind, _ in reversed(seen)
    ]


def test_page_is_shown_although_its_look_cannot_be_noted(
    signed_in: SignedIn, file: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = file(S.IN_PROGRESS, contact_name=NAME, contact_phone=PHONE)
    handler = signed_in("handler")

    def busy(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("web.access_notes.record", busy)
    with capture_logs() as said:
        assert NAME in str(handler.get(f"/admin/complaints/{complaint.number}"))
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["look_not_noted"]
    monkeypatch.setattr("domain.personal_data_access.record", busy)
    assert PHONE not in str(handler.refused(f"/admin/complaints/{complaint.number}/phone", status=503))
    assert PHONE not in str(handler.get(f"/admin/complaints/{complaint.number}/print?contact=1", status=503))


def test_files_of_people_are_noted_and_those_of_staff_are_not(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    handler = signed_in("handler")
    files = handler.client.application.extensions["banshishi"].file_store
    with database.transaction() as session:
        session.execute(delete(PersonalDataAccess))
        values = {
            "complaint_id": complaint.id,
            "event_id": session.get_one(Complaint, complaint.id).events[0].id,
            "kind": AttachmentKind.VOICE,
            "state": AttachmentState.STORED,
            "created_at": complaint.filed_at,
        }
        voice = Attachment(file_key=files.save(b"voice", "mp3"), content_type="audio/mpeg", **values)
        session.add(voice)
        session.flush()
        voice_id = voice.id
    page = handler.get(f"/admin/complaints/{complaint.number}")
    links = [str(one.get("href") or one.get("src")) for one in page.select("[href], [src]")]
    handler.client.get(next(one for one in links if f"/attachments/{voice_id}" in one)).close()
    assert looks(database) == [("饮食服务中心 经办人", "照片、语音等原件", "页面")]
