"""Drawings that serve as photos: each scene as it was found, and as it is when the work is done."""

from collections.abc import Callable

from demo.drawings import canteen, outdoors, rooms, water
from demo.drawings.sketch import Sketch

SCENES: dict[str, Callable[[bool], Sketch]] = {
    "aircon": rooms.aircon,
    "bikes": outdoors.bikes,
    "bins": outdoors.bins,
    "bowl": canteen.bowl,
    "chair": rooms.chair,
    "classroom_light": rooms.classroom_light,
    "corridor": rooms.corridor,
    "drain": water.drain,
    "lock": rooms.lock,
    "pavement": outdoors.pavement,
    "queue": canteen.queue,
    "shower": water.shower,
    "table": canteen.table,
    "tap": water.tap,
    "tray": canteen.tray,
    "wall": rooms.wall,
    "window": rooms.window,
}


def draw(scene: str, *, after: bool, turn: int) -> bytes:
    """Give a JPEG of a scene; the same arguments give the same bytes.

    Args:
        after: as it is when the work is done.
        turn: 1 shows it the other way round.

    Raises:
        KeyError: there is no such scene.
    """
    return SCENES[scene](after).jpeg(mirrored=bool(turn))
