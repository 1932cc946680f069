"""What is done in the admin pages goes into the audit log."""

from collections.abc import Mapping
from typing import Any

from domain import audit
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session


def write_down(
    action: str, words: str, *, subject: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Write down what the signed-in member of staff does in this request; kept if the request's changes are.

    Args:
        action: the kind of thing and a verb, such as "menu.publish".
        words: the deed in one Chinese sentence.
        subject: number, code or id of the thing.
        details: values before and after; see `audit.record`.
    """
    kind = action.partition(".")[0]
    audit.record(
        current_session(),
        current_staff(),
        action=action,
        subject_kind=kind,
        subject=subject,
        words=words,
        details=details,
        now=now(),
    )
