"""Which 订阅通知 a page asks leave for, by WeChat's open tag `wx-open-subscribe`.

https://developers.weixin.qq.com/doc/service/guide/h5/opentag.html

What the person answers comes to us as the event `subscribe_msg_popup_event`, and only that is counted
(`domain.grants.note_popup`): the page hears it too, but shares no number with the event by which the two
could be told to be one, and a page can be made to say anything.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from config.wechat_templates import load_templates
from domain import grants, message_templates
from models.enums import NoticeChannel, NoticeKind
from models.person import Person
from web.parts import parts
from web.wechat_browser import inside_wechat, platform_is_pretended

# The tag takes no more.
_MOST = 3
# What a person wants to hear most, the most important first.
_KINDS = (
    NoticeKind.RESOLVED,
    NoticeKind.ANSWERED,
    NoticeKind.ASKED,
    NoticeKind.DEFERRED,
    NoticeKind.REJECTED,
)


# The same of pushes, asked for where somebody orders them.
PUSHES = (NoticeKind.PUSH_DIGEST, NoticeKind.PUSH_BULLETIN, NoticeKind.PUSH_SURVEY)


def templates_on_offer(
    session: Session, person: Person | None = None, *, kinds: Sequence[NoticeKind] = _KINDS
) -> tuple[str, ...]:
    """Give the templates to ask for, at most three; none outside WeChat, or where the account has none.

    Args:
        person: who has given leave for all of them already is not asked again.
    """
    if not (inside_wechat() or platform_is_pretended()):
        return ()
    book, way = load_templates(parts().settings.wechat_templates_file), NoticeChannel.SUBSCRIPTION
    offered = message_templates.ids_for(session, book, kinds, way)[:_MOST]
    if offered and person is not None and grants.granted(session, person.id).issuperset(offered):
        return ()
    return offered
