"""Files as people send them, good and bad, made afresh."""

import struct
import zlib
from io import BytesIO

from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()


def jpeg(side: int = 60, *, height: int = 0, noise: bool = False, **options: object) -> bytes:
    """Make a JPEG; noise does not compress, so that it is as large as a phone's."""
    size = (side, height or side)
    picture = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, "teal")
    return _saved(picture, "JPEG", **{"quality": 92, **options})


def heic(side: int = 64) -> bytes:
    """Make what an iPhone takes: a HEIC that says how it was held and by whom."""
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    return _saved(Image.new("RGB", (side, side // 2), "orange"), "HEIF", exif=exif)


def png(width: int, height: int, *, frames: int = 1) -> bytes:
    """Make a PNG, which moves if it has more than one frame."""
    pictures = [Image.new("RGB", (width, height), colour) for colour in ("red", "blue", "green")[:frames]]
    return _saved(pictures[0], "PNG", save_all=True, append_images=pictures[1:])


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Make a PNG of some bytes that unfolds to gigabytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    output = BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()
