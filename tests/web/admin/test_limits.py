"""被限制的人: who met a limit, lifting it, and keeping somebody from submitting for a while."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from sqlalchemy import select

from domain import limits
from models.complaint import Complaint
from models.database import Database
from models.person_limit import LimitKind, PersonLimit
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of

PAGE = "/admin/abuse/limits"


def test_staff_see_who_was_limited_lift_it_and_block_for_a_while(
    signed_in: Callable[[str], Visitor],
    file: Callable[..., Complaint],
    database: Database,
    office: Office,
    factory: Factory,
    clock: time_machine.Traveller,
) -> None:
    desk = signed_in("dispatcher")
    assert words_of(desk.get(PAGE).select_one(".empty-title")) == "现在没有人被限制"
    with database.transaction() as session:
        session.add(
            PersonLimit(
                person_id=office.student.id,
                kind=LimitKind.CHAT,
                began_at=factory.now,
                until=factory.now + timedelta(hours=2),
                refused=960,
                last_refused_at=factory.now,
            )
        )
    (shown,) = desk.get(PAGE).select(".abuse-case")
    assert "聊天消息太多 一位师生" in words_of(shown)
    assert "没有受理 960 次" in words_of(shown)
    assert office.student.openid not in str(shown)
    assert signed_in("inspector").get(PAGE).select("form[action*=limits]") == []

    assert "请写明理由" in words_of(desk.refused(f"{PAGE}/1/lift", {"why": " "}))
    assert "请选暂停几天" in words_of(desk.refused(f"{PAGE}/1/block", {"days": "9", "reason": "刷屏"}))
    desk.send(f"{PAGE}/1/block", {"days": "1", "reason": "刷屏"})
    desk.send(f"{PAGE}/1/lift", {"why": "已谈话"})
    complaint = file(anonymous=True)
    block = {"number": complaint.number, "days": "7", "reason": "反复发送无关内容"}
    assert "没有找到" in words_of(desk.refused(f"{PAGE}/block", {**block, "number": "2026-0101-0001"}))
    desk.send(f"{PAGE}/block", block)
    cases = [words_of(case) for case in desk.get(PAGE).select(".abuse-case")]
    assert [f"诉求 {complaint.number} 的提交人" in case for case in cases] == [True, False]
    assert ["反复发送无关内容" in case for case in cases] == [True, False]
    assert "解除的理由：已谈话" in words_of(desk.get(f"{PAGE}?state=over").select_one(".abuse-case"))
    clock.shift(timedelta(days=8))
    with database.reading() as session:
        assert limits.current(session, office.student.id, *LimitKind, now=factory.now + timedelta(8)) is None
        assert session.scalars(select(PersonLimit.refused)).all() == [960, 0, 0]
