"""Finding the user a message goes to, and writing down what was accepted."""

from typing import Any

from simulator.errors import ApiError
from simulator.pipeline import Call
from simulator.simulator import Simulator
from simulator.state import SentMessage, User


def need_user(call: Call, openid: object) -> User:
    """Return the user.

    Raises:
        ApiError: 41009 nothing given, 40003 nobody has this openid.
    """
    if not openid:
        raise ApiError(41009)
    user = call.simulator.state.users.get(openid) if isinstance(openid, str) else None
    if user is None:
        raise ApiError(40003)
    return user


def need_mini_user(call: Call, openid: object) -> User:
    """Return the user with this openid of the mini program (the account's own openid is accepted too).

    Raises:
        ApiError: 40003.
    """
    for user in call.simulator.state.users:
        if openid and openid in {user.mini_openid, user.openid}:
            return user
    raise ApiError(40003)


def accept(
    simulator: Simulator,
    user: User,
    *,
    kind: str,
    content: dict[str, Any],
    msgid: int,
    delivered: bool,
    client_msg_id: str = "",
) -> None:
    """Write an accepted message down for `/_sim/messages`."""
    number = len(simulator.state.messages) + 1
    message = SentMessage(
        number, simulator.clock.now(), user.openid, kind, content, client_msg_id, msgid, delivered
    )
    simulator.state.messages.put(str(number), message)
