"""Lists that staff keep under a name (视图), for themselves or for all, and how each likes their lists.

A view holds what stands in the address of a list; what it lists is looked up by whoever opens it, so that a
shared view shows nobody more than they may see.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import audit
from domain.acts import required
from domain.errors import Invalid, NotFound
from models.desk import ListPreference, SavedView
from models.enums import Word
from models.staff import Staff

MOST_VIEWS = 30
_LONGEST_NAME = 30
ViewQuery = Mapping[str, Sequence[str]]
# Says in a view's query which list it is of; the inbox where it says nothing.
LIST = "list"


class Listing(Word):
    """The lists that views are kept of."""

    INBOX = "inbox", "收件箱"
    MATTERS = "matters", "事项台账"


def listing_of(view: SavedView) -> Listing:
    """Tell of which list a view is."""
    named = next(iter(view.query.get(LIST, ())), "")
    return Listing(named) if named in set(Listing) else Listing.INBOX


def views_of(session: Session, staff: Staff, listing: Listing) -> list[SavedView]:
    """List the views of one list, ordered as `views_for`."""
    return [view for view in views_for(session, staff) if listing_of(view) is listing]


def views_for(session: Session, staff: Staff) -> list[SavedView]:
    """List a person's own views in their order, then those that colleagues share."""
    query = (
        select(SavedView).join(SavedView.owner).where(_seen_by(staff)).options(joinedload(SavedView.owner))
    )
    own_first = (SavedView.owner_id != staff.id, Staff.name, SavedView.owner_id)
    return list(session.scalars(query.order_by(*own_first, SavedView.position, SavedView.id)))


def find(session: Session, staff: Staff, view_id: int, *, listing: Listing) -> SavedView:
    """Give a view of a list that this person may open, or raise NotFound."""
    query = select(SavedView).join(SavedView.owner).where(SavedView.id == view_id, _seen_by(staff))
    view = session.scalar(query)
    if view is None or listing_of(view) is not listing:
        raise NotFound("没有找到这个视图，可能已被删除或不再共享。")
    return view


def _seen_by(staff: Staff) -> ColumnElement[bool]:
    return or_(SavedView.owner_id == staff.id, and_(SavedView.shared, Staff.active))


def save(
    session: Session,
    staff: Staff,
    *,
    name: str,
    query: ViewQuery,
    columns: Sequence[str],
    shared: bool,
    now: datetime,
) -> SavedView:
    """Keep a list under a new name, as the last of one's own.

    Raises:
        Invalid: the name is missing, too long or taken, or there are as many views as anybody needs.
    """
    name = _free_name(session, staff, name)
    count, last = session.execute(
        select(func.count(), func.max(SavedView.position)).where(SavedView.owner_id == staff.id)
    ).one()
    if count >= MOST_VIEWS:
        raise Invalid(f"最多保存 {MOST_VIEWS} 个视图，请先删除不用的。", "name")
    view = SavedView(
        owner_id=staff.id,
        name=name,
        query={key: list(values) for key, values in query.items()},
        columns=list(columns),
        shared=shared,
        position=(last or 0) + 1,
        created_at=now,
    )
    session.add(view)
    session.flush()
    _note(session, staff, view, "view.save", f"保存视图「{name}」{'并共享给同事' if shared else ''}", now)
    return view


def change(
    session: Session, staff: Staff, view_id: int, *, query: ViewQuery, columns: Sequence[str], now: datetime
) -> SavedView:
    """Let one of one's own views list something else from now on."""
    view = own(session, staff, view_id)
    before = {"query": view.query, "columns": view.columns}
    view.query = {key: list(values) for key, values in query.items()}
    view.columns = list(columns)
    _note(session, staff, view, "view.change", f"修改视图「{view.name}」的条件", now, before=before)
    return view


def rename(session: Session, staff: Staff, view_id: int, *, name: str, shared: bool, now: datetime) -> None:
    """Give one of one's own views another name, and offer it to colleagues or no longer."""
    view = own(session, staff, view_id)
    before = {"name": view.name, "shared": view.shared}
    view.name, view.shared = _free_name(session, staff, name, but=view), shared
    if before != {"name": view.name, "shared": view.shared}:
        sharing = "，共享给同事" if shared else "，仅自己可见"
        _note(
            session,
            staff,
            view,
            "view.rename",
            f"视图「{before['name']}」改为「{view.name}」{sharing}",
            now,
            before=before,
        )


def delete(session: Session, staff: Staff, view_id: int, *, now: datetime) -> None:
    """Delete one of one's own views, for colleagues too."""
    view = own(session, staff, view_id)
    _note(session, staff, view, "view.delete", f"删除视图「{view.name}」", now)
    session.delete(view)
    session.flush()


def move_up(session: Session, staff: Staff, view_id: int) -> None:
    """Put one of one's own views before the one above it in the same list."""
    view = own(session, staff, view_id)
    mine = [one for one in views_of(session, staff, listing_of(view)) if one.owner_id == staff.id]
    at = mine.index(view)
    if at > 0:
        mine[at - 1], mine[at] = mine[at], mine[at - 1]
    for position, one in enumerate(mine, start=1):
        one.position = position


def own(session: Session, staff: Staff, view_id: int) -> SavedView:
    """Give one of one's own views, or raise NotFound: nobody changes a colleague's."""
    view = session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.owner_id == staff.id))
    if view is None:
        raise NotFound("没有找到这个视图。别人共享的视图可以打开，不能修改。")
    return view


def preference(session: Session, staff: Staff) -> ListPreference:
    """Tell how this person likes their lists; not stored yet where they never said."""
    return session.get(ListPreference, staff.id) or ListPreference(staff_id=staff.id, columns=[])


def prefer_columns(session: Session, staff: Staff, columns: Sequence[str]) -> None:
    """Show these columns wherever no view says otherwise; none for the usual ones."""
    liked = preference(session, staff)
    liked.columns = list(columns)
    session.add(liked)
    session.flush()


def open_first(session: Session, staff: Staff, view_id: int | None) -> None:
    """Begin the day with this view of the inbox (默认打开); None for the usual tab."""
    liked = preference(session, staff)
    view = find(session, staff, view_id, listing=Listing.INBOX) if view_id is not None else None
    liked.first_view_id = view.id if view is not None else None
    session.add(liked)
    session.flush()


def _free_name(session: Session, staff: Staff, name: str, *, but: SavedView | None = None) -> str:
    name = required(" ".join(name.split()), "视图名称")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"视图名称最多 {_LONGEST_NAME} 个字。", "name")
    taken = session.scalar(select(SavedView.id).where(SavedView.owner_id == staff.id, SavedView.name == name))
    if taken is not None and (but is None or taken != but.id):
        raise Invalid(f"您已有一个叫「{name}」的视图，请换个名称。", "name")
    return name


def _note(
    session: Session,
    staff: Staff,
    view: SavedView,
    action: str,
    words: str,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
) -> None:
    after = {"name": view.name, "shared": view.shared, "query": view.query, "columns": view.columns}
    audit.record(
        session,
        staff,
        action=action,
        subject_kind="view",
        subject=str(view.id),
        words=f"{words}。",
        now=now,
        details={"before": dict(before or {}), "after": after},
    )
