"""Scenes outdoors: rubbish bins, pavements, bicycles."""

from demo.drawings.sketch import Sketch


def _outdoors(after: bool) -> Sketch:
    sketch = Sketch("#bfe0f0" if after else "#c7d0d6")
    for x, y, radius in ((70, 60, 24), (96, 54, 30), (126, 62, 22), (300, 44, 20), (324, 48, 26)):
        sketch.disc(x, y, radius, "#ffffff" if after else "#dde3e6")
    sketch.box(0, 176, 400, 124, "#8fbf7f" if after else "#93a882")
    return sketch


def bins(after: bool) -> Sketch:
    """Bins that overflow; empty and clean ones."""
    sketch = _outdoors(after)
    sketch.box(0, 216, 400, 84, "#c9c5bb")
    for x, color, dark in (
        (70, "#4f9b66", "#3f7d52"),
        (164, "#4f86c6", "#3f6ca0"),
        (258, "#8b8f95", "#6d7177"),
    ):
        sketch.shape([(x, 136), (x + 72, 136), (x + 64, 250), (x + 8, 250)], color)
        for offset in (18, 36, 54):
            sketch.line([(x + offset, 150), (x + offset * 0.8 + 7, 240)], dark, width=3)
        if after:
            sketch.box(x - 4, 122, 80, 16, dark, round_by=6)
            sketch.ring(x + 36, 196, 14, "#ffffff", width=4)
        else:
            for dx, dy, radius in ((14, 130, 20), (40, 118, 24), (60, 132, 18)):
                sketch.disc(x + dx, dy, radius, "#3c4048")
            sketch.shape([(x + 4, 120), (x + 68, 84), (x + 74, 96), (x + 12, 130)], dark)
        for dx in (16, 56):
            sketch.disc(x + dx, 254, 8, "#3c4048")
    if after:
        sketch.sparkle(48, 120, 12)
        sketch.sparkle(352, 110, 14)
        return sketch
    for x, y, radius, color in (
        (52, 258, 26, "#3c4048"),
        (340, 262, 30, "#e8e4da"),
        (150, 268, 22, "#e8e4da"),
    ):
        sketch.disc(x, y, radius, color, flat=0.8)
        sketch.shape([(x - 6, y - radius * 0.9), (x + 6, y - radius * 0.9), (x, y - radius * 0.6)], color)
    sketch.box(200, 262, 44, 26, "#c9955b", round_by=2)
    sketch.box(282, 272, 12, 20, "#d9584a", round_by=4)
    sketch.disc(240, 292, 46, (120, 96, 40, 110), flat=0.16)
    for x, y in ((120, 78), (236, 70), (320, 90)):  # flies
        sketch.disc(x, y, 3, "#2b2b2b")
        sketch.line([(x - 6, y - 5), (x, y), (x + 6, y - 5)], (60, 60, 60, 150), width=1.5)
    return sketch


def pavement(after: bool) -> Sketch:
    """A hole in the road; mended."""
    sketch = _outdoors(after)
    sketch.shape([(110, 150), (290, 150), (400, 300), (0, 300)], "#7f858c" if not after else "#6d747b")
    for near in (0.05, 0.32, 0.72):
        y, width = 156 + near * 120, 4 + near * 9
        sketch.box(200 - width / 2, y, width, 12 + near * 26, "#f1ead2", round_by=1)
    for x in (28, 362):
        sketch.box(x, 96, 8, 70, "#8a6a48")
        sketch.disc(x + 4, 86, 34, "#6fae6a" if after else "#7d9a70")
    if after:
        sketch.disc(236, 232, 70, "#5a6168", flat=0.34)
        sketch.sparkle(270, 210, 10)
        return sketch
    sketch.disc(240, 232, 76, "#63696f", flat=0.42)
    sketch.disc(242, 234, 62, "#3f4449", flat=0.38)
    sketch.disc(250, 242, 40, "#6f93a8", flat=0.3)
    for x, y in ((160, 214), (176, 256), (318, 214), (306, 262)):
        sketch.line([(x, y), (x + (240 - x) * 0.3, y + (232 - y) * 0.5)], "#4b5157", width=3)
        sketch.disc(x, y, 6, "#9aa0a6", flat=0.6)
    sketch.shape([(96, 190), (116, 190), (130, 244), (82, 244)], "#e8743b")
    sketch.shape([(91, 208), (121, 208), (124, 220), (88, 220)], "#ffffff")
    sketch.box(74, 242, 64, 9, "#c95f2c", round_by=3)
    return sketch


def bikes(after: bool) -> Sketch:
    """Bicycles in a heap on the blind way; in a row beside it."""
    sketch = _outdoors(after)
    sketch.box(0, 196, 400, 104, "#cfc9bd")
    sketch.box(0, 262, 400, 30, "#e6bd4f")
    for x in range(8, 400, 22):
        sketch.line([(x, 268), (x + 12, 268)], "#cfa53c", width=3)
        sketch.line([(x, 284), (x + 12, 284)], "#cfa53c", width=3)
    colors = ("#f0c23c", "#4fa3d1", "#58b57a", "#e8743b")
    if after:
        for number in range(4):
            _bicycle(sketch, 58 + number * 92, 214, colors[number])
            sketch.line([(22 + number * 92, 150), (22 + number * 92, 236)], "#8a949b", width=4)
        return sketch
    for x, y, number, lean in ((80, 236, 0, 8), (150, 214, 1, -14), (214, 246, 2, 20), (290, 222, 3, -8)):
        _bicycle(sketch, x, y, colors[number], lean=lean)
    _bicycle(sketch, 344, 254, colors[0], lean=26)
    return sketch


def _bicycle(sketch: Sketch, x: float, y: float, color: str, *, lean: float = 0) -> None:
    """Draw a bicycle around the middle of its wheels; `lean` tips one wheel up."""
    back, front = (x - 34, y + lean * 0.5), (x + 34, y - lean * 0.5)
    for wheel in (back, front):
        sketch.ring(*wheel, 25, "#3b424a", width=5)
        sketch.disc(*wheel, 4, "#3b424a")
    seat, handle = (x - 12 - lean * 0.6, y - 44), (x + 24 - lean * 0.6, y - 48)
    crank = (x, y)
    sketch.line([back, crank, handle, seat, crank], color, width=6)
    sketch.line([seat, back], color, width=6)
    sketch.line([handle, front], color, width=6)
    sketch.line([(seat[0] - 9, seat[1] - 6), (seat[0] + 9, seat[1] - 6)], "#3b424a", width=7)
    sketch.line([(handle[0] - 6, handle[1] - 12), (handle[0] + 12, handle[1] - 12)], "#3b424a", width=5)
    sketch.line([handle, (handle[0], handle[1] - 12)], "#3b424a", width=4)
