"""Links for choosing a password, shown once: to be copied, or scanned from the screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from config.catalogue import catalogue
from domain import qr_drawings
from domain.staff_invitations import LIFETIME, Invited
from models.staff import Staff
from web.parts import parts


@dataclass(frozen=True)
class ShownLink:
    """A link as the page shows it.

    Attributes:
        words: the message to send with it.
        drawing: as SVG; only where there is one link.
    """

    staff: Staff
    address: str
    words: str
    drawing: Markup | None


def link_page(invited: Sequence[Invited], *, title: str) -> str:
    """Show links; who leaves the page sees them never again, so they are in the answer to the form itself."""
    hours = int(LIFETIME.total_seconds() // 3600)
    return render_template(
        "admin/settings/staff_links.html",
        title=title,
        links=[_shown(one, hours, drawn=len(invited) == 1) for one in invited],
        expires_at=invited[0].expires_at,
        hours=hours,
    )


def _shown(invited: Invited, hours: int, *, drawn: bool) -> ShownLink:
    address = f"{parts().settings.base_url}admin/invitation/{invited.secret}"
    product = catalogue().account_name
    words = (
        f"{invited.staff.name}，您好。请在 {hours} 小时内打开链接，设置{product}后台的登录密码，"
        f"用户名 {invited.staff.username}：{address}"
    )
    # The code is drawn by ourselves.
    drawing = Markup(qr_drawings.svg(address)) if drawn else None  # noqa: S704
    return ShownLink(invited.staff, address, words, drawing)
