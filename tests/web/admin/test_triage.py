"""The desk: one new complaint after the other, suggestions, merging, and two dispatchers at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from config.catalogue import catalogue
from domain import complaints
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintKind, ComplaintStatus, StepName
from tests.support.act_pages import last_event, stored
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
File = Callable[..., Complaint]
S = ComplaintStatus


def _shown(page: BeautifulSoup) -> str:
    return words_of(page.select_one("a.number[data-key=o]"))


def _form(page: BeautifulSoup, **changes: object) -> dict[str, str]:
    form = page.select_one("#triage-form")
    assert form is not None
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[name]")}
    for field in form.select("select"):
        chosen = field.select_one("option[selected]") or field.select_one("option")
        fields[str(field["name"])] = str(chosen["value"]) if chosen else ""
    fields.pop("csrf_token")
    return fields | {name: str(value) for name, value in changes.items()}


def test_the_queue_is_walked_urgent_first_and_then_by_age(
    signed_in: SignedIn, file: File, clock: time_machine.Traveller, now: datetime
) -> None:
    old = file(text="路灯不亮")
    clock.move_to(now + timedelta(minutes=5))
    young = file(text="草坪要浇水", now=now + timedelta(minutes=5))
    urgent = file(text="变压器冒火花", urgent=True, now=now + timedelta(minutes=6))
    desk = signed_in("dispatcher")

    first = desk.get("/admin/triage")
    second = desk.get(f"/admin/triage?after={urgent.number}", fragment=True)
    third = desk.get(f"/admin/triage?after={old.number}")
    round_again = desk.get(f"/admin/triage?after={young.number}")
    back = desk.get(f"/admin/triage?before={old.number}")

    shown = [_shown(page) for page in (first, second, third, round_again, back)]
    assert shown == [urgent.number, old.number, young.number, urgent.number, urgent.number]
    assert words_of(first.select_one(".triage-left")) == "还有 3 件待受理"


def test_putting_right_and_handing_over_is_one_act_that_leads_to_the_next(
    signed_in: SignedIn, file: File, office: Office, database: Database
) -> None:
    complaint, following = file(text="路灯不亮"), file(text="草坪要浇水")
    desk = signed_in("dispatcher")
    form = _form(
        desk.get(f"/admin/triage?at={complaint.number}"),
        team=office.other_team.id,
        handler=office.outsider.id,
        urgent=1,
        words="请今晚去看",
    )

    address = desk.send(f"/admin/triage/{complaint.number}/assign", form)

    after = stored(database, complaint)
    assert (after.status, after.team_id, after.handler_id, after.urgent) == (
        S.ASSIGNED,
        office.other_team.id,
        office.outsider.id,
        True,
    )
    assert last_event(database, complaint).words == "请今晚去看"
    page = desk.get(address)
    assert _shown(page) == following.number
    assert words_of(page.select_one(".triage-last")) == (
        f"上一件 {complaint.number} 已派给维修服务中心（{office.outsider.name}）。派错了可以打开它改派。 z"
    )
    # Sent once more, nothing happens twice.
    desk.refused(f"/admin/triage/{complaint.number}/assign", form, status=409)


def test_what_was_done_before_is_suggested_and_chosen_already(
    signed_in: SignedIn, file: File, office: Office, database: Database, now: datetime
) -> None:
    before = file(text="水房水管漏水")
    with database.transaction() as session:
        complaints.assign(
            session,
            session.get_one(Complaint, before.id),
            team=session.merge(office.other_team),
            actor=Actor.of_staff(session.merge(office.dispatcher)),
            now=now,
        )
    file(text="三楼水房的水管漏水了")

    page = signed_in("dispatcher").get("/admin/triage")

    assert words_of(page.select_one(".suggestion[aria-pressed=true]")) == (
        f"1 维修服务中心 与 {before.number} 相近，当时派给了维修服务中心"
    )
    assert _form(page)["team"] == str(office.other_team.id)
    assert words_of(page.select_one(".triage-similar .why")) == "同一类别，都提到「水管漏水」「水房」"


def test_when_it_would_be_due_is_told_before_anything_is_written(
    signed_in: SignedIn, file: File, database: Database
) -> None:
    complaint = file()
    desk = signed_in("dispatcher")
    path = f"/admin/triage/{complaint.number}/due"

    plain = words_of(desk.get(path, fragment=True))
    complex_ = words_of(desk.get(f"{path}?complexity=complex", fragment=True))
    urgent = words_of(desk.get(f"{path}?urgent=1", fragment=True))
    praise = words_of(desk.get(f"{path}?kind=praise", fragment=True))

    assert plain == "受理派单 今天 10:30 首次答复 明天 10:00 办结 11月26日 10:00"
    assert complex_ == "受理派单 今天 10:30 首次答复 明天 10:00 办结 12月2日 10:00"
    assert urgent == "受理派单 今天 10:10 首次答复 今天 10:30 办结 明天 10:00"
    assert praise == "不计时 表扬没有办理时限"
    assert stored(database, complaint).urgent is False
    assert desk.get(f"{path}?category=99999", status=422, fragment=True) is not None


def test_a_duplicate_is_merged_after_both_were_seen(
    signed_in: SignedIn, file: File, office: Office, database: Database
) -> None:
    main = file(S.IN_PROGRESS, text="大厅空调不制冷", service_point=office.hall)
    twin = file(text="大厅的空调不制冷", service_point=office.hall)
    desk = signed_in("dispatcher")
    address = f"/admin/triage/{twin.number}/merge/{main.number}"

    link = desk.get("/admin/triage").select_one(".triage-similar [data-key=m]")
    assert link is not None
    assert link["href"] == address
    asked = desk.get(address)
    sheet = desk.get(address, fragment=True)
    assert [words_of(one) for one in asked.select(".preview strong")] == [twin.number, main.number]
    seen = str(sheet.select_one("input[name=seen]")["value"])  # type: ignore[index]
    page = desk.get(desk.send(address, {"seen": seen}))

    assert stored(database, twin).merged_into_id == main.id
    assert words_of(page.select_one(".empty-title")) == "没有待受理的诉求"
    assert (
        words_of(page.select_one(".triage-last")) == f"上一件 {twin.number} 已并入 {main.number}，不能撤销。"
    )


def test_what_a_colleague_has_just_taken_makes_room_for_the_next(
    signed_in: SignedIn, file: File, office: Office, database: Database
) -> None:
    complaint, following = file(text="路灯不亮"), file(text="草坪要浇水")
    mine, theirs = signed_in("dispatcher"), signed_in("dispatcher2")
    form = _form(mine.get(f"/admin/triage?at={complaint.number}"), team=office.team.id)
    theirs.get("/admin/triage")
    theirs.send(f"/admin/triage/{complaint.number}/assign", form | {"team": str(office.other_team.id)})

    refused = mine.refused(f"/admin/triage/{complaint.number}/assign", form, status=409, fragment=True)

    assert _shown(refused) == following.number
    assert "先做了「派单」" in words_of(refused.select_one("[role=alert]"))
    assert stored(database, complaint).team_id == office.other_team.id
    # What somebody else took is passed over, too, when a page still asks for it.
    assert _shown(mine.get(f"/admin/triage?at={complaint.number}")) == following.number


def test_a_form_that_cannot_be_used_keeps_what_was_chosen(
    signed_in: SignedIn, file: File, office: Office
) -> None:
    complaint = file(text="路灯不亮")
    desk = signed_in("dispatcher")
    form = _form(desk.get("/admin/triage"), team="", urgent=1, words="快去")

    page = desk.refused(f"/admin/triage/{complaint.number}/assign", form, fragment=True)
    wrong_handler = form | {"team": str(office.team.id), "handler": str(office.outsider.id)}
    other = desk.refused(f"/admin/triage/{complaint.number}/assign", wrong_handler)

    assert words_of(page.select_one(".field-error")) == "请选择责任单位。"
    assert _form(page)["urgent"] == "1"
    assert words_of(page.select_one("#triage-words")) == "快去"
    assert words_of(other.select_one(".field-error")) == "所选经办人不在这个责任单位，请重新选择。"


def test_what_one_proposes_to_refuse_waits_for_the_colleague(
    signed_in: SignedIn, file: File, database: Database, office: Office, now: datetime
) -> None:
    complaint = file(text="隔壁小区太吵")
    with database.transaction() as session:
        complaints.request_rejection(
            session,
            session.get_one(Complaint, complaint.id),
            reason=catalogue().rejection.reasons[0],
            actor=Actor.of_staff(session.merge(office.dispatcher)),
            now=now,
        )

    assert signed_in("dispatcher").get("/admin/triage").select_one(".empty-title") is not None
    page = signed_in("dispatcher2").get("/admin/triage")
    offered = [str(link["data-act"]) for link in page.select(".triage-besides [data-act]")]
    assert offered == [
        StepName.ASK.value,
        StepName.REPLY.value,
        StepName.NOTE.value,
        StepName.CONFIRM_REJECTION.value,
        StepName.REFUSE_REJECTION.value,
    ]


def test_a_longer_memory_costs_no_more_queries(
    signed_in: SignedIn,
    file: File,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    file(text="大厅空调不制冷")
    for _ in range(2):
        file(S.ASSIGNED, text="大厅空调不制冷")
    desk = signed_in("dispatcher")
    with count_queries() as few:
        desk.get("/admin/triage")
    for _ in range(12):
        file(S.ASSIGNED, text="大厅空调不制冷", kind=ComplaintKind.REPAIR)

    with count_queries() as many:
        desk.get("/admin/triage")

    assert len(many) == len(few)


@pytest.mark.parametrize("username", ["handler", "lead", "leader", "inspector", "admin"])
def test_the_desk_is_for_dispatchers(signed_in: SignedIn, file: File, username: str) -> None:
    complaint = file()
    visitor = signed_in(username)

    visitor.get("/admin/triage", status=403)
    visitor.refused(f"/admin/triage/{complaint.number}/assign", {"team": "1"}, status=403)
