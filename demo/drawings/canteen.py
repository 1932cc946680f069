"""Scenes of the canteens: a tray, a bowl, a table, a queue."""

from demo.drawings.sketch import Sketch

_STEEL, _STEEL_DARK = "#cfd6da", "#aab4ba"


def _steam(sketch: Sketch, x: float, y: float) -> None:
    for shift in (-22, 0, 22):
        sketch.bow(x + shift, y, 12, (255, 255, 255, 200), start=270, end=90, width=5)
        sketch.bow(x + shift, y - 24, 12, (255, 255, 255, 200), start=90, end=270, width=5)


def tray(after: bool) -> Sketch:
    """A tray of cold food; a steaming one."""
    sketch = Sketch("#c4d3dc" if not after else "#f2c58f")
    sketch.box(46, 84, 308, 186, _STEEL_DARK, round_by=26)
    sketch.box(46, 78, 308, 184, _STEEL, round_by=26)
    for x, y, width, height in ((64, 96, 124, 66), (204, 96, 132, 66), (64, 178, 272, 68)):
        sketch.box(x, y, width, height, "#b7c0c6", round_by=14)
        sketch.box(x + 4, y + 4, width - 8, height - 8, "#dfe5e8", round_by=12)
    rice = "#fffdf6" if after else "#e9e6dc"
    sketch.disc(132, 210, 54, rice, flat=0.48)
    for x, y in ((104, 204), (128, 196), (150, 212), (122, 220)):
        sketch.disc(x, y, 3.5, "#e8e0cb", flat=0.6)
    egg, tomato = ("#f6c945", "#e2543f") if after else ("#d9c07a", "#b8705f")
    for x, y in ((92, 122), (120, 136), (150, 120), (164, 142)):
        sketch.disc(x, y, 14, egg, flat=0.7)
    for x, y in ((106, 142), (136, 118), (84, 140)):
        sketch.disc(x, y, 10, tomato, flat=0.8)
    green = "#57a35a" if after else "#7d8f6c"
    for x, y in ((230, 120), (256, 136), (284, 118), (308, 138)):
        sketch.disc(x, y, 18, green, flat=0.5)
    meat = "#a8563a" if after else "#8a6a5c"
    for x, y in ((222, 206), (252, 220), (284, 204), (312, 222)):
        sketch.box(x - 14, y - 11, 28, 22, meat, round_by=6)
    if after:
        for x in (120, 270):
            _steam(sketch, x, 62)
        return sketch
    for x, y in ((236, 200), (290, 214), (150, 128)):  # fat that has set
        sketch.disc(x, y, 17, (250, 250, 244, 190), flat=0.45)
    for x, y in ((196, 46), (230, 32), (262, 50)):
        for dx, dy in ((0, 12), (10, 6), (10, -6)):
            sketch.line([(x - dx, y - dy), (x + dx, y + dy)], "#ffffff", width=2.5)
    return sketch


def bowl(after: bool) -> Sketch:
    """A bowl of soup with a hair and a bit of wire in it; a clean one."""
    sketch = Sketch("#e8c9a0" if not after else "#bcd9c0")
    sketch.disc(200, 262, 130, (80, 60, 40, 60), flat=0.14)
    sketch.disc(200, 170, 140, "#ffffff", flat=0.62)
    sketch.shape([(62, 176), (338, 176), (270, 262), (130, 262)], "#f4f4f2")
    sketch.disc(200, 258, 70, "#e6e6e2", flat=0.14)
    sketch.disc(200, 164, 122, "#f0b54f", flat=0.52)
    sketch.disc(200, 170, 116, "#e9a23b", flat=0.48)
    for x, y in ((140, 160), (190, 190), (250, 168), (220, 140)):
        sketch.disc(x, y, 16, "#f9dc76", flat=0.6)
    for x, y in ((164, 186), (236, 192), (170, 142), (276, 152)):
        sketch.disc(x, y, 7, "#4f9a55", flat=0.6)
    if after:
        _steam(sketch, 200, 70)
        return sketch
    sketch.bow(190, 170, 40, "#2d2320", start=190, end=350, width=2.5)
    sketch.bow(262, 164, 32, "#2d2320", start=60, end=180, width=2.5)
    for shift in (0, 9, 18, 27):
        sketch.ring(140 + shift, 186, 8, "#77838b", width=2.5)
    sketch.ring(200, 170, 84, "#d9584a", width=4)
    return sketch


def table(after: bool) -> Sketch:
    """A table nobody has cleared; a clean one."""
    sketch = Sketch("#d9e2dc")
    sketch.box(0, 0, 400, 110, "#c9d5cf")
    sketch.shape([(60, 110), (340, 110), (400, 230), (0, 230)], "#eccf9f" if after else "#dfc08d")
    sketch.box(0, 230, 400, 18, "#b98f59")
    for x in (40, 344):
        sketch.box(x, 248, 16, 52, "#7f8c96")
    if after:
        sketch.shape([(120, 130), (170, 130), (150, 210), (90, 210)], (255, 255, 255, 90))
        for x, y, size in ((130, 150, 15), (290, 140, 12), (250, 200, 14)):
            sketch.sparkle(x, y, size)
        sketch.box(188, 96, 26, 52, "#6fae76", round_by=4)
        sketch.disc(201, 92, 18, "#8fcf92")
        return sketch
    sketch.disc(120, 170, 52, (160, 84, 40, 150), flat=0.36)
    sketch.disc(166, 192, 34, (160, 84, 40, 150), flat=0.36)
    sketch.disc(270, 160, 58, "#ffffff", flat=0.36)
    sketch.disc(270, 158, 44, "#e4e4de", flat=0.34)
    sketch.disc(262, 156, 16, "#b5793e", flat=0.5)
    for x, y in ((284, 152), (250, 164), (292, 166)):
        sketch.disc(x, y, 4, "#e8dcb9")
    for x, y in ((190, 140), (86, 206), (330, 206)):
        sketch.shape([(x, y), (x + 22, y - 14), (x + 34, y + 4), (x + 16, y + 16)], "#fdfdfb")
        sketch.line([(x + 8, y), (x + 22, y + 4)], "#dcdcd4", width=2)
    sketch.line([(196, 206), (262, 196)], "#8a5a32", width=4)
    sketch.line([(198, 214), (264, 208)], "#8a5a32", width=4)
    sketch.shape([(120, 230), (134, 230), (130, 262), (124, 262)], (160, 84, 40, 170))
    return sketch


def queue(after: bool) -> Sketch:
    """A long queue at one window; a short one at two."""
    sketch = Sketch("#f3e3c8")
    sketch.box(0, 236, 400, 64, "#cdb592")
    open_windows = 2 if after else 1
    for number in range(2):
        x = 14 + number * 70
        lit = number < open_windows
        sketch.box(x, 60, 62, 100, "#fff3c9" if lit else "#9a9fa6", round_by=4)
        sketch.box(x - 4, 46, 70, 20, "#cf5b4a" if lit else "#7f858c", round_by=4)
        sketch.box(x - 4, 156, 70, 12, "#a9794a", round_by=3)
        if lit:
            sketch.disc(x + 31, 112, 15, "#f2c9a1")
            sketch.box(x + 16, 90, 30, 12, "#ffffff", round_by=6)
            sketch.box(x + 12, 128, 38, 28, "#ffffff", round_by=10)
    colors = ("#4f86c6", "#d96c6c", "#5aa469", "#b07cc6", "#d99a3d", "#3f9e9e", "#7a6fd0", "#c25b8a")
    places = (56, 128) if after else tuple(70 + 43 * number for number in range(8))
    for number, x in enumerate(places):
        y = 178 if number % 2 else 184
        sketch.disc(x, 282, 20, (80, 60, 40, 60), flat=0.25)
        sketch.box(x - 17, y + 18, 34, 62, colors[number % len(colors)], round_by=14)
        sketch.box(x - 12, y + 72, 9, 30, "#47505a", round_by=3)
        sketch.box(x + 3, y + 72, 9, 30, "#47505a", round_by=3)
        sketch.disc(x, y, 15, "#f2c9a1")
        sketch.bow(x, y - 2, 12, "#3b2f2a", start=180, end=360, width=8)
    return sketch
