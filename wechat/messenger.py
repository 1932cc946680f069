"""Carries notices to people's phones: as 客服消息 or as template message, and tells what became of it."""

from config.settings import Settings
from config.wechat_templates import TemplateBook, load_templates
from domain.ports import Delivery, Letter, Verdict
from models.enums import NoticeChannel
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.message_fields import fit_chat_text, fit_field

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
    Action.LOGIN_AGAIN: Verdict.REFUSED,
    Action.UNKNOWN: Verdict.REFUSED,
}
# These come and go, or are about one person: nothing an administrator could mend.
_ORDINARY = frozenset({Action.BACK_OFF, Action.WAIT_MINUTE, Action.NEXT_CHANNEL, Action.ALREADY_DONE})
_NOT_FOLLOWING = frozenset({43004, 50005})
_WINDOW_CLOSED = frozenset({45015, 45047})


class WeChatMessenger:
    """Delivers letters over one account.

    Args:
        client: the account's calls.
        templates: which template tells which kind of notice.
    """

    def __init__(self, client: PlatformClient, templates: TemplateBook) -> None:
        self._client = client
        self._templates = templates

    def deliver(self, letter: Letter) -> Delivery:
        """Try one way; see `domain.ports.Messenger`."""
        try:
            if letter.channel is NoticeChannel.CUSTOM:
                self._client.send_custom_text(letter.openid, chat_text(letter))
                return Delivery(verdict=Verdict.SENT, code=0, words="已送出")
            return self._send_template(letter)
        except WeChatError as error:
            return _refusal(error)
        except WeChatUnreachable as error:
            verdict = Verdict.UNKNOWN if error.maybe_done else Verdict.RETRY
            return Delivery(verdict=verdict, words=str(error))

    def _send_template(self, letter: Letter) -> Delivery:
        template = self._templates.for_kind(letter.kind)
        if template is None:
            return Delivery(verdict=Verdict.NEXT_CHANNEL, words="这类通知没有配置模板")
        message_id = self._client.send_template(
            letter.openid,
            template_id=template.id,
            values={name: fit_field(name, value) for name, value in template.values(letter.fields).items()},
            url=letter.url,
            client_msg_id=letter.key,
        )
        return Delivery(verdict=Verdict.SENT, code=0, words="已送出", message_id=message_id)


def chat_text(letter: Letter) -> str:
    """Write a notice as a chat message; its link is never what is cut off."""
    link = f"\n点击查看：{letter.url}" if letter.url else ""
    return fit_chat_text(f"【{letter.title}】\n{letter.body}", ending=link)


def _refusal(error: WeChatError) -> Delivery:
    return Delivery(
        verdict=_VERDICTS[error.action],
        code=error.code,
        words=str(error),
        person_left=error.code in _NOT_FOLLOWING,
        window_closed=error.code in _WINDOW_CLOSED,
        alert=error.action not in _ORDINARY,
    )


def messenger_for(settings: Settings, client: PlatformClient) -> WeChatMessenger:
    """Make the messenger that sends over a client, with the templates in the settings.

    Raises:
        OSError, ValueError: the file of templates cannot be read.
    """
    return WeChatMessenger(client, load_templates(settings.wechat_templates_file))
