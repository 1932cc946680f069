"""Photos people send: checked by what they hold, made smaller, freed of where and how they were taken."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
LONGEST_SIDE = 2560
QUALITY = 85
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
# A tiny file may unfold to gigabytes. Ordinary JPEG is read at a fraction of its size, so that even the
# 108 million points of a new phone cost little; all else has to be unfolded whole before it can shrink.
MAX_PIXELS = 40_000_000
MAX_PIXELS_OF = {"JPEG": 120_000_000, "HEIF": 50_000_000}
MAX_PIXELS_PROGRESSIVE = 50_000_000
# Every scan goes over the whole picture once more; cameras and programs write a dozen at most.
MAX_SCANS = 100
_SCAN = b"\xff\xda"
_BOXED = b"ftyp"
_HEIC = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")
# What one photo costs in memory times this is what all photos together cost one process.
_AT_ONCE = BoundedSemaphore(2)

Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS_OF.values())


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
        with _AT_ONCE, Image.open(BytesIO(data), formats=_formats_of(data)) as source:
            return _made_anew(source, scans=data.count(_SCAN))
    except UnidentifiedImageError:
        raise _damaged() if data[4:12].startswith(_HEIC) else _no_photo() from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, RuntimeError):
        # What the readers raise for damaged files differs from format to format.
        raise _damaged() from None


def _formats_of(data: bytes) -> tuple[str, ...]:
    """Name what it may be; the reader of HEIC, which is large, comes with the first file that may be one."""
    if data[4:8] != _BOXED:
        return _FORMATS
    _load_heic_reader()
    return (*_FORMATS, "HEIF")


@cache
def _load_heic_reader() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def _made_anew(source: Image.Image, *, scans: int) -> CleanPhoto:
    if source.width * source.height > _most_pixels(source):
        raise _too_many_pixels()
    if source.format == "JPEG" and scans > MAX_SCANS:
        raise _damaged()
    # For JPEG this reads a smaller picture to begin with; one side asked for in vain would read a larger one.
    scale = LONGEST_SIDE / max(source.size)
    source.draft("RGB", (max(1, int(source.width * scale)), max(1, int(source.height * scale))))
    mode = "RGBA" if source.has_transparency_data else "RGB"
    picture = source if source.mode == mode else source.convert(mode)
    # Made small before anything else: each step from here on takes a copy.
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture = _on_white(ImageOps.exif_transpose(picture))
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    output = BytesIO()
    clean.save(output, "JPEG", quality=QUALITY, progressive=True)
    return CleanPhoto(output.getvalue(), "image/jpeg", clean.width, clean.height)


def _most_pixels(source: Image.Image) -> int:
    if source.info.get("progressive"):
        return MAX_PIXELS_PROGRESSIVE
    return MAX_PIXELS_OF.get(source.format or "", MAX_PIXELS)


def _on_white(picture: Image.Image) -> Image.Image:
    """Put what is transparent on white, as JPEG knows no transparency."""
    if picture.mode == "RGB":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _no_photo() -> Invalid:
    return Invalid("这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。")


def _damaged() -> Invalid:
    return Invalid("照片不完整或已损坏，请重新选择。")


def _too_many_pixels() -> Invalid:
    return Invalid("照片的尺寸太大，请缩小后再上传。")
