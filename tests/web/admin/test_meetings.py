"""Joint meetings and difficult points in the office's pages, and drafts of what is done to a matter."""

import io
from collections.abc import Callable
from datetime import date

import docx
import pytest
from sqlalchemy import select

from domain import matter_work
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.joint_meeting import JointMeeting, JointMeetingSection
from models.matter_words import MatterStatus
from tests.support.factories import Factory, Office
from tests.support.matters import matter
from tests.support.pages import Visitor, words_of

SignIn = Callable[[str], Visitor]
NEW = "/admin/meetings/new"
S = MatterStatus


@pytest.fixture
def stuck(database: Database, office: Office, factory: Factory) -> str:
    """A matter that is stuck, one that is late, and a complaint that is put off."""
    with database.transaction() as session:
        act = {"actor": Actor.of_staff(session.merge(office.handler)), "now": factory.now}
        one = matter(session, office, S.IN_PROGRESS, now=factory.now, title="卡住的")
        matter_work.block(session, one, words="电力不够", needs="请基建处增容", **act)  # type: ignore[arg-type]
        matter(session, office, now=factory.now, title="晚了的", deadline=date(2026, 11, 20))
        place = session.merge(office.canteen)
        factory.complaint(session, office, ComplaintStatus.DEFERRED, service_point=place)
        return one.number


def entered(office: Office, **changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "title": "11月联席会",
        "held_on": "2026-11-27",
        "first_day": "2026-11-01",
        "last_day": "2026-11-23",
        "team_ids": [str(office.team.id), str(office.other_team.id)],
    }
    return values | changes


def test_difficult_points_are_listed_counted_and_narrowed(
    stuck: str, signed_in: SignIn, office: Office
) -> None:
    leader = signed_in("leader")

    def shown(query: str = "") -> list[str]:
        page = leader.get(f"/admin/matters/difficult{query}")
        return [words_of(node) for node in page.select(".difficult tbody strong")]

    assert len(shown()) == 3
    page = leader.get("/admin/matters/difficult")
    counts = {words_of(tab).split()[0]: words_of(tab).split()[1] for tab in page.select(".tab")}
    assert {word: count for word, count in counts.items() if count != "0"} == {
        "全部": "3",
        "上报难点": "1",
        "挂账": "1",
        "超期": "1",
    }
    row = next(one for one in page.select(".difficult tbody tr") if stuck in words_of(one))
    assert [words_of(cell) for cell in row.select(".ledger-said")] == ["电力不够", "请基建处增容"]
    assert shown("?why=overdue") == shown("?silent=1") == ["晚了的"]
    assert len(shown("?about=complaints")) == 1
    assert shown(f"?team={office.other_team.id}") == []
    assert shown("?why=waits&page=9") == []
    assert "现在没有难点堵点" in words_of(signed_in("outsider").get("/admin/matters/difficult"))
    for address in ("", "/board", "/calendar"):
        assert leader.get(f"/admin/matters{address}").select('a[href="/admin/matters/difficult"]')


def test_a_meeting_is_called_edited_taken_along_and_leads_back_to_its_matters(
    stuck: str, signed_in: SignIn, office: Office, database: Database
) -> None:
    desk, lead = signed_in("dispatcher"), signed_in("lead")
    assert "还没有开过联席会" in words_of(desk.get("/admin/meetings"))
    form = desk.get(NEW)
    assert form.select_one("#first_day")["value"] == "2026-11-01"  # type: ignore[index]
    for wrong, field in (
        ({"title": ""}, "title"),
        ({"held_on": ""}, "held_on"),
        ({"first_day": "x"}, "first_day"),
    ):
        refused = desk.refused(NEW, entered(office, **wrong))  # type: ignore[arg-type]
        assert refused.select(f"#{field}-error")
    own = desk.send(NEW, entered(office))
    page = lead.get(own)
    assert [words_of(node) for node in page.select(".meeting-unit h2")] == [
        f"一、{office.team.name}",
        f"二、{office.other_team.name}",
    ]
    assert "卡住的" in words_of(page.select(".meeting-part")[1])
    # A lead edits what their own unit reports, and nothing else.
    edits = page.select(".meeting-part-acts a[aria-label^=修改]")
    assert len(edits) == 3
    part = str(edits[1]["href"])
    assert words_of(lead.get(part).select_one("textarea")).startswith("1. 【")
    assert lead.post(f"{part}/draft", {"text": "还差一台变压器"}).text.startswith("草稿已保存")
    assert words_of(lead.get(part).select_one("textarea")) == "还差一台变压器"
    lead.send(f"{part}/draft/drop")
    assert lead.get(part).select(".draft-line") == []
    lead.send(part, {"text": "还差一台变压器", "seen": "1"})
    late = desk.refused(part, {"text": "别的", "seen": "1"}, status=409)
    assert "先改过这部分" in words_of(late.select_one("#text-error"))
    desk.refused(part, {"text": "长" * 8001, "seen": "2"})
    assert "改过的话就没有了" in words_of(desk.get(f"{part}/anew"))
    assert "和现在的内容一样" in words_of(desk.get(f"{edits[0]['href']!s}/anew"))
    assert "还差一台变压器" in words_of(desk.get(f"{own}/print"))
    desk.send(f"{part}/anew", {"seen": "2"})
    assert "还差一台变压器" not in words_of(desk.get(own))

    desk.refused(f"{own}/decisions", {"words": "增容", "matter": "B-1"})
    desk.refused(f"{own}/decisions", {"words": "", "matter": stuck})
    lead.refused(f"{own}/decisions", {"words": "增容", "matter": stuck}, status=403)
    desk.send(f"{own}/decisions", {"words": "本周增容", "matter": stuck, "until": "2026-12-01"})
    desk.send(f"{own}/decisions", {"words": "派人", "team_id": str(office.team.id)})
    record = words_of(desk.get(f"/admin/matters/{stuck}").select_one(".matter-record"))
    assert "11月联席会（2026年11月27日）议定：本周增容" in record
    with desk.client.get(f"{own}.docx") as answer:
        written = docx.Document(io.BytesIO(answer.data))
    assert written.paragraphs[0].text == "11月联席会"
    assert [row.cells[1].text for row in written.tables[0].rows[1:]][1] == "派人"
    with database.reading() as session:
        assert session.scalars(select(JointMeeting)).one().decisions[0].matter is not None
    _change_and_cancel(desk, own, office)


def _change_and_cancel(desk: Visitor, own: str, office: Office) -> None:
    """Change the arrangement; call another meeting, which shows what was decided, and delete it."""
    assert desk.get(f"{own}/edit").select_one("#title")["value"] == "11月联席会"  # type: ignore[index]
    desk.refused(f"{own}/edit", entered(office, team_ids=[]))
    desk.send(f"{own}/edit", entered(office, title="改了的"))
    desk.send(f"{own}/edit", entered(office, title="改了的", first_day="2026-11-02"))
    assert "请逐个「重新生成」" in words_of(desk.get(own))
    assert desk.post(f"{own}/cancel").status_code == 403
    other = desk.send(NEW, entered(office, held_on="2026-12-25"))
    assert "上次议定的事项 改了的" in words_of(desk.get(other))
    assert desk.send(f"{other}/cancel") == "/admin/meetings"
    rows = desk.get("/admin/meetings").select(".ledger tbody tr")
    assert [words_of(row.select_one("strong")) for row in rows] == ["改了的"]


def test_what_is_typed_into_an_act_of_a_matter_is_kept_until_it_is_done(
    stuck: str, signed_in: SignIn, database: Database, photo: bytes
) -> None:
    handler = signed_in("handler")
    act = f"/admin/matters/{stuck}/acts/progress"
    opened = {"opened": "2026-11-23T02:00:00+00:00"}
    assert handler.post(f"{act}/draft", {"words": "到货了", **opened}).text.startswith("草稿已保存")
    assert words_of(handler.get(act).select_one("#words")) == "到货了"
    assert words_of(handler.get(f"/admin/matters/{stuck}").select_one(".act .begun")) == "草稿"
    handler.send(f"{act}/draft/drop")
    assert words_of(handler.get(act).select_one("#words")) == ""
    handler.post(f"{act}/draft", {"words": "到货了", "opened": "x"})
    refused = handler.refused(act, {"words": "", "attachments": (io.BytesIO(photo), "a.jpg")})
    kept = refused.select_one("input[name=uploads]")
    assert kept is not None
    handler.send(act, {"words": "到货了", "uploads": str(kept["value"])})
    page = handler.get(f"/admin/matters/{stuck}")
    assert len(page.select(".matter-record > li")[0].select(".photo")) == 1
    assert page.select(".act .begun") == []
    assert handler.post(f"{act}/draft", {"words": "迟到的", **opened}).text == ""
    with database.reading() as session:
        assert session.scalars(select(JointMeetingSection)).all() == []
        assert session.scalars(select(Complaint)).one().status is ComplaintStatus.DEFERRED
