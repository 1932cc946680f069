"""What a service point says of itself: the rules for each field, the same for the form and for a workbook."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256

from domain.errors import Invalid
from models.enums import ServicePointKind
from models.service_point import ServicePoint

LONGEST = {"name": 60, "label_number": 40, "in_charge": 60, "standard": 1000, "pledge": 1000}
# Campus, building, floor, room and what stands in it are five; more are a mistake in the workbook.
DEEPEST = 10
LONGEST_FULL_NAME = 200
# Field by field, what people call it.
LABELS: Mapping[str, str] = {
    "label_number": "编号",
    "name": "名称",
    "kind": "类型",
    "team_id": "责任单位",
    "category_id": "类别",
    "in_charge": "负责人",
    "party_member": "中共党员",
    "standard": "服务标准",
    "pledge": "服务承诺",
    "latitude": "纬度",
    "longitude": "经度",
}
# What a team's lead may change; the rest decides who answers for a place.
OF_THE_TEAM = frozenset({"in_charge", "party_member", "standard", "pledge"})
_MANY_LINES = frozenset({"standard", "pledge"})
_SLASH = re.compile("[/／\\\\＼]")
_POSITION = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(\d{1,3}(?:\.\d+)?)", re.ASCII)
_NO_POSITION = "坐标写成「纬度,经度」，如 30.263600,120.121300；在高德、腾讯地图的坐标拾取里可以复制。"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceFields:
    """All that is written about a place, beside where it stands and its photo."""

    name: str
    kind: ServicePointKind
    label_number: str | None = None
    team_id: int | None = None
    category_id: int | None = None
    in_charge: str = ""
    party_member: bool = False
    standard: str = ""
    pledge: str = ""
    latitude: float | None = None
    longitude: float | None = None


FIELD_NAMES = tuple(field.name for field in fields(PlaceFields))


def fields_of(place: ServicePoint) -> PlaceFields:
    """Give what is written about a place."""
    return PlaceFields(**{name: getattr(place, name) for name in FIELD_NAMES})


def revision_of(place: ServicePoint) -> str:
    """Give a mark that changes whenever anything written about the place does."""
    said = [getattr(place, name) for name in (*FIELD_NAMES, "parent_id", "photo_file_key", "active", "code")]
    return sha256(repr(said).encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def cleaned_text(field: str, text: str) -> str:
    """Take away blanks at the ends, control characters, and line ends where one line is meant."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if field in _MANY_LINES:
        return "\n".join(line.strip() for line in text.split("\n")).strip()
    # Numbers are compared by the database too, so that wide digits must not make another number.
    return " ".join(unicodedata.normalize("NFKC" if field == "label_number" else "NFC", text).split())


def name_key(text: str) -> str:
    """Bring a name to the form in which names below one place must differ: ３号 窗口 and 3号窗口 are one."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def number_key(text: str) -> str:
    """Bring an office's number to the form in which numbers must differ: a-01 and A-01 are one."""
    return name_key(text)


def text_trouble(field: str, text: str) -> str | None:
    """Tell in one sentence what is wrong with a cleaned text; None when nothing is."""
    if field == "name" and not text:
        return "名称不能为空。"
    if field == "name" and _SLASH.search(text):
        return "名称里不能有斜线，斜线用来隔开上下级。"
    if field == "label_number" and " " in text:
        return "编号里不能有空格。"
    longest = LONGEST[field]
    if len(text) > longest:
        return f"{LABELS[field]}最多 {longest} 个字，现在有 {len(text)} 个。"
    return None


def check(wanted: PlaceFields) -> None:
    """Refuse what cannot be kept.

    Raises:
        Invalid: with the name of the field at fault.
    """
    for field in LONGEST:
        trouble = text_trouble(field, getattr(wanted, field) or "")
        if trouble is not None:
            raise Invalid(trouble, field)
    if wanted.party_member and not wanted.in_charge:
        raise Invalid("标明中共党员的，要写明负责人是谁。", "in_charge")


def read_position(text: str) -> tuple[float | None, float | None]:
    """Read a position as map pages give it, latitude first: 30.2636, 120.1213. None twice for an empty text.

    Raises:
        Invalid: it is none.
    """
    if not text.strip():
        return None, None
    found = _POSITION.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Invalid(_NO_POSITION, "position")
    latitude, longitude = round(float(found[1]), 6), round(float(found[2]), 6)
    # Maps of China also write the longitude first, and no place here lies so far north.
    if latitude > longitude:
        latitude, longitude = longitude, latitude
    if not (3 <= latitude <= 54 and 73 <= longitude <= 136):
        raise Invalid(_NO_POSITION, "position")
    return latitude, longitude


def position_text(place: PlaceFields) -> str:
    """Write a position as `read_position` reads it; empty when there is none."""
    if place.latitude is None or place.longitude is None:
        return ""
    return f"{place.latitude:.6f},{place.longitude:.6f}"
