"""Everything we hold of one person, as they may take it away with them; plain values, ready for JSON.

Work among colleagues is none of it: what the person may read on their pages is here, all at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain import personal_data_access, personal_settings, queries
from domain.disclosure import may_take_away, words_to_take_away
from domain.my_data_joined import followed, matters, place_ratings, surveys
from domain.my_data_parts import PackedFile, Record, at, pack
from domain.notice_texts import place_of
from domain.notices import SORTS
from domain.secret_box import SecretBox
from models.api_session import ApiSession, MiniProgramIdentity
from models.attachment import Attachment
from models.complaint import Complaint
from models.conversation import Draft
from models.enums import ActorKind, DraftState
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import AccessLink, Person, ServiceWindow
from models.person_limit import PersonLimit
from models.rating import Rating
from models.subscription_grant import SubscriptionGrant


@dataclass(frozen=True)
class MyData:
    """A person's data.

    Attributes:
        content: sections by name, of values that JSON knows; moments as 2026-11-23 10:00 in local time.
        files: what the content names under 文件.
    """

    content: Record
    files: Sequence[PackedFile]


def collect(session: Session, person: Person, *, box: SecretBox, now: datetime) -> MyData:
    """Gather all we hold of a person.

    Args:
        box: finds them among those who took part in a survey that runs.
    """
    files: list[PackedFile] = []
    raised = select(Complaint).where(Complaint.reporter_id == person.id)
    content = {
        "说明": f"导出时间 {at(now)}（北京时间）。",
        "账号": _account(session, person),
        "设置": _settings(session, person),
        "我的诉求": [_complaint(session, one, files) for one in _found(session, raised)],
        "我关注的": followed(session, person, files),
        "对办理结果的评价": _ratings(session, person),
        "对服务点的评价": place_ratings(session, person),
        "关注和支持的事项": matters(session, person),
        "满意度测评": surveys(session, person, box=box),
        "没有提交的草稿": _drafts(session, person, files),
        "通知": _notices(session, person),
        "发给公众号的消息": _messages(session, person),
        "打开页面的链接": _links(session, person),
        "受过的限制": _limits(session, person),
        "谁看过我的信息": _looks(session, person),
    }
    return MyData(content, files)


def _found(session: Session, query: Any) -> Sequence[Complaint]:  # noqa: ANN401 (a SELECT)
    options = (joinedload(Complaint.service_point), joinedload(Complaint.team))
    found: Sequence[Complaint] = session.scalars(query.options(*options).order_by(Complaint.id)).all()
    return found


def _account(session: Session, person: Person) -> Record:
    window = session.get(ServiceWindow, person.id)
    granted = select(SubscriptionGrant).where(SubscriptionGrant.person_id == person.id)
    identity = session.get(MiniProgramIdentity, person.id)
    devices = select(ApiSession).where(ApiSession.person_id == person.id).order_by(ApiSession.id)
    return {
        "微信编号（openid）": person.openid,
        "小程序里的编号（openid）": identity.openid if identity else None,
        "开放平台编号（unionid）": person.unionid or (identity.unionid if identity else None),
        "登录小程序的设备": [
            {"设备": one.device, "登录时间": at(one.created_at), "最近使用": at(one.last_seen_at)}
            for one in session.scalars(devices)
        ],
        "关注公众号": "是" if person.following else "否",
        "最早记录": at(person.created_at),
        "关注时间": at(person.followed_at),
        "可以回复您的时限": at(window.closes_at) if window else "",
        "订阅通知": [
            {"模板": grant.template_id, "还可以发几次": grant.remaining} for grant in session.scalars(granted)
        ],
    }


def _settings(session: Session, person: Person) -> Record:
    choices = personal_settings.read(session, person)
    return {
        "不发到微信的通知": [sort.title for sort in SORTS if not choices.hears(sort)],
        "免打扰时间": f"{choices.quiet_hours.start:%H:%M}–{choices.quiet_hours.end:%H:%M}",
        "接收推送": "是" if choices.wants_digest else "否",
    }


def _complaint(session: Session, complaint: Complaint, files: list[PackedFile]) -> Record:
    record = queries.timeline(session, complaint, for_public=True)
    return {
        "编号": complaint.number,
        "类型": complaint.kind.label,
        "状态": complaint.status.label,
        "提交时间": at(complaint.filed_at),
        "地点": place_of(complaint),
        "内容": complaint.text,
        "匿名": "是" if complaint.anonymous else "否",
        "姓名": complaint.contact_name,
        "电话": complaint.contact_phone,
        "责任单位": complaint.team.name if complaint.team else "",
        "办理记录": [
            {
                "时间": at(entry.event.at),
                "谁": "您" if entry.event.actor_kind is ActorKind.REPORTER else entry.event.actor_label,
                "做了什么": entry.event.step.label,
                "说了什么": words_to_take_away(entry.event),
                "文件": pack(
                    [one for one in entry.attachments if may_take_away(one, entry.event)],
                    complaint.number,
                    files,
                ),
            }
            for entry in record
        ],
    }


def _ratings(session: Session, person: Person) -> list[Record]:
    query = select(Rating, Complaint.number).join(Complaint, Complaint.id == Rating.complaint_id)
    return [
        {
            "编号": number,
            "时间": at(rating.rated_at),
            "解决了": "是" if rating.solved else "否",
            "几颗星": rating.stars,
            "说了什么": rating.words,
        }
        for rating, number in session.execute(query.where(Rating.person_id == person.id).order_by(Rating.id))
    ]


def _drafts(session: Session, person: Person, files: list[PackedFile]) -> list[Record]:
    query = select(Draft).where(Draft.person_id == person.id, Draft.state != DraftState.SUBMITTED)
    return [
        {
            "写于": at(draft.created_at),
            "状态": draft.state.label,
            "地点": draft.place_text or (draft.service_point.full_name if draft.service_point else ""),
            "内容": "\n".join(piece.text for piece in draft.pieces),
            "文件": pack(
                session.scalars(select(Attachment).where(Attachment.draft_id == draft.id)).all(),
                f"草稿{draft.id}",
                files,
            ),
        }
        for draft in session.scalars(query.order_by(Draft.id))
    ]


def _notices(session: Session, person: Person) -> list[Record]:
    query = select(Notice).where(Notice.person_id == person.id).order_by(Notice.id)
    return [
        {
            "时间": at(notice.created_at),
            "标题": notice.title,
            "内容": notice.body,
            "送达": notice.state.label,
            "读于": at(notice.read_at),
        }
        for notice in session.scalars(query)
    ]


def _messages(session: Session, person: Person) -> list[Record]:
    query = select(InboundMessage).where(InboundMessage.openid == person.openid).order_by(InboundMessage.id)
    return [
        {"时间": at(row.received_at), "类型": row.kind, "原文": row.body, "答复": row.reply}
        for row in session.scalars(query)
    ]


def _links(session: Session, person: Person) -> list[Record]:
    query = select(AccessLink).where(AccessLink.person_id == person.id).order_by(AccessLink.id)
    return [
        {"页面": link.path, "有效到": at(link.expires_at), "用于": at(link.used_at)}
        for link in session.scalars(query)
    ]


def _limits(session: Session, person: Person) -> list[Record]:
    query = select(PersonLimit).where(PersonLimit.person_id == person.id).order_by(PersonLimit.id)
    return [
        {
            "开始": at(limit.began_at),
            "结束": at(limit.until),
            "是什么": limit.kind.label,
            "原因": limit.reason,
        }
        for limit in session.scalars(query)
    ]


def _looks(session: Session, person: Person) -> list[Record]:
    """Tell who of the office saw name, telephone or files of theirs: by post, as the record names them."""
    return [
        {
            "时间": at(look.at),
            "谁": look.post,
            "看了什么": look.seen.label,
            "在哪里": look.seen_in.label,
            "编号": number,
        }
        for look, number in personal_data_access.of_person(session, person)
    ]
