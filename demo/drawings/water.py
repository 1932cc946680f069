"""Scenes with water: a tap, a shower, a drain."""

from demo.drawings.sketch import Sketch

_TILE, _JOINT = "#e3edf0", "#cfdde2"
_STEEL, _STEEL_DARK = "#aebbc4", "#8696a2"
_WATER, _WATER_LIGHT = "#6cbbe8", "#a8d8f2"


def _tiled(background: str = _TILE, *, step: int = 50, until: int = 300) -> Sketch:
    sketch = Sketch(background)
    for x in range(0, 401, step):
        sketch.line([(x, 0), (x, until)], _JOINT, width=1.5)
    for y in range(0, until + 1, step):
        sketch.line([(0, y), (400, y)], _JOINT, width=1.5)
    return sketch


def tap(after: bool) -> Sketch:
    """A tap that drips into a basin; shut tight."""
    sketch = _tiled()
    sketch.box(60, 200, 280, 75, "#ffffff", round_by=30)
    sketch.box(60, 200, 280, 16, "#dfe7ea", round_by=8)
    sketch.disc(200, 262, 120, (120, 140, 150, 40), flat=0.1)
    sketch.box(178, 92, 26, 116, _STEEL, round_by=8)
    sketch.bow(232, 100, 46, _STEEL, start=180, end=360, width=24)
    sketch.box(254, 96, 24, 32, _STEEL, round_by=5)
    sketch.box(252, 122, 28, 10, _STEEL_DARK, round_by=4)
    sketch.box(186, 100, 7, 100, "#cfd8de", round_by=3)
    handle = [(191, 58), (150, 46)] if not after else [(168, 62), (214, 62)]
    sketch.line(handle, "#d2604f" if not after else _STEEL_DARK, width=13)
    sketch.box(184, 60, 14, 34, _STEEL_DARK, round_by=4)
    if after:
        for x, y, size in ((110, 90, 12), (310, 70, 9), (330, 180, 10)):
            sketch.sparkle(x, y, size)
        return sketch
    for y, size in ((150, 8), (178, 9)):
        sketch.drop(266, y, size, _WATER)
    sketch.disc(266, 206, 40, _WATER_LIGHT, flat=0.18)
    sketch.shape([(60, 232), (66, 232), (90, 300), (50, 300)], (108, 187, 232, 150))
    sketch.disc(72, 292, 70, _WATER_LIGHT, flat=0.18)
    return sketch


def shower(after: bool) -> Sketch:
    """A shower that gives a cold trickle; a warm, full one."""
    sketch = _tiled("#dfeaf0" if not after else "#f3ead9")
    sketch.line([(70, 300), (70, 60), (190, 60)], _STEEL, width=12)
    sketch.box(150, 66, 110, 18, _STEEL_DARK, round_by=8)
    sketch.box(185, 48, 40, 22, _STEEL, round_by=8)
    sketch.disc(70, 190, 22, _STEEL_DARK)
    sketch.disc(70, 190, 10, "#e06b56" if after else "#4f93cf")
    if after:
        for number in range(10):
            x = 156 + number * 11
            sketch.line([(x, 90), (x + (x - 205) * 0.35, 258)], _WATER, width=3.5)
        for x, y, radius in ((120, 230, 26), (170, 262, 34), (250, 258, 36), (310, 222, 24), (285, 170, 16)):
            sketch.disc(x, y, radius, (255, 255, 255, 150))
        return sketch
    for x, ends in ((186, 140), (205, 236), (224, 128)):
        sketch.line([(x, 90), (x, ends)], _WATER, width=2.5)
    for y in (166, 196, 252):
        sketch.drop(205, y, 5, _WATER)
    for x, y in ((305, 110), (335, 160), (300, 205)):  # it is cold
        for angle in ((0, 16), (14, 8), (14, -8)):
            sketch.line([(x - angle[0], y - angle[1]), (x + angle[0], y + angle[1])], "#8fbfe0", width=3)
    return sketch


def drain(after: bool) -> Sketch:
    """A floor drain under a puddle; dry and clean."""
    sketch = _tiled("#d7dfe2" if not after else "#e8eef0", step=66)
    sketch.box(0, 0, 400, 70, "#c3ced4" if not after else "#d5dfe4")
    if not after:
        sketch.disc(190, 190, 170, (92, 150, 170, 190), flat=0.5)
        sketch.disc(260, 150, 110, (92, 150, 170, 190), flat=0.4)
        sketch.disc(160, 176, 90, (150, 196, 208, 150), flat=0.4)
    sketch.disc(200, 190, 62, _STEEL_DARK, flat=0.62)
    sketch.disc(200, 187, 56, "#c9d2d8", flat=0.62)
    for offset in (-30, -15, 0, 15, 30):
        length = 24 - abs(offset) * 0.35
        sketch.line([(200 + offset, 187 - length), (200 + offset, 187 + length)], "#5d6b75", width=5)
    if after:
        for x, y, size in ((90, 130, 14), (310, 120, 11), (300, 250, 13)):
            sketch.sparkle(x, y, size)
        return sketch
    for x, y, turn in ((170, 170, 20), (216, 200, 200), (196, 186, 100)):  # hair and leaves
        sketch.bow(x, y, 18, "#4b3b33", start=turn, end=turn + 200, width=2)
    for x, y in ((120, 210), (262, 168), (250, 224)):
        sketch.disc(x, y, 11, "#a98745", flat=0.55)
        sketch.line([(x - 10, y), (x + 12, y - 1)], "#7d6230", width=1.5)
    for x, y, radius in ((90, 170, 9), (300, 190, 7), (145, 232, 6)):
        sketch.ring(x, y, radius, (255, 255, 255, 160), width=2)
    return sketch
