"""The words of scheduled pushes (推送): what is pushed, when, and how a run stands."""

from models.enums import Word


class PushKind(Word):
    """What is pushed; `domain/push_kinds.py` says of each what it tells whom."""

    DIGEST = "digest", "办实事周报"
    MATTER = "matter", "一件办结的事项"
    SURVEY = "survey", "测评开放"
    SURVEY_REMINDER = "survey_reminder", "测评提醒"
    BULLETIN = "bulletin", "通报"
    OVERDUE = "overdue", "超期清单"
    SUPERVISION = "supervision", "督查周报"


class WhenKind(Word):
    """How a time comes back."""

    WEEKLY = "weekly", "每周"
    MONTHLY = "monthly", "每月"
    WORKING_DAYS = "working_days", "每个工作日"
    ONCE = "once", "只一次"


class DaysOff(Word):
    """What becomes of a time that falls on a day off."""

    KEEP = "keep", "照发"
    NEXT = "next", "顺延到下一个工作日"
    SKIP = "skip", "这次不发"


class MissedRule(Word):
    """What becomes of times at which no worker ran."""

    ONCE = "once", "恢复后补发一次"
    SKIP = "skip", "不补发"


class PushState(Word):
    """How a run stands."""

    WAITING = "waiting", "待批准"
    RUNNING = "running", "正在推送"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"
    SKIPPED = "skipped", "没有推送"
