"""Importing places in pages: the file goes in, its preview is looked at, and only then is it written."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from domain.file_store import LocalFileStore
from jobs.background import Background
from jobs.context import JobContext
from models.background_task import BackgroundTask
from models.database import Database
from models.service_point import ServicePoint
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.workbooks import cells_of, place_row, workbook
from web.admin import place_import
from web.parts import Parts

SignedIn = Callable[[str], Visitor]
Work = Callable[[], None]
PATH = "/admin/places/import"


@pytest.fixture
def work(app: Flask, database: Database, office: Office) -> Work:
    """What the worker does with one task."""
    del office
    parts: Parts = app.extensions["banshishi"]
    assert isinstance(parts.file_store, LocalFileStore)
    context = JobContext(
        settings=parts.settings, database=database, client=parts.client, files=parts.file_store
    )
    return lambda: (Background(context).do_one(), None)[1]


def uploaded(data: bytes, name: str = "服务点.xlsx") -> dict[str, Any]:
    return {"file": (BytesIO(data), name)}


def count(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(ServicePoint.id)).all())


def test_nothing_is_written_before_it_was_seen_and_confirmed(
    signed_in: SignedIn, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, before = signed_in("dispatcher"), count(database)
    rows = [place_row(名称=f"{number}号校区", 类型="校区") for number in range(3)]
    visitor.get(PATH)
    rows += [place_row(名称="图书馆大厅", 类型="设施"), place_row(类型="?")]
    page = visitor.send(PATH, uploaded(workbook(rows)))
    waiting = visitor.get(page)
    assert waiting.select_one(f"[hx-get='{page}']")
    assert "马上开始" in words_of(waiting)
    assert visitor.send(page) == page
    work()

    shown = visitor.get(page)
    assert [words_of(one) for one in shown.select(".tab")] == ["有误 1", "新增 3", "修改 1", "不变 0"]
    assert words_of(shown.select_one(".preview-table tbody tr")) == (
        "6 （没有名称） 名称 名称不能为空。"
        " 类型 没有「?」这个类型，可以填：校区、楼宇、食堂、窗口、餐桌区、楼层、房间、设施。"
    )
    monkeypatch.setattr(place_import, "PER_PAGE", 2)
    second = visitor.get(f"{page}?fate=new&page=2")
    assert words_of(second.select_one(".preview-table tbody")) == "4 2号校区"
    assert "没有不变的行" in words_of(visitor.get(f"{page}?fate=unchanged"))
    assert words_of(visitor.get(f"{page}?fate=changed").select_one(".row-change")) == "类型 窗口 → 设施"
    assert count(database) == before

    task = visitor.send(page)
    assert visitor.send(page) == task
    work()
    assert count(database) == before + 3
    assert "新增 3 个，修改 1 个。" in words_of(visitor.get(task))
    assert "已确认导入" in words_of(visitor.get(page))
    visitor.get(task.replace("tasks", "places/import"), status=404)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "请先选择文件。"),
        (uploaded(b"MZ\x90\x00", "服务点.xlsx"), "这是程序文件，不是表格。"),
        (uploaded(b"", "空.csv"), "文件是空的，请重新选择。"),
    ],
)
def test_what_is_no_table_is_told_at_once(
    signed_in: SignedIn, office: Office, files: dict[str, Any], words: str
) -> None:
    del office
    page = signed_in("admin").refused(PATH, files)

    assert words_of(page.select_one("[role=alert]")) == words


def test_a_table_without_our_columns_fails_with_the_reason(signed_in: SignedIn, work: Work) -> None:
    visitor = signed_in("dispatcher")
    page = visitor.send(PATH, uploaded(workbook([], header=("甲",))))
    work()

    assert "表头缺少「名称」" in words_of(visitor.get(page).select_one("[role=alert]"))


def test_template_and_export_are_downloads(signed_in: SignedIn, database: Database, work: Work) -> None:
    visitor = signed_in("dispatcher")
    template = visitor.client.get(f"{PATH}/template.xlsx")
    assert cells_of(template.data)[1][:5] == ["XQ-01", "", "", "东校区", "校区"]
    task = visitor.send("/admin/places/export", {"q": "图书馆"})
    work()
    with database.reading() as session:
        done = session.get_one(BackgroundTask, int(task.rsplit("/", 1)[1]))
    answer = visitor.client.get(f"{task}/file")
    assert [row[3] for row in cells_of(answer.data)] == ["名称", "图书馆大厅"]
    answer.close()
    assert done.title == "导出服务点（筛选结果）"
