"""Ticked rows of the inbox: assigned, merged and exported together, each with its own fate."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from domain.ledger import from_json
from models.background_task import BackgroundTask
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.act_pages import stored
from tests.support.factories import Office
from tests.support.pages import Visitor, check_html, words_of

SignedIn = Callable[[str], Visitor]
File = Callable[..., Complaint]
S = ComplaintStatus


def _read(answer: TestResponse) -> BeautifulSoup:
    assert answer.status_code == 200
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    check_html(page)
    return page


def _ticks(visitor: Visitor, *complaints: Complaint) -> list[str]:
    """What the ticked boxes of these complaints send."""
    page = visitor.get("/admin/inbox?tab=all")
    values = {str(box["value"]).split(":")[0]: str(box["value"]) for box in page.select("[data-tick]")}
    return [values[complaint.number] for complaint in complaints]


def test_each_ticked_row_is_assigned_by_itself_and_tells_its_fate(
    signed_in: SignedIn, file: File, office: Office, database: Database
) -> None:
    first, second, closed, taken = file(), file(), file(S.CLOSED), file()
    desk, colleague = signed_in("dispatcher"), signed_in("dispatcher2")
    ticks = _ticks(desk, first, second, closed, taken)
    mine = {"do": "assign", "team": str(office.team.id), "handler": str(office.handler.id)}
    other = {"do": "assign", "team": str(office.other_team.id), "pick": ticks[3]}
    colleague.get("/admin/inbox")
    colleague.post("/admin/bulk", other)

    answer = desk.post("/admin/bulk", mine | {"pick": [*ticks, "2020-0101-0001:1"]})
    page = _read(answer)

    assert words_of(page.select_one(".bulk-sum")) == "派给饮食服务中心： 2 件办成， 3 件没有办成，原因如下。"
    refused = page.select(".fate-refused")
    fates = {words_of(one.select_one(".number")): words_of(one.select_one(".fate-why")) for one in refused}
    assert fates == {
        "2020-0101-0001": "没有找到这件诉求，或者它不归您的单位办理。",
        closed.number: "现在的状态是「已销号」，不能「派单」。",
        taken.number: "受理员 今天 10:00先做了「派单」，您的操作没有生效，请看过最新情况再决定。",
    }
    after = [stored(database, each) for each in (first, second, taken)]
    assert [each.team_id for each in after] == [office.team.id, office.team.id, office.other_team.id]
    assert [each.handler_id for each in after] == [office.handler.id, office.handler.id, None]
    # The same form once more changes nothing: each row was seen as it was before.
    again = _read(desk.post("/admin/bulk", mine | {"pick": ticks[:2]}))
    assert words_of(again.select_one(".bulk-sum")).startswith("派给饮食服务中心： 0 件办成")


def test_ticked_rows_are_merged_into_one_of_them_or_another(
    signed_in: SignedIn, file: File, database: Database
) -> None:
    main, twin, third = file(), file(), file()
    desk = signed_in("dispatcher")
    form = {"do": "merge", "into": main.number, "pick": _ticks(desk, main, twin, third)}

    unconfirmed = desk.refused("/admin/bulk", form)
    page = _read(desk.post("/admin/bulk", form | {"confirmed": "1"}))

    assert "并案不能撤销" in words_of(unconfirmed.select_one("[role=alert]"))
    assert words_of(page.select_one(".bulk-sum")) == f"并入 {main.number}： 2 件办成。"
    assert [stored(database, each).merged_into_id for each in (main, twin, third)] == [None, main.id, main.id]


def test_ticked_rows_are_exported_in_the_background_and_only_those(
    signed_in: SignedIn, file: File, database: Database
) -> None:
    first, _, third = file(), file(), file(S.CLOSED)
    desk = signed_in("dispatcher")

    leads = desk.send("/admin/bulk", {"do": "export", "pick": _ticks(desk, first, third)})

    with database.reading() as session:
        task = session.scalars(select(BackgroundTask)).one()
    assert (task.title, leads) == ("导出所选 2 件诉求", f"/admin/tasks/{task.id}")
    assert sorted(from_json(task.parameters).ids) == [first.id, third.id]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"do": "assign", "team": ""}, "请选择责任单位。"),
        ({"do": "merge", "into": "", "confirmed": "1"}, "请填写主件的编号。"),
        ({"do": "export"}, "请先勾选诉求。"),
        ({"do": "burn"}, "请选择要做什么。"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    signed_in: SignedIn, office: Office, form: dict[str, str], words: str
) -> None:
    del office
    page = signed_in("dispatcher").refused("/admin/bulk", form)

    assert words_of(page.select_one("[role=alert]")).startswith(words)


def test_nothing_and_too_much_are_refused(signed_in: SignedIn, office: Office) -> None:
    desk = signed_in("dispatcher")
    form = {"do": "assign", "team": str(office.team.id)}

    nothing = desk.refused("/admin/bulk", form)
    too_much = desk.refused("/admin/bulk", form | {"pick": [f"2026-1123-{n:04}:1" for n in range(150)]})

    assert words_of(nothing.select_one("[role=alert]")).startswith("请先勾选诉求。")
    assert words_of(too_much.select_one("[role=alert]")).startswith("一次最多处理 100 件")


@pytest.mark.parametrize(
    ("username", "offered"),
    [
        ("dispatcher", ["assign", "merge", "matter", "export"]),
        ("leader", ["assign", "matter", "export"]),
        ("inspector", ["export"]),
        ("handler", []),
    ],
)
def test_the_bar_offers_what_the_role_may_do(
    signed_in: SignedIn, file: File, office: Office, username: str, offered: list[str]
) -> None:
    file(S.IN_PROGRESS)
    visitor = signed_in(username)
    page = visitor.get("/admin/inbox?tab=all")

    assert [str(button["value"]) for button in page.select("#bulk button[name=do]")] == offered
    assert len(page.select("[data-tick]")) == (1 if offered else 0)
    if "assign" not in offered:
        number = words_of(page.select_one("a.number"))
        form = {"do": "assign", "team": str(office.other_team.id), "pick": f"{number}:3"}
        refused = _read(visitor.post("/admin/bulk", form))
        assert "0 件办成" in words_of(refused.select_one(".bulk-sum"))
