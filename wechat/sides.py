"""Our two accounts that the platform calls for: the official account, and the mini program.

Each has an address, a token and keys of its own. What is called for is received alike (`wechat/callback.py`)
and acted on by whom the side names.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from config.settings import Settings
from domain.secret_box import SecretBox
from wechat import conversation, mini_events
from wechat.envelope import Envelope
from wechat.event_table import OF_THE_ACCOUNT
from wechat.inbound import Inbound


class Respond(Protocol):
    """Acts on a message or an event, and gives the answer; empty when there is nothing to say."""

    def __call__(self, session: Session, inbound: Inbound, /, *, box: SecretBox, now: datetime) -> str: ...


@dataclass(frozen=True)
class Side:
    """One of them.

    Attributes:
        envelope: how its messages are signed and sealed.
        of_the_account: kinds of events that name nobody; see `domain.housekeeping.forget_nobodys`.
    """

    app_id: str
    envelope: Envelope
    respond: Respond
    of_the_account: Collection[str]
    is_mini_program: bool


def official_side(settings: Settings) -> Side:
    """Give the side of the official account."""
    return Side(
        app_id=settings.wechat_app_id,
        envelope=Envelope.of(settings),
        respond=conversation.respond,
        of_the_account=OF_THE_ACCOUNT,
        is_mini_program=False,
    )


def mini_program_side(settings: Settings) -> Side:
    """Give the side of the mini program; `settings.takes_mini_program_pushes` tells whether there is one."""
    return Side(
        app_id=settings.miniprogram_app_id,
        envelope=Envelope.of_mini_program(settings),
        respond=mini_events.respond,
        of_the_account=frozenset(),
        is_mini_program=True,
    )


def side_of(settings: Settings, *, is_mini_program: bool) -> Side:
    """Give one of the two."""
    return mini_program_side(settings) if is_mini_program else official_side(settings)
