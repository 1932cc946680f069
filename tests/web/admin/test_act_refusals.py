"""Acts that are refused: somebody was faster, words are missing, photos are none, or it is not allowed."""

from collections.abc import Callable
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentPurpose, ComplaintKind, ComplaintStatus, StepName
from tests.support.act_pages import act_address, fields_of, last_event, stored
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus
ZIP = b"PK\x03\x04" + b"\x00" * 200
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def test_the_second_of_two_people_is_told_and_keeps_the_words(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    first, second = signed_in("handler"), signed_in("lead")
    address = act_address(complaint, StepName.RESOLVE)
    fields = fields_of(second, address) | {"words": "我来办结，字打了很久", "no_photo_reason": "不便"}
    first.send(act_address(complaint, StepName.ASK), {"words": "哪天的事？", "seen": str(complaint.revision)})

    page = second.refused(address, fields, status=409)

    told = words_of(page.select_one("[role=alert]"))
    assert "先做了「请诉求人补充」" in told
    assert "饮食服务中心 经办人" in told
    assert "待补充" in told
    assert page.select_one("form.act-form") is None, "a complaint that waits cannot be resolved"
    assert words_of(page.select_one("#kept-words")) == "我来办结，字打了很久"
    assert stored(database, complaint).status is S.WAITING


def test_the_second_may_send_again_when_it_still_can_be_done(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.SUBMITTED)
    first, second = signed_in("dispatcher"), signed_in("dispatcher2")
    address = act_address(complaint, StepName.ASSIGN)
    fields = fields_of(second, address) | {"team": "2", "words": "请维修中心看看"}
    first.send(address, fields_of(first, address) | {"team": "1"})

    page = second.refused(address, fields, status=409)

    assert "先做了「派单」" in words_of(page.select_one("[role=alert]"))
    kept = page.select_one("#act-words")
    assert words_of(kept) == "请维修中心看看"
    seen = page.select_one("input[name=seen]")
    assert seen is not None
    second.send(address, fields | {"seen": str(seen["value"])})
    assert stored(database, complaint).team_id == 2


def test_inside_the_page_the_second_also_gets_the_fresh_state(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.SUBMITTED)
    first, second = signed_in("dispatcher"), signed_in("dispatcher2")
    address = act_address(complaint, StepName.ASSIGN)
    first.send(address, {"team": "1", "seen": str(complaint.revision)})

    answer = second.refused(
        address, {"team": "2", "seen": str(complaint.revision)}, status=409, fragment=True
    )

    fresh = answer.select_one("#complaint-live[hx-swap-oob]")
    assert fresh is not None
    assert "已派单" in words_of(fresh.select_one(".badges"))


def test_inside_the_page_an_act_that_was_done_draws_it_anew_where_it_stands(
    signed_in: SignedIn, file: Filed
) -> None:
    complaint = file(S.ASSIGNED)
    visitor = signed_in("handler")
    form = visitor.get(act_address(complaint, StepName.ACCEPT), fragment=True).select_one("form")
    assert form is not None
    assert form["hx-post"] == form["action"]

    answer = visitor.post(str(form["hx-post"]), {"seen": str(complaint.revision)}, fragment=True)

    drawn = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert (answer.status_code, answer.headers["HX-Trigger-After-Settle"]) == (200, "act-done")
    assert words_of(drawn.select_one("#messages[hx-swap-oob] .flash")) == "已接单。下一步：办结（按 d）。"
    assert "处理中" in words_of(drawn.select_one("#complaint-live[hx-swap-oob] .badges"))


def test_words_that_are_missing_are_asked_for_at_their_field(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in("handler").refused(act_address(complaint, StepName.REPLY), {"words": "  "})

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

    page = signed_in(username).refused(act_address(complaint, step), filled)

    assert len(words_of(page.select_one(f"#error-{field}"))) > 6


def test_classifying_finds_a_place_by_its_words(
    signed_in: SignedIn, file: Filed, office: Office, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("lead")

    offered = visitor.get("/admin/places/named?place=图书", fragment=True)
    visitor.send(act_address(complaint, StepName.CLASSIFY), {"place": "图书馆大厅"})

    assert [str(option["value"]) for option in offered.select("option")] == ["图书馆大厅"]
    assert stored(database, complaint).service_point_id == office.hall.id


def test_classifying_nothing_says_so(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("lead")
    address = act_address(complaint, StepName.CLASSIFY)

    page = visitor.refused(address, fields_of(visitor, address))

    assert words_of(page.select_one("[role=alert]")) == "没有改动任何内容。"


def test_an_act_that_is_not_open_says_why_there_is_no_form(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.CLOSED)
    visitor = signed_in("handler")
    address = act_address(complaint, StepName.RESOLVE)

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
    address = act_address(complaint, StepName.PROGRESS)

    visitor.get(address, status=status)
    visitor.refused(address, {"words": "我来"}, status=status)

    assert last_event(database, complaint).step is StepName.ACCEPT


def test_nobody_acts_without_signing_in(visitor: Visitor, file: Filed, database: Database) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor.get("/admin/sign-in")

    leads = visitor.post(act_address(complaint, StepName.REPLY), {"words": "冒充"}).headers["Location"]

    assert leads == "/admin/sign-in"
    assert last_event(database, complaint).step is StepName.ACCEPT


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_without_its_token_is_refused(
    signed_in: SignedIn, file: Filed, database: Database, token: str
) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("handler")

    answer = visitor.post(act_address(complaint, StepName.REPLY), {"words": "你好"}, token=token)

    assert answer.status_code == 400
    assert "页面已过期" in answer.get_data(as_text=True)
    assert last_event(database, complaint).step is StepName.ACCEPT


def test_inside_the_page_an_expired_form_keeps_its_words(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)
    visitor = signed_in("handler")
    address = act_address(complaint, StepName.REPLY)

    expired = visitor.post(address, {"words": "你好"}, fragment=True, token="old")
    visitor.send("/admin/sign-out")
    visitor.get("/admin/sign-in")
    gone = visitor.post(address, {"words": "你好"}, fragment=True)

    assert (expired.status_code, expired.headers["HX-Reswap"], expired.headers["HX-Trigger"]) == (
        400,
        "none",
        "form-expired",
    )
    assert (gone.status_code, gone.headers["HX-Reswap"], gone.headers["HX-Trigger"]) == (
        401,
        "none",
        "signed-out",
    )


def test_photos_are_cleaned_kept_and_shown(
    signed_in: SignedIn, file: Filed, database: Database, photo: bytes
) -> None:
    complaint = file(S.IN_PROGRESS, kind=ComplaintKind.REPAIR)
    visitor = signed_in("handler")

    visitor.send(
        act_address(complaint, StepName.RESOLVE),
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
        act_address(complaint, StepName.RESOLVE), {"words": "好了", "outcome": "solved"}
    )

    assert "请附上维修后的照片" in words_of(page.select_one("#error-attachments"))
    assert words_of(page.select_one("#act-words")) == "好了"


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (SVG, "图.svg", "「图.svg」：这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。"),
        (ZIP, "照片.jpg", "「照片.jpg」：文件不完整或已损坏，请重新选择。"),
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
        act_address(complaint, StepName.PROGRESS),
        {"words": "请看照片", "attachments": [(BytesIO(data), name)]},
    )

    assert words_of(page.select_one("#error-attachments")) == sentence
    assert words_of(page.select_one("#act-words")) == "请看照片"
    assert last_event(database, complaint).step is StepName.ACCEPT


def test_more_than_nine_photos_are_refused(signed_in: SignedIn, file: Filed, photo: bytes) -> None:
    complaint = file(S.IN_PROGRESS)
    ten = [(BytesIO(photo), f"{number}.jpg") for number in range(10)]

    page = signed_in("handler").refused(
        act_address(complaint, StepName.PROGRESS), {"words": "看", "attachments": ten}
    )

    assert words_of(page.select_one("#error-attachments")) == "一次最多上传 9 张照片，请分几次上传。"
