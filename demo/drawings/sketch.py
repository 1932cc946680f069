"""A sheet to draw flat pictures on, in coordinates of 400 × 300 that are then made large and smooth."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

WIDTH, HEIGHT = 400, 300
_FINE = 4  # drawn four times as large and shrunk to half of it, which smooths the edges
_SHRINK = 2
_QUALITY = 86

Color = str | tuple[int, int, int, int]
Point = tuple[float, float]


class Sketch:
    """One picture in the making."""

    def __init__(self, background: str) -> None:
        self._image = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE), background)
        # The second mode lets colours with an alpha value shine through.
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def box(
        self, x: float, y: float, width: float, height: float, color: Color, *, round_by: float = 0
    ) -> None:
        """Fill a rectangle from its upper left corner."""
        corners = [x * _FINE, y * _FINE, (x + width) * _FINE, (y + height) * _FINE]
        self._draw.rounded_rectangle(corners, round_by * _FINE, fill=color)

    def disc(self, x: float, y: float, radius: float, color: Color, *, flat: float = 1) -> None:
        """Fill a circle around a point; `flat` below 1 makes it lower than wide."""
        down = radius * flat
        corners = [(x - radius) * _FINE, (y - down) * _FINE, (x + radius) * _FINE, (y + down) * _FINE]
        self._draw.ellipse(corners, fill=color)

    def ring(self, x: float, y: float, radius: float, color: Color, *, width: float) -> None:
        """Draw a circle's line."""
        corners = [(x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE]
        self._draw.ellipse(corners, outline=color, width=round(width * _FINE))

    def bow(
        self, x: float, y: float, radius: float, color: Color, *, start: float, end: float, width: float
    ) -> None:
        """Draw a part of a circle's line, clockwise between two angles in degrees; 0 is to the right."""
        corners = [(x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE]
        self._draw.arc(corners, start, end, fill=color, width=round(width * _FINE))

    def shape(self, points: Sequence[Point], color: Color) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=color)

    def line(self, points: Sequence[Point], color: Color, *, width: float = 3) -> None:
        """Draw a line with round ends."""
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, fill=color, width=round(width * _FINE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, color)

    def drop(self, x: float, y: float, size: float, color: Color = "#5bb4e5") -> None:
        """Draw a drop of water with its tip at the top."""
        self.shape([(x, y - size * 1.5), (x - size * 0.75, y), (x + size * 0.75, y)], color)
        self.disc(x, y, size * 0.78, color)

    def sparkle(self, x: float, y: float, size: float, color: Color = "#ffffff") -> None:
        """Draw a four-pointed star, for what is clean and new."""
        thin = size * 0.22
        right = [(x, y - size), (x + thin, y - thin), (x + size, y), (x + thin, y + thin)]
        left = [(x, y + size), (x - thin, y + thin), (x - size, y), (x - thin, y - thin)]
        self.shape([*right, *left], color)

    def jpeg(self, *, mirrored: bool) -> bytes:
        """Give the picture as a photo, 800 × 600."""
        picture = self._image.reduce(_SHRINK)
        if mirrored:
            picture = ImageOps.mirror(picture)
        output = BytesIO()
        picture.save(output, "JPEG", quality=_QUALITY)
        return output.getvalue()
