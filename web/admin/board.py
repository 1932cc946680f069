"""公示: what could be released to the public board, what stands there, and what was taken back."""

from flask import Blueprint, render_template, request

from domain import content_check_desk, release
from domain.errors import NotAllowed
from domain.permissions import may_release
from domain.release import Shelf
from web.auth import current_staff
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

PER_PAGE = 20

blueprint = Blueprint("admin_board", __name__, url_prefix="/admin/board")
blueprint.before_request(staff_only)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show one of the lists.

    Raises:
        NotAllowed: this member of staff releases nothing.
    """
    if not may_release(current_staff()):
        raise NotAllowed("公示由受理员管理。")
    session = current_session()
    counts = release.counts(session)
    chosen = next((one for one in Shelf if one.value == request.args.get("shelf")), Shelf.SUGGESTED)
    found = release.shelf(session, chosen, page=request.args.get("page", 1, type=int), per_page=PER_PAGE)
    return render_template(
        "admin/board.html",
        shelves=tuple(Shelf),
        chosen=chosen,
        counts=counts,
        found=found,
        content_checks=parts().settings.checks_content or content_check_desk.any_to_see(session),
        good_stars=release.GOOD_FROM_STARS,
        many=release.MANY_FOLLOWERS,
    )
