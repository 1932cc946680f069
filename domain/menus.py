"""The account's menu as data: the copy being edited, what was put under the chat, and how the two differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.menu import menu_seed
from domain.errors import NotFound, TooLate
from domain.menu_buttons import Buttons, MenuButton, check
from models.menu import MenuDraft, MenuVersion
from models.staff import Staff
from models.upsert import insert_into

_CHANGED = "菜单刚刚被别人改过。下面是最新的样子，请看过再改。"


@dataclass(frozen=True)
class Draft:
    """The menu as it is being edited.

    Attributes:
        revision: 0 for the menu an installation starts from.
        edited_by: who edited it last; None for nobody.
    """

    buttons: Buttons
    revision: int
    edited_by: Staff | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True)
class Difference:
    """A line that pushing would add, or take away."""

    added: bool
    line: str


def draft(session: Session) -> Draft:
    """Give the menu as it is being edited; at first, the one of config/menu.toml."""
    row = session.get(MenuDraft, 1)
    if row is None:
        return Draft(tuple(MenuButton.of_seed(one) for one in menu_seed().buttons), 0)
    return Draft(_read(row.buttons), row.revision, row.edited_by, row.edited_at)


def save(session: Session, buttons: Buttons, *, revision: int, staff: Staff, now: datetime) -> None:
    """Keep an edit.

    Args:
        revision: that of the menu the edit was made to.

    Raises:
        TooLate: somebody else has edited it since.
        Invalid: it breaks a limit of WeChat's.
    """
    check(buttons)
    values = {
        "buttons": [button.as_json() for button in buttons],
        "revision": revision + 1,
        "edited_by_id": staff.id,
        "edited_at": now,
    }
    if revision == 0:
        first = insert_into(session, MenuDraft).values(id=1, **values)
        kept = first.on_conflict_do_nothing(index_elements=["id"]).returning(MenuDraft.id)
    else:
        kept = (
            update(MenuDraft)
            .where(MenuDraft.id == 1, MenuDraft.revision == revision)
            .values(**values)
            .returning(MenuDraft.id)
        )
    if session.scalar(kept) is None:
        raise TooLate(_CHANGED)


def ready(session: Session, *, revision: int) -> Buttons:
    """Give the menu that may be put under the chat.

    Raises:
        TooLate: it is no longer the one that was looked at.
        Invalid: something in it is left empty.
    """
    found = draft(session)
    if found.revision != revision:
        raise TooLate(_CHANGED)
    check(found.buttons, complete=True)
    return found.buttons


def note_pushed(session: Session, buttons: Buttons, *, staff: Staff, now: datetime) -> MenuVersion:
    """Remember that this menu was put under the chat, and by whom."""
    stored = [button.as_json() for button in buttons]
    version = MenuVersion(buttons=stored, pushed_by=staff, pushed_at=now)
    session.add(version)
    session.flush()
    return version


def versions(session: Session, *, limit: int) -> Sequence[MenuVersion]:
    """List what was put under the chat, the newest first."""
    return session.scalars(select(MenuVersion).order_by(MenuVersion.id.desc()).limit(limit)).all()


def buttons_of(version: MenuVersion) -> Buttons:
    """Give the buttons of an earlier menu."""
    return _read(version.buttons)


def version_numbered(session: Session, version_id: int) -> MenuVersion:
    """Give an earlier menu.

    Raises:
        NotFound: there is none with this id.
    """
    version = session.get(MenuVersion, version_id) if 0 < version_id < 2**31 else None
    if version is None:
        raise NotFound("没有找到这个版本的菜单。")
    return version


def differences(
    present: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    """Tell what pushing would change, line by line.

    Args:
        present, wanted: menus in WeChat's form.
    """
    old, new = _lines(present), _lines(wanted)
    found: list[Difference] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(
        a=old, b=new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            found += [Difference(False, line) for line in old[old_from:old_to]]
            found += [Difference(True, line) for line in new[new_from:new_to]]
    return found


def _lines(buttons: Sequence[Mapping[str, Any]], above: str = "") -> list[str]:
    lines: list[str] = []
    for button in buttons:
        name = f"{above}{button.get('name', '')}"
        below = button.get("sub_button") or []
        lines += [name, *_lines(below, f"{name} › ")] if below else [f"{name}：{_what(button)}"]
    return lines


def _what(button: Mapping[str, Any]) -> str:
    kind = button.get("type", "")
    if kind == "click":
        key = str(button.get("key", ""))
        return f"在聊天里办理「{menu_seed().actions.get(key, key)}」"
    if kind in {"scancode_push", "scancode_waitmsg"}:
        return "扫一扫"
    if kind == "view":
        return f"打开 {button.get('url', '')}"
    if kind == "miniprogram":
        return f"打开小程序 {button.get('appid', '')} {button.get('pagepath', '')}"
    return f"其他类型（{kind}）"


def _read(stored: Sequence[dict[str, Any]]) -> Buttons:
    return tuple(MenuButton.of_json(one) for one in stored)
