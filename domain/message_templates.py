"""Which template of the account tells which kind of notice, as set by an administrator.

Where nothing was set, the file of templates holds (`config/wechat_templates.toml`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from config.wechat_templates import MessageTemplate as Template
from config.wechat_templates import TemplateBook
from domain import platform_alerts
from domain.errors import Invalid
from domain.notices import PUSHED
from models.enums import NoticeChannel, NoticeKind, Word
from models.message_template import MessageTemplate
from models.staff import Staff

WAYS = (NoticeChannel.TEMPLATE, NoticeChannel.SUBSCRIPTION, NoticeChannel.MINI_SUBSCRIPTION)
MOST_FIELDS = 12
_TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*\d{1,2}")
_LONGEST_FILLING = 60


_NOT_THIS_WAY = {
    NoticeChannel.TEMPLATE: "推送是发给许多人的，微信不允许用模板消息，请设置订阅通知。",
    NoticeChannel.MINI_SUBSCRIPTION: "推送和发给工作人员的通知不发到小程序。",
}


class PlainField(Word):
    """What a notice offers a template to show."""

    NUMBER = "number", "编号"
    SUBJECT = "subject", "内容摘要"
    STATUS = "status", "状态"
    TIME = "time", "发生时间"
    REMARK = "remark", "说明"
    PLACE = "place", "地点"
    TEAM = "team", "责任单位"
    DEADLINE = "deadline", "办结时限"
    OVERDUE_HOURS = "overdue_hours", "超期小时数"


SAMPLE: Mapping[str, str] = {
    PlainField.NUMBER: "2026-1121-0007",
    PlainField.SUBJECT: "三号楼 302 室水管漏水，两天没人来修",
    PlainField.STATUS: "处理中",
    PlainField.TIME: "2026年11月21日 09:30",
    PlainField.REMARK: "维修服务中心：维修人员已出发，预计半小时到，请留人在宿舍",
    PlainField.PLACE: "三号宿舍楼 302 室",
    PlainField.TEAM: "维修服务中心",
    PlainField.DEADLINE: "2026年11月24日 17:30",
    PlainField.OVERDUE_HOURS: "6",
}


@dataclass(frozen=True)
class Wish:
    """A template as somebody wants it for a kind of notice.

    Attributes:
        fields: by key, what fills it: the first that is known of `{name}` or words as they stand.
        labels: by key, what stands before it on the card.
        words: our word -> the template's, where a field takes certain words only.
    """

    template_id: str
    title: str
    fields: Mapping[str, Sequence[str]]
    labels: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapped:
    """What tells one kind of notice on one way.

    Attributes:
        template: None when this kind has none on this way.
        row: what was set in the pages; None when the file holds.
    """

    kind: NoticeKind
    channel: NoticeChannel
    template: Template | None
    row: MessageTemplate | None

    @property
    def possible(self) -> bool:
        """Whether a template may be set at all."""
        return self.channel in ways_of(self.kind)

    @property
    def title(self) -> str:
        """The platform's name of the template, as far as it is known."""
        return self.row.title if self.row else ""

    def label(self, key: str) -> str:
        """Give what stands before a field on the card, as far as it is known."""
        return str(self.row.labels.get(key, "")) if self.row else ""


def ways_of(kind: NoticeKind) -> tuple[NoticeChannel, ...]:
    """Give the ways on which a kind of notice may have a template.

    WeChat takes no template message for what is for many, and the mini program has no pages for staff.
    """
    if kind in PUSHED:
        return (NoticeChannel.SUBSCRIPTION,)
    return WAYS[:-1] if kind.startswith("staff_") else WAYS


def mapped(session: Session) -> dict[tuple[NoticeKind, NoticeChannel], Template | None]:
    """Give what was set in the pages; None where it was set that a kind has no template on a way."""
    rows = session.scalars(select(MessageTemplate)).all()
    return {(row.kind, row.channel): template_of(row) for row in rows}


def template_of(row: MessageTemplate) -> Template | None:
    """Read a row as the file of templates would be read; None when it names none."""
    if not row.template_id:
        return None
    return Template.model_validate(
        {
            "id": row.template_id,
            "channel": row.channel.value,
            "kinds": (row.kind.value,),
            "fields": row.fields,
            "words": row.words,
        }
    )


def in_use(session: Session, book: TemplateBook) -> list[Mapped]:
    """List every kind of notice on every way, with what tells it now."""
    query = select(MessageTemplate).options(joinedload(MessageTemplate.updated_by))
    rows = {(row.kind, row.channel): row for row in session.scalars(query)}
    return [_mapped(kind, way, rows.get((kind, way)), book) for kind in NoticeKind for way in WAYS]


def in_use_for(session: Session, book: TemplateBook, kind: NoticeKind, channel: NoticeChannel) -> Mapped:
    """Give what tells one kind of notice on one way now."""
    row = session.get(MessageTemplate, (kind, channel), options=[joinedload(MessageTemplate.updated_by)])
    return _mapped(kind, channel, row, book)


def ids_for(
    session: Session, book: TemplateBook, kinds: Iterable[NoticeKind], channel: NoticeChannel
) -> tuple[str, ...]:
    """Give the ids of the templates that tell these kinds on a way, each once, in the order of the kinds."""
    set_here = mapped(session)
    used = [set_here.get((kind, channel), book.for_kind(kind, channel)) for kind in kinds]
    return tuple(dict.fromkeys(template.id for template in used if template is not None))


def _mapped(
    kind: NoticeKind, channel: NoticeChannel, row: MessageTemplate | None, book: TemplateBook
) -> Mapped:
    template = book.for_kind(kind, channel) if row is None else template_of(row)
    return Mapped(kind, channel, template, row)


def save(
    session: Session, kind: NoticeKind, channel: NoticeChannel, wish: Wish, *, staff: Staff, now: datetime
) -> None:
    """Set the template of a kind of notice; one that was stopped is tried again.

    Raises:
        Invalid: it could never be sent.
    """
    if channel not in ways_of(kind):
        raise Invalid(_NOT_THIS_WAY[channel], "template_id")
    _check(wish)
    row = session.get(MessageTemplate, (kind, channel))
    if row is None:
        row = MessageTemplate(kind=kind, channel=channel)
        session.add(row)
    row.template_id, row.title = wish.template_id, wish.title[:60]
    row.fields = {key: list(choices) for key, choices in wish.fields.items()}
    row.labels, row.words = dict(wish.labels), dict(wish.words)
    row.updated_by_id, row.updated_at = staff.id, now
    session.flush()
    _try_again(session, kind, channel, now=now)


def leave_out(
    session: Session, kind: NoticeKind, channel: NoticeChannel, *, staff: Staff, now: datetime
) -> None:
    """Set that a kind of notice has no template on a way, whatever the file says."""
    session.merge(
        MessageTemplate(
            kind=kind,
            channel=channel,
            template_id="",
            title="",
            fields={},
            labels={},
            words={},
            updated_by_id=staff.id,
            updated_at=now,
        )
    )
    session.flush()


def back_to_file(session: Session, kind: NoticeKind, channel: NoticeChannel, *, now: datetime) -> None:
    """Forget what was set in the pages, so that the file holds again."""
    session.execute(
        delete(MessageTemplate).where(MessageTemplate.kind == kind, MessageTemplate.channel == channel)
    )
    _try_again(session, kind, channel, now=now)


def _try_again(session: Session, kind: NoticeKind, channel: NoticeChannel, *, now: datetime) -> None:
    subjects = [platform_alerts.template(kind, channel), platform_alerts.content(kind)]
    platform_alerts.clear_alerts(session, subjects, now=now)


def _check(wish: Wish) -> None:
    if not _TEMPLATE_ID.fullmatch(wish.template_id):
        raise Invalid("模板编号应为字母、数字、- 或 _，请从公众平台复制。", "template_id")
    if not wish.fields:
        raise Invalid("请至少填一个字段，如 thing1。", "key0")
    if len(wish.fields) > MOST_FIELDS:
        raise Invalid(f"字段太多，最多 {MOST_FIELDS} 个。", "key0")
    for at, (key, choices) in enumerate(wish.fields.items()):
        if not _KEY.fullmatch(key):
            raise Invalid(f"字段名「{key[:20]}」不对，应像 thing1、time2、character_string3。", f"key{at}")
        if not choices:
            raise Invalid(f"请选择 {key} 填什么。", f"first{at}")
        if any(len(choice) > _LONGEST_FILLING for choice in choices):
            raise Invalid(f"{key} 的固定文字太长。", f"text{at}")
