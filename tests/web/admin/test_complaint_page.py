"""The page of one complaint: who may see what of it, and exactly the buttons the table of steps allows."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain import complaints, lifecycle
from domain.actors import Actor
from domain.permissions import may_see
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import (
    AttachmentKind,
    AttachmentState,
    Channel,
    ComplaintStatus,
    Outcome,
    RequestKind,
    StepName,
)
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.admin.act_table import ACT_FORMS
from web.admin.complaint_page import DECISIONS

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus
EVERYBODY = ("dispatcher", "handler", "colleague", "lead", "outsider", "leader", "inspector", "admin")
MARKER = '<script>alert(1)</script><b onclick=x>粗</b> & "引号"'


def _address(complaint: Complaint) -> str:
    return f"/admin/complaints/{complaint.number}"


@pytest.mark.parametrize("username", ["dispatcher", "handler", "lead", "leader", "inspector", "admin"])
def test_the_page_is_there_for_who_works_on_it_or_oversees(
    signed_in: SignedIn, file: Filed, username: str
) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in(username).get(_address(complaint))

    assert words_of(page.select_one("h1")) == f"诉求 {complaint.number}"
    assert words_of(page.select_one(".said-main")) == "饭菜是凉的，窗口排队太久"


def test_the_page_is_not_there_for_another_team(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)

    page = signed_in("outsider").get(_address(complaint), status=404)

    assert complaint.number in words_of(page.select_one("main"))
    assert "饭菜" not in words_of(page.select_one("main"))


def test_a_number_that_nobody_has_is_not_found(signed_in: SignedIn, office: Office) -> None:
    del office
    signed_in("dispatcher").get("/admin/complaints/2026-0101-9999", status=404)


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(visitor: Visitor, file: Filed) -> None:
    address = _address(file())

    assert visitor.leads_to(address) == f"/admin/sign-in?next={address}"


@pytest.mark.parametrize("status", list(ComplaintStatus))
def test_buttons_are_exactly_the_open_steps(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime, status: S
) -> None:
    complaint = file(status)
    for username in EVERYBODY:
        staff = getattr(office, username)
        with database.reading() as session:
            stored = session.get_one(Complaint, complaint.id)
            steps = lifecycle.open_steps(session, stored, Actor.of_staff(staff), now=now)
            wanted = {step.name.value for step in steps}
            visible = may_see(session, stored, Actor.of_staff(staff))

        page = signed_in(username).get(_address(complaint), status=200 if visible else 404)

        assert {str(button["data-act"]) for button in page.select("[data-act]")} == wanted, username


@pytest.mark.parametrize("kind", list(RequestKind))
def test_a_request_is_decided_by_another(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime, kind: RequestKind
) -> None:
    complaint = file(S.IN_PROGRESS)
    asks = {
        RequestKind.TRANSFER: lambda **k: complaints.request_transfer(reason="不归我们", **k),
        RequestKind.DEFERRAL: lambda **k: complaints.request_deferral(
            reason="等配件", until=now + timedelta(days=9), **k
        ),
        RequestKind.REJECTION: lambda **k: complaints.request_rejection(reason="含辱骂、虚假或恶意内容", **k),
    }
    asker = office.lead
    with database.transaction() as session:
        stored = session.get_one(Complaint, complaint.id)
        asks[kind](session=session, complaint=stored, actor=Actor.of_staff(asker), now=now)

    grant, refuse = (step.value for step in DECISIONS[kind])
    own = signed_in("lead").get(_address(complaint)).select_one(".request")
    decider = signed_in("leader").get(_address(complaint)).select_one(".request")
    onlooker = signed_in("inspector").get(_address(complaint)).select_one(".request")

    assert own is not None
    assert decider is not None
    assert onlooker is not None
    assert {str(b["data-act"]) for b in decider.select("[data-act]")} == {grant, refuse}
    assert own.select("[data-act]") == []
    assert "须由另一人审定" in words_of(own)
    assert onlooker.select("[data-act]") == []


def test_every_step_of_staff_has_a_form_with_a_key_of_its_own() -> None:
    keys = [form.key for form in ACT_FORMS.values() if form.key]

    assert len(keys) == len(set(keys))
    assert set(keys).isdisjoint("gjku"), "these keys move about the pages"


def test_an_anonymous_reporter_stays_unknown(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.IN_PROGRESS, anonymous=True, contact_name="林小雨", contact_phone="13800001234")

    for username in ("handler", "dispatcher", "admin"):
        page = str(signed_in(username).get(_address(complaint)))
        assert "匿名" in page
        assert "林小雨" not in page
        assert "13800001234" not in page


@pytest.mark.parametrize(
    ("username", "sees"),
    [("handler", True), ("lead", True), ("dispatcher", True), ("leader", False), ("inspector", False)],
)
def test_the_contact_is_for_the_team_at_work_and_the_desk(
    signed_in: SignedIn, file: Filed, username: str, sees: bool
) -> None:
    complaint = file(S.IN_PROGRESS, contact_name="林小雨", contact_phone="13800001234")

    reader = signed_in(username)
    page = reader.get(_address(complaint))

    assert "13800001234" not in str(page)
    assert ("138****1234" in words_of(page)) is sees
    assert ("林小雨" in str(page)) is sees


def test_what_people_write_is_shown_and_never_run(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime
) -> None:
    complaint = file(
        S.IN_PROGRESS, text=MARKER + "\n第二行", place_text=MARKER, contact_name=MARKER, contact_phone=MARKER
    )
    with database.transaction() as session:
        stored = session.get_one(Complaint, complaint.id)
        handler, student = Actor.of_staff(office.handler), Actor.of_person(office.student)
        complaints.progress(session, stored, words=MARKER, actor=handler, now=now)
        complaints.supplement(session, stored, words=MARKER, actor=student, now=now)
        complaints.request_transfer(session, stored, reason=MARKER, actor=handler, now=now)
    visitor = signed_in("dispatcher")

    page = visitor.get(_address(complaint))

    said = page.select_one(".said-main")
    assert said is not None
    assert said.get_text("\n", strip=True).splitlines() == [MARKER, "第二行"]
    assert str(page).count("<script>alert") == 0
    for address in ("/admin/inbox?tab=all", "/admin/notices", f"/admin/inbox?q={MARKER}"):
        assert "<script>alert" not in str(visitor.get(address))


def test_the_record_tells_public_and_internal_entries_apart(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime
) -> None:
    complaint = file(S.IN_PROGRESS)
    with database.transaction() as session:
        stored = session.get_one(Complaint, complaint.id)
        complaints.note(session, stored, words="先别声张", actor=Actor.of_staff(office.handler), now=now)

    page = signed_in("lead").get(_address(complaint))

    internal = page.select(".entry-internal")
    assert [words_of(entry.select_one(".entry-head strong")) for entry in internal] == ["内部备注"]
    assert "仅工作人员" in words_of(internal[0])
    head = words_of(page.select(".entry")[0].select_one(".entry-who"))
    assert head == f"饮食服务中心 经办人 {office.handler.name}"


def test_the_record_says_what_each_step_set(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime
) -> None:
    complaint = file(S.SUBMITTED)
    desk, handler = Actor.of_staff(office.dispatcher), Actor.of_staff(office.handler)
    with database.transaction() as session:
        stored = session.get_one(Complaint, complaint.id)
        hall = session.get_one(type(office.hall), office.hall.id)
        team = session.get_one(type(office.team), office.team.id)
        complaints.classify(session, stored, urgent=True, service_point=hall, actor=desk, now=now)
        complaints.assign(
            session,
            stored,
            team=team,
            handler=session.get_one(type(office.handler), office.handler.id),
            actor=desk,
            now=now,
        )
        complaints.accept(session, stored, actor=handler, now=now)
        complaints.resolve(
            session,
            stored,
            words="好了",
            outcome=Outcome.CANNOT,
            no_photo_reason="不便",
            actor=handler,
            now=now,
        )

    page = signed_in("dispatcher").get(_address(complaint))

    facts = [words_of(fact) for fact in page.select(".entry-facts")]
    assert facts == [
        "办理结果：已答复，暂无法办理；未附照片：不便",
        f"责任单位：饮食服务中心；经办人：{office.handler.name}",
        "改为紧急；地点：图书馆大厅",
        "微信提交",
    ]


def test_attachments_say_how_they_stand(
    signed_in: SignedIn, file: Filed, database: Database, now: datetime
) -> None:
    complaint = file(S.ASSIGNED)
    with database.transaction() as session:
        event_id = session.get_one(Complaint, complaint.id).events[0].id
        kinds = [
            (AttachmentKind.PHOTO, AttachmentState.STORED, "image/jpeg"),
            (AttachmentKind.PHOTO, AttachmentState.PENDING, ""),
            (AttachmentKind.VOICE, AttachmentState.FAILED, ""),
            (AttachmentKind.VOICE, AttachmentState.STORED, "audio/mpeg"),
            (AttachmentKind.VOICE, AttachmentState.STORED, "audio/amr"),
            (AttachmentKind.VIDEO, AttachmentState.STORED, "video/mp4"),
            (AttachmentKind.LOCATION, AttachmentState.STORED, ""),
        ]
        for kind, state, content_type in kinds:
            session.add(
                Attachment(
                    complaint_id=complaint.id,
                    event_id=event_id,
                    kind=kind,
                    state=state,
                    created_at=now,
                    file_key="x",
                    content_type=content_type,
                    label="东门" if kind is AttachmentKind.LOCATION else "",
                    latitude=30.1 if kind is AttachmentKind.LOCATION else None,
                    longitude=120.2 if kind is AttachmentKind.LOCATION else None,
                )
            )

    page = signed_in("handler").get(_address(complaint))

    shown = [words_of(item) for item in page.select(".story .attachment")]
    assert shown[1:3] == [
        "照片下载中 从微信取回，通常一分钟内",
        "语音没有取回 原因不明 微信只保留三天，已经不能重新下载；可以请诉求人重新发送。",
    ]
    assert shown[4] == "语音没能转成网页能播放的格式， 下载原文件 后播放"
    assert shown[6] == "东门 （30.10000，120.20000）"
    assert len(page.select(".story .photo img")) == 1
    assert [len(page.select(f".story {tag}")) for tag in ("audio", "video")] == [1, 1]


def test_each_clock_unfolds_into_its_reasons(signed_in: SignedIn, file: Filed) -> None:
    page = signed_in("handler").get(_address(file(S.IN_PROGRESS)))

    clocks = page.select("details.clock")
    assert [words_of(clock.select_one(".clock-label")) for clock in clocks] == [
        "受理派单",
        "首次答复",
        "办结",
        "不计时",
    ]
    assert all(len(clock.select("li")) >= 3 for clock in clocks[:3])
    assert words_of(clocks[3].select_one("li")) == (
        "每个工作日 12:00–14:00、17:30–次日 08:00 不计：非工作时间（6 次）"
    )


def test_the_judgement_is_shown(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime
) -> None:
    complaint = file(S.RESOLVED)
    with database.transaction() as session:
        complaints.rate(
            session,
            session.get_one(Complaint, complaint.id),
            solved=False,
            stars=2,
            words="还是凉的",
            actor=Actor.of_person(office.student),
            now=now,
        )

    rating = signed_in("handler").get(_address(complaint)).select_one(".rating")

    assert words_of(rating) == "诉求人评价 ★★ ★★★ 未解决 还是凉的 第 1 轮，今天 10:00"


def test_similar_complaints_offer_to_be_merged_by_the_desk_only(
    signed_in: SignedIn, file: Filed, office: Office
) -> None:
    first = file(service_point=office.hall)
    second = file(service_point=office.hall)

    desk = signed_in("dispatcher").get(_address(second)).select_one(".similar")
    admin = signed_in("admin").get(_address(second)).select_one(".similar")

    assert desk is not None
    assert admin is not None
    assert first.number in words_of(desk)
    assert [str(link["href"]) for link in desk.select("a.sub")] == [
        f"{_address(second)}/acts/merge?into={first.number}"
    ]
    assert admin.select("a.sub") == []


def test_opening_the_page_marks_its_notices_as_read(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(S.ASSIGNED)
    visitor = signed_in("handler")
    page = visitor.get(_address(complaint))
    form = page.select_one("form[hx-trigger=load]")
    assert form is not None
    assert words_of(page.select_one(".count")) == "1"

    assert visitor.post(str(form["hx-post"])).status_code == 204

    page = visitor.get(_address(complaint))
    assert page.select_one("form[hx-trigger=load]") is None
    assert page.select_one(".count") is None


def test_a_complaint_recorded_by_staff_says_by_whom(signed_in: SignedIn, file: Filed, office: Office) -> None:
    complaint = file(reporter=None, recorded_by=office.dispatcher, channel=Channel.PHONE)

    page = signed_in("dispatcher").get(_address(complaint))

    assert f"电话提交，{office.dispatcher.name}代录" in words_of(page.select_one(".record"))


def test_step_names_in_addresses_are_those_of_the_table(signed_in: SignedIn, file: Filed) -> None:
    visitor = signed_in("dispatcher")
    address = _address(file())

    visitor.get(f"{address}/acts/{StepName.RATE.value}", status=404)
    visitor.get(f"{address}/acts/nonsense", status=404)
