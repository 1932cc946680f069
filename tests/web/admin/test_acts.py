"""Doing something to a complaint from its page: each act, its refusals, and two people at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from domain import complaints
from domain.actors import Actor
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.database import Database
from models.enums import AttachmentPurpose, ComplaintKind, ComplaintStatus, StepName
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.admin.act_table import ACT_FORMS

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus
REASON = "含辱骂、虚假或恶意内容"
ZIP = b"PK\x03\x04" + b"\x00" * 200
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _address(complaint: Complaint, step: StepName) -> str:
    return f"/admin/complaints/{complaint.number}/acts/{step.value}"


def _fields(visitor: Visitor, address: str) -> dict[str, Any]:
    """Open the form of an act and give what a browser would send of it unchanged."""
    form = visitor.get(address).select_one("form.act-form")
    assert form is not None
    fields: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            fields[str(field["name"])] = str(chosen["value"]) if chosen else ""
        elif field.name == "textarea":
            fields[str(field["name"])] = field.get_text()
        elif field.get("type") in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                fields[str(field["name"])] = str(field["value"])
        elif field.get("type") != "file":
            fields[str(field["name"])] = str(field.get("value", ""))
    fields.pop("csrf_token")
    return fields


def _last_event(database: Database, complaint: Complaint) -> ComplaintEvent:
    with database.reading() as session:
        query = select(ComplaintEvent).where(ComplaintEvent.complaint_id == complaint.id)
        return session.scalars(query.order_by(ComplaintEvent.id.desc())).first()  # type: ignore[return-value]


def _stored(database: Database, complaint: Complaint) -> Complaint:
    with database.reading() as session:
        return session.get_one(Complaint, complaint.id)


# Step, status to start from, who does it, what is filled in, status afterwards.
ACTS: list[tuple[StepName, S, str, dict[str, str], S]] = [
    (StepName.ASSIGN, S.SUBMITTED, "dispatcher", {"team": "1"}, S.ASSIGNED),
    (StepName.ACCEPT, S.ASSIGNED, "handler", {}, S.IN_PROGRESS),
    (StepName.PROGRESS, S.IN_PROGRESS, "handler", {"words": "正在修"}, S.IN_PROGRESS),
    (StepName.REPLY, S.SUBMITTED, "dispatcher", {"words": "已经收到"}, S.SUBMITTED),
    (StepName.NOTE, S.RESOLVED, "inspector", {"words": "再看看"}, S.RESOLVED),
    (StepName.ASK, S.IN_PROGRESS, "handler", {"words": "哪个窗口？"}, S.WAITING),
    (StepName.RESUME, S.WAITING, "handler", {}, S.IN_PROGRESS),
    (StepName.RESUME, S.DEFERRED, "lead", {"words": "配件到了"}, S.IN_PROGRESS),
    (StepName.CLASSIFY, S.IN_PROGRESS, "lead", {"urgent": "1"}, S.IN_PROGRESS),
    (StepName.REQUEST_TRANSFER, S.IN_PROGRESS, "handler", {"words": "不归我们"}, S.IN_PROGRESS),
    (
        StepName.REQUEST_DEFERRAL,
        S.IN_PROGRESS,
        "handler",
        {"words": "等配件", "until": "2026-12-01"},
        S.IN_PROGRESS,
    ),
    (StepName.REQUEST_REJECTION, S.SUBMITTED, "dispatcher", {"reason": REASON}, S.SUBMITTED),
    (
        StepName.RESOLVE,
        S.IN_PROGRESS,
        "handler",
        {"words": "修好了", "outcome": "solved", "no_photo_reason": "不便"},
        S.RESOLVED,
    ),
    (StepName.REOPEN, S.CLOSED, "leader", {"words": "还是不行"}, S.IN_PROGRESS),
    (
        StepName.SUPERVISE,
        S.IN_PROGRESS,
        "leader",
        {"words": "三天内办", "until": "2026-11-26T17:30"},
        S.IN_PROGRESS,
    ),
    (StepName.PUBLISH, S.CLOSED, "dispatcher", {}, S.CLOSED),
]


@pytest.mark.parametrize("act", ACTS, ids=[f"{act[0]}-{act[1]}" for act in ACTS])
def test_an_act_is_done_and_leads_back_to_the_complaint(
    signed_in: SignedIn, file: Filed, database: Database, act: tuple[StepName, S, str, dict[str, str], S]
) -> None:
    step, start, username, filled, end = act
    complaint = file(start)
    visitor = signed_in(username)
    fields = _fields(visitor, _address(complaint, step)) | filled

    leads = visitor.send(_address(complaint, step), fields)

    assert leads == f"/admin/complaints/{complaint.number}"
    assert (_last_event(database, complaint).step, _stored(database, complaint).status) == (step, end)
    assert step.label in words_of(visitor.get(leads).select_one(".flash"))


DECIDED: list[tuple[StepName, StepName, str, dict[str, str], S]] = [
    (StepName.REQUEST_TRANSFER, StepName.REFUSE_TRANSFER, "dispatcher", {"words": "归你们"}, S.IN_PROGRESS),
    (StepName.REQUEST_DEFERRAL, StepName.APPROVE_DEFERRAL, "lead", {}, S.DEFERRED),
    (StepName.REQUEST_DEFERRAL, StepName.REFUSE_DEFERRAL, "leader", {"words": "太久"}, S.IN_PROGRESS),
    (StepName.REQUEST_REJECTION, StepName.CONFIRM_REJECTION, "leader", {"confirmed": "1"}, S.REJECTED),
    (StepName.REQUEST_REJECTION, StepName.REFUSE_REJECTION, "dispatcher", {"words": "要办"}, S.IN_PROGRESS),
]


@pytest.fixture
def requested(
    file: Filed, database: Database, office: Office, now: datetime
) -> Callable[[StepName], Complaint]:
    """A complaint at work with an open request; transfers are wished to the other team."""

    def make(step: StepName) -> Complaint:
        complaint = file(S.IN_PROGRESS)
        with database.transaction() as session:
            stored = session.get_one(Complaint, complaint.id)
            handler, lead = Actor.of_staff(office.handler), Actor.of_staff(office.lead)
            if step is StepName.REQUEST_TRANSFER:
                team = session.get_one(type(office.other_team), office.other_team.id)
                complaints.request_transfer(
                    session, stored, reason="不归我们", to_team=team, actor=handler, now=now
                )
            elif step is StepName.REQUEST_DEFERRAL:
                until = now + timedelta(days=9)
                complaints.request_deferral(
                    session, stored, reason="等配件", until=until, actor=handler, now=now
                )
            else:
                complaints.request_rejection(session, stored, reason=REASON, actor=lead, now=now)
        return complaint

    return make


@pytest.mark.parametrize("decision", DECIDED, ids=[decision[1] for decision in DECIDED])
def test_a_request_is_decided(
    signed_in: SignedIn,
    requested: Callable[[StepName], Complaint],
    database: Database,
    decision: tuple[StepName, StepName, str, dict[str, str], S],
) -> None:
    asked, step, username, filled, end = decision
    complaint = requested(asked)
    visitor = signed_in(username)

    visitor.send(_address(complaint, step), _fields(visitor, _address(complaint, step)) | filled)

    assert (_last_event(database, complaint).step, _stored(database, complaint).status) == (step, end)


def test_granting_a_transfer_is_assigning_to_the_wished_team(
    signed_in: SignedIn, requested: Callable[[StepName], Complaint], database: Database, office: Office
) -> None:
    complaint = requested(StepName.REQUEST_TRANSFER)
    visitor = signed_in("dispatcher")

    fields = _fields(visitor, _address(complaint, StepName.ASSIGN))
    visitor.send(_address(complaint, StepName.ASSIGN), fields)

    assert fields["team"] == str(office.other_team.id)
    assert _stored(database, complaint).team_id == office.other_team.id


def test_every_form_is_tried_here() -> None:
    tried = {act[0] for act in ACTS} | {act[1] for act in DECIDED} | {StepName.MERGE, StepName.UNPUBLISH}

    assert tried == set(ACT_FORMS)


def test_merging_shows_the_other_one_and_asks_to_confirm(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    main, double = file(text="主件的文字"), file()
    visitor = signed_in("dispatcher")
    address = _address(double, StepName.MERGE)
    fields = _fields(visitor, f"{address}?into={main.number}")

    preview = visitor.get(f"/admin/complaints/preview?into={main.number}", fragment=True)
    page = visitor.refused(address, fields)
    visitor.send(address, fields | {"confirmed": "1"})

    assert "主件的文字" in words_of(preview)
    assert words_of(page.select_one("#error-confirmed")) == "请先核对并勾选确认。"
    stored = _stored(database, double)
    assert (stored.status, stored.merged_into_id) == (S.MERGED, main.id)


@pytest.mark.parametrize("into", ["", "2026-0101-0001", "own"])
def test_merging_into_nothing_or_itself_is_refused(signed_in: SignedIn, file: Filed, into: str) -> None:
    complaint = file()
    visitor = signed_in("dispatcher")
    number = complaint.number if into == "own" else into

    page = visitor.refused(_address(complaint, StepName.MERGE), {"into": number, "confirmed": "1"})

    assert len(words_of(page.select_one("#error-into"))) > 8


def test_a_preview_of_a_number_that_nobody_has_says_so(signed_in: SignedIn, office: Office) -> None:
    del office
    visitor = signed_in("dispatcher")

    assert "没有找到" in words_of(visitor.get("/admin/complaints/preview?into=2026-0101-0001", fragment=True))
    assert words_of(visitor.get("/admin/complaints/preview?into=2026", fragment=True)) == ""


def test_taking_off_the_board(signed_in: SignedIn, file: Filed, database: Database) -> None:
    complaint = file(S.CLOSED)
    visitor = signed_in("dispatcher")
    visitor.send(_address(complaint, StepName.PUBLISH), {"public_text": "食堂饭菜变热了"})
    assert _stored(database, complaint).public_text == "食堂饭菜变热了"

    visitor.send(_address(complaint, StepName.UNPUBLISH), {"words": "内容有误"})

    assert _stored(database, complaint).published_at is None


def test_the_second_of_two_people_is_told_and_keeps_the_words(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    first, second = signed_in("handler"), signed_in("lead")
    address = _address(complaint, StepName.RESOLVE)
    fields = _fields(second, address) | {"words": "我来办结，字打了很久", "no_photo_reason": "不便"}
    first.send(_address(complaint, StepName.ASK), {"words": "哪天的事？", "seen": str(complaint.revision)})

    page = second.refused(address, fields, status=409)

    told = words_of(page.select_one("[role=alert]"))
    assert "先做了「请诉求人补充」" in told
    assert "饮食服务中心 经办人" in told
    assert "待补充" in told
    assert page.select_one("form.act-form") is None, "a complaint that waits cannot be resolved"
    assert words_of(page.select_one("#kept-words")) == "我来办结，字打了很久"
    assert _stored(database, complaint).status is S.WAITING


def test_the_second_may_send_again_when_it_still_can_be_done(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.SUBMITTED)
    first, second = signed_in("dispatcher"), signed_in("dispatcher2")
    address = _address(complaint, StepName.ASSIGN)
    fields = _fields(second, address) | {"team": "2", "words": "请维修中心看看"}
    first.send(address, _fields(first, address) | {"team": "1"})

    page = second.refused(address, fields, status=409)

    assert "先做了「派单」" in words_of(page.select_one("[role=alert]"))
    kept = page.select_one("#act-words")
    assert words_of(kept) == "请维修中心看看"
    seen = page.select_one("input[name=seen]")
    assert seen is not None
    second.send(address, fields | {"seen": str(seen["value"])})
    assert _stored(database, complaint).team_id == 2


def test_inside_the_page_the_second_also_gets_the_fresh_state(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.SUBMITTED)
    first, second = signed_in("dispatcher"), signed_in("dispatcher2")
    address = _address(complaint, StepName.ASSIGN)
    first.send(address, {"team": "1", "seen": str(complaint.revision)})

    answer = second.refused(
        address, {"team": "2", "seen": str(complaint.revision)}, status=409, fragment=True
    )

    fresh = answer.select_one("#complaint-live[hx-swap-oob]")
    assert fresh is not None
    assert "已派单" in words_of(fresh.select_one(".badges"))


def test_inside_the_page_an_act_that_was_done_reloads_it(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.ASSIGNED)
    visitor = signed_in("handler")
    form = visitor.get(_address(complaint, StepName.ACCEPT), fragment=True).select_one("form")
    assert form is not None
    assert form["hx-post"] == form["action"]

    answer = visitor.post(str(form["hx-post"]), {"seen": str(complaint.revision)}, fragment=True)

    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/admin/complaints/{complaint.number}"


def test_words_that_are_missing_are_asked_for_at_their_field(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in("handler").refused(_address(complaint, StepName.REPLY), {"words": "  "})

    assert words_of(page.select_one("#error-words")) == "请填写答复内容。"
    assert page.select_one("#act-words[aria-invalid=true]") is not None


@pytest.mark.parametrize(
    ("step", "username", "filled", "field"),
    [
        (StepName.ASSIGN, "dispatcher", {}, "team"),
        (StepName.ASSIGN, "dispatcher", {"team": "x"}, "team"),
        (StepName.ASSIGN, "dispatcher", {"team": "99999999999"}, "team"),
        (StepName.ASSIGN, "dispatcher", {"team": "1", "handler": "4"}, "handler"),
        (StepName.RESOLVE, "handler", {"words": "好了", "outcome": "wonderful"}, "outcome"),
        (StepName.REQUEST_DEFERRAL, "handler", {"words": "等", "until": "gestern"}, "until"),
        (StepName.REQUEST_DEFERRAL, "handler", {"words": "等", "until": "0001-01-01"}, "until"),
        (StepName.REQUEST_DEFERRAL, "handler", {"words": "等", "until": "2026-11-22"}, "until"),
        (StepName.SUPERVISE, "leader", {"words": "快", "until": "9999-12-31T00:00"}, "until"),
        (StepName.SUPERVISE, "leader", {"words": "快", "until": "2026-11-01T00:00"}, "until"),
        (StepName.CLASSIFY, "lead", {"place": "火星"}, "place"),
        (StepName.CLASSIFY, "lead", {"kind": "x"}, "kind"),
        (StepName.CLASSIFY, "lead", {"category": "77"}, "category"),
        (StepName.CLASSIFY, "lead", {"complexity": "x"}, "complexity"),
        (StepName.REQUEST_REJECTION, "dispatcher", {"reason": "没空"}, "reason"),
        (StepName.REQUEST_TRANSFER, "handler", {"words": "不归", "to_team": "1"}, "to_team"),
    ],
)
def test_what_cannot_be_used_is_explained_at_its_field(
    signed_in: SignedIn, file: Filed, step: StepName, username: str, filled: dict[str, str], field: str
) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in(username).refused(_address(complaint, step), filled)

    assert len(words_of(page.select_one(f"#error-{field}"))) > 6


def test_classifying_finds_a_place_by_its_words(
    signed_in: SignedIn, file: Filed, office: Office, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("lead")

    offered = visitor.get("/admin/places?place=图书", fragment=True)
    visitor.send(_address(complaint, StepName.CLASSIFY), {"place": "图书馆大厅"})

    assert [str(option["value"]) for option in offered.select("option")] == ["图书馆大厅"]
    assert _stored(database, complaint).service_point_id == office.hall.id


def test_classifying_nothing_says_so(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("lead")
    address = _address(complaint, StepName.CLASSIFY)

    page = visitor.refused(address, _fields(visitor, address))

    assert words_of(page.select_one("[role=alert]")) == "没有改动任何内容。"


def test_an_act_that_is_not_open_says_why_there_is_no_form(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.CLOSED)
    visitor = signed_in("handler")
    address = _address(complaint, StepName.RESOLVE)

    shown = visitor.get(address, status=403)
    sent = visitor.refused(
        address, {"words": "好了", "outcome": "solved", "no_photo_reason": "x"}, status=403
    )

    assert words_of(shown.select_one("[role=alert]")).startswith("现在的状态是「已销号」，您不能「办结」。")
    assert shown.select_one("form.act-form") is None
    assert words_of(sent.select_one("#kept-words")) == "好了"


@pytest.mark.parametrize(("username", "status"), [("outsider", 404), ("inspector", 403)])
def test_who_may_not_act_is_refused(
    signed_in: SignedIn, file: Filed, database: Database, username: str, status: int
) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in(username)
    address = _address(complaint, StepName.PROGRESS)

    visitor.get(address, status=status)
    visitor.refused(address, {"words": "我来"}, status=status)

    assert _last_event(database, complaint).step is StepName.ACCEPT


def test_nobody_acts_without_signing_in(visitor: Visitor, file: Filed, database: Database) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor.get("/admin/sign-in")

    leads = visitor.post(_address(complaint, StepName.REPLY), {"words": "冒充"}).headers["Location"]

    assert leads == "/admin/sign-in"
    assert _last_event(database, complaint).step is StepName.ACCEPT


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_without_its_token_is_refused(
    signed_in: SignedIn, file: Filed, database: Database, token: str
) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("handler")

    answer = visitor.post(_address(complaint, StepName.REPLY), {"words": "你好"}, token=token)

    assert answer.status_code == 400
    assert "页面已过期" in answer.get_data(as_text=True)
    assert _last_event(database, complaint).step is StepName.ACCEPT


def test_photos_are_cleaned_kept_and_shown(
    signed_in: SignedIn, file: Filed, database: Database, photo: bytes
) -> None:
    complaint = file(S.IN_PROGRESS, kind=ComplaintKind.REPAIR)
    visitor = signed_in("handler")

    visitor.send(
        _address(complaint, StepName.RESOLVE),
        {
            "words": "换好了",
            "outcome": "solved",
            "attachments": [(BytesIO(photo), "a.jpg"), (BytesIO(photo), "b.jpg")],
        },
    )

    with database.reading() as session:
        kept = session.scalars(select(Attachment).where(Attachment.complaint_id == complaint.id)).all()
    assert [(one.purpose, one.content_type) for one in kept] == [(AttachmentPurpose.AFTER, "image/jpeg")] * 2
    page = visitor.get(f"/admin/complaints/{complaint.number}")
    assert len(page.select(".entry .photo")) == 2


def test_a_repair_without_photo_or_reason_is_sent_back(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS, kind=ComplaintKind.REPAIR)

    page = signed_in("handler").refused(
        _address(complaint, StepName.RESOLVE), {"words": "好了", "outcome": "solved"}
    )

    assert "请附上维修后的照片" in words_of(page.select_one("#error-attachments"))
    assert words_of(page.select_one("#act-words")) == "好了"


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (SVG, "图.svg", "「图.svg」：这不是照片，或者格式不支持。请使用 JPG 或 PNG 照片。"),
        (ZIP, "照片.jpg", "「照片.jpg」：这不是照片，或者格式不支持。请使用 JPG 或 PNG 照片。"),
        (b"", "空.jpg", "「空.jpg」：照片是空的，请重新选择。"),
        (b"\xff\xd8" + b"0" * (13 * 1024 * 1024), "大.jpg", "「大.jpg」：照片不能超过 12 MB。"),
    ],
    ids=["svg", "zip", "empty", "13 MB"],
)
def test_what_is_no_photo_is_named_and_refused(
    signed_in: SignedIn, file: Filed, database: Database, data: bytes, name: str, sentence: str
) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in("handler").refused(
        _address(complaint, StepName.PROGRESS),
        {"words": "请看照片", "attachments": [(BytesIO(data), name)]},
    )

    assert words_of(page.select_one("#error-attachments")) == sentence
    assert words_of(page.select_one("#act-words")) == "请看照片"
    assert _last_event(database, complaint).step is StepName.ACCEPT


def test_more_than_nine_photos_are_refused(signed_in: SignedIn, file: Filed, photo: bytes) -> None:
    complaint = file(S.IN_PROGRESS)
    ten = [(BytesIO(photo), f"{number}.jpg") for number in range(10)]

    page = signed_in("handler").refused(
        _address(complaint, StepName.PROGRESS), {"words": "看", "attachments": ten}
    )

    assert words_of(page.select_one("#error-attachments")) == "一次最多上传 9 张照片，请分几次上传。"
