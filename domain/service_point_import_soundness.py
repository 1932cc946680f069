"""Whether the tree stays sound with the rows of an import: no circles, namesakes or orphans, not too deep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.service_point_columns import Column
from domain.service_point_fields import DEEPEST, LONGEST_FULL_NAME, PlaceFields, name_key
from domain.service_point_import_rows import Entry
from domain.service_point_import_tree import Registry
from domain.service_points import joined_name

_CIRCLE = "上级互相指来指去，绕成了圈。"


@dataclass(slots=True)
class Standing:
    """A place as it would stand.

    Attributes:
        fields: what would be written about it.
        entry: the row about it; None when no row is, or it was refused.
        depth: 1 at the top; 0 where no way leads down from the top.
    """

    fields: PlaceFields
    parent: int | None
    entry: Entry | None = None
    depth: int = 0
    path: str = ""
    full_name: str = ""

    @property
    def name(self) -> str:
        """What it would be called."""
        return self.fields.name


def node_of(entry: Entry) -> int:
    """Give the node of a row that was settled."""
    return entry.node or 0


class Soundness:
    """Refuses rows until those that are left make a sound tree with what is there."""

    def __init__(self, registry: Registry, entries: Sequence[Entry]) -> None:
        self._registry = registry
        self._entries = entries
        # By the number of the row: asked for at every turn, and the same each time.
        self._wanted: dict[int, PlaceFields] = {}
        self._standing: dict[int, Standing] = {}
        self._below: dict[int | None, list[int]] = {}

    def refuse_unsound(self) -> Mapping[int, Standing]:
        """Refuse what must be, and give the tree as it would stand, by node."""
        for entry in self._good():
            self._wanted[entry.number] = self._wanted_by(entry)
            self._check_alone(entry)
        refused = -1
        # A row that is refused leaves its place as it was, which may be in the way of another.
        while refused != (refused := sum(1 for _ in self._good())):
            self._stand()
            self._refuse_orphans_and_circles()
            self._refuse_namesakes()
            self._refuse_too_large()
        return self._standing

    def _good(self) -> list[Entry]:
        return [entry for entry in self._entries if not entry.troubles]

    def _wanted_by(self, entry: Entry) -> PlaceFields:
        """Give what is to be written about a row's place; what the file does not have stays as it is."""
        known = self._registry.places.get(node_of(entry))
        return PlaceFields(**entry.values) if known is None else replace(known.fields, **entry.values)

    def _check_alone(self, entry: Entry) -> None:
        places, wanted = self._registry.places, self._wanted[entry.number]
        known, above = places.get(node_of(entry)), places.get(entry.parent or 0)
        if known is not None and not known.active:
            entry.refuse(Column.NAME, "这个服务点已停用。请先在页面上恢复，再导入。")
        elif above is not None and not above.active:
            entry.refuse(Column.PARENT_PATH, "上级已停用。请先在页面上恢复上级，再导入。")
        elif wanted.party_member and not wanted.in_charge:
            entry.refuse(Column.PARTY_MEMBER, "标明中共党员的，要写明负责人是谁。")

    def _stand(self) -> None:
        """Put all places, and all rows that are not refused, where they would stand."""
        self._standing = {
            known.id: Standing(known.fields, known.parent_id) for known in self._registry.places.values()
        }
        for entry in self._good():
            self._standing[node_of(entry)] = Standing(self._wanted[entry.number], entry.parent, entry)
        self._below = {}
        for node, one in self._standing.items():
            self._below.setdefault(one.parent, []).append(node)
        waiting = list(self._below.get(None, ()))
        for node in waiting:  # grows as it goes: level after level from the top
            self._name(self._standing[node])
            waiting += self._below.get(node, ())

    def _name(self, one: Standing) -> None:
        above = self._standing[one.parent] if one.parent is not None else None
        one.depth = above.depth + 1 if above else 1
        if one.depth > DEEPEST + 1:
            return  # refused anyway, and names without end would fill the memory
        one.path = f"{above.path}/{one.name}" if above else one.name
        one.full_name = (
            joined_name(above.full_name, above.name, above.fields.kind, one.fields.kind, one.name)
            if above
            else one.name
        )

    def _refuse_orphans_and_circles(self) -> None:
        lost = {node: one for node, one in self._standing.items() if one.depth == 0}
        for node, one in lost.items():
            if one.entry is not None and one.parent is not None and one.parent not in self._standing:
                self._refuse(one.entry, Column.PARENT_PATH, _not_passed(one.parent))
                self._refuse_below(node)
        for node in self._in_circles(lost):
            entry = lost[node].entry
            if entry is not None and not entry.troubles and self._is_new_here(node, lost[node]):
                self._refuse(entry, Column.PARENT_PATH, _CIRCLE)

    def _in_circles(self, lost: Mapping[int, Standing]) -> list[int]:
        seen: set[int] = set()
        found: list[int] = []
        for start in lost:
            way: dict[int, int] = {}
            here = start
            while here in lost and here not in seen and here not in way:
                way[here] = len(way)
                here = lost[here].parent or 0
            if here in way:
                found += list(way)[way[here] :]
            seen.update(way)
        return found

    def _refuse_namesakes(self) -> None:
        first: dict[tuple[int | None, str], int] = {}
        for node, one in self._standing.items():
            if one.entry is not None and one.entry.troubles:
                continue
            other_node = first.setdefault((one.parent, name_key(one.name)), node)
            if other_node == node:
                continue
            other = self._standing[other_node]
            # Who was there already keeps the name; of two that come, the later gives way.
            loser, winner = (one, other) if self._is_new_here(node, one) else (other, one)
            if loser.entry is not None and not loser.entry.troubles:
                where = f"第 {winner.entry.number} 行" if winner.entry else "已有的服务点"
                words = f"同一个上级下面，{where}已经叫「{winner.name}」。"
                self._refuse(loser.entry, Column.NAME, words)

    def _is_new_here(self, node: int, one: Standing) -> bool:
        known = self._registry.places.get(node)
        return known is None or (known.parent_id, name_key(known.fields.name)) != (
            one.parent,
            name_key(one.name),
        )

    def _refuse_too_large(self) -> None:
        for one in self._standing.values():
            if one.depth > DEEPEST:
                self._refuse_nearest(one, Column.PARENT_PATH, f"上下级最多 {DEEPEST} 层。")
            elif len(one.full_name) > LONGEST_FULL_NAME:
                words = f"连同上级的全称最多 {LONGEST_FULL_NAME} 个字，请把名称写短些。"
                self._refuse_nearest(one, Column.NAME, words)

    def _refuse_nearest(self, one: Standing, column: Column, words: str) -> None:
        """Refuse the row about this place or, if none is, that about the nearest place above it."""
        here: Standing | None = one
        while here is not None and here.entry is None:
            here = self._standing.get(here.parent) if here.parent is not None else None
        if here is not None and here.entry is not None and not here.entry.troubles:
            self._refuse(here.entry, column, words)

    def _refuse(self, entry: Entry, column: Column, words: str) -> None:
        entry.refuse(column, words)
        self._refuse_below(node_of(entry))

    def _refuse_below(self, node: int) -> None:
        """Refuse all rows below a new place that is not to be."""
        waiting = [node] if node < 0 else []
        for above in waiting:  # grows as it goes
            for below in self._below.get(above, ()):
                entry = self._standing[below].entry
                if entry is not None and not entry.troubles:
                    entry.refuse(Column.PARENT_PATH, _not_passed(above))
                    waiting += [below] if below < 0 else []


def _not_passed(node: int) -> str:
    return f"上级在第 {-node} 行，那一行没有通过。"
