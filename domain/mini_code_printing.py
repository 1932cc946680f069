"""Making a zip of mini-program codes (小程序码), which the platform has drawn, one picture for each place."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.code_printing import file_name
from models.service_point import ServicePoint

_LISTED = 10


@dataclass(frozen=True)
class MiniPicture:
    """A place with the key of its picture in the file store; empty while it is still to be drawn."""

    name: str
    number: str
    key: str


@dataclass(frozen=True)
class MiniCodeReport:
    """What to tell about the file.

    Attributes:
        missing: names of the places whose code is still to be drawn.
    """

    made: int
    missing: Sequence[str]

    def lines(self) -> list[str]:
        """Say it in words."""
        told = [f"共 {self.made} 个小程序码。"]
        if self.missing:
            names = "、".join(self.missing[:_LISTED])
            others = f"等 {len(self.missing)} 处" if len(self.missing) > _LISTED else ""
            told.append(f"还有 {len(self.missing)} 个没有生成，请过几分钟再试：{names}{others}。")
        return told


def pictures_of(places: Sequence[ServicePoint], keys: dict[int, str]) -> list[MiniPicture]:
    """Give what goes into the zip; places no longer in use are left out.

    Args:
        keys: of the pictures, by the ids of their places.
    """
    return [
        MiniPicture(place.full_name, place.label_number or place.code, keys.get(place.id, ""))
        for place in places
        if place.active
    ]


def make_mini_zip(
    path: Path,
    pictures: Sequence[MiniPicture],
    *,
    read: Callable[[str], bytes],
    progress: Callable[[int, int], None],
) -> MiniCodeReport:
    """Write the zip, named as the pictures of QR codes are.

    Args:
        read: gives a picture of the file store.
    """
    missing = [one.name for one in pictures if not one.key]
    drawn = [one for one in pictures if one.key]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, one in enumerate(drawn):
            progress(number, len(drawn))
            words = f"{file_name(one.name)} {file_name(one.number)}"
            archive.writestr(f"{number + 1:04} {words}.{one.key.rpartition('.')[2]}", read(one.key))
    return MiniCodeReport(len(drawn), missing)
