"""The drawings that serve as photos."""

from io import BytesIO

import pytest
from PIL import Image

from demo.drawings import SCENES, draw


@pytest.mark.parametrize("scene", SCENES)
def test_scene_differs_before_and_after_and_from_either_side(scene: str) -> None:
    pictures = {draw(scene, after=after, turn=turn) for after in (False, True) for turn in (0, 1)}
    assert len(pictures) == 4
    for picture in pictures:
        with Image.open(BytesIO(picture)) as image:
            assert (image.format, image.size) == ("JPEG", (800, 600))
        assert len(picture) < 80_000


def test_a_scene_is_drawn_the_same_each_time() -> None:
    assert draw("tap", after=False, turn=0) == draw("tap", after=False, turn=0)


def test_a_scene_that_nobody_drew_is_refused() -> None:
    with pytest.raises(KeyError):
        draw("dragon", after=False, turn=0)
