"""The page 「三比」: teams side by side, each number with its list, and other weights to be tried."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import openpyxl
import pytest

from domain import survey_sheets
from models.database import Database
from models.enums import ComplaintStatus as S
from models.staff import Staff
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of
from tests.support.surveys import BOX, answer_many, open_survey, write_survey

SignedIn = Callable[[str], Visitor]
PAGE = "/admin/scoreboard"
WEIGHTS = {
    "response": "100",
    **dict.fromkeys(
        ("resolution", "satisfaction", "coverage", "late", "redone", "deferred", "bounced", "survey"), "0"
    ),
}


@pytest.fixture
def history(database: Database, factory: Factory, office: Office, now: datetime) -> None:
    """Eleven complaints of one team closed, and a survey of ten sheets."""
    with database.transaction() as session:
        office = Office(**{name: session.merge(value) for name, value in vars(office).items()})
        for days in range(1, 12):
            factory.complaint(session, office, S.CLOSED, now=now - timedelta(days=days))
        survey = write_survey(session, office.admin, team=office.team, other_team=office.other_team, now=now)
        open_survey(session, survey, office.admin, now=now - timedelta(days=1))
        answer_many(session, survey, factory, 10, stars=4)
        survey_sheets.open_waiting(session, survey.id, box=BOX)


def cells(page: object, row: int = 0) -> dict[str, str]:
    line = page.select(".board-table tbody tr")[row]  # type: ignore[attr-defined]
    return {str(cell["data-label"]): words_of(cell) for cell in line.select("td")}


@pytest.mark.usefixtures("history")
def test_each_number_of_the_board_opens_its_list_and_a_lead_opens_their_own(
    signed_in: SignedIn, office: Office
) -> None:
    desk = signed_in("dispatcher")
    page = desk.get(f"{PAGE}?span=last30")
    first = cells(page)
    assert (
        first["名次"],
        first["提出"],
        first["按时答复率"],
        first["办结解决率"],
    ) == (
        "1",
        "11",
        "100% 11 / 11",
        "100% 11 / 11",
    )
    assert first["测评"] == "4.0 星 10 份"
    assert cells(page, 1)["综合分"] == "—"
    links = {
        str(link["href"])
        for link in page.select(".board-table tbody tr:first-child td a[href^='/admin/inbox']")
    }
    assert len(links) > 3
    for link in links:
        assert words_of(desk.get(link).select_one("#content")).count("2026-") >= 11
    assert "÷ 100 = 98.0。" in words_of(page.select_one(f"#calculation-{office.team.id}"))
    for sort in ("team", "filed", "answer", "done", "survey", "late", "nonsense"):
        assert words_of(desk.get(f"{PAGE}?span=last30&sort={sort}").select_one(".board-table tbody th")) == (
            "饮食服务中心"
        )

    lead = signed_in("lead").get(f"{PAGE}?span=last30")
    assert len(lead.select(".board-table tbody tr")) == 2
    assert lead.select(".board-table tbody tr.row-own a[href^='/admin/inbox']") != []
    assert lead.select(".board-table tbody tr:not(.row-own) a[href^='/admin/inbox']") == []
    signed_in("handler").get(PAGE, status=403)


@pytest.mark.usefixtures("history")
def test_other_weights_are_tried_and_kept_by_who_may(signed_in: SignedIn, database: Database) -> None:
    desk = signed_in("dispatcher")
    query = "&".join(f"{name}={weight}" for name, weight in WEIGHTS.items())
    tried = desk.get(f"{PAGE}?span=last30&{query}")
    assert cells(tried)["综合分"] == "100.0"
    assert "正在用另一组权重试算" in words_of(tried)
    assert tried.select(f"form[action='{PAGE}/weights']") == []
    wrong = desk.get(f"{PAGE}?response=50")
    assert "加起来要等于 100，现在是 50。先按正式权重算。" in words_of(wrong.select_one("[role=alert]"))
    assert desk.post(f"{PAGE}/weights", WEIGHTS).status_code == 403

    leader = signed_in("leader")
    leader.get(f"{PAGE}?span=custom&from=2026-11-01&to=2026-11-23&{query}")
    leader.refused(f"{PAGE}/weights", WEIGHTS | {"late": "5"})
    leader.send(f"{PAGE}/weights", WEIGHTS)
    assert cells(leader.get(f"{PAGE}?span=last30"))["综合分"] == "100.0"

    book = openpyxl.load_workbook(BytesIO(desk.client.get(f"{PAGE}/workbook?span=last30").data))
    assert book.sheetnames == ["三比", "综合分的算法", "权重"]
    row = [cell.value for cell in book["三比"][2]]
    assert row[:8] == ["饮食服务中心", 1, 100, 11, 1, 11, 11, 1]
    assert desk.client.head(f"{PAGE}/workbook").status_code == 200
    with database.reading() as session:
        assert session.get(Staff, 1) is not None


@pytest.mark.usefixtures("office")
def test_an_empty_board_says_how_to_begin(signed_in: SignedIn) -> None:
    page = signed_in("admin").get(f"{PAGE}?span=custom&from=2026-11-09&to=2026-11-01")
    assert "结束日期早于开始日期" in words_of(page)
    assert {cells(page, row)["综合分"] for row in range(2)} == {"—"}
