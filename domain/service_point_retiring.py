"""Taking service points out of use and back, giving them new QR codes, and showing photos of them."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.errors import Invalid, NotAllowed, TooLate
from domain.permissions import may_describe_place
from domain.service_point_checks import hold_tree, new_code, only_managers, record_deed
from domain.service_points import places_below
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES
from models.service_point import ServicePoint
from models.staff import Staff


def open_below(session: Session, place: ServicePoint) -> int:
    """Count the complaints at a place and below it that are still open."""
    query = select(func.count(Complaint.id)).where(
        Complaint.service_point_id.in_(places_below(place)), Complaint.status.in_(ACTIVE_STATUSES)
    )
    return session.scalar(query) or 0


def count_below(session: Session, place: ServicePoint, *, active: bool) -> int:
    """Count the places below one, itself not among them, that are in use or are not."""
    query = select(func.count(ServicePoint.id)).where(
        ServicePoint.id.in_(places_below(place)), ServicePoint.id != place.id, ServicePoint.active == active
    )
    return session.scalar(query) or 0


def retire(
    session: Session, place: ServicePoint, *, staff: Staff, now: datetime, despite_open: bool = False
) -> int:
    """Take a place and all below it out of use; their complaints stay, and their QR codes say so.

    Args:
        despite_open: also when complaints about them are still open; those go on being handled.

    Returns:
        How many places were taken out of use.

    Raises:
        NotAllowed: not this person's to do.
        TooLate: it is out of use already.
        Invalid: complaints are open, and it was not said that this is known.
    """
    only_managers(staff)
    hold_tree(session)
    if not place.active:
        raise TooLate("这个服务点已经停用。")
    still_open = open_below(session, place)
    if still_open and not despite_open:
        raise Invalid(
            f"这里还有 {still_open} 件诉求没有办完。确实要停用，请勾选「知道了，仍要停用」。", "despite_open"
        )
    ids = session.scalars(
        select(ServicePoint.id).where(ServicePoint.id.in_(places_below(place)), ServicePoint.active)
    ).all()
    _set_active(session, place, active=False)
    words = f"停用服务点「{place.full_name}」" + (f"及其下级，共 {len(ids)} 个" if len(ids) > 1 else "")
    record_deed(
        session,
        place,
        staff,
        verb="retire",
        words=words,
        now=now,
        details={"count": len(ids), "open_complaints": still_open},
    )
    return len(ids)


def bring_back(
    session: Session, place: ServicePoint, *, staff: Staff, now: datetime, with_below: bool
) -> int:
    """Put a place that was retired into use again; the same QR code is good again.

    Args:
        with_below: with all below it.

    Returns:
        How many places were brought back.

    Raises:
        NotAllowed: not this person's to do.
        TooLate: it is in use.
        Invalid: the one above it is not.
    """
    only_managers(staff)
    hold_tree(session)
    if place.active:
        raise TooLate("这个服务点正在使用。")
    if place.parent is not None and not place.parent.active:
        raise Invalid(f"上级「{place.parent.full_name}」已停用，请先恢复上级。")
    count = 1
    if with_below:
        count += count_below(session, place, active=False)
        _set_active(session, place, active=True)
    else:
        place.active = True
    words = f"恢复服务点「{place.full_name}」" + (f"及其下级，共 {count} 个" if count > 1 else "")
    record_deed(session, place, staff, verb="bring_back", words=words, now=now, details={"count": count})
    return count


def replace_code(session: Session, place: ServicePoint, *, staff: Staff, now: datetime) -> None:
    """Give a place a new QR code; whoever scans an old one hears that it is no longer ours.

    Raises:
        NotAllowed: not this person's to do.
    """
    only_managers(staff)
    before = place.code
    place.code = new_code()
    session.flush()
    details = {"before": {"code": before}, "after": {"code": place.code}}
    words = f"更换服务点「{place.full_name}」的二维码，旧码作废"
    record_deed(session, place, staff, verb="replace_code", words=words, now=now, details=details)


def check_photo_by(place: ServicePoint, staff: Staff) -> None:
    """Make sure that the photo of this place is for them to change.

    Raises:
        NotAllowed: it is not.
    """
    if not may_describe_place(place, staff):
        raise NotAllowed("只有本单位负责人、受理员和管理员可以换照片。")


def set_photo(session: Session, place: ServicePoint, key: str, *, staff: Staff, now: datetime) -> str:
    """Show another photo of a place, or none.

    Args:
        key: of a cleaned photo in the file store; empty for none.

    Returns:
        The key of the photo shown before; nothing names it any more.

    Raises:
        NotAllowed: not this person's to do.
    """
    check_photo_by(place, staff)
    before, place.photo_file_key = place.photo_file_key, key
    verb = "更换" if key and before else "添加" if key else "删除"
    if key or before:
        words = f"{verb}服务点「{place.full_name}」的照片"
        record_deed(session, place, staff, verb="photo", words=words, now=now)
    return before


def _set_active(session: Session, place: ServicePoint, *, active: bool) -> None:
    session.execute(
        update(ServicePoint)
        .where(ServicePoint.id.in_(places_below(place)))
        .values(active=active)
        .execution_options(synchronize_session="fetch")
    )
