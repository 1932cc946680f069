"""Positions of the world and of Chinese maps."""

from math import cos, hypot, radians

import pytest

from domain.coordinates import to_chinese_map, to_world


def metres(first: tuple[float, float], second: tuple[float, float]) -> float:
    north = (first[0] - second[0]) * 111_320
    return hypot(north, (first[1] - second[1]) * 111_320 * cos(radians(first[0])))


def test_chinese_map_lies_some_hundred_metres_beside_the_world() -> None:
    """Tian'anmen, whose two positions are widely published."""
    world, shown = (39.907375, 116.391349), (39.908777, 116.397593)

    assert metres(to_chinese_map(*world), shown) < 3
    assert 500 < metres(world, shown) < 600


@pytest.mark.parametrize("place", [(30.263842, 120.118731), (18.25, 109.5), (45.75, 126.65), (39.47, 75.99)])
def test_way_there_and_back_ends_where_it_began(place: tuple[float, float]) -> None:
    assert metres(to_world(*to_chinese_map(*place)), place) < 0.001


def test_places_elsewhere_are_not_moved() -> None:
    assert to_chinese_map(48.2, 16.37) == (48.2, 16.37)
    assert to_world(-33.9, 151.2) == (-33.9, 151.2)
