"""A person's settings, and what they allow the mini program to send."""

from datetime import timedelta

from flask import Blueprint, request
from sqlalchemy.orm import Session

from config.wechat_templates import load_templates
from domain import idempotency, message_templates, mini_grants, personal_settings
from domain.mini_grants import TapReport, Teller
from domain.notices import ALWAYS_SENT, SORTS
from domain.open_ways import open_ways
from models.enums import NoticeChannel, NoticeKind
from models.person import Person
from web.api.complaints import ACT_LIMIT
from web.api.operations import Key, api_blueprint, operation
from web.api.parsing import read_key
from web.api.setting_shapes import (
    GrantOut,
    Grants,
    Moment,
    MomentOut,
    Moments,
    SettingsIn,
    SettingsOut,
    SortOut,
    TapIn,
    WayOut,
)
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.settings import mapped_ways
from web.parts import parts

TAG = "通知"
# WeChat asks for no more at once.
_MOST_ASKED = 3
# What a person wants to hear most, the most important first.
_ASKED_AT = {
    Moment.FILE: (
        NoticeKind.RESOLVED,
        NoticeKind.ANSWERED,
        NoticeKind.ASKED,
        NoticeKind.CLOSED,
        NoticeKind.DEFERRED,
        NoticeKind.REJECTED,
    ),
    Moment.FOLLOW: (NoticeKind.MATTER_PROGRESS, NoticeKind.MATTER_CLOSED, NoticeKind.MATTER_LISTED),
}

blueprint: Blueprint = api_blueprint("api_settings", __name__)


@operation(blueprint, "GET", "/me/settings", tag=TAG, summary="我的设置")
def read_settings() -> SettingsOut:
    """Show what holds."""
    return _shown(current_session(), current_person())


@operation(
    blueprint,
    "POST",  # it changes a part only; wx.request knows no PATCH
    "/me/settings",
    tag=TAG,
    summary="改设置",
    description="只改写出的几项，马上生效。",
    limit=ACT_LIMIT,
)
def change_settings(body: SettingsIn) -> SettingsOut:
    """Keep what was chosen."""
    database, person = current_session(), current_person()
    held = personal_settings.read(database, person)
    heard = [sort.key for sort in SORTS if held.hears(sort)]
    quiet = held.quiet_hours
    personal_settings.save(
        database,
        person,
        heard=heard if body.heard is None else body.heard,
        quiet_from=body.quiet_from or f"{quiet.start:%H:%M}",
        quiet_to=body.quiet_to or f"{quiet.end:%H:%M}",
        wants_digest=held.wants_digest if body.wants_digest is None else body.wants_digest,
        now=now(),
    )
    return _shown(database, person)


def _shown(database: Session, person: Person) -> SettingsOut:
    held = personal_settings.read(database, person)
    return SettingsOut(
        sorts=[
            SortOut(
                key=sort.key, title=sort.title, words=sort.words, pushed=sort.pushed, heard=held.hears(sort)
            )
            for sort in SORTS
        ],
        always_sent=ALWAYS_SENT,
        quiet_from=f"{held.quiet_hours.start:%H:%M}",
        quiet_to=f"{held.quiet_hours.end:%H:%M}",
        wants_digest=held.wants_digest,
        ways=[
            WayOut(title=way.title, is_open=way.is_open, words=way.words)
            for way in open_ways(database, person, mapped=mapped_ways(database), now=now())
        ],
    )


@operation(
    blueprint,
    "GET",
    "/me/subscriptions",
    tag=TAG,
    summary="订阅消息还可以发几次",
    description="小程序据此决定要不要再问用户。",
)
def read_subscriptions() -> Grants:
    """Tell what was allowed."""
    return _grants(current_session(), current_person())


@operation(
    blueprint,
    "POST",
    "/me/subscriptions",
    tag=TAG,
    summary="报告用户点了订阅",
    description=(
        "wx.requestSubscribeMessage 有了结果就报，每次点击用一个新的 Idempotency-Key。"
        "微信也会把同一次点击告诉我们：两边都报，只算一次；只有一边报，也算一次。"
        "没有收到回答时用同一个键重发（seconds_ago 可以变）。"
    ),
    key=Key.REQUIRED,
    limit=ACT_LIMIT,
)
def report_subscription(body: TapIn) -> Grants:
    """Count a tap, whoever tells of it, once."""
    key = read_key(required=True) or ""
    database, person = current_session(), current_person()
    answers = {one.template_id: one.result for one in body.results}
    # How long ago it was is another with each retry; what was answered is not.
    asked = idempotency.fingerprint(request.path, *(f"{name} {answers[name]}" for name in sorted(answers)))
    if idempotency.seen_before(database, person, key=key, fingerprint=asked, now=now()) is None:
        at = now() - timedelta(seconds=body.seconds_ago)
        report = TapReport(told_by=Teller.PROGRAM, key=key, at=at, answers=answers)
        mini_grants.note_tap(database, person, report, now=now())
        idempotency.keep_result(database, person, key=key, result="counted")
    return _grants(database, person)


@operation(
    blueprint,
    "GET",
    "/me/subscriptions/templates",
    tag=TAG,
    summary="什么时候问用户要哪些订阅消息",
    description=(
        "管理员在「消息模板」里设置了哪些，就给哪些。wx.requestSubscribeMessage 只能在点击里直接调用，"
        "所以打开页面时先读好。用户每允许一次，可以发一条；消息打开的页面带着 notice 参数，"
        "用 GET /notices/{notice_id} 读它。"
    ),
)
def read_subscription_templates() -> Moments:
    """Tell what to ask for."""
    database, book = current_session(), load_templates(parts().settings.wechat_templates_file)
    found = {
        moment: message_templates.ids_for(database, book, kinds, NoticeChannel.MINI_SUBSCRIPTION)
        for moment, kinds in _ASKED_AT.items()
    }
    return Moments(
        items=[
            MomentOut(moment=moment, title=moment.label, template_ids=list(ids[:_MOST_ASKED]))
            for moment, ids in found.items()
        ]
    )


def _grants(database: Session, person: Person) -> Grants:
    found = mini_grants.remaining(database, person.id)
    return Grants(items=[GrantOut(template_id=name, remaining=count) for name, count in found.items()])
