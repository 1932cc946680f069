"""Reading what a program asks for. An argument that is empty counts as one that was not sent."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from flask import request

from domain.acts import cleaned
from domain.connected_reports import Report
from domain.connected_requests import MOST, Wanted
from domain.errors import Invalid, NotFound
from domain.webhooks import CLOSED, OPEN
from domain.working_time import LOCAL
from web.parts import parts

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
NUMBER = re.compile(r"\d{4}-\d{4}-\d{4,8}", re.ASCII)
_MOST_NUMBERS, _MOST_CODES, _DEEPEST_PAGE = 100, 100, 10_000


def jurisdiction() -> str:
    """Name the one jurisdiction there is: the host of our address."""
    return urlsplit(parts().settings.base_url).hostname or ""


def check_jurisdiction() -> None:
    """Refuse a request that is meant for somebody else.

    Raises:
        NotFound: another jurisdiction was named.
    """
    named = argument("jurisdiction_id")
    if named and named.removeprefix("www.").lower() != jurisdiction().removeprefix("www."):
        raise NotFound(f"没有这个 jurisdiction_id。这里只有一个，可以不写，或写 {jurisdiction()}。")


def argument(name: str) -> str:
    """Give an argument of the address or the form."""
    return cleaned(request.values.get(name, ""))


def read_wanted() -> Wanted:
    """Read which requests are wanted.

    Raises:
        Invalid: an argument makes no sense.
    """
    numbers = _several("service_request_id", most=_MOST_NUMBERS)
    statuses = _several("status", most=2)
    if not set(statuses) <= {OPEN, CLOSED}:
        raise Invalid("只能是 open、closed，或两个用逗号隔开。", "status")
    return Wanted(
        # What does not even look like a number finds nothing.
        numbers=[number for number in numbers if NUMBER.fullmatch(number)] or (["-"] if numbers else ()),
        codes=_several("service_code", most=_MOST_CODES),
        statuses=statuses,
        filed_from=_moment("start_date"),
        filed_to=_moment("end_date"),
        page=_number("page", 1, most=_DEEPEST_PAGE),
        per_page=_number("page_size", MOST, most=MOST),
    )


def read_report() -> Report:
    """Read a service request from a form.

    Raises:
        Invalid: it is no form.
    """
    if request.mimetype not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise Invalid("请用 Content-Type: application/x-www-form-urlencoded 提交。", "Content-Type")
    return Report(
        service_code=argument("service_code"),
        description=argument("description"),
        address=argument("address_string"),
        place_code=argument("address_id") or argument("attribute[service_point]"),
        latitude=argument("lat"),
        longitude=argument("long"),
        kind=argument("attribute[kind]"),
        first_name=argument("first_name"),
        last_name=argument("last_name"),
        phone=argument("phone"),
        media_url=argument("media_url"),
    )


def read_key() -> str:
    """Give the key that makes this request one with its repeats; empty when none was sent.

    Raises:
        Invalid: it has another form.
    """
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.fullmatch(key):
        raise Invalid("应为 16–64 位字母、数字、_ 或 -。", "Idempotency-Key")
    return key


def _several(name: str, *, most: int) -> list[str]:
    """Give the values of an argument that may come several times, and several at once."""
    written = [one.strip() for text in request.values.getlist(name) for one in cleaned(text).split(",")]
    values = list(dict.fromkeys(one for one in written if one))
    if len(values) > most:
        raise Invalid(f"一次最多 {most} 个。", name)
    return values


def _moment(name: str) -> datetime | None:
    text = argument(name)
    if not text:
        return None
    try:
        # A plus sign that was not escaped arrives as a blank.
        found = datetime.fromisoformat(text.replace(" ", "+"))
        found = found if found.tzinfo is not None else found.replace(tzinfo=LOCAL)
        usable = 2000 <= found.year < 2100
    except ValueError:
        usable = False
    if not usable:
        raise Invalid("应为 W3C 时间格式，如 2026-11-01T00:00:00+08:00。", name)
    return found


def _number(name: str, default: int, *, most: int) -> int:
    text = argument(name)
    if not text:
        return default
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise Invalid(f"应为 1 到 {most} 的整数。", name)
    return int(text)
