"""What notices say: to the person, to who joined them, and to staff."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.disclosure import Closeness
from domain.notice_texts import local_text, subject_of, text_for
from models.category import Category
from models.complaint import Complaint, ComplaintEvent
from models.enums import (
    ActorKind,
    ComplaintKind,
    ComplaintStatus,
    NoticeKind,
    Outcome,
    StepName,
)
from models.service_point import ServicePoint
from models.team import Team

N = NoticeKind
S = ComplaintStatus
DUE = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def complaint(**changes: Any) -> Complaint:
    """A complaint at work, not in any database."""
    values: dict[str, Any] = {
        "number": "2026-1123-0007",
        "kind": ComplaintKind.COMPLAINT,
        "status": S.IN_PROGRESS,
        "text": "302 室漏水，\n电话 13812345678，请尽快，谢谢老师们了",
        "place_text": "六号楼",
        "category": Category(name="校园维修"),
        "team": Team(name="维修服务中心"),
        "urgent": False,
        "round": 2,
        "answer_due_at": DUE,
        "done_due_at": DUE,
        "deferred_until": DUE,
        "outcome": Outcome.SOLVED,
        "public_text": "",
    }
    return Complaint(**(values | changes))


def event(step: StepName = StepName.PROGRESS, words: str = "在修", **changes: Any) -> ComplaintEvent:
    """An event by a handler, unless it is said otherwise."""
    values: dict[str, Any] = {
        "at": AT,
        "step": step,
        "actor_kind": ActorKind.STAFF,
        "actor_label": "维修服务中心 经办人",
        "words": words,
        "details": {},
    }
    return ComplaintEvent(**(values | changes))


def said(
    kind: NoticeKind, about: Complaint, what: ComplaintEvent, closeness: Closeness = Closeness.REPORTER
) -> str:
    """What stands below the first line, which names the complaint."""
    return text_for(kind, about, what, closeness=closeness).body.partition("\n")[2]


BY_CLOCK = {"actor_kind": ActorKind.CLOCK, "actor_label": "系统"}
BY_REPORTER = {"actor_kind": ActorKind.REPORTER, "actor_label": "诉求人"}


@pytest.mark.parametrize(
    ("kind", "about", "what", "text"),
    [
        (N.RECEIVED, complaint(), event(), "我们已经收到，将在 2026年11月26日 10:00 前答复您。"),
        (N.RECEIVED, complaint(answer_due_at=None), event(), "我们已经收到，谢谢您。"),
        (
            N.RECEIVED,
            complaint(urgent=True),
            event(),
            (
                "我们已经收到，将在 2026年11月26日 10:00 前答复您。\n"
                "情况危急时请先离开现场，并拨打应急电话 0571-88886110。"
            ),
        ),
        (
            N.ASSIGNED,
            complaint(),
            event(words="请上门"),
            "已派给维修服务中心办理，承诺 2026年11月26日 10:00 前办结。\n请上门",
        ),
        (N.ASSIGNED, complaint(team=None, done_due_at=None), event(words=""), "已派给责任单位办理。"),
        (N.ANSWERED, complaint(), event(), "维修服务中心 经办人：在修"),
        (N.ANSWERED, complaint(), event(words=" "), "维修服务中心 经办人：请查看照片。"),
        (N.ANSWERED, complaint(), event(StepName.RESUME, ""), "已恢复办理。"),
        (
            N.ASKED,
            complaint(),
            event(words="哪一天？"),
            "维修服务中心 经办人想请您补充：哪一天？\n补充前暂停计时。",
        ),
        (
            N.DEFERRED,
            complaint(),
            event(details={"reason": "等配件"}),
            "因「等配件」暂时不能办结，承诺 2026年11月26日 10:00 前办理，到期自动恢复。",
        ),
        (
            N.DEFERRED,
            complaint(),
            event(words=""),
            "因「暂时不具备办理条件」暂时不能办结，承诺 2026年11月26日 10:00 前办理，到期自动恢复。",
        ),
        (
            N.RESOLVED,
            complaint(),
            event(words="修好了"),
            "办理结果（已解决）：修好了\n问题解决了吗？请您评价，不满意会退回重办。",
        ),
        (
            N.RESOLVED,
            complaint(outcome=None),
            event(words="好了"),
            "办理结果（已办结）：好了\n问题解决了吗？请您评价，不满意会退回重办。",
        ),
        (
            N.REOPENED,
            complaint(),
            event(StepName.RATE_UNSOLVED, **BY_REPORTER),
            "您的评价已收到，现退回维修服务中心重新办理（第 2 轮）。",
        ),
        (
            N.REOPENED,
            complaint(team=None),
            event(StepName.REOPEN, actor_label="督导组"),
            "督导组重新打开，现退回责任单位重新办理（第 2 轮）。",
        ),
        (
            N.CLOSED,
            complaint(),
            event(StepName.RATE, **BY_REPORTER),
            "感谢您的评价，这件诉求已销号。如问题还在或又出现，15 天内可以重新打开。",
        ),
        (
            N.CLOSED,
            complaint(),
            event(StepName.CLOSE_UNRATED, **BY_CLOCK),
            "7 天内没有收到评价，已按期销号，记为「未评价」。如问题还在或又出现，15 天内可以重新打开。",
        ),
        (
            N.REJECTED,
            complaint(),
            event(words="不归后勤"),
            "不予受理，原因：不归后勤\n如有异议，可以申诉一次。",
        ),
        (N.REJECTED, complaint(appealed_at=AT), event(words="不归后勤"), "不予受理，原因：不归后勤"),
        (
            N.MERGED,
            complaint(merged_into=complaint(number="2026-1123-0001")),
            event(),
            "与诉求 2026-1123-0001 反映的是同一件事，已合并办理，后续进展会继续通知您。",
        ),
        (N.MERGED, complaint(), event(), "与诉求  反映的是同一件事，已合并办理，后续进展会继续通知您。"),
        (N.STAFF_SUBMITTED, complaint(text="水龙头坏了"), event(), "地点：六号楼"),
        (
            N.STAFF_ASSIGNED,
            complaint(text="水龙头坏了", service_point=ServicePoint(full_name="六号楼 三层")),
            event(words="请上门"),
            "地点：六号楼 三层\n请在 2026年11月26日 10:00 前办结。\n请上门",
        ),
        (
            N.STAFF_ASSIGNED,
            complaint(text="", place_text="", done_due_at=None),
            event(words=""),
            "地点：未说明地点",
        ),
        (N.STAFF_URGENT, complaint(text="漏电"), event(), "【紧急】六号楼：漏电\n请立即到场处置。"),
        (
            N.STAFF_REQUEST,
            complaint(),
            event(StepName.REQUEST_TRANSFER, "不归我们"),
            "维修服务中心 经办人申请转办：不归我们",
        ),
        (
            N.STAFF_REQUEST,
            complaint(),
            event(StepName.REQUEST_TRANSFER, ""),
            "维修服务中心 经办人申请转办：未写理由",
        ),
        (
            N.STAFF_DECIDED,
            complaint(),
            event(StepName.REFUSE_TRANSFER, "归你们", actor_label="受理员"),
            "受理员：不同意转办。归你们",
        ),
        (
            N.STAFF_DECIDED,
            complaint(),
            event(StepName.APPROVE_DEFERRAL, "", actor_label="分管领导"),
            "分管领导：同意挂账。",
        ),
        (N.STAFF_RATED, complaint(), event(words="很快", details={"stars": 5}), "评价 5 星：很快"),
        (N.STAFF_RATED, complaint(), event(words="", details={"stars": 4}), "评价 4 星。"),
        (N.STAFF_URGED, complaint(), event(StepName.URGE, "", **BY_REPORTER), "诉求人：催办"),
        (N.STAFF_OVERDUE, complaint(), event(StepName.REMIND, "办理已超期", **BY_CLOCK), "系统：办理已超期"),
    ],
)
def test_notice_says(kind: NoticeKind, about: Complaint, what: ComplaintEvent, text: str) -> None:
    assert said(kind, about, what) == text


JOINED, MERGED = Closeness.JOINED, Closeness.MERGED


@pytest.mark.parametrize(
    ("closeness", "kind", "what", "text"),
    [
        (
            JOINED,
            N.ASSIGNED,
            event(words="王同学住 302"),
            "已派给维修服务中心办理，承诺 2026年11月26日 10:00 前办结。",
        ),
        (JOINED, N.ANSWERED, event(), "维修服务中心有新的进展。"),
        (JOINED, N.ANSWERED, event(StepName.RESUME), "已恢复办理。"),
        (JOINED, N.ANSWERED, event(StepName.PUBLISH, ""), "答复已在公示栏公开，点开看。"),
        (
            JOINED,
            N.ASKED,
            event(words="您的学号？"),
            "维修服务中心 经办人已请诉求人补充情况，补充前暂停计时。",
        ),
        (
            JOINED,
            N.DEFERRED,
            event(details={"reason": "等王同学"}),
            "现在办不了，承诺 2026年11月26日 10:00 前办理，到期自动恢复。",
        ),
        (JOINED, N.RESOLVED, event(words="已给王同学换好"), "办理结果：已解决。"),
        (JOINED, N.REJECTED, event(words="王同学不归后勤"), "不予受理，原因：不属于后勤"),
        (
            JOINED,
            N.REOPENED,
            event(StepName.RATE_UNSOLVED, "我住 302", **BY_REPORTER),
            "诉求人评价为未解决，现退回维修服务中心重新办理（第 2 轮）。",
        ),
        (
            JOINED,
            N.REOPENED,
            event(StepName.REOPEN, "又坏了", **BY_REPORTER),
            "诉求人重新打开，现退回维修服务中心重新办理（第 2 轮）。",
        ),
        (
            JOINED,
            N.CLOSED,
            event(StepName.RATE),
            "诉求人已评价，这件诉求已销号。如您还遇到同样的问题，请提交新的诉求。",
        ),
        (
            JOINED,
            N.CLOSED,
            event(StepName.WITHDRAW),
            "诉求人已撤回，这件诉求不再办理。如您还遇到同样的问题，请提交新的诉求。",
        ),
        (
            JOINED,
            N.CLOSED,
            event(StepName.CLOSE_UNRATED),
            "到期未评价，这件诉求已销号。如您还遇到同样的问题，请提交新的诉求。",
        ),
        (MERGED, N.ANSWERED, event(), "维修服务中心有新的进展。"),
        (
            MERGED,
            N.RESOLVED,
            event(words="已给 13812345678 回电"),
            "办理结果（已解决）：已给 ＊＊＊ 回电",
        ),
        (MERGED, N.REJECTED, event(words="不归后勤"), "不予受理，原因：不归后勤"),
        (
            MERGED,
            N.DEFERRED,
            event(details={"reason": "等配件"}),
            "因「等配件」暂时不能办结，承诺 2026年11月26日 10:00 前办理，到期自动恢复。",
        ),
    ],
)
def test_notice_for_who_did_not_raise_it_says(
    closeness: Closeness, kind: NoticeKind, what: ComplaintEvent, text: str
) -> None:
    assert said(kind, complaint(rejection_reason="不属于后勤"), what, closeness) == text


def test_who_joined_reads_nothing_of_the_reporters_words() -> None:
    text = text_for(N.ANSWERED, complaint(place_text="302 王同学床边"), event(), closeness=JOINED)

    assert text.title == "您关注的诉求：处理中"
    assert text.body.splitlines()[0] == "2026-1123-0007 校园维修 投诉"
    assert (text.fields["subject"], text.fields["place"]) == ("校园维修 投诉", "未说明地点")
    assert [word for word in ("138", "302", "漏水") if word in str(text)] == []


def test_who_joined_reads_the_edited_text_once_it_is_public() -> None:
    public = complaint(public_text="六号楼漏水", published_at=AT)

    assert text_for(N.ANSWERED, public, event(), closeness=JOINED).fields["subject"] == "六号楼漏水"
    assert said(N.RESOLVED, public, event(), JOINED) == (
        "办理结果：已解决。答复核对后在公示栏公开，届时告诉您。"
    )


def test_template_gets_its_fields_in_plain_words() -> None:
    text = text_for(N.ANSWERED, complaint(text="水龙头坏了"), event())

    assert text.title == "诉求有新进展"
    assert text.fields == {
        "number": "2026-1123-0007",
        "subject": "水龙头坏了",
        "status": "处理中",
        "time": "2026年11月23日 10:00",
        "remark": "维修服务中心 经办人：在修",
        "place": "六号楼",
        "team": "维修服务中心",
        "deadline": "2026年11月26日 10:00",
    }
    assert text_for(N.ANSWERED, complaint(team=None), event()).fields["team"] == "待派单"


def test_every_kind_but_that_of_drafts_can_be_written() -> None:
    for kind in set(NoticeKind) - {N.DRAFT_WAITING}:
        text = text_for(kind, complaint(), event())
        assert text.title == kind.label
        assert len(text.title) <= 60
        assert text.body.startswith("2026-1123-0007 302 室漏水， 电话 1381234…\n")


def test_subject_is_one_short_line() -> None:
    assert subject_of(complaint(text="一二三四五六七八九十" * 2)) == "一二三四五六七八九十" * 2
    assert subject_of(complaint(text="一二三四五六七八九十" * 3)) == "一二三四五六七八九十一二三四五六七八九…"
    assert subject_of(complaint(text=" 水\n龙头\t坏了 ")) == "水 龙头 坏了"


def test_moment_is_put_as_templates_take_it() -> None:
    assert local_text(datetime(2026, 1, 4, 17, 5, tzinfo=UTC)) == "2026年1月5日 01:05"
    assert local_text(None) == ""
