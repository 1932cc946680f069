"""The page 「统计」: who sees what, and that behind each number lies a list of just that length."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from domain import complaints, timers
from domain.actors import Actor
from models.audit import AuditEntry
from models.background_task import BackgroundTask
from models.category import Category
from models.complaint import Complaint
from models.database import Database
from models.enums import Channel, ComplaintKind, Outcome
from models.enums import ComplaintStatus as S
from models.person import Person
from models.service_point import ServicePoint
from models.timer import Timer
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of

PAGE = "/admin/figures"
SignedIn = Callable[[str], Visitor]


@pytest.fixture
def history(database: Database, factory: Factory, office: Office, now: datetime) -> None:
    """Some weeks of an office: in time and late, redone, unrated, left out, at places below one another."""
    with database.transaction() as session:
        office = _of_session(session, office)
        below = factory.category(session, "below", name="小类", team=office.team)
        below.parent_id = office.category.id
        window = factory.place(session, "靠窗第二排", parent=office.canteen, team=office.team)

        def filed(status: S = S.SUBMITTED, *, days: float = 1, **changes: object) -> Complaint:
            then = now - timedelta(days=days)
            return factory.complaint(session, office, status, now=then, **changes)

        for days in range(1, 13):
            filed(S.CLOSED, days=days, service_point=office.canteen, category=below)
        filed(S.RESOLVED, days=9, service_point=window)
        filed(S.ASSIGNED, days=8, service_point=window, channel=Channel.PHONE)
        filed(S.DEFERRED, days=2, service_point=office.canteen, kind=ComplaintKind.REPAIR)
        for status in (S.REJECTED, S.WITHDRAWN, S.MERGED):
            filed(status, days=3)
        filed(days=0)
        redone = filed(S.RESOLVED, days=4, service_point=window)
        student, handler = Actor.of_person(office.student), Actor.of_staff(office.handler)
        complaints.rate(session, redone, solved=False, stars=1, actor=student, now=now - timedelta(days=3))
        complaints.resolve(
            session,
            redone,
            words="好了",
            outcome=Outcome.SOLVED,
            no_photo_reason="不涉及设施",
            actor=handler,
            now=now - timedelta(days=2),
        )
        complaints.rate(session, redone, solved=True, stars=4, actor=student, now=now - timedelta(days=1))
        silent = filed(S.RESOLVED, days=20, service_point=office.canteen)
        timer = session.scalars(
            select(Timer).where(Timer.complaint_id == silent.id, Timer.fired_at.is_(None))
        )
        timers.fire(session, timer.one().id, now=now - timedelta(days=5))


def _of_session(session: object, office: Office) -> Office:
    """Give the same office with its rows belonging to this session."""
    values = {name: session.merge(value) for name, value in vars(office).items()}  # type: ignore[attr-defined]
    assert isinstance(values["student"], Person)
    assert isinstance(values["category"], Category)
    return Office(**values)


def lists_behind(page: BeautifulSoup) -> dict[str, int]:
    """Collect the addresses of lists with how many complaints the page says lie behind each."""
    found = {}
    for link in page.select("main a[href*='/admin/inbox']"):
        title = re.search(r"共 (\d+) 件", str(link.get("title", "")))
        number = title[1] if title else words_of(link).replace(",", "")
        found[str(link["href"])] = int(number)
    return found


def length_of(list_page: BeautifulSoup) -> int:
    """Read how many complaints a list says it has."""
    said = re.search(r"共 (\d+) 件", words_of(list_page.select_one(".narrowed")))
    assert said is not None
    return int(said[1])


@pytest.mark.usefixtures("history")
def test_behind_each_number_lies_a_list_of_that_length(signed_in: SignedIn, office: Office) -> None:
    leader, lead = signed_in("leader"), signed_in("lead")
    canteen = f"{PAGE}?view=where&span=term&place={office.canteen.id}&channel=wechat"
    pages = {
        leader: [f"{PAGE}?span=term&step=week", f"{PAGE}?view=where&span=term", canteen],
        lead: [f"{PAGE}?span=term&step=month"],
    }
    checked = 0
    for visitor, addresses in pages.items():
        for address in addresses:
            lists = lists_behind(visitor.get(address))
            assert {link: length_of(visitor.get(link)) for link in lists} == lists
            checked += len(lists)
    assert checked > 60


@pytest.mark.usefixtures("history")
def test_rates_stand_with_what_they_divide_and_groups_that_are_too_small_are_hidden(
    signed_in: SignedIn,
) -> None:
    leader = signed_in("leader")
    page = leader.get(f"{PAGE}?span=term")
    cards = [words_of(card) for card in page.select(".rate-big")]
    # 15 were answered at once, one of them in two rounds; of the rest only the one just assigned is due.
    assert cards == [
        "94.1% （ 16 / 17 ）",
        "92.8% （ 13 / 14 ）",
        "92.8% （ 13 / 14 ）",
        "87.5% （ 14 / 16 ）",
    ]
    assert "不予受理 1 ，撤回 1 ，并案 1" in words_of(page.select_one(".count-strip"))
    where = leader.get(f"{PAGE}?view=where&span=term")
    phone = next(row for row in where.select("#channels tbody tr") if words_of(row).startswith("电话"))
    assert "n=1" in words_of(phone)
    assert "%" not in words_of(phone)
    assert "这段时间没有诉求" in words_of(leader.get(f"{PAGE}?span=custom&from=2020-01-01&to=2020-01-31"))
    assert "结束日期早于开始日期" in words_of(
        leader.get(f"{PAGE}?span=custom&from=2026-02-01&to=2026-01-01&team=x&kind=x&place=999999")
    )


@pytest.mark.usefixtures("history")
def test_group_that_is_too_small_has_no_rate_however_it_is_asked_for(
    signed_in: SignedIn, office: Office, database: Database, factory: Factory
) -> None:
    with database.transaction() as session:
        old = factory.category(session, "old", name="旧类")
        old.active = False
        window = session.scalars(select(ServicePoint.id).where(ServicePoint.name == "靠窗第二排")).one()
        old_id = old.id
    inspector = signed_in("inspector")
    page = inspector.get(f"{PAGE}?span=term&place={window}")
    assert [words_of(card) for card in page.select(".rate-big")] == ["— n= 4", "— n= 2", "— n= 2", "— n= 3"]
    assert "%" not in words_of(page.select_one("main"))
    assert "工作小时" not in words_of(page.select_one(".figures-pair"))
    answer = inspector.client.get(f"{PAGE}/workbook?span=term&place={window}")
    sheets = openpyxl.load_workbook(BytesIO(answer.data)).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.number_format == "0.0%"] == []
    options = inspector.get(f"{PAGE}?span=term&category={old_id}").select("select[name=category] option")
    names = [option.get_text() for option in options]
    assert names[names.index(office.category.name) + 1] == "　小类"
    assert names[-1] == "旧类（已停用）"


@pytest.mark.usefixtures("history")
def test_period_stands_beside_the_one_before_and_the_same_days_of_last_year(signed_in: SignedIn) -> None:
    page = signed_in("leader").get(f"{PAGE}?span=custom&from=2026-11-15&to=2026-11-23")
    assert words_of(page.select_one(".count-strip .sub")) == "上期 5，去年同期 0"
    cards = [words_of(card.select_one(".rate-then")) for card in page.select(".rate-card")]
    assert cards[1] == "上期 —（n=4） 去年同期 —"


@pytest.mark.usefixtures("history")
def test_handlers_see_counts_of_their_team_and_outsiders_nothing_of_it(
    signed_in: SignedIn, office: Office
) -> None:
    handler = signed_in("handler")
    page = handler.get(f"{PAGE}?span=term&team={office.other_team.id}")
    assert "只含饮食服务中心" in words_of(page)
    assert "%" not in words_of(page.select_one("main"))
    assert page.select(".rate-card, form[action*=ledger]") == []
    handler.get(f"{PAGE}/workbook", status=403)
    handler.refused(f"{PAGE}/ledger", status=403)
    assert "这段时间没有诉求" in words_of(signed_in("outsider").get(f"{PAGE}?span=term"))
    assert signed_in("lead").get(f"{PAGE}?span=term").select("select[name=team]") == []


@pytest.mark.usefixtures("history")
def test_workbook_and_ledger_are_asked_for_and_written_down(signed_in: SignedIn, database: Database) -> None:
    inspector = signed_in("inspector")
    inspector.get(f"{PAGE}?span=term")
    answer = inspector.client.get(f"{PAGE}/workbook?span=term")
    book = openpyxl.load_workbook(BytesIO(answer.data))
    rows = {row[0]: row[1:] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert rows["按时答复率"] == (16 / 17, 16, 17)
    assert book.sheetnames[1:] == ["走势", "各单位", "类别", "地点", "类型", "渠道"]
    assert inspector.send(f"{PAGE}/ledger?span=term&kind=repair").startswith("/admin/tasks/")
    with database.reading() as session:
        task = session.scalars(select(BackgroundTask)).one()
        assert (task.kind, task.parameters["kind"]) == ("ledger_export", "repair")
        assert session.scalars(select(AuditEntry.action)).all().count("figures.export") == 1


@pytest.mark.usefixtures("history")
def test_times_of_the_week_and_words_are_shown(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    page = leader.get(f"{PAGE}?view=when&span=term")
    cells = [int(words_of(cell)) for cell in page.select(".hours-table tbody td")]
    assert (len(cells), sum(cells)) == (7 * 24, 22)
    words = [words_of(word) for word in leader.get(f"{PAGE}?view=words&span=term").select(".hot-words li a")]
    assert sorted(words) == ["排队", "窗口", "饭菜"]
