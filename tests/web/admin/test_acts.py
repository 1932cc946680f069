"""Doing something to a complaint from its page: each act, its refusals, and two people at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain import complaints, pending_uploads
from domain.actors import Actor
from domain.pending_uploads import Kept
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, ComplaintStatus, StepName
from models.staff import Staff
from tests.support.act_pages import act_address, fields_of, last_event, stored
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.admin.act_table import ACT_FORMS

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus
REASON = "含辱骂、虚假或恶意内容"


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
]


@pytest.mark.parametrize("act", ACTS, ids=[f"{act[0]}-{act[1]}" for act in ACTS])
def test_an_act_is_done_and_leads_back_to_the_complaint(
    signed_in: SignedIn, file: Filed, database: Database, act: tuple[StepName, S, str, dict[str, str], S]
) -> None:
    step, start, username, filled, end = act
    complaint = file(start)
    visitor = signed_in(username)
    fields = fields_of(visitor, act_address(complaint, step)) | filled

    leads = visitor.send(act_address(complaint, step), fields)

    assert leads == f"/admin/complaints/{complaint.number}"
    assert (last_event(database, complaint).step, stored(database, complaint).status) == (step, end)
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

    visitor.send(act_address(complaint, step), fields_of(visitor, act_address(complaint, step)) | filled)

    assert (last_event(database, complaint).step, stored(database, complaint).status) == (step, end)


def test_granting_a_transfer_is_assigning_to_the_wished_team(
    signed_in: SignedIn, requested: Callable[[StepName], Complaint], database: Database, office: Office
) -> None:
    complaint = requested(StepName.REQUEST_TRANSFER)
    visitor = signed_in("dispatcher")

    fields = fields_of(visitor, act_address(complaint, StepName.ASSIGN))
    visitor.send(act_address(complaint, StepName.ASSIGN), fields)

    assert fields["team"] == str(office.other_team.id)
    assert stored(database, complaint).team_id == office.other_team.id


@pytest.mark.parametrize("step", [StepName.PROGRESS, StepName.REPLY, StepName.NOTE])
def test_form_sent_again_because_its_answer_was_lost_is_done_once(
    signed_in: SignedIn, file: Filed, database: Database, step: StepName
) -> None:
    complaint = file(S.IN_PROGRESS)
    handler, address = signed_in("handler"), act_address(complaint, step)
    form = fields_of(handler, address) | {"words": " 配件明天到\r\n后天装 "}
    before = last_event(database, complaint).id
    for _ in range(2):
        assert handler.send(address, form) == f"/admin/complaints/{complaint.number}"
    assert last_event(database, complaint).id == before + 1
    # Other words are another act, also from a form that was drawn before.
    handler.send(address, form | {"words": "配件到了"})
    assert last_event(database, complaint).id == before + 2


def test_form_with_a_photo_sent_ahead_is_done_once_and_with_another_photo_again(
    signed_in: SignedIn, file: Filed, database: Database, office: Office, now: datetime
) -> None:
    complaint = file(S.IN_PROGRESS)
    handler, address = signed_in("handler"), act_address(complaint, StepName.PROGRESS)
    form = fields_of(handler, address) | {"words": "正在修"}
    tokens = []
    with database.transaction() as session:
        actor = Actor.of_staff(session.get_one(Staff, office.handler.id))
        for name in ("a", "b"):
            kept = Kept(f"{name * 2}/00/{name * 28}.jpg", "image/jpeg", 10, AttachmentKind.PHOTO)
            tokens.append(pending_uploads.put(session, actor, name="a.jpg", kept=kept, now=now).token)
    before = last_event(database, complaint).id
    for token, done in ((tokens[0], 1), (tokens[0], 1), (tokens[1], 2)):
        handler.send(address, form | {"uploads": token})
        assert last_event(database, complaint).id == before + done


def test_every_form_is_tried_here() -> None:
    tried = (
        {act[0] for act in ACTS}
        | {act[1] for act in DECIDED}
        | {StepName.MERGE, StepName.PUBLISH, StepName.UNPUBLISH}
    )

    assert tried == set(ACT_FORMS)


def test_merging_shows_the_other_one_and_asks_to_confirm(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    main, double = file(text="主件的文字"), file()
    visitor = signed_in("dispatcher")
    address = act_address(double, StepName.MERGE)
    fields = fields_of(visitor, f"{address}?into={main.number}")

    preview = visitor.get(f"/admin/complaints/preview?into={main.number}", fragment=True)
    page = visitor.refused(address, fields)
    visitor.send(address, fields | {"confirmed": "1"})

    assert "主件的文字" in words_of(preview)
    assert words_of(page.select_one("#error-confirmed")) == "请先核对并勾选确认。"
    merged = stored(database, double)
    assert (merged.status, merged.merged_into_id) == (S.MERGED, main.id)


@pytest.mark.parametrize("into", ["", "2026-0101-0001", "own"])
def test_merging_into_nothing_or_itself_is_refused(signed_in: SignedIn, file: Filed, into: str) -> None:
    complaint = file()
    visitor = signed_in("dispatcher")
    number = complaint.number if into == "own" else into

    page = visitor.refused(act_address(complaint, StepName.MERGE), {"into": number, "confirmed": "1"})

    assert len(words_of(page.select_one("#error-into"))) > 8


def test_a_preview_of_a_number_that_nobody_has_says_so(signed_in: SignedIn, office: Office) -> None:
    del office
    visitor = signed_in("dispatcher")

    assert "没有找到" in words_of(visitor.get("/admin/complaints/preview?into=2026-0101-0001", fragment=True))
    assert words_of(visitor.get("/admin/complaints/preview?into=2026", fragment=True)) == ""


def test_taking_off_the_board(
    signed_in: SignedIn, file: Filed, database: Database, office: Office, now: datetime
) -> None:
    complaint = file(S.CLOSED)
    visitor = signed_in("dispatcher")
    assert visitor.leads_to(act_address(complaint, StepName.PUBLISH)) == f"/admin/board/{complaint.number}"
    # The act's own address does nothing: the page it leads to checks the text first.
    assert visitor.post(act_address(complaint, StepName.PUBLISH), {"public_text": "热"}).status_code == 302
    assert stored(database, complaint).public_text == ""
    with database.transaction() as session:
        desk = Actor.of_staff(session.get_one(Staff, office.dispatcher.id))
        shown = session.get_one(Complaint, complaint.id)
        complaints.publish(session, shown, public_text="食堂饭菜变热了", actor=desk, now=now)

    visitor.send(act_address(complaint, StepName.UNPUBLISH), {"words": "内容有误"})

    assert stored(database, complaint).published_at is None
