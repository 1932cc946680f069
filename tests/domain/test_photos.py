"""Photos: what is let in, and that nothing is kept but the picture."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain import photos
from domain.errors import Invalid
from domain.photos import clean_photo


def picture(
    format_name: str = "JPEG", *, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object
) -> bytes:
    output = BytesIO()
    Image.new(mode, size, "red" if mode in {"RGB", "RGBA"} else 0).save(output, format_name, **options)
    return output.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("PNG", "LA"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("BMP", "RGB"),
    ],
)
def test_every_common_format_becomes_a_plain_jpeg(format_name: str, mode: str) -> None:
    photo = clean_photo(picture(format_name, mode=mode))
    image = opened(photo.data)
    assert (photo.content_type, image.format, image.mode) == ("image/jpeg", "JPEG", "RGB")
    assert (photo.width, photo.height) == image.size == (60, 40)


def test_place_camera_comment_and_colour_profile_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 3.0)
    data = picture(exif=exif, comment=b"secret words", icc_profile=b"secret profile" * 10)
    assert b"ecret" in data
    photo = clean_photo(data)
    assert b"ecret" not in photo.data
    assert dict(opened(photo.data).getexif()) == {}
    assert set(opened(photo.data).info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }


def test_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = clean_photo(picture(exif=exif))
    assert (photo.width, photo.height) == (40, 60)


def test_large_photo_is_made_smaller_and_a_small_one_is_not_made_larger() -> None:
    photo = clean_photo(picture(size=(5120, 2560)))
    assert (photo.width, photo.height) == (2560, 1280)
    assert clean_photo(picture(size=(1, 1))).width == 1


def test_what_is_transparent_becomes_white() -> None:
    output = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(output, "PNG")
    assert opened(clean_photo(output.getvalue()).data).getpixel((10, 10)) == (255, 255, 255)


def test_first_picture_of_an_animation_is_kept() -> None:
    output = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(output, "GIF", save_all=True, append_images=frames[1:])
    red, _, blue = opened(clean_photo(output.getvalue()).data).getpixel((10, 10))  # type: ignore[misc]
    assert red > 200 > blue


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that says it is that large."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8001, 8000), (12_000, 8_000), (60_000, 60_000)])
def test_picture_that_unfolds_to_gigabytes_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(Invalid, match="照片的尺寸太大，请缩小后再上传。"):
        clean_photo(bomb(*size))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "照片是空的，请重新选择。"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。",
        ),
        (b"%PDF-1.7 ...", "这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。"),
        (b"MZ" + b"\0" * 100, "这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。"),
        (picture(size=(500, 500))[:-200], "照片不完整或已损坏，请重新选择。"),
        (bomb(2000, 2000), "照片不完整或已损坏，请重新选择。"),
        (b"\xff\xd8\xff" + b"x" * (photos.MAX_BYTES - 2), "照片不能超过 12 MB。"),
    ],
    ids=["empty", "svg", "pdf", "program", "cut short", "too little in it", "too large"],
)
def test_what_is_no_whole_photo_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_photo(data)
    assert refused.value.message == words


@given(junk=st.binary(max_size=200), at=st.integers(0, 600))
def test_damaged_photo_is_refused_or_read_but_never_breaks(junk: bytes, at: int) -> None:
    whole = picture()
    damaged = whole[:at] + junk + whole[at + len(junk) :]
    with suppress(Invalid):
        assert clean_photo(damaged).content_type == "image/jpeg"
