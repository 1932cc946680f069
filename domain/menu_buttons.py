"""The buttons of the account's menu: their form, WeChat's limits, and how they are rearranged.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from config.menu import SeedButton, menu_seed
from domain.errors import Invalid, NotFound
from models.enums import Word

MOST_TOP, MOST_BELOW = 3, 5
TOP_NAME_BYTES, NAME_BYTES = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024
_SCAN_KEY = "SCAN"


class MenuKind(Word):
    """What a tap on a button does."""

    GROUP = "group", "展开子菜单"
    CLICK = "click", "在聊天里办理"
    SCAN = "scan", "扫一扫"
    VIEW = "view", "打开网页"


@dataclass(frozen=True)
class MenuButton:
    """One button.

    Attributes:
        value: for CLICK a key of config/menu.toml, for VIEW an address or a path of ours; else empty.
        buttons: those that a GROUP unfolds.
    """

    name: str
    kind: MenuKind
    value: str = ""
    buttons: tuple[Self, ...] = ()

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Read a button as it is stored."""
        below = tuple(cls.of_json(one) for one in stored["buttons"])
        return cls(stored["name"], MenuKind(stored["kind"]), stored["value"], below)

    @classmethod
    def of_seed(cls, seed: SeedButton) -> Self:
        """Make a button of menu.toml."""
        below = tuple(cls.of_seed(one) for one in seed.buttons)
        return cls(seed.name, MenuKind(seed.kind), seed.value, below)

    def as_json(self) -> dict[str, Any]:
        """Give the form in which it is stored."""
        below = [one.as_json() for one in self.buttons]
        return {"name": self.name, "kind": self.kind.value, "value": self.value, "buttons": below}


Buttons = tuple[MenuButton, ...]
# (1,) is the second button of the bar, (1, 0) the first of those it unfolds.
Position = tuple[int, ...]


def read_position(words: str) -> Position:
    """Read a position such as `1` or `1.0`.

    Raises:
        NotFound: it is none.
    """
    parts = words.split(".")
    if not 1 <= len(parts) <= 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise NotFound("没有这个菜单按钮。")
    return tuple(int(part) for part in parts)


def button_at(buttons: Buttons, at: Position) -> MenuButton:
    """Give the button at a position.

    Raises:
        NotFound: there is none.
    """
    row = _row(buttons, at)
    if at[-1] >= len(row):
        raise NotFound("这个菜单按钮已经不在了。")
    return row[at[-1]]


def put(buttons: Buttons, at: Position, button: MenuButton) -> Buttons:
    """Put a button in the place of another, or behind the last; what a group unfolds stays with it.

    Raises:
        Invalid: it breaks a limit of WeChat's.
        NotFound: there is no such place.
    """
    row = list(_row(buttons, at))
    if at[-1] < len(row):
        if row[at[-1]].buttons and button.kind is not MenuKind.GROUP:
            raise Invalid("这个按钮下面还有子菜单，请先删掉子菜单。", "kind")
        row[at[-1]] = replace(button, buttons=row[at[-1]].buttons)
    elif at[-1] == len(row):
        row.append(button)
    else:
        raise NotFound("没有这个位置。")
    changed = _with_row(buttons, at, row)
    check(changed)
    return changed


def remove(buttons: Buttons, at: Position) -> Buttons:
    """Take a button out, with all that it unfolds."""
    button_at(buttons, at)
    row = list(_row(buttons, at))
    del row[at[-1]]
    return _with_row(buttons, at, row)


def move(buttons: Buttons, at: Position, *, by: int) -> Buttons:
    """Move a button among its neighbours, -1 to the front or 1 to the back; at the end it stays."""
    button_at(buttons, at)
    row = list(_row(buttons, at))
    button = row.pop(at[-1])
    row.insert(min(max(at[-1] + by, 0), len(row)), button)
    return _with_row(buttons, at, row)


def check(buttons: Buttons, *, complete: bool = False) -> None:
    """Hold the menu to WeChat's limits.

    Args:
        complete: whether it is to go out, so that nothing may be left empty.

    Raises:
        Invalid: naming the first button at fault.
    """
    if len(buttons) > MOST_TOP:
        raise Invalid(f"菜单栏最多 {MOST_TOP} 个按钮。")
    if complete and not buttons:
        raise Invalid("菜单是空的，请至少加一个按钮。")
    for top in buttons:
        _check_one(top, name_bytes=TOP_NAME_BYTES)
        if len(top.buttons) > MOST_BELOW:
            raise Invalid(f"「{top.name}」下面最多 {MOST_BELOW} 个子菜单。")
        if complete and top.kind is MenuKind.GROUP and not top.buttons:
            raise Invalid(f"「{top.name}」要展开子菜单，但下面还没有按钮。")
        for below in top.buttons:
            if below.kind is MenuKind.GROUP:
                raise Invalid(f"「{below.name}」已经是子菜单，不能再展开。", "kind")
            _check_one(below, name_bytes=NAME_BYTES)


def _check_one(button: MenuButton, *, name_bytes: int) -> None:
    if not button.name.strip():
        raise Invalid("请填写按钮的名称。", "name")
    if len(button.name.encode()) > name_bytes:
        raise Invalid(f"「{button.name}」太长，最多 {name_bytes // 3} 个汉字。", "name")
    if button.kind is MenuKind.CLICK and button.value not in menu_seed().actions:
        raise Invalid(f"请选择「{button.name}」在聊天里办理什么。", "key")
    if button.kind is MenuKind.VIEW:
        _check_address(button)


def _check_address(button: MenuButton) -> None:
    address = button.value
    ours = address.startswith("/") and not address.startswith("//")
    if not (ours or address.startswith(("https://", "http://"))):
        raise Invalid("网址要以 https:// 开头；本系统的页面以 / 开头。", "url")
    if not address.isprintable() or " " in address or "\\" in address:
        raise Invalid("网址里不能有空格和特殊字符。", "url")
    # Room for our own host in front of a path.
    if len(address.encode()) > URL_BYTES - (200 if ours else 0):
        raise Invalid("网址太长。", "url")


def for_platform(buttons: Buttons, *, base_url: str) -> list[dict[str, Any]]:
    """Give the menu in WeChat's form.

    Args:
        base_url: put before paths of ours; ends in a slash.
    """
    return [_for_platform(button, base_url) for button in buttons]


def _for_platform(button: MenuButton, base_url: str) -> dict[str, Any]:
    if button.kind is MenuKind.GROUP:
        return {"name": button.name, "sub_button": [_for_platform(one, base_url) for one in button.buttons]}
    if button.kind is MenuKind.SCAN:
        # WeChat acts on the code as its own scanner does; for a place's code that is the usual event.
        return {"type": "scancode_push", "name": button.name, "key": _SCAN_KEY}
    if button.kind is MenuKind.VIEW:
        address = base_url + button.value[1:] if button.value.startswith("/") else button.value
        return {"type": "view", "name": button.name, "url": address}
    return {"type": "click", "name": button.name, "key": button.value}


def _row(buttons: Buttons, at: Position) -> Sequence[MenuButton]:
    """Give the row a position is in."""
    if len(at) == 1:
        return buttons
    top = button_at(buttons, at[:1])
    if top.kind is not MenuKind.GROUP:
        raise NotFound("这个按钮没有子菜单。")
    return top.buttons


def _with_row(buttons: Buttons, at: Position, row: Sequence[MenuButton]) -> Buttons:
    if len(at) == 1:
        return tuple(row)
    changed = list(buttons)
    changed[at[0]] = replace(buttons[at[0]], buttons=tuple(row))
    return tuple(changed)
