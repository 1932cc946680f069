"""Saved views and columns: what the forms carry, what colleagues get, and what opens first."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup

from models.complaint import Complaint
from models.enums import ComplaintStatus
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
S = ComplaintStatus


def _carried(page: BeautifulSoup, action: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for field in page.select(f"form[action='{action}'] input[type=hidden]"):
        fields.setdefault(str(field["name"]), []).append(str(field["value"]))
    return {name: values for name, values in fields.items() if name != "csrf_token"}


def _parameters(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def _views(page: BeautifulSoup) -> list[str]:
    return [words_of(link) for link in page.select(".view-link")]


def test_a_view_carries_the_whole_list_and_opens_it_again(
    signed_in: SignedIn, file: Callable[..., Complaint]
) -> None:
    closed = file(S.CLOSED)
    file()
    desk = signed_in("dispatcher")
    asked = "/admin/inbox?tab=all&status=closed&status=rejected&stars=5&q=凉&sort=closed&page=3"
    page = desk.get(asked)
    carried = _carried(page, "/admin/views")

    assert carried == {
        "tab": ["all"], "q": ["凉"], "status": ["closed", "rejected"], "stars": ["5"], "sort": ["closed"],
    }  # fmt: skip
    chips = [words_of(chip) for chip in page.select("a.chip")]
    assert chips == ["搜索“凉” 取消", "已销号 取消", "不予受理 取消", "5 星 取消"]
    without = _parameters(str(page.select("a.chip")[2]["href"]))
    assert without == {"tab": ["all"], "q": ["凉"], "status": ["closed"], "stars": ["5"], "sort": ["closed"]}

    leads = desk.send("/admin/views", {**carried, "name": "销号的", "first": "1"})
    shown = desk.get(leads)
    assert [words_of(number) for number in shown.select("a.number")] == [closed.number]
    assert _views(shown) == ["销号的"]
    assert _parameters(desk.leads_to("/admin/inbox")) == _parameters(leads), "it opens first"
    assert _parameters(desk.leads_to("/admin/inbox?view=1")) == _parameters(leads)
    assert "已改动" in words_of(desk.get(leads.replace("stars=5", "stars=4")).select_one(".view-changed"))
    desk.get("/admin/inbox?view=99", status=404)


def test_colleagues_open_what_is_shared_and_see_only_what_they_may(
    signed_in: SignedIn, file: Callable[..., Complaint], office: Office
) -> None:
    ours, hidden = file(S.ASSIGNED, text="凉的"), file(text="凉的", service_point=office.hall)
    desk, handler = signed_in("dispatcher"), signed_in("handler")
    leads = desk.send("/admin/views", {"tab": "all", "q": "凉", "name": "凉的事", "shared": "1"})
    desk.send("/admin/views", {"tab": "all", "name": "自己看"})

    assert len(desk.get(leads).select("a.number")) == 2
    page = handler.get("/admin/inbox?tab=all")
    assert _views(page) == ["凉的事"]
    opened = handler.get(str(page.select(".view-link")[0]["href"]))
    assert [words_of(number) for number in opened.select("a.number")] == [ours.number]
    assert hidden.number not in opened.text
    listed = handler.get("/admin/views")
    assert words_of(listed.select_one(".view-row .view-name")).startswith("凉的事 ")
    assert listed.select("form[action$='/delete']") == []
    for act in ("", "/delete", "/up", "/list"):
        handler.refused(f"/admin/views/1{act}", {"name": "x"}, status=404)

    handler.send("/admin/views/first", {"view": "1"})
    desk.send("/admin/views/1", {"name": "凉的事"})
    assert _views(handler.get("/admin/inbox")) == [], "no longer shared: the day starts with the usual tab"
    handler.refused("/admin/views/first", {"view": "1"}, status=404)


def test_views_are_renamed_moved_updated_and_deleted(signed_in: SignedIn, office: Office) -> None:
    desk = signed_in(office.dispatcher.username)
    for name in ("甲", "乙"):
        desk.send("/admin/views", {"tab": "near", "name": name})

    desk.send("/admin/views/2/up")
    assert _views(desk.get("/admin/inbox?tab=all")) == ["乙", "甲"]
    desk.send("/admin/views/2", {"name": "甲"})
    assert "您已有一个叫「甲」的视图" in words_of(desk.get("/admin/views").select_one(".flash"))
    desk.send("/admin/views", {"tab": "near", "name": "甲"})
    assert "您已有一个叫「甲」的视图" in words_of(desk.get("/admin/inbox?tab=near").select_one(".flash"))
    desk.send("/admin/views/2", {"name": "乙组", "shared": "1"})
    leads = desk.send("/admin/views/2/list", {"tab": "overdue", "urgent": "1", "columns": ["stars"]})
    assert _parameters(leads) == {"tab": ["overdue"], "urgent": ["1"], "view": ["2"]}
    row = words_of(desk.get("/admin/views").select_one(".view-row"))
    assert row.startswith("乙组 已共享 收件箱 · 超期 只看紧急")
    desk.send("/admin/views/first", {"view": "2"})
    desk.send("/admin/views/first")
    desk.get("/admin/inbox")
    desk.send("/admin/views/2/delete")
    desk.send("/admin/views/1/delete")
    assert "还没有保存的视图" in words_of(desk.get("/admin/views").select_one(".empty-card"))


def test_columns_are_for_this_list_or_for_always(signed_in: SignedIn, file: Callable[..., Complaint]) -> None:
    file(S.CLOSED)
    file(S.DEFERRED)
    desk = signed_in("dispatcher")
    every = ["category", "place", "channel", "handler", "reopened", "stars", "deferred", "closed"]

    leads = desk.send("/admin/views/columns", {"tab": "all", "sort": "closed", "columns": every})
    page = desk.get(leads)
    heads = " ".join(words_of(head) for head in page.select("thead th"))
    assert heads == "编号 诉求 类别 地点 来源 经办人 重办次数 评价 挂账到 销号时间"
    assert len(page.select("tbody tr:first-child td")) == len(heads.split())
    closing = page.select_one("th.head-closed")
    assert closing is not None
    assert closing["aria-sort"] == "descending"
    assert _parameters(str(closing.select("a")[0]["href"]))["sort"] == ["closed_first"]
    assert len(desk.get("/admin/inbox?tab=all").select("thead th")) == 5

    leads = desk.send("/admin/views/columns", {"tab": "all", "columns": ["left"], "always": "1"})
    assert "columns" not in leads
    assert [words_of(head) for head in desk.get(leads).select("thead th")] == ["编号", "诉求", "时限"]


def test_a_search_marks_what_it_found_and_says_where(
    signed_in: SignedIn, file: Callable[..., Complaint]
) -> None:
    complaint = file(text="楼道里<script>太吵" + "，唉" * 80 + "，水管爆了", contact_phone="13922038001")
    file(S.RESOLVED, text="热水不热")
    desk = signed_in("dispatcher")

    first = desk.get("/admin/inbox?tab=all&q=水管").select_one(".words")
    assert first is not None
    assert words_of(first).startswith("…")
    assert [words_of(mark) for mark in first.select("mark")] == ["水管"]
    assert words_of(desk.get("/admin/inbox?tab=all&q=保温设备").select_one(".hit")) == "办结 已更换 保温设备"
    contact = desk.get("/admin/inbox?tab=all&q=038001").select_one(".hit")
    assert words_of(contact) == "联系方式 139****8001"
    none = desk.get("/admin/inbox?tab=to_rate&q=水管")
    assert "在全部诉求里找" in words_of(none.select_one(".empty-card"))
    for words in (complaint.number, complaint.number.replace("-", "")):
        assert desk.leads_to(f"/admin/inbox?q={words}").endswith(complaint.number)


def test_the_ledger_of_matters_has_views_too(signed_in: SignedIn, office: Office) -> None:
    desk, handler = signed_in("dispatcher"), signed_in("handler")
    page = desk.get(f"/admin/matters?view=all&team={office.team.id}&q=保温&sort=newest&to=2026-12-31")
    carried = _carried(page, "/admin/views")
    assert carried == {
        "list": ["matters"], "view": ["all"], "sort": ["newest"], "q": ["保温"],
        "team": [str(office.team.id)], "to": ["2026-12-31"],
    }  # fmt: skip

    leads = desk.send("/admin/views", {**carried, "name": "饮食本月", "shared": "1"})
    assert _parameters(leads) == {name: carried[name] for name in carried if name != "list"} | {
        "saved": ["1"]
    }
    desk.send("/admin/views", {"tab": "all", "name": "诉求的"})
    assert _views(desk.get(leads)) == ["饮食本月"]
    assert _views(desk.get("/admin/inbox?tab=all")) == ["诉求的"]
    assert _parameters(handler.leads_to("/admin/matters?saved=1")) == _parameters(leads)
    for wrong in ("/admin/matters?saved=2", "/admin/inbox?view=1"):
        desk.get(wrong, status=404)
    changed = desk.get(leads.replace("newest", "number"))
    assert "已改动" in words_of(changed.select_one(".view-changed"))
    desk.send("/admin/views/1/list", _carried(changed, "/admin/views/1/list"))
    assert desk.get(leads.replace("newest", "number")).select(".view-changed") == []
    desk.refused("/admin/views/2/list", _carried(changed, "/admin/views"), status=404)

    kept = desk.get("/admin/views")
    assert [words_of(row) for row in kept.select(".view-name")] == [
        "诉求的 收件箱 · 全部",
        "饮食本月 已共享 事项台账 · 全部 搜索“保温” 饮食服务中心 时限不晚于 2026-12-31",
    ]
    strange = {
        "list": "matters",
        "view": "open",
        "name": "旧的",
        "kind": "x",
        "lead": "9",
        "status": "closed",
    }
    handler.send("/admin/views", strange)
    assert words_of(handler.get("/admin/views").select_one(".view-what")) == (
        "事项台账 · 在办 x（没有这一项） 已销号 9（没有这一项）"
    )
    desk.send("/admin/views", {**carried, "name": "饮食本月"})
    assert "您已有一个叫「饮食本月」的视图" in words_of(desk.get("/admin/matters").select_one(".flash"))
