"""The office's pages of pushes: planned, looked at, approved by another, watched, and called off."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain import push_queries, push_sending
from models.article import Article
from models.database import Database
from models.enums import NoticeState
from models.matter_words import MatterStatus
from models.notice import Notice
from models.person import Person
from models.push import PushRun, PushSchedule
from models.push_words import PushKind, PushState
from models.staff import Staff
from tests.support.factories import Office
from tests.support.matters import matter
from tests.support.pages import Visitor, words_of
from tests.support.pushes import opens_window, something_to_tell, wants_pushes, weekly_digest, write_all

SignedIn = Callable[[str], Visitor]
FORM: dict[str, Any] = {
    "kind": "digest",
    "when": "weekly",
    "days": ["1", "5"],
    "at": "09:00",
    "title": "办实事周报",
    "days_off": "next",
    "missed": "once",
}

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def today(database: Database, office: Office, now: datetime) -> datetime:
    """The present, with something to tell and two students who asked to hear it."""
    with database.transaction() as session:
        something_to_tell(session, office, now=now)
        for person in (office.student, office.friend):
            wants_pushes(session, session.merge(person), now=now)
        opens_window(session, office.student, now=now)
    return now


def the_run(database: Database) -> PushRun:
    with database.reading() as session:
        return session.scalars(select(PushRun).order_by(PushRun.id.desc())).first() or PushRun()


@pytest.mark.usefixtures("today")
def test_a_schedule_is_planned_with_a_preview_of_real_data_and_changed(
    signed_in: SignedIn, database: Database
) -> None:
    desk = signed_in("dispatcher")
    assert "还没有定时推送" in words_of(desk.get("/admin/pushes"))
    page = desk.get("/admin/pushes/new?kind=matter")
    assert [str(box["value"]) for box in page.select("[name=kind]:checked, [name=kind][checked]")] == [
        "matter"
    ]
    shown = words_of(desk.refused("/admin/pushes/preview", FORM, status=200, fragment=True))
    assert "每周一、周五 9:00（遇休息日顺延）" in shown
    assert "新列入清单：食堂窗口保温" in shown
    assert "收件人 2 能发到微信 1 仅「消息」页：没有打开的对话，也没有订阅授权 1" in shown
    for wrong, said in (
        ({"kind": "nothing"}, "请选择推送什么。"),
        ({"days": None}, "请选择星期几。"),
        ({"when": "once", "day": "morgen"}, "请填写哪一天，如 2026-12-01。"),
        ({"at": "早上"}, "时间请写成 09:00 这样。"),
        ({"when": "sometimes"}, "请选择什么时候推送。"),
    ):
        fragment = desk.refused("/admin/pushes/preview", FORM | wrong, status=200, fragment=True)
        assert words_of(fragment.select_one(".alert")) == said
        refused = desk.refused("/admin/pushes/new", FORM | wrong)
        assert words_of(refused.select_one("[role=alert]")) == said
    address = desk.send("/admin/pushes/new", FORM)
    page = desk.get(address)
    assert words_of(page.select_one("#when-title")) == "每周一、周五 9:00（遇休息日顺延）"
    assert len(page.select(".push-times time")) == 5
    page = desk.get(f"{address}/edit")
    assert [str(box["value"]) for box in page.select("[name=days][checked]")] == ["1", "5"]
    monthly = FORM | {"when": "monthly", "month_days": ["0"], "title": "月报"}
    assert desk.refused(f"{address}/edit", monthly | {"title": ""}).select_one("#title.is-invalid")
    desk.send(f"{address}/edit", monthly)
    listed = words_of(desk.get("/admin/pushes").select_one("tbody tr"))
    assert listed.startswith("月报 办实事周报 每月最后一天 9:00（遇休息日顺延）")
    assert [
        str(box["value"]) for box in desk.get(f"{address}/edit").select("[name=month_days][checked]")
    ] == ["0"]
    with database.reading() as session:
        assert session.scalars(select(PushSchedule.when_kind)).all() == ["monthly"]


def test_a_push_is_approved_by_another_and_watched_to_its_end(
    signed_in: SignedIn, database: Database, today: datetime
) -> None:
    desk, leader = signed_in("dispatcher"), signed_in("leader")
    address = desk.send("/admin/pushes/new", FORM | {"when": "now"})
    page = desk.get(address)
    assert "这是您提出的，请另一位同事批准" in words_of(page)
    assert page.select_one("form[action$='/approve']") is None
    desk.refused(f"{address}/approve", status=403)
    assert words_of(leader.get("/admin/pushes").select_one(".rail-link .count-calm")) == "1"
    page = leader.get(address)
    assert "能发到微信 1" in words_of(page.select_one("#push-state"))
    leader.send(f"{address}/approve")
    run = the_run(database)
    state = leader.get(f"{address}/state", fragment=True)
    assert "正在写入收件人，已写入 0 人" in words_of(state)
    assert state.select_one("#push-state")["hx-trigger"] == "every 2s"  # type: ignore[index]
    with database.transaction() as session:
        write_all(session, session.get_one(PushRun, run.id), now=today)
    assert "1 / 2（50%）" in words_of(leader.get(f"{address}/state", fragment=True))
    assert "1 / 2" in words_of(leader.get("/admin/pushes").select_one(".push-so-far"))
    with database.transaction() as session:
        for notice in session.scalars(select(Notice).where(Notice.state == NoticeState.PENDING)):
            notice.state = NoticeState.SENT
        assert push_sending.finish(session, run.id, now=today)
    state = leader.get(f"{address}/state", fragment=True)
    assert state.select_one("[hx-get]") is None
    assert "收件人 2 发到微信：站内 1 仅「消息」页：没有打开的对话，也没有订阅授权 1" in words_of(state)
    row = words_of(desk.get("/admin/pushes?kind=digest").select(".push-table")[-1].select_one("tbody tr"))
    assert row == "办实事周报 已完成 今天 10:00 2 1 1 0"
    assert "没有这种推送的记录" in words_of(desk.get("/admin/pushes?kind=overdue"))
    # Somebody who got no notice of it reads the same page, without signing in.
    page = Visitor(desk.client.application).get(run.path)
    assert [words_of(link) for link in page.select(".matter-title")] == ["食堂窗口保温"]
    assert "还没有批准" not in words_of(page)


def test_a_push_is_refused_with_a_reason_or_called_off_on_the_way(
    signed_in: SignedIn, database: Database, today: datetime
) -> None:
    desk, leader = signed_in("dispatcher"), signed_in("leader")
    address = desk.send("/admin/pushes/new", FORM | {"when": "now"})
    assert "还没有批准，只供预览" in words_of(Visitor(desk.client.application).get(the_run(database).path))
    leader.refused(f"{address}/cancel", {"reason": " "})
    leader.send(f"{address}/cancel", {"reason": "数字不对"})
    assert "数字不对" in words_of(leader.get(address))
    Visitor(desk.client.application).get(the_run(database).path, status=404)

    address = desk.send("/admin/pushes/new", FORM | {"when": "now"})
    leader.send(f"{address}/approve")
    with database.transaction() as session:
        write_all(session, session.get_one(PushRun, the_run(database).id), now=today)
    desk.send(f"{address}/cancel", {"reason": "发错了"})
    assert "取消时撤回 1" in words_of(desk.get(address))
    desk.refused(f"{address}/cancel", {"reason": "再来"}, status=409)
    # What everybody may read can still become an article.
    desk.send(f"{address}/article")
    with database.reading() as session:
        made = session.scalars(select(Article)).one()
    assert (made.title, made.html.count("食堂窗口保温")) == ("办实事周报", 2)


def test_a_schedule_is_run_tried_paused_confirmed_and_removed(
    signed_in: SignedIn, database: Database, office: Office, today: datetime
) -> None:
    with database.transaction() as session:
        staff = session.get_one(Staff, office.dispatcher.id)
        address = f"/admin/pushes/{weekly_digest(session, staff, now=today, automatic=True).id}"
    desk, leader = signed_in("dispatcher"), signed_in("leader")
    page = desk.get(address)
    assert "自动推送要另一位同事确认以后才生效" in words_of(page)
    refused = desk.refused(f"{address}/test", status=403)
    assert "您还没有绑定微信" in words_of(refused)
    with database.transaction() as session:
        session.get_one(Staff, office.dispatcher.id).person_id = office.student.id
    desk.send(f"{address}/test")
    first = desk.send(f"{address}/run")
    desk.send(f"{first}/test")
    with database.reading() as session:
        tried = session.scalars(select(Notice).where(Notice.key.startswith("push:test:")).order_by(Notice.id))
        assert [(one.title, one.path) for one in tried] == [
            ("（试发）办实事周报", "/h5/matters"),
            ("（试发）办实事周报", the_run(database).path),
        ]
    assert the_run(database).state is PushState.WAITING
    leader.send(f"{address}/confirm")
    assert "职工" in words_of(leader.get(address).select_one(".push-main"))
    twice = leader.refused(f"{address}/run", status=409)
    assert "已经有一次待批准" in words_of(twice)
    leader.send(f"{first}/cancel", {"reason": "改自动"})
    with database.transaction() as session:
        session.get_one(PushRun, the_run(database).id).due_at -= timedelta(seconds=1)  # time stands still
    leader.send(f"{address}/run")
    assert (the_run(database).state, the_run(database).automatic) == (PushState.RUNNING, True)
    assert words_of(leader.get(address).select_one(".push-waiting")).endswith("正在推送")
    leader.send(f"{address}/pause")
    assert "已暂停，到时间不推送。" in words_of(leader.get(address))
    leader.send(f"{address}/resume")
    leader.send(f"{address}/remove")
    leader.get(address, status=404)
    assert "还没有定时推送" in words_of(leader.get("/admin/pushes"))


@pytest.mark.usefixtures("today")
def test_inspectors_read_and_only_planners_act(signed_in: SignedIn) -> None:
    inspector = signed_in("inspector")
    page = inspector.get("/admin/pushes")
    assert page.select_one("a[href='/admin/pushes/new']") is None
    for path in ("/admin/pushes/new", "/admin/pushes/999999999999"):
        inspector.get(path, status=403 if path.endswith("new") else 404)
    inspector.refused("/admin/pushes/new", FORM, status=403)
    signed_in("handler").get("/admin/pushes", status=403)


def test_a_closed_matter_and_what_is_told_to_all_are_found_by_everybody(
    signed_in: SignedIn, database: Database, office: Office, today: datetime
) -> None:
    with database.transaction() as session:
        done = matter(session, office, MatterStatus.CLOSED, now=today - timedelta(hours=1))
        (run,) = push_queries.waiting(session)
    desk = signed_in("dispatcher")
    page = desk.get("/admin/pushes/new?kind=matter&subject=" + done.number)
    assert words_of(page.select_one("option[selected]")) == f"{done.number} 食堂窗口保温"
    refused = desk.refused("/admin/pushes/new", FORM | {"kind": "matter", "when": "now"})
    assert words_of(refused.select_one("[role=alert]")) == "请选择要推送的是哪一个。"
    desk.send(f"/admin/pushes/runs/{run.id}/approve")
    with database.transaction() as session:
        write_all(session, session.get_one(PushRun, run.id), now=today)
        told = session.scalars(select(Notice.person_id).where(Notice.push_run_id == run.id)).all()
        assert sorted(one or 0 for one in told) == sorted([office.student.id, office.friend.id])
        stranger = session.scalars(select(Person).where(Person.id.not_in(told))).all()
        assert stranger == []
    with database.reading() as session:
        assert session.scalars(select(PushRun.kind).where(PushRun.id == run.id)).one() is PushKind.MATTER
