"""What all pages of pushes share: who may come in, and what a push would say and reach at this moment."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, request
from flask_login import current_user

from config.wechat_templates import load_templates
from domain import message_templates, push_runs, push_sending
from domain.errors import DomainError, NotAllowed
from domain.permissions import may_plan_pushes, may_see_pushes
from domain.push_contents import PushContent
from domain.push_kinds import PushType, type_of
from domain.push_runs import sections_of
from models.enums import NoticeChannel, NoticeKind
from models.push import PushSchedule
from models.push_words import PushKind
from web.admin.settings.entering import no_such_number
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts


@dataclass(frozen=True)
class Preview:
    """A push as it would be now.

    Attributes:
        content: None when there is nothing, and `refusal` says why.
        reach: how many by the reason why it stands on their page only; "" for those it goes to in WeChat.
    """

    row: PushType
    content: PushContent | None
    refusal: str
    reach: Counter[str]

    @property
    def sections(self) -> list[dict[str, object]]:
        """The parts of its page, as they are kept."""
        return sections_of(self.content) if self.content is not None else []


def push_blueprint(name: str, import_name: str, path: str = "") -> Blueprint:
    """Make a blueprint that those may read who look after everything, and act on who plan pushes."""
    blueprint = Blueprint(name, import_name, url_prefix=f"/admin/pushes{path}")
    blueprint.before_request(staff_only)
    blueprint.before_request(_who_may)
    blueprint.before_request(no_such_number)
    return blueprint


def _who_may() -> None:
    if not may_see_pushes(current_user.staff):
        raise NotAllowed("推送由受理员、分管领导、督导组和系统管理员查看。")
    if request.method != "GET" and not may_plan_pushes(current_user.staff):
        raise NotAllowed("推送由受理员、分管领导和系统管理员安排。")


def subscription_template(kind: NoticeKind) -> str:
    """Name the template by which a 订阅通知 of this kind goes; empty where the account has none."""
    book = load_templates(parts().settings.wechat_templates_file)
    found = message_templates.in_use_for(current_session(), book, kind, NoticeChannel.SUBSCRIPTION)
    return found.template.id if found.template is not None else ""


def preview_of(
    kind: PushKind, subject: str, *, schedule: PushSchedule | None = None, at: datetime | None = None
) -> Preview:
    """Put together what a push would say now, and count whom it would reach."""
    session, moment, row = current_session(), at or now(), type_of(kind)
    template_id = subscription_template(row.notice)
    try:
        since = push_runs.since_of(session, schedule, now=moment)
        content = push_runs.compose(session, kind, subject, since=since, now=moment)
        reach = push_sending.reach(
            session, row, subject, box=parts().secret_box, template_id=template_id, now=moment
        )
    except DomainError as refusal:
        return Preview(row, None, refusal.message, Counter())
    return Preview(row, content, "", reach)
