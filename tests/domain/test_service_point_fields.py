"""Where a place lies, as people copy it from a map."""

import pytest

from domain.errors import Invalid
from domain.service_point_fields import PlaceFields, position_text, read_position
from models.enums import ServicePointKind


@pytest.mark.parametrize(
    "text",
    [
        "30.2636,120.1213",
        " 30.2636, 120.1213 ",
        "30.26360001，120.1213",
        "120.1213,30.2636",
        "30.2636 120.1213",
    ],
)
def test_position_is_read_in_either_order(text: str) -> None:
    assert read_position(text) == (30.2636, 120.1213)


def test_position_is_written_as_it_is_read() -> None:
    place = PlaceFields(name="图书馆", kind=ServicePointKind.BUILDING)
    assert (position_text(place), read_position("  ")) == ("", (None, None))
    there = PlaceFields(name="图书馆", kind=ServicePointKind.BUILDING, latitude=30.2636, longitude=120.1213)
    assert position_text(there) == "30.263600,120.121300"
    assert read_position(position_text(there)) == (there.latitude, there.longitude)


@pytest.mark.parametrize("text", ["30.26", "东门", "30.26,500", "0,0", "51.5,-0.12", "30.26,120.12,5"])
def test_what_is_no_position_here_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="坐标写成「纬度,经度」") as refusal:
        read_position(text)
    assert refusal.value.field == "position"
