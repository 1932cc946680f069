"""What may go wrong between us and the platform.

WeChatFailure
 ├─ WeChatError         the platform refused, with its code
 └─ WeChatUnreachable   no answer that could be read; the call may still have had its effect
     └─ WeChatTooLarge  the answer is larger than allowed, and will be so each time
"""

import re
from collections.abc import Mapping
from typing import Any

from config.logs import scrub
from wechat.error_codes import Action, explain_code

_REQUEST_ID = re.compile(r"\s*rid: (?P<rid>[\w-]+)\s*$")


class WeChatFailure(Exception):
    """A call to the platform did not succeed; its text carries no secret."""


class WeChatError(WeChatFailure):
    """The platform refused a call.

    Attributes:
        code: WeChat's errcode.
        message: WeChat's own words, without the request id.
        rid: the request id by which WeChat's support can find the call.
        meaning: the code in plain Chinese.
        action: what to do about it.
        answer: all that the platform answered; some refusals carry more than a code.
    """

    def __init__(self, code: int, message: str, *, answer: Mapping[str, Any] | None = None) -> None:
        found = _REQUEST_ID.search(message)
        self.code = code
        self.answer: Mapping[str, Any] = answer or {}
        self.rid = found["rid"] if found else ""
        self.message = scrub(_REQUEST_ID.sub("", message))
        known = explain_code(code, self.message)
        self.meaning = known.meaning
        self.action: Action = known.action
        rid = f"，rid {self.rid}" if self.rid else ""
        super().__init__(f"{self.meaning}（{code} {self.message}{rid}）")

    @property
    def permanent(self) -> bool:
        """Whether the same call can only fail again."""
        return self.action.permanent


class WeChatUnreachable(WeChatFailure):
    """No answer, or none that could be read.

    Attributes:
        maybe_done: the request had left us, so it may have had its effect.
    """

    def __init__(self, message: str, *, maybe_done: bool) -> None:
        super().__init__(scrub(message))
        self.maybe_done = maybe_done


class WeChatTooLarge(WeChatUnreachable):
    """The answer was not read to its end, for it is larger than what is kept."""
