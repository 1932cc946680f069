"""The mark of the office (标志) in the middle of printed codes: what the office uploaded, or our own."""

import base64
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw, UnidentifiedImageError
from sqlalchemy.orm import Session

from domain import audit
from domain.errors import Invalid
from models.office_setting import OfficeSetting
from models.staff import Staff

MAX_BYTES = 2 * 1024 * 1024
_NAME = "print_mark"
_SIDE = 480
_MOST_PIXELS = 40_000_000
_GREEN = (11, 110, 79, 255)


def mark(session: Session) -> Image.Image:
    """Give the mark, square, at most 480 pixels wide."""
    setting = session.get(OfficeSetting, _NAME)
    if setting is None or not setting.value:
        return own_mark()
    return Image.open(BytesIO(base64.b64decode(setting.value))).convert("RGBA")


def is_uploaded(session: Session) -> bool:
    """Tell whether the office has put in a mark of its own."""
    setting = session.get(OfficeSetting, _NAME)
    return setting is not None and bool(setting.value)


def clean_mark(data: bytes) -> bytes:
    """Make an uploaded picture anew as a small square PNG; slow, so do it before the database is written to.

    Raises:
        Invalid: it is too large, or no picture.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("标志图片不能超过 2 MB。", "mark")
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF")) as source:
            if source.width * source.height > _MOST_PIXELS:
                raise Invalid("标志图片的像素太多，请缩小到 2000 × 2000 以内。", "mark")
            picture = source.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid("这不是能打开的图片，请换一张 PNG 或 JPG。", "mark") from None
    picture.thumbnail((_SIDE, _SIDE))
    square = Image.new("RGBA", (max(picture.size), max(picture.size)), (255, 255, 255, 0))
    square.paste(picture, ((square.width - picture.width) // 2, (square.height - picture.height) // 2))
    return png_of(square)


def png_of(picture: Image.Image) -> bytes:
    """Give a picture as PNG."""
    output = BytesIO()
    picture.save(output, "PNG", optimize=True)
    return output.getvalue()


def keep_mark(session: Session, png: bytes | None, *, staff: Staff, now: datetime) -> None:
    """Keep a cleaned mark; None goes back to our own."""
    value = base64.b64encode(png).decode() if png else ""
    setting = session.get(OfficeSetting, _NAME)
    if setting is None:
        setting = OfficeSetting(name=_NAME)
        session.add(setting)
    setting.value, setting.changed_at, setting.changed_by_id = value, now, staff.id
    audit.record(
        session,
        staff,
        action="print_mark.change",
        subject_kind="setting",
        subject=_NAME,
        words="更换打印二维码用的标志" if png else "打印二维码恢复用系统自带的标志",
        now=now,
    )
    session.flush()


def own_mark() -> Image.Image:
    """Draw our own mark: a tick in a green square with round corners."""
    large = Image.new("RGBA", (_SIDE * 2, _SIDE * 2), (255, 255, 255, 0))
    draw = ImageDraw.Draw(large)
    unit = large.width / 32
    draw.rounded_rectangle((0, 0, large.width - 1, large.height - 1), radius=7 * unit, fill=_GREEN)
    points = [(8, 16.5), (13.2, 21.7), (24, 11)]
    draw.line([(x * unit, y * unit) for x, y in points], fill="white", width=round(3.4 * unit), joint="curve")
    for x, y in points:
        half = 1.7 * unit
        draw.ellipse((x * unit - half, y * unit - half, x * unit + half, y * unit + half), fill="white")
    return large.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
