"""Sheets of codes from the worker: of the places that were chosen, with what their codes hold by now."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain import background_tasks as tasks
from domain.qr_codes import keep_code
from jobs import qr_sheets
from jobs.background import Background
from jobs.context import JobContext
from models.background_task import BackgroundTask
from models.enums import TaskState
from models.service_point import ServicePoint
from tests.support.factories import Office
from tests.support.reading_codes import codes_in, pages_of, words_of_pages

Made = Callable[..., tuple[BackgroundTask, Path]]


@pytest.fixture
def made(context: JobContext, office: Office, tmp_path: Path) -> Made:
    """Have sheets made for some places, and give the task and its file."""

    def make(ids: list[int], **parameters: Any) -> tuple[BackgroundTask, Path]:
        with context.database.transaction() as session:
            task = tasks.ask(
                session,
                office.dispatcher,
                kind="qr_sheets",
                title="二维码",
                parameters={"ids": ids, "layout": "sticker", "form": "pdf", **parameters},
                now=context.clock(),
            )
        assert Background(context).do_one()
        with context.database.reading() as session:
            task = session.get_one(BackgroundTask, task.id)
        path = tmp_path / "made"
        path.write_bytes(context.files.read(task.result_file_key) if task.result_file_key else b"")
        return task, path

    return make


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sheets_hold_wechats_codes_where_there_are_and_our_links_elsewhere(
    made: Made, context: JobContext, office: Office
) -> None:
    wechats = "http://weixin.qq.com/q/02AbCdEfGhIjKlMnOpQrSt"
    app_id, ours = context.settings.wechat_app_id, f"{context.settings.base_url}h5/p/{office.hall.code}"
    with context.database.transaction() as session:
        keep_code(session, office.canteen.code, url=wechats, app_id=app_id, now=context.clock())
        session.get_one(ServicePoint, office.canteen.id).label_number = "EC-1-03"
        closed = ServicePoint(code="old", kind=office.hall.kind, name="旧", full_name="旧", active=False)
        session.add(closed)
        session.flush()
    task, path = made([office.hall.id, office.canteen.id, closed.id, 999])
    assert (task.state, task.done, task.total) == (TaskState.DONE, 4, 4)
    assert task.result_name == "二维码 小贴纸 2个 20261123.pdf"
    assert task.result["lines"][0] == "共 2 个二维码。"
    assert task.result["lines"][1].startswith("其中 1 个是网页链接")
    [page] = pages_of(path)
    seen = {code.text: code.module for code in codes_in(page)}
    assert set(seen) == {wechats, ours}
    words = words_of_pages(path)
    assert ("编号 EC-1-03" in words, f"编号 {office.hall.code}" in words) == (True, True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pictures_come_in_a_zip(made: Made, office: Office) -> None:
    task, path = made([office.canteen.id], form="svg")
    assert task.result_name == "二维码 SVG 1个 20261123.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"0001 一食堂 3 号窗口 {office.canteen.code}.svg"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sheets_without_the_typeface_say_what_to_do(
    made: Made, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr_sheets, "_TYPEFACE", tmp_path)
    monkeypatch.setattr("domain.sheet_pdf.REGULAR", "Away")
    assert made([office.hall.id])[0].error.startswith("缺少打印用的字体，请系统管理员")
