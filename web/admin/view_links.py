"""Saved views as links over a list: what each shows, which is open, whether the list differs by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import url_for
from sqlalchemy.orm import Session

from domain import saved_views
from domain.saved_views import LIST, Listing, listing_of
from models.desk import SavedView
from models.staff import Staff
from web.admin.inbox_columns import Column

# The page of each list, and the parameter that names the view that is open.
_PAGES: Mapping[Listing, tuple[str, str]] = {
    Listing.INBOX: ("admin_inbox.inbox", "view"),
    Listing.MATTERS: ("admin_matters.ledger", "saved"),
}


class ListQuery(Protocol):
    """What the address of a list asks for."""

    @property
    def view_id(self) -> int | None:
        """The saved view that was opened."""

    @property
    def columns(self) -> Sequence[Column] | None:
        """The columns the address names; None where it names none."""

    def saved(self) -> dict[str, list[str]]:
        """Give what a saved view keeps of this address."""

    def address(self) -> str:
        """Give the address again."""


@dataclass(frozen=True)
class ViewLink:
    """One saved view with its address; `changed` tells that the list shows something else by now."""

    view: SavedView
    own: bool
    current: bool
    changed: bool
    address: str


def view_address(view: SavedView) -> str:
    """Give the address of a saved view with all that it lists by."""
    endpoint, parameter = _PAGES[listing_of(view)]
    query = {name: values for name, values in view.query.items() if name != LIST} | {parameter: view.id}
    return url_for(endpoint, **query)


def view_links(session: Session, staff: Staff, wanted: ListQuery, listing: Listing) -> list[ViewLink]:
    """Give the views of a list to be shown over it."""
    return [
        ViewLink(
            view,
            view.owner_id == staff.id,
            view.id == wanted.view_id,
            _is_changed(view, wanted),
            view_address(view),
        )
        for view in saved_views.views_of(session, staff, listing)
    ]


def _is_changed(view: SavedView, wanted: ListQuery) -> bool:
    columns = wanted.columns
    return view.query != wanted.saved() or (
        columns is not None and view.columns != [column.value for column in columns]
    )
