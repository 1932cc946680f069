"""Signing our pages for the JS-SDK, which opens WeChat's scanner and its chooser of photos to them.

https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.database import Database
from wechat.client import PlatformClient
from wechat.errors import WeChatUnreachable
from wechat.tokens import FetchedToken, TokenStore

# The platform gives the same ticket until it ends, so asking earlier would bring nothing new.
_MARGIN = timedelta(seconds=10)


@dataclass(frozen=True)
class PageConfig:
    """What a page hands to `wx.config`; holds no secret."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class PageSigner:
    """Signs pages of one account.

    Args:
        client: the account's calls.
        database: where the ticket is kept for all processes.
        app_id: the account.
    """

    def __init__(self, client: PlatformClient, database: Database, *, app_id: str) -> None:
        self._client = client
        self._app_id = app_id
        self._tickets = TokenStore(
            database, app_id=app_id, kind="jsapi", fetch=self._fetch_ticket, margin=_MARGIN
        )

    def config_for(self, url: str, *, now: datetime) -> PageConfig:
        """Sign a page.

        Args:
            url: its address as the browser shows it, with the query; what follows `#` does not count.

        Raises:
            WeChatFailure: the platform gave no ticket.
            RuntimeError: inside a database transaction.
        """
        nonce, timestamp = secrets.token_hex(8), int(now.timestamp())
        signature = sign(self._tickets.get(), nonce=nonce, timestamp=timestamp, url=url.partition("#")[0])
        return PageConfig(self._app_id, timestamp, nonce, signature)

    def _fetch_ticket(self, _force: bool) -> FetchedToken:
        """Ask for the ticket; there is no way to force a new one.

        https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html (附录1)
        """
        answer = self._client.get("ticket/getticket", params={"type": "jsapi"})
        if not answer.get("ticket") or not isinstance(answer.get("expires_in"), int):
            raise WeChatUnreachable("微信平台的回答里没有 JS-SDK 凭证", maybe_done=False)
        return FetchedToken(token=str(answer["ticket"]), expires_in=answer["expires_in"])


def sign(ticket: str, *, nonce: str, timestamp: int, url: str) -> str:
    """Give the signature, over fields in the platform's order, with nothing escaped."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()  # nosec B324 # noqa: S324 (as the platform has it)
