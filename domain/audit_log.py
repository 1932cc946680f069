"""Looking through the audit log: newest first, narrowed by who, what and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from models.audit import AuditChain, AuditEntry
from models.staff import Staff

# The first part of an action, with what people call it.
SUBJECTS = {
    "complaint": "诉求",
    "account": "登录与账号",
    "staff": "人员",
    "team": "责任单位",
    "category": "类别与时限",
    "calendar": "工作日历",
    "wording": "用语",
    "place": "服务点",
    "limit": "限制与暂停提交",
    "view": "视图",
    "task": "下载与后台任务",
    "menu": "公众号菜单",
    "template": "消息模板",
    "notice": "通知发送",
    "platform": "微信平台",
    "survey": "满意度测评",
    "appraisal": "考核",
    "pioneer_post": "党员先锋岗",
}


@dataclass(frozen=True, kw_only=True)
class AuditFilters:
    """What to look for; None and empty mean anything.

    Attributes:
        words: in the sentence, the subject or the name of who did it.
        since, until: half-open.
    """

    words: str = ""
    subject_kind: str = ""
    staff_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def narrow(self, query: Select[AuditEntry]) -> Select[AuditEntry]:
        """Put the conditions into a query on AuditEntry."""
        conditions: list[ColumnElement[bool]] = []
        if self.subject_kind:
            conditions.append(AuditEntry.subject_kind == self.subject_kind)
        if self.staff_id is not None:
            conditions.append(AuditEntry.staff_id == self.staff_id)
        if self.since is not None:
            conditions.append(AuditEntry.at >= self.since)
        if self.until is not None:
            conditions.append(AuditEntry.at < self.until)
        conditions += [
            AuditEntry.words.icontains(word, autoescape=True)
            | AuditEntry.subject.icontains(word, autoescape=True)
            | AuditEntry.actor_label.icontains(word, autoescape=True)
            for word in self.words.split()[:5]
        ]
        return query.where(*conditions)


@dataclass(frozen=True)
class Slice:
    """A stretch of the log, the newest first.

    Attributes:
        before: asks for the next older stretch; None at the end.
    """

    entries: Sequence[AuditEntry]
    before: int | None


def find(session: Session, filters: AuditFilters, *, before: int | None = None, limit: int = 50) -> Slice:
    """Give the newest entries older than the position `before`; as quick on the last page as on the first."""
    query = filters.narrow(select(AuditEntry)).order_by(AuditEntry.position.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AuditEntry.position < before)
    found = list(session.scalars(query))
    return Slice(found[:limit], found[limit - 1].position if len(found) > limit else None)


def length(session: Session) -> int:
    """Count the entries of the whole log."""
    return session.scalar(select(AuditChain.length)) or 0


def colleagues(session: Session) -> list[Staff]:
    """List everybody who has or had an account, to choose from."""
    return list(session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.name)).unique())
