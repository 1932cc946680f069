"""Scenes within walls: lights, doors, chairs, air conditioning, walls and windows."""

from demo.drawings.sketch import Sketch

_WOOD, _WOOD_DARK = "#d6a469", "#a9794a"
_STEEL_DARK = "#7f8c96"


def corridor(after: bool) -> Sketch:
    """A corridor in the dark, with one lamp left; all lamps on."""
    wall, floor = ("#3a4152", "#2b303d") if not after else ("#f2e8d4", "#c9b48f")
    sketch = Sketch(wall)
    side = "#333949" if not after else "#e6d8bd"
    sketch.shape([(0, 300), (150, 190), (250, 190), (400, 300)], floor)
    sketch.shape([(0, 0), (150, 90), (150, 190), (0, 300)], side)
    sketch.shape([(400, 0), (250, 90), (250, 190), (400, 300)], side)
    sketch.shape([(0, 0), (150, 90), (250, 90), (400, 0)], "#2f3442" if not after else "#fbf4e4")
    sketch.box(182, 112, 36, 78, "#20242e" if not after else "#9fb8c4", round_by=2)
    for near, width in ((0.85, 64), (0.5, 40), (0.22, 22)):
        y = 90 - 90 * near
        lit = after or near == 0.22
        if lit:
            sketch.disc(200, y + 9 * near + 6, width * 0.95, (255, 240, 180, 110), flat=0.45)
        color = "#fff6cf" if lit else "#545b6d"
        sketch.box(200 - width / 2, y + 4, width, 4 + 9 * near, color, round_by=3)
    for near in (0.78, 0.34):
        for sign in (-1, 1):
            x, reach = 200 + sign * (50 + 150 * near), 26 * near + 6
            door = "#262b38" if not after else _WOOD
            top, bottom = 145 - 92 * near - 12, 190 + 108 * near - 4
            far = x + sign * reach
            corners = [(x, top), (far, top - reach * 0.5), (far, bottom + reach * 0.6), (x, bottom)]
            sketch.shape(corners, door)
    return sketch


def classroom_light(after: bool) -> Sketch:
    """A classroom with half its lamps out; bright."""
    sketch = Sketch("#cfc7b4" if not after else "#f7f0df")
    sketch.box(70, 92, 260, 96, "#2f5d50" if after else "#27453d", round_by=4)
    sketch.box(70, 184, 260, 8, _WOOD_DARK, round_by=2)
    for number, length in enumerate((120, 90, 150)):
        sketch.line([(100, 118 + number * 20), (100 + length, 118 + number * 20)], "#dfe9dd", width=3)
    for x, lit in ((50, True), (160, after), (270, after)):
        sketch.line([(x + 15, 0), (x + 15, 34)], _STEEL_DARK, width=2)
        sketch.line([(x + 65, 0), (x + 65, 34)], _STEEL_DARK, width=2)
        if lit:
            sketch.shape([(x, 46), (x + 80, 46), (x + 118, 130), (x - 38, 130)], (255, 244, 190, 80))
        sketch.box(x, 34, 80, 12, "#fffbe0" if lit else "#8e8c85", round_by=5)
    if not after:
        sketch.box(170, 60, 230, 240, (30, 34, 48, 95))
        for start in ((252, 52), (296, 54)):
            x, y = start
            sketch.line([(x, y), (x + 6, y + 8), (x + 1, y + 12), (x + 8, y + 20)], "#ffd34d", width=2)
    for x in (30, 150, 270):
        sketch.box(x, 236, 100, 14, _WOOD, round_by=4)
        sketch.box(x + 8, 250, 8, 50, _STEEL_DARK)
        sketch.box(x + 84, 250, 8, 50, _STEEL_DARK)
    return sketch


def chair(after: bool) -> Sketch:
    """A chair with a broken leg; a sound one."""
    sketch = Sketch("#e9e1f0" if not after else "#e4efe6")
    sketch.box(0, 226, 400, 74, "#cbbfa6")
    sketch.disc(205, 262, 100, (90, 80, 60, 60), flat=0.16)
    wood, dark = _WOOD, _WOOD_DARK
    if after:
        sketch.box(150, 60, 110, 16, wood, round_by=7)
        sketch.box(150, 88, 110, 16, wood, round_by=7)
        for x in (152, 246):
            sketch.box(x, 56, 12, 206, dark, round_by=4)
        sketch.box(140, 158, 130, 20, wood, round_by=8)
        for x in (146, 252):
            sketch.box(x, 176, 12, 88, dark, round_by=4)
        sketch.sparkle(300, 90, 13, "#ffffff")
        sketch.sparkle(110, 130, 10, "#ffffff")
        return sketch
    sketch.shape([(128, 80), (236, 52), (240, 68), (132, 96)], wood)
    sketch.shape([(136, 108), (244, 80), (248, 96), (140, 124)], wood)
    sketch.line([(136, 80), (178, 258)], dark, width=12)
    sketch.line([(238, 52), (270, 190)], dark, width=12)
    sketch.shape([(146, 176), (276, 142), (282, 162), (152, 196)], wood)
    sketch.line([(276, 160), (300, 254)], dark, width=12)
    sketch.line([(158, 192), (164, 222)], dark, width=12)
    sketch.line([(110, 262), (60, 246)], dark, width=12)  # the leg lies on the floor
    for x, y in ((170, 226), (158, 230), (116, 254)):
        sketch.shape([(x, y), (x + 9, y - 5), (x + 4, y + 8)], "#e9c592")
    return sketch


def lock(after: bool) -> Sketch:
    """A door handle that hangs by one screw; a new one."""
    sketch = Sketch(_WOOD)
    for x in (40, 118, 300, 366):
        sketch.line([(x, 0), (x + 6, 150), (x, 300)], "#c8965c", width=2)
    sketch.box(0, 0, 18, 300, _WOOD_DARK)
    plate, metal = ("#9aa0a6", "#7d848b") if not after else ("#dfe5ea", "#b8c2ca")
    if after:
        sketch.box(170, 70, 60, 160, plate, round_by=14)
        sketch.disc(200, 118, 14, metal)
        sketch.line([(200, 118), (288, 118)], metal, width=18)
        sketch.disc(200, 184, 13, "#545d66")
        sketch.box(196, 186, 8, 24, "#545d66", round_by=3)
        sketch.line([(200, 204), (212, 246)], "#d9b64a", width=7)
        sketch.ring(216, 262, 14, "#d9b64a", width=6)
        sketch.sparkle(262, 84, 12)
        return sketch
    sketch.box(176, 70, 48, 150, "#b5834b", round_by=12)
    for x, y in ((188, 86), (214, 206), (188, 206)):
        sketch.disc(x, y, 4, "#6b4a28")
    sketch.shape([(186, 76), (232, 92), (186, 236), (140, 220)], plate)
    sketch.line([(196, 120), (236, 196)], metal, width=17)
    sketch.disc(214, 88, 6, "#545d66")
    sketch.disc(168, 196, 12, "#3f464d")
    sketch.line([(300, 262), (318, 270)], "#545d66", width=6)
    sketch.disc(300, 262, 7, "#545d66")
    return sketch


def aircon(after: bool) -> Sketch:
    """An air conditioner that drips on a bed; one that works."""
    sketch = Sketch("#dbe6ee" if not after else "#f6ecdb")
    sketch.box(84, 42, 232, 74, "#f8fafb", round_by=12)
    sketch.box(84, 92, 232, 24, "#e2e8ec", round_by=10)
    sketch.box(104, 98, 192, 7, "#b6c1c9", round_by=3)
    sketch.disc(292, 64, 6, "#57b36a" if after else "#d9584a")
    sketch.box(40, 226, 320, 74, "#8fa9c9" if not after else "#e2a36f", round_by=12)
    sketch.box(40, 226, 100, 30, "#ffffff", round_by=10)
    if after:
        for x in (130, 200, 270):
            sketch.bow(x, 150, 20, "#f0a35e", start=270, end=90, width=5)
            sketch.bow(x, 190, 20, "#f0a35e", start=90, end=270, width=5)
        return sketch
    for x, y, size in ((150, 140, 7), (150, 184, 8), (196, 160, 6), (236, 132, 7), (236, 200, 8)):
        sketch.drop(x, y, size)
    sketch.disc(160, 244, 44, "#6f8db3", flat=0.4)
    sketch.disc(240, 250, 36, "#6f8db3", flat=0.4)
    sketch.shape([(246, 200), (326, 200), (314, 244), (258, 244)], "#e2655a")  # a basin to catch it
    sketch.disc(286, 202, 38, "#8fd0ee", flat=0.2)
    return sketch


def wall(after: bool) -> Sketch:
    """A wall with mould and peeling paint; painted."""
    sketch = Sketch("#efe6d6" if not after else "#f4efe4")
    sketch.box(0, 250, 400, 50, "#c7ad86")
    sketch.box(0, 240, 400, 12, "#ffffff")
    sketch.box(30, 196, 150, 52, "#7f9cc0", round_by=10)
    sketch.box(30, 180, 54, 30, "#ffffff", round_by=10)
    if after:
        sketch.box(258, 72, 88, 66, "#ffffff", round_by=3)
        sketch.shape([(266, 130), (292, 92), (312, 116), (322, 104), (338, 130)], "#86b38d")
        sketch.disc(326, 88, 7, "#f0b54f")
        sketch.sparkle(150, 80, 14)
        sketch.sparkle(212, 160, 10)
        return sketch
    patches = ((250, 60, 62), (310, 96, 50), (212, 40, 40), (350, 50, 44), (286, 132, 30))
    for x, y, radius in patches:
        sketch.disc(x, y, radius, (122, 128, 104, 120), flat=0.8)
    for x, y, radius in ((262, 66, 20), (318, 90, 16), (228, 44, 12), (300, 130, 9), (344, 60, 14)):
        sketch.disc(x, y, radius, (62, 70, 56, 170), flat=0.85)
    sketch.shape([(176, 84), (228, 96), (216, 140), (184, 132)], "#c9bda6")
    sketch.shape([(176, 84), (200, 120), (184, 132)], "#fbf6ec")
    sketch.shape([(120, 30), (160, 40), (150, 74), (126, 66)], "#c9bda6")
    for x, y in ((196, 226), (230, 232), (262, 226)):
        sketch.shape([(x, y), (x + 14, y + 4), (x + 6, y + 12)], "#e6dccb")
    return sketch


def window(after: bool) -> Sketch:
    """A cracked window; a whole one."""
    sketch = Sketch("#e7dfd0")
    sketch.box(70, 30, 260, 220, "#ffffff", round_by=6)
    sky = "#a9cfe6" if after else "#b9c6cf"
    for x in (84, 206):
        sketch.box(x, 44, 110, 192, sky)
    if after:
        sketch.disc(280, 84, 22, "#fbd76b")
    for x in (84, 206):
        sketch.disc(x + 40, 236, 54, "#7fae7f" if after else "#7f9384", flat=0.5)
        sketch.box(x, 236, 110, 14, "#ffffff")
    sketch.box(60, 246, 280, 16, "#f6f1e7", round_by=4)
    sketch.box(192, 136, 16, 26, "#9aa5ad", round_by=4)
    if after:
        sketch.line([(100, 120), (140, 64)], (255, 255, 255, 140), width=7)
        sketch.line([(222, 190), (262, 134)], (255, 255, 255, 140), width=7)
        return sketch
    center = (262, 128)
    rays = ((210, 60), (268, 44), (314, 84), (312, 176), (276, 234), (224, 200), (207, 132))
    for ray in rays:
        middle = ((center[0] + ray[0]) / 2 + 5, (center[1] + ray[1]) / 2 - 4)
        sketch.line([center, middle, ray], "#f7fbfd", width=2.5)
    sketch.shape([(262, 128), (286, 104), (296, 140), (274, 150)], "#5f6f7a")
    sketch.line([(236, 96), (262, 86), (290, 106)], "#f7fbfd", width=2)
    sketch.line([(234, 166), (260, 176), (292, 158)], "#f7fbfd", width=2)
    return sketch
