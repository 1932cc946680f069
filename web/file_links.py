"""Addresses of files: signed for one reader, and good for some hours.

`url_for` signs by itself, so that no template can forget to. Copied to somebody else, an address opens
nothing: it names its reader, and the reader's own session is asked as well. The reasons stand in
docs/decisions/0012-uploads.md.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from itsdangerous import Signer

from domain.errors import NotAllowed, NotFound
from web.clock import now
from web.parts import parts

_ENDPOINTS = frozenset(
    {
        f"{blueprint}.{name}"
        for blueprint in ("h5_attachments", "api_attachments", "admin_files")
        for name in ("attachment", "small")
    }
)
# Photos of matters; those on the public page are open to everybody, but their addresses end all the same.
_OF_MATTERS = frozenset({"admin_matter.photo", "admin_matter.small_photo"})
_PUBLIC = frozenset({"h5_matters.photo", "h5_matters.small_photo"})
ALL = "all"
_PARAMETER = "t"
# Within one step the address stays the same, so that browsers find again what they keep; it ends with the
# step after.
STEP = timedelta(hours=6)


def init_app(app: Flask) -> None:
    """Sign every address of a file that the application builds."""
    app.url_defaults(_sign)


def _sign(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in _OF_MATTERS | _PUBLIC and _PARAMETER not in values:
        reader = ALL if endpoint in _PUBLIC else _reader(is_phone=False)
        values[_PARAMETER] = signature(values["photo_id"], reader)
    if endpoint in _ENDPOINTS and _PARAMETER not in values:
        reader = _reader(is_phone=endpoint.startswith(("h5_", "api_")))
        if reader:
            values[_PARAMETER] = signature(values["attachment_id"], reader)


def _reader(*, is_phone: bool) -> str:
    """Name who reads this page; one browser may hold a person and a member of staff."""
    if is_phone:
        return f"p{g.known_person.id}" if "known_person" in g else ""
    return f"s{current_user.staff.id}" if current_user.is_authenticated else ""


def signature(attachment_id: int, reader: str) -> str:
    """Give what makes an address good for one reader: `p` or `s` and an id, or ALL."""
    last_step = int(now().timestamp() // STEP.total_seconds()) + 1
    return f"{last_step}.{_of(attachment_id, reader, last_step)}"


def _of(attachment_id: int, reader: str, last_step: int) -> str:
    return _signer().get_signature(f"{attachment_id}:{reader}:{last_step}").decode()


def _signer() -> Signer:
    return Signer(parts().settings.secret_key.get_secret_value(), salt="file-link")


def check_signed(attachment_id: int, *, reader: str = "") -> None:
    """Hold this request's address to its signature.

    Args:
        reader: whom it has to be made for; whoever asks, if none is named.

    Raises:
        NotFound: it has none, or one made for another file or another reader.
        NotAllowed: its time is over.
    """
    reader = reader or _reader(is_phone=request.path.startswith(("/h5/", "/api/")))
    step, _, given = request.args.get(_PARAMETER, "").partition(".")
    last_step = int(step) if step.isascii() and step.isdigit() and len(step) < 10 else 0
    if not _signer().verify_signature(f"{attachment_id}:{reader}:{last_step}", given):
        raise NotFound("没有找到这个附件。请从它所在的页面打开。")
    if last_step < now().timestamp() // STEP.total_seconds():
        raise NotAllowed("这个链接已过期。请回到它所在的页面，刷新后再打开。")
