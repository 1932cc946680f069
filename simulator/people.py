"""The users of the pretend platform, and how they come to be."""

import base64
import hashlib
from collections.abc import Sequence

from simulator.chat import ChatLog
from simulator.errors import ControlError
from simulator.state import State, User

START_NICKNAMES = ("林小雨", "陈浩", "王芳老师", "张伟")
_COLORS = ("#4f86c6", "#d96c6c", "#5aa469", "#b07cc6", "#d99a3d", "#3f9e9e", "#7a6fd0", "#c25b8a")


class People:
    """Users by openid."""

    def __init__(self, state: State, chat: ChatLog, *, seed: int, start_following: bool) -> None:
        self._state = state
        self._chat = chat
        self._seed = seed
        self._start_following = start_following

    def start(self) -> None:
        """Create the four users of the beginning, unless there are users already."""
        if len(self._state.users) == 0:
            for nickname in START_NICKNAMES:
                self.create(nickname, following=self._start_following)

    def create(self, nickname: str, *, following: bool = False) -> User:
        """Create a user; the same seed and order give the same openids.

        Raises:
            ControlError: an empty or too long nickname.
        """
        if not nickname.strip() or len(nickname) > 32:
            raise ControlError("a nickname has 1 to 32 characters")
        with self._state.lock:
            number = len(self._state.users) + 1
            user = User(
                openid="oSim" + _letters(f"user:{self._seed}:{number}", 24),
                nickname=nickname.strip(),
                avatar_color=_COLORS[(number - 1) % len(_COLORS)],
                unionid="uSim" + _letters(f"union:{self._seed}:{number}", 24),
                mini_openid="oMin" + _letters(f"mini:{self._seed}:{number}", 24),
                following=following,
                # No operator gives out numbers that begin with 100.
                phone=f"100{number:08d}",
            )
            return self._state.users.put(user.openid, user)

    def admit(self, openids: Sequence[str]) -> int:
        """Let these be followers whom no phone shows; those who are known already stay as they are.

        Returns:
            How many there are in the crowd now.
        """
        with self._state.lock:
            for openid in openids:
                if self._state.users.get(openid) is None:
                    self._add_to_crowd(openid)
            return sum(user.in_crowd for user in self._state.users)

    def _add_to_crowd(self, openid: str) -> None:
        number = len(self._state.users) + 1
        user = User(
            openid=openid,
            nickname=f"师生 {number}",
            avatar_color=_COLORS[(number - 1) % len(_COLORS)],
            unionid="uSim" + _letters(f"union:{openid}", 24),
            mini_openid="oMin" + _letters(f"mini:{openid}", 24),
            following=True,
            phone=f"100{number:08d}",
            in_crowd=True,
        )
        self._state.users.put(openid, user)

    def with_phones(self) -> list[User]:
        """Return those whose phone can be held: everybody but the crowd."""
        return [user for user in self._state.users if not user.in_crowd]

    def need(self, openid: str) -> User:
        """Return a user.

        Raises:
            ControlError: nobody has this openid.
        """
        user = self._state.users.get(openid)
        if user is None:
            raise ControlError(f"no user with openid {openid}")
        return user

    def describe(self, user: User) -> dict[str, object]:
        """Return a user as the control API shows it."""
        return {
            "openid": user.openid,
            "nickname": user.nickname,
            "avatar_color": user.avatar_color,
            "following": user.following,
            "unread": self._chat.unread(user),
            "unionid": user.unionid,
            "mini_openid": user.mini_openid,
            "receive_off": user.receive_off,
            "blacklisted": user.blacklisted,
            "protected_minor": user.protected_minor,
            "snapshot": user.snapshot,
            "high_risk": user.high_risk,
            "grants": dict(user.grants),
        }


def _letters(text: str, count: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:count]
