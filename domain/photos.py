"""Photos people send: checked by what they hold, made smaller, freed of where and how they were taken."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
# A tiny file may unfold to gigabytes; so many points no phone takes by itself.
MAX_PIXELS = 64_000_000
LONGEST_SIDE = 2560
QUALITY = 85
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")


@dataclass(frozen=True)
class CleanPhoto:
    """A JPEG without metadata, upright; width and height in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def clean_photo(data: bytes) -> CleanPhoto:
    """Check a photo and make it anew, so that nothing hidden in it is kept.

    Raises:
        Invalid: it is too large, not a photo, or cannot be read; the sentence is for the person who sent it.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(f"照片不能超过 {MAX_BYTES // 1024 // 1024} MB。")
    if not data:
        raise Invalid("照片是空的，请重新选择。")
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as source:
            return _made_anew(source)
    except UnidentifiedImageError:
        raise Invalid("这不是照片，或者格式不支持。请使用 JPG 或 PNG 照片。") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        # What Pillow's readers raise for damaged files differs from format to format.
        raise Invalid("照片不完整或已损坏，请重新选择。") from None


def _made_anew(source: Image.Image) -> CleanPhoto:
    if source.width * source.height > MAX_PIXELS:
        raise _too_many_pixels()
    # For JPEG this reads a smaller picture to begin with.
    source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture = _on_white(ImageOps.exif_transpose(source))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    output = BytesIO()
    clean.save(output, "JPEG", quality=QUALITY, progressive=True)
    return CleanPhoto(output.getvalue(), "image/jpeg", clean.width, clean.height)


def _on_white(picture: Image.Image) -> Image.Image:
    """Put what is transparent on white, as JPEG knows no transparency."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture.convert("RGBA")
    white = Image.new("RGBA", layers.size, "white")
    return Image.alpha_composite(white, layers).convert("RGB")


def _too_many_pixels() -> Invalid:
    return Invalid("照片的尺寸太大，请缩小后再上传。")
