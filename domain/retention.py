"""What is kept for how long (保存期限): the table that housekeeping, the dry run, pages and the notice use.

    for standing in retention.standings(session, kinds, days=settings.days_kept, now=now): …

Each kind says what becomes of it, from when its time is counted, and which setting holds the days.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from domain.retention_special import (
    UNDER_WAY,
    Drafts,
    Files,
    MessagesOfNobody,
    Notices,
    PushMessages,
    Reporters,
    Tasks,
    Uploads,
    Webhooks,
)
from domain.retention_ways import Dropped, Due, Rows, Way
from models.api_session import ApiSession, IdempotentRequest
from models.connected_system import ConnectedRequest
from models.content_check import MediaVerdict
from models.delivery_receipt import DeliveryReceipt
from models.desk import ActDraft, MatterActDraft
from models.inbound import InboundMessage
from models.joint_meeting import JointMeetingDraft
from models.notice import Notice, NoticeAttempt
from models.person import AccessLink
from models.person_limit import PersonLimit
from models.personal_data_access import PersonalDataAccess
from models.personal_settings import FormerPerson
from models.scan_ticket import ScanTicket
from models.subscription_grant import SubscriptionTap

_DAY = timedelta(days=1)
# The platform repeats nothing for as long, and answers every call much sooner; nor do programs try again.
_REPEATED = timedelta(days=7)
_AT_ONCE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of data.

    Attributes:
        name: for logs.
        title: what it is, in Chinese.
        done: what becomes of it when its time is over.
        since: from when its time is counted.
        setting: the field of the settings that holds the days; empty where the time is fixed.
        fixed: the time, where it is.
        way: how it is counted and deleted; None for what is kept for good.
    """

    name: str
    title: str
    done: str
    since: str = ""
    setting: str = ""
    fixed: timedelta | None = None
    way: Way | None = None

    def kept_for(self, days: Mapping[str, int]) -> timedelta | None:
        """Tell for how long it is kept; None for good."""
        if self.way is None:
            return None
        if self.fixed is not None:
            return self.fixed
        return timedelta(days=days[self.setting]) or None

    def term(self, days: Mapping[str, int]) -> str:
        """Say for how long it is kept."""
        kept = self.kept_for(days)
        if kept is None:
            return "长期保存"
        return f"{kept // _DAY} 天" if kept >= _DAY else f"{kept // timedelta(hours=1)} 小时"


@dataclass(frozen=True)
class Standing:
    """One kind as it stands: for how long it is kept, and what of it is due now."""

    kind: Kind
    term: str
    due: Due


def kinds(*, of_the_account: Collection[str]) -> Sequence[Kind]:
    """Give the table.

    Args:
        of_the_account: kinds of messages that are about the account; see `domain.housekeeping`.
    """
    return (*_messages(of_the_account), *_OF_PEOPLE, *_OF_WORK, *_TECHNICAL, *_FOR_GOOD)


_OF_PEOPLE = (
    Kind(
        name="chat_drafts",
        title="对话里写的草稿",
        done="删除；已经提交的内容在诉求里",
        since="最后一次写",
        setting="chat_draft_days",
        way=Drafts(),
    ),
    Kind(
        name="attempts",
        title="通知的发送记录",
        done="删除",
        since="发送",
        setting="attempt_days",
        way=Rows(
            NoticeAttempt,
            NoticeAttempt.at,
            lambda before: and_(
                NoticeAttempt.at < before,
                NoticeAttempt.notice_id.in_(select(Notice.id).where(Notice.state.not_in(UNDER_WAY))),
            ),
        ),
    ),
    Kind(
        name="notices",
        title="发给师生和工作人员的通知",
        done="删除",
        since="写成",
        setting="notice_days",
        way=Notices(),
    ),
    Kind(
        name="pushes",
        title="推送给每个人的消息",
        done="删除；推送了什么、多少人收到，长期保存",
        since="推送结束",
        setting="push_days",
        way=PushMessages(),
    ),
    Kind(
        name="sessions",
        title="小程序的登录",
        done="删除",
        since="退出或过期",
        setting="session_days",
        way=Rows(
            ApiSession,
            ApiSession.created_at,
            lambda before: or_(ApiSession.ended_at < before, ApiSession.expires_at < before),
        ),
    ),
    Kind(
        name="links",
        title="进入页面的链接",
        done="删除",
        since="过期",
        setting="link_days",
        way=Rows(AccessLink, AccessLink.expires_at, lambda before: AccessLink.expires_at < before),
    ),
    Kind(
        name="scans",
        title="扫码登录、绑定用的码",
        done="删除",
        since="过期",
        setting="link_days",
        way=Rows(ScanTicket, ScanTicket.expires_at, lambda before: ScanTicket.expires_at < before),
    ),
    Kind(
        name="uploads",
        title="上传了没有提交的照片和文件",
        done="删除",
        since="上传",
        fixed=_DAY,
        way=Uploads(),
    ),
    Kind(
        name="files",
        title="办结诉求的照片、语音等文件",
        done="删除文件，记录里注明已删除",
        since="最后一次办理",
        setting="photo_days",
        way=Files(),
    ),
    Kind(
        name="reporters",
        title="办结诉求里“是谁反映的”",
        done="去掉诉求人、称呼、电话和语音，文字里的号码换成星号",
        since="最后一次办理",
        setting="reporter_days",
        way=Reporters(),
    ),
    Kind(
        name="former",
        title="注销者的记号（认不出是谁）",
        done="删除",
        since="注销",
        setting="former_days",
        way=Rows(FormerPerson, FormerPerson.left_at, lambda before: FormerPerson.left_at < before),
    ),
)


def _messages(of_the_account: Collection[str]) -> Sequence[Kind]:
    """Give what the platform sent us; of nobody first, as the other leaves to it what it takes whole."""
    of_nobody = MessagesOfNobody(of_the_account)
    said = or_(InboundMessage.body != "", InboundMessage.reply != "", InboundMessage.openid != "")
    return (
        Kind(
            name="messages_of_nobody",
            title="取消关注、注销以后才到的消息",
            done="删除原文、答复和微信编号",
            since="收到",
            fixed=_AT_ONCE,
            way=of_nobody,
        ),
        Kind(
            name="messages",
            title="公众号、小程序消息原文",
            done="删除原文、答复和微信编号，只留“收到过”",
            since="收到",
            setting="message_days",
            way=Rows(
                InboundMessage,
                InboundMessage.received_at,
                lambda before: and_(InboundMessage.received_at < before, said, ~of_nobody.takes_whole()),
                {"body": "", "reply": "", "openid": ""},
            ),
        ),
    )


def _form_drafts(name: str, title: str, table: type[ActDraft | MatterActDraft | JointMeetingDraft]) -> Kind:
    return Kind(
        name=name,
        title=title,
        done="删除",
        since="最后一次写",
        setting="form_draft_days",
        way=Rows(table, table.changed_at, lambda before: table.changed_at < before),
    )


_OF_WORK = (
    Kind(
        name="limits",
        title="发送太多、暂停提交的记录",
        done="删除",
        since="限制结束",
        setting="attempt_days",
        way=Rows(PersonLimit, PersonLimit.until, lambda before: PersonLimit.until < before),
    ),
    Kind(
        name="looks",
        title="谁看过个人信息",
        done="删除",
        since="查看",
        setting="access_days",
        way=Rows(PersonalDataAccess, PersonalDataAccess.at, lambda before: PersonalDataAccess.at < before),
    ),
    _form_drafts("act_drafts", "工作人员办理诉求时写了没有提交的内容", ActDraft),
    _form_drafts("matter_drafts", "工作人员办理事项时写了没有提交的内容", MatterActDraft),
    _form_drafts("meeting_drafts", "联席会材料里写了没有提交的内容", JointMeetingDraft),
    Kind(
        name="tasks",
        title="后台任务和导出的文件",
        done="删除任务和文件",
        since="做完",
        setting="task_days",
        way=Tasks(),
    ),
    Kind(
        name="webhooks",
        title="告诉接入系统的推送",
        done="删除",
        since="写成",
        setting="webhook_days",
        way=Webhooks(),
    ),
)


def _repeated(name: str, title: str, table: type, at: str) -> Kind:
    column = getattr(table, at)
    return Kind(
        name=name,
        title=title,
        done="删除",
        since="收到",
        fixed=_REPEATED,
        way=Rows(table, column, lambda before: column < before),
    )


_TECHNICAL = (
    _repeated("receipts", "没有对上的发送回执", DeliveryReceipt, "received_at"),
    _repeated("verdicts", "没有对上的内容检查结果", MediaVerdict, "received_at"),
    _repeated("taps", "点过订阅的记号", SubscriptionTap, "counted_at"),
    _repeated("requests", "小程序重发请求的记号", IdempotentRequest, "created_at"),
    _repeated("submissions", "接入系统重发请求的记号", ConnectedRequest, "created_at"),
)
_FOR_GOOD = (
    Kind(name="complaints", title="诉求的文字和办理记录", done="作为工作档案；注销后不再和本人有关"),
    Kind(name="ratings", title="评价的星数和评语", done="用于统计；注销后不知道是谁评的"),
    Kind(name="surveys", title="测评的答卷", done="答卷是匿名的，测评结束后谁参加过也不再知道"),
    Kind(name="audit", title="审计日志（工作人员做了什么）", done="不能改动"),
)


def standings(
    session: Session, table: Sequence[Kind], *, days: Mapping[str, int], now: datetime
) -> list[Standing]:
    """Count what of each kind would be deleted now."""
    nothing = Due(0, None)
    found = []
    for kind in table:
        kept = kind.kept_for(days)
        due = kind.way.due(session, now - kept) if kind.way is not None and kept is not None else nothing
        found.append(Standing(kind, kind.term(days), due))
    return found


def drop(session: Session, kind: Kind, *, days: Mapping[str, int], now: datetime) -> Dropped:
    """Delete some of what is due of one kind; a count of 0 says that none is left."""
    kept = kind.kept_for(days)
    if kind.way is None or kept is None:
        return Dropped(0)
    return kind.way.drop(session, now - kept, now=now)
