"""What happens next, for the cases that the pages of one office do not come to by themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.complaint import Complaint
from models.enums import Closing, ComplaintKind
from models.enums import ComplaintStatus as S
from models.team import Team
from web.h5.status_look import Tone, status_words, tone_of
from web.h5.whats_next import Next, whats_next

# A Monday, 10:00 in Shanghai.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
AGO, SOON = NOW - timedelta(days=1), NOW + timedelta(days=1)


def complaint(status: S, **changes: Any) -> Complaint:
    values = {"kind": ComplaintKind.COMPLAINT, "round": 1, "urgent": False, "team": Team(name="维修服务中心")}
    return Complaint(status=status, **(values | changes))


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (complaint(S.SUBMITTED), Next("受理员正在看", "看完会转给相关单位。")),
        (
            complaint(S.ASSIGNED, first_answered_at=AGO, answer_due_at=AGO, done_due_at=SOON),
            Next("维修服务中心即将开始办理", "明天 10:00前办结。"),
        ),
        (complaint(S.IN_PROGRESS), Next("维修服务中心正在办理")),
        (
            complaint(S.IN_PROGRESS, first_answered_at=AGO, done_due_at=SOON, team=None),
            Next("明天 10:00前办结", "责任单位正在办理，办结后请您评价。"),
        ),
        (
            complaint(S.IN_PROGRESS, done_due_at=AGO),
            Next(
                "超期了，正在加紧办理",
                "原定昨天 10:00前办结，已提醒单位负责人。抱歉让您久等。您也可以催办。",
                late=True,
            ),
        ),
        (
            complaint(S.DEFERRED, deferred_until=AGO),
            Next("承诺的时间到了，即将恢复办理", "原承诺昨天 10:00前办理。", late=True),
        ),
        (
            complaint(S.CLOSED, closing=Closing.UNRATED, closed_at=NOW - timedelta(days=16)),
            Next(
                "已到期销号，记为「未评价」",
                "如果又出现，请在公众号里提交新的诉求，我们会与这件关联。",
            ),
        ),
        (
            complaint(S.REJECTED, appealed_at=AGO),
            Next("这件诉求不予受理", "已经申诉过一次，这是最后的结果。"),
        ),
    ],
)
def test_who_raised_it_reads(case: Complaint, said: Next) -> None:
    assert whats_next(case, own=True, now=NOW) == said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (complaint(S.WAITING), Next("正在等诉求人补充情况", "补充之前，办理时限暂停计算。")),
        (complaint(S.RESOLVED, resolved_at=AGO), Next("已办结，等诉求人评价", "不满意会退回重办。")),
        (complaint(S.CLOSED, closed_at=AGO, closing=Closing.RATED), Next("已销号")),
        (complaint(S.REJECTED), Next("不予受理")),
        (complaint(S.REJECTED, rejection_reason="不属于后勤"), Next("不予受理", "原因：不属于后勤")),
        (
            complaint(S.IN_PROGRESS, first_answered_at=AGO, done_due_at=SOON),
            Next("明天 10:00前办结", "维修服务中心正在办理，办结后告诉您。"),
        ),
        (
            complaint(S.WITHDRAWN),
            Next("诉求人已撤回", "不再办理。如果您也需要，请在公众号里自己提交。"),
        ),
        (
            complaint(S.IN_PROGRESS, done_due_at=AGO),
            Next("超期了，正在加紧办理", "原定昨天 10:00前办结，已提醒单位负责人。抱歉让您久等。", late=True),
        ),
    ],
)
def test_follower_is_asked_for_nothing(case: Complaint, said: Next) -> None:
    assert whats_next(case, own=False, now=NOW) == said


@pytest.mark.parametrize(
    ("status", "own", "words", "tone"),
    [
        (S.WAITING, True, "待您补充", Tone.ASKS),
        (S.WAITING, False, "等待补充", Tone.PAUSED),
        (S.RESOLVED, True, "待您评价", Tone.ASKS),
        (S.RESOLVED, False, "已办结", Tone.DONE),
        (S.DEFERRED, False, "挂账", Tone.PAUSED),
    ],
)
def test_status_is_said_to_whom_it_concerns(status: S, *, own: bool, words: str, tone: Tone) -> None:
    assert (status_words(status, own=own), tone_of(status, own=own)) == (words, tone)
