"""Small pictures of kept photos."""

from io import BytesIO

import pytest
from PIL import Image

from domain.photos import clean_photo
from domain.thumbnails import thumbnail


def kept_photo(width: int, height: int) -> bytes:
    data = BytesIO()
    Image.effect_noise((width, height), 60).save(data, "JPEG")
    return clean_photo(data.getvalue()).data


@pytest.mark.parametrize(
    ("size", "small"), [((1600, 1200), (640, 480)), ((500, 2500), (480, 2400)), ((481, 900), (480, 898))]
)
def test_shorter_side_becomes_480(size: tuple[int, int], small: tuple[int, int]) -> None:
    photo = kept_photo(*size)
    made = thumbnail(photo)
    with Image.open(BytesIO(made)) as picture:
        assert (picture.format, picture.size) == ("JPEG", small)
    assert len(made) < len(photo)


def test_small_photo_stays_as_it_is() -> None:
    photo = kept_photo(300, 480)
    assert thumbnail(photo) == photo
