"""Where the rows of an import belong in the tree: which place each is about, and which one stands above it.

A node is a place there is, by its id, or a new one, by minus the number of its row. Rows may stand in any
order, so they are settled in rounds: whoever stands below a new place is settled the round after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.service_point_columns import Column
from domain.service_point_fields import DEEPEST, FIELD_NAMES, PlaceFields, name_key, number_key
from domain.service_point_import_rows import Entry
from models.service_point import ServicePoint

# Of a longer one, its rows are refused all the same, without saying that it is a circle.
_LONGEST_CIRCLE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """A place there is."""

    id: int
    parent_id: int | None
    active: bool
    full_name: str
    fields: PlaceFields


@dataclass
class Registry:
    """All places there are, found by what a row may say of them."""

    places: dict[int, Known] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    by_name: dict[tuple[int | None, str], int] = field(default_factory=dict)
    by_path: dict[str, int] = field(default_factory=dict)
    # None where several are called so.
    by_full_name: dict[str, int | None] = field(default_factory=dict)

    def path_of(self, place_id: int) -> str:
        """Write the names from the top down to a place: 东校区/第二食堂/3号窗口."""
        names: list[str] = []
        here: int | None = place_id
        while here is not None and len(names) <= DEEPEST:
            names.append(self.places[here].fields.name)
            here = self.places[here].parent_id
        return "/".join(reversed(names))


def path_key(path: str) -> str:
    """Bring a path to the form in which paths are compared."""
    return "/".join(name_key(part) for part in name_key(path).replace("／", "/").strip("/").split("/"))


def load_registry(session: Session) -> Registry:
    """Read all places, in use or not."""
    columns = [getattr(ServicePoint, name) for name in FIELD_NAMES]
    query = select(
        ServicePoint.id, ServicePoint.parent_id, ServicePoint.active, ServicePoint.full_name, *columns
    )
    registry = Registry()
    for place_id, parent_id, active, full_name, *values in session.execute(query):
        fields = PlaceFields(**dict(zip(FIELD_NAMES, values, strict=True)))
        registry.places[place_id] = Known(place_id, parent_id, active, full_name, fields)
        if fields.label_number:
            registry.by_number[number_key(fields.label_number)] = place_id
        registry.by_name[parent_id, name_key(fields.name)] = place_id
        key = name_key(full_name)
        registry.by_full_name[key] = None if key in registry.by_full_name else place_id
    for place_id in registry.places:
        registry.by_path[path_key(registry.path_of(place_id))] = place_id
    return registry


class Settling:
    """Settles rows: gives each its node and parent, or refuses it."""

    def __init__(self, registry: Registry, entries: Sequence[Entry]) -> None:
        self._registry = registry
        self._entries = entries
        self._by_number: dict[str, Entry] = {}
        # Nodes by the path the rows would give them; None where two would have the same.
        self._new_paths: dict[str, int | None] = {}
        self._paths_of: dict[int, Sequence[str]] = {}

    def settle(self) -> None:
        """Settle all rows."""
        self._settle_numbers()
        waiting = [entry for entry in self._entries if self._may_be_settled(entry)]
        for _ in range(DEEPEST + 1):  # whatever the order of the rows, each round settles a level
            waiting = [entry for entry in waiting if not self._settled(entry)]
        self._refuse_unsettled(waiting)
        self._refuse_contradictions()
        self._refuse_repeated()

    @staticmethod
    def _may_be_settled(entry: Entry) -> bool:
        structural = {Column.NUMBER, Column.PARENT_NUMBER, Column.PARENT_PATH, Column.NAME}
        return not any(trouble.column in structural for trouble in entry.troubles)

    def _settle_numbers(self) -> None:
        seen: dict[str, list[Entry]] = {}
        for entry in self._entries:
            key = number_key(entry.own_number)
            if key:
                seen.setdefault(key, []).append(entry)
        for key, entries in seen.items():
            for entry in entries if len(entries) > 1 else ():
                others = "、".join(str(one.number) for one in entries if one is not entry)
                entry.refuse(Column.NUMBER, f"和第 {others[:40]} 行的编号相同，不知道以哪行为准。")
            entries[0].node = self._registry.by_number.get(key)
            self._by_number[key] = entries[0]

    def _settled(self, entry: Entry) -> bool:
        """Settle one row if what it refers to is known by now."""
        number, path = self._above(entry)
        if number or path:
            entry.parent = self._node_of_number(number) if number else self._node_of_path(path)
            if entry.parent is None:
                return False
        elif entry.node is not None and not self._says_above(entry):
            entry.parent = self._registry.places[entry.node].parent_id
        self._place(entry)
        return True

    @staticmethod
    def _says_above(entry: Entry) -> bool:
        return entry.parent_number is not None or entry.parent_path is not None

    @staticmethod
    def _above(entry: Entry) -> tuple[str, str]:
        number, path = entry.parent_number, entry.parent_path
        return number_key(number) if number else "", path_key(path) if path else ""

    def _node_of_number(self, number: str) -> int | None:
        entry = self._by_number.get(number)
        return entry.node if entry is not None else self._registry.by_number.get(number)

    def _node_of_path(self, path: str) -> int | None:
        """Find a node by its path of now, by the one the rows give it, or by its full name."""
        known = self._registry.by_path.get(path, self._new_paths.get(path))
        if known is not None:
            return known
        head, _, name = path.rpartition("/")
        # Below a place that the rows rename stand others of which they say nothing.
        above = self._new_paths.get(head) if head else None
        if above is not None and (above, name) in self._registry.by_name:
            return self._registry.by_name[above, name]
        return self._registry.by_full_name.get(path)

    def _place(self, entry: Entry) -> None:
        """Tell which place a row is about, now that the one above it is known."""
        key = name_key(entry.name)
        if entry.node is None:
            there = self._registry.by_name.get((entry.parent, key))
            entry.node = -entry.number if there is None or self._is_renamed(there, key) else there
        above = [""] if entry.parent is None else self._known_paths(entry.parent)
        self._paths_of[entry.node] = tuple(f"{path}/{key}".lstrip("/") for path in above)
        for path in self._paths_of[entry.node]:
            is_other = self._new_paths.get(path, entry.node) != entry.node
            self._new_paths[path] = None if is_other else entry.node

    def _is_renamed(self, place_id: int, key: str) -> bool:
        """Tell whether another row gives this place, which it names by number, another name."""
        number = self._registry.places[place_id].fields.label_number
        entry = self._by_number.get(number_key(number)) if number else None
        return entry is not None and name_key(entry.name) != key

    def _known_paths(self, node: int) -> list[str]:
        paths = list(self._paths_of.get(node, ()))
        if node > 0:
            paths.append(path_key(self._registry.path_of(node)))
        return list(dict.fromkeys(paths))

    def _refuse_unsettled(self, entries: Sequence[Entry]) -> None:
        waiting = {id(entry) for entry in entries}
        for entry in entries:
            number, _ = self._above(entry)
            above = self._by_number.get(number)
            if not number and self._above(entry)[1] in self._new_paths:
                path = entry.parent_path or ""
                entry.refuse(Column.PARENT_PATH, f"有不止一行叫「{path[:60]}」，请改用上级编号。")
            elif not number:
                path = entry.parent_path or ""
                words = f"没有找到上级「{path[:60]}」。请写到最上一级，用斜线隔开，例如：东校区/第一食堂。"
                entry.refuse(Column.PARENT_PATH, words)
            elif above is None:
                entry.refuse(Column.PARENT_NUMBER, f"没有编号为「{number[:40]}」的服务点。")
            elif id(above) in waiting and self._leads_back(entry, waiting):
                entry.refuse(Column.PARENT_NUMBER, "上级互相指来指去，绕成了圈。")
            else:
                entry.refuse(Column.PARENT_NUMBER, f"上级在第 {above.number} 行，那一行没有通过。")

    def _leads_back(self, entry: Entry, waiting: set[int]) -> bool:
        above: Entry | None = entry
        for _ in range(_LONGEST_CIRCLE):
            above = self._by_number.get(self._above(above)[0]) if above and id(above) in waiting else None
            if above is entry:
                return True
        return False

    def _refuse_contradictions(self) -> None:
        """Refuse rows whose two columns name different places above, or one that two rows want to be."""
        for entry in self._entries:
            if not entry.parent_path:
                continue
            number, path = self._above(entry)
            if not path or entry.node is None or entry.troubles:
                continue
            nodes = {self._registry.by_path.get(path), self._new_paths.get(path)} - {None}
            if number and entry.parent not in nodes | {self._node_of_path(path)}:
                words = (
                    "「上级编号」和「上级全称」指的不是同一个服务点。改上级时请两列一起改，或清空其中一列。"
                )
                entry.refuse(Column.PARENT_PATH, words)
            elif not number and len(nodes) > 1:
                words = "改名以后有两个服务点叫这个全称，请改用上级编号。"
                entry.refuse(Column.PARENT_PATH, words)

    def _refuse_repeated(self) -> None:
        first: dict[int, Entry] = {}
        for entry in self._entries:
            if entry.node is None or entry.troubles:
                continue
            other = first.setdefault(entry.node, entry)
            if other is not entry:
                entry.refuse(Column.NAME, f"和第 {other.number} 行写的是同一个服务点。")
