"""Carries notices to people's phones, by the official account or the mini program; tells what came of it."""

from collections.abc import Mapping
from dataclasses import replace

from config.settings import Settings
from config.wechat_templates import MessageTemplate, load_templates
from domain.ports import NO_MINI_PROGRAM, NOT_SET_UP, NOT_SUBSCRIBED, Delivery, Letter, Verdict
from models.database import Database
from models.enums import NoticeChannel
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.message_fields import fit_chat_text, fit_field
from wechat.mini_program import MiniProgram
from wechat.template_mapping import TemplateMapping

_VERDICTS = {
    Action.REFRESH_TOKEN: Verdict.RETRY,
    Action.BACK_OFF: Verdict.RETRY,
    Action.WAIT_MINUTE: Verdict.WAIT_MINUTE,
    Action.WAIT_DAY: Verdict.WAIT_DAY,
    Action.NEXT_CHANNEL: Verdict.NEXT_CHANNEL,
    Action.ALREADY_DONE: Verdict.SENT,
    Action.BAD_CONTENT: Verdict.REFUSED,
    Action.MEDIA_GONE: Verdict.REFUSED,
    Action.ACCOUNT_STOPPED: Verdict.ACCOUNT_STOPPED,
    Action.TEMPLATE_STOPPED: Verdict.TEMPLATE_STOPPED,
    Action.NO_RIGHT: Verdict.NO_RIGHT,
    Action.LOGIN_AGAIN: Verdict.REFUSED,
    Action.AWAIT_ADMIN: Verdict.REFUSED,
    Action.UNKNOWN: Verdict.REFUSED,
}
# These come and go, or are about one person: nothing an administrator could mend.
_ORDINARY = frozenset({Action.BACK_OFF, Action.WAIT_MINUTE, Action.NEXT_CHANNEL, Action.ALREADY_DONE})
# What the log says of a try without an answer: whether the next one may be seen as a second message.
_SEEN_ONCE = "可能已送出；十分钟内再发，微信认得是同一条，对方只会看到一次"
_SEEN_TWICE = "可能已送出；微信认不出重复的，再发时对方可能看到两次"
_NOT_FOLLOWING = frozenset({43004, 50005})
_WINDOW_CLOSED = frozenset({45015, 45047})
_NO_GRANT = frozenset({43101})


class WeChatMessenger:
    """Delivers letters as 客服消息, 模板消息 and 订阅通知, and as 订阅消息 of the mini program.

    Args:
        client: the account's calls.
        mini_program: those of the mini program, if there is one.
        templates: which template tells which kind of notice.
    """

    def __init__(
        self, client: PlatformClient, templates: TemplateMapping, mini_program: MiniProgram | None = None
    ) -> None:
        self._client = client
        self._mini_program = mini_program
        self._templates = templates

    def deliver(self, letter: Letter) -> Delivery:
        """Try one way; see `domain.ports.Messenger`."""
        template = None
        if letter.channel is not NoticeChannel.CUSTOM:
            template = self._templates.for_kind(letter.kind, letter.channel)
            if template is None:
                return Delivery(verdict=Verdict.NEXT_CHANNEL, words=f"{NOT_SET_UP}{letter.channel.label}")
        try:
            return self._send(letter, template)
        except WeChatError as error:
            return replace(_refusal(error, letter.channel), template_id=template.id if template else "")
        except WeChatUnreachable as error:
            if not error.maybe_done:
                return Delivery(verdict=Verdict.RETRY, words=str(error))
            seen = _SEEN_ONCE if letter.channel is NoticeChannel.TEMPLATE else _SEEN_TWICE
            return Delivery(verdict=Verdict.UNKNOWN, words=f"{seen}（{error}）")

    def _send(self, letter: Letter, template: MessageTemplate | None) -> Delivery:
        sent = Delivery(verdict=Verdict.SENT, code=0, words="已送出")
        if template is None:
            self._client.send_custom_text(letter.openid, chat_text(letter))
            return sent
        values = fitted_values(template, letter.fields)
        if letter.channel is NoticeChannel.TEMPLATE:
            message_id = self._client.send_template(
                letter.openid,
                template_id=template.id,
                values=values,
                url=letter.url,
                client_msg_id=letter.key,
            )
        elif template.id not in letter.granted:
            # The platform would say 43101; a call that can only fail costs quota.
            return Delivery(verdict=Verdict.NEXT_CHANNEL, words=NOT_SUBSCRIBED)
        elif letter.channel is NoticeChannel.SUBSCRIPTION:
            message_id = self._client.send_subscription(
                letter.openid, template_id=template.id, values=values, url=letter.url
            )
        elif self._mini_program is None:
            return Delivery(verdict=Verdict.NEXT_CHANNEL, words=NO_MINI_PROGRAM)
        else:
            message_id = self._mini_program.send_subscription(
                letter.mini_openid, template_id=template.id, values=values, notice_id=letter.notice_id
            )
        return replace(sent, message_id=message_id, template_id=template.id)


def fitted_values(template: MessageTemplate, fields: Mapping[str, object]) -> dict[str, str]:
    """Fill a template's fields from a notice's, each cut to what its type takes."""
    return {name: fit_field(name, value) for name, value in template.values(fields).items()}


def chat_text(letter: Letter) -> str:
    """Write a notice as a chat message; its link is never what is cut off."""
    link = f"\n点击查看：{letter.url}" if letter.url else ""
    return fit_chat_text(f"【{letter.title}】\n{letter.body}", ending=link)


def _refusal(error: WeChatError, channel: NoticeChannel) -> Delivery:
    return Delivery(
        verdict=_VERDICTS[error.action],
        code=error.code,
        words=str(error),
        person_left=error.code in _NOT_FOLLOWING and channel is not NoticeChannel.MINI_SUBSCRIPTION,
        window_closed=error.code in _WINDOW_CLOSED,
        grant_gone=error.code in _NO_GRANT,
        alert=error.action not in _ORDINARY,
    )


def messenger_for(
    settings: Settings, client: PlatformClient, database: Database, mini_program: MiniProgram | None = None
) -> WeChatMessenger:
    """Make the messenger that sends over a client, with the templates of the database and the settings.

    Raises:
        OSError, ValueError: the file of templates cannot be read.
    """
    book = load_templates(settings.wechat_templates_file)
    return WeChatMessenger(client, TemplateMapping(database, book), mini_program)
