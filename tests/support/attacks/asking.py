"""Hostile values in every parameter that a page reads, in every path, and where the answers lead."""

import re
import sys
from collections.abc import Iterator, Mapping
from inspect import getsource
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.attacks import headers, looking
from tests.support.attacks.office import Attacked
from tests.support.attacks.parameters import (
    ELSEWHERE,
    HOST,
    HOSTILE,
    HOSTILE_NUMBERS,
    HOSTILE_PATHS,
    Noted,
    leads_out,
    noting,
)
from tests.support.attacks.result import Result
from tests.support.factories import PASSWORD

SLOWEST_SECONDS = 2
# A machine that was busy elsewhere is asked again.
_PATIENCE = 3
# Where the platform is asked, which is not there.
NEEDS_PLATFORM = frozenset({"/h5/wechat-config"})
# Where somebody is to be led on to.
_LEADING = ("next", "back", "then", "to", "url", "path", "return")
_LONG_VALUE = 1000
_READ = re.compile(r"""(?:args|form|values|given|arguments)(?:\.get|\.getlist)?[(\[]\s*["'](\w+)["']""")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_PART = re.compile(r"<(?:(?P<kind>[^:<>]+):)?(?P<name>\w+)>")
# Readers, who may come by any of these, are led on to what they wanted.
_NEVER = frozenset({"csrf_token"})
BASE = "http://localhost/"


def noted_by_reading(office: Attacked) -> Noted:
    """Find out which parameters pages read, by reading each as everybody who may."""
    with noting(office.app) as noted:
        for _, rule in office.rules("GET"):
            for role in [*office.openers("GET", rule), "nobody"]:
                path = office.address(role, rule)
                office.get(role, path).close()
                if path.startswith("/admin"):
                    office.get(role, path, **{"HX-Request": "true"}).close()
        office.kept.restore()
    return noted


def ask_everything(
    office: Attacked, noted: Noted, values: Mapping[str, str], *, together: bool = False
) -> Result:
    """Put hostile values into every parameter of every page.

    Args:
        values: what is put, by what it is called in reports.
        together: into all parameters of a page at once, instead of into one after the other.
    """
    result = Result("parameters")
    for _, rule in office.rules("GET"):
        names = sorted(noted.args[rule.rule] - _NEVER)
        role = (*office.openers("GET", rule), "nobody")[0]
        path, usual = office.address(role, rule), _status_of(office, role, rule)
        for called, value in values.items():
            for some in [names] if together and names else [[name] for name in names]:
                query = "&".join(f"{quote(name)}={_written(value)}" for name in some)
                joined = f"{path}{'&' if '?' in path else '?'}{query}"
                result.add(f"{role} {path} {','.join(some)}: {called}", _asked(office, role, joined, usual))
        if names and not together:
            twice = urlencode([(name, each) for name in names for each in ("1", "二")])
            result.add(f"{role} {path} all twice", _asked(office, role, f"{path}?{twice}", usual))
    office.kept.restore()
    return result


def _written(value: str) -> str:
    """Write a value into an address; what is written as bytes already stays."""
    return value if value.startswith("%ED") else quote(value, safe="")


def names_in_source() -> list[str]:
    """Give every name that the source of the web reads from a request."""
    found = {
        name for file in Path("web").rglob("*.py") for name in _READ.findall(file.read_text(encoding="utf-8"))
    }
    return sorted(found - _NEVER)


def ask_once(office: Attacked) -> Result:
    """Ask each page that reads parameters once, with another hostile value in every one there is."""
    result, names = Result("parameters, once"), names_in_source()
    values = [value for value in HOSTILE.values() if len(value) < _LONG_VALUE]
    rules = [rule for _, rule in office.rules("GET") if _reads(office, rule)]
    for turn, rule in enumerate(rules):
        role = (*office.openers("GET", rule), "nobody")[0]
        path, usual = office.address(role, rule), 503 if rule.rule in NEEDS_PLATFORM else 0
        given = {name: values[(turn + at) % len(values)] for at, name in enumerate(names)}
        given |= {name: ELSEWHERE[turn % len(ELSEWHERE)] for name in _LEADING}
        query = "&".join(f"{name}={_written(value)}" for name, value in given.items())
        asked = f"{path}{'&' if '?' in path else '?'}{query}"
        result.add(f"{role} {path} (turn {turn})", _asked(office, role, asked, usual))
    office.kept.restore()
    return result


def _reads(office: Attacked, rule: Rule) -> bool:
    """Tell whether the module of a view looks at parameters."""
    module = sys.modules[office.app.view_functions[rule.endpoint].__module__]
    return re.search(r"\b(?:args|values|parsed|arguments)\b", getsource(module)) is not None


def ask_paths(office: Attacked) -> Result:
    """Put hostile values where a name or a number stands in the path itself, of every method."""
    result = Result("paths")
    for method, rule in office.rules("GET", "POST", "PUT", "DELETE"):
        role = (*office.openers(method, rule), "nobody")[0]
        for address in _hostile_paths(office, role, rule):
            sent = {"csrf_token": office.furnished.token(role)} if method == "POST" else None
            with office.furnished.client(role).open(
                address, method=method, data=sent, headers=office.headers(role, address)
            ) as answer:
                result.add(f"{role} {method} {address[:120]}", _faults(answer, usual=0))
    office.kept.restore()
    return result


def _hostile_paths(office: Attacked, role: str, rule: Rule) -> Iterator[str]:
    real = office.address(role, rule).partition("?")[0]
    parts, pieces = list(_PART.finditer(rule.rule)), _PART.split(rule.rule)
    pattern = "".join(
        re.escape(piece) if at % 3 == 0 else "([^/]+)" for at, piece in enumerate(pieces) if at % 3 != 1
    )
    found = re.fullmatch(pattern, real)
    if found is None:
        return
    for at, part in enumerate(parts, start=1):
        kind = part["kind"] or ""
        if kind.startswith("any"):
            continue
        hostile = HOSTILE_NUMBERS if kind == "int" else HOSTILE_PATHS.values()
        for value in hostile:
            yield real[: found.start(at)] + value + real[found.end(at) :]


def lead_elsewhere_by_forms(office: Attacked) -> Result:
    """Send every form with another host wherever it may say where to go on to."""
    result = Result("led elsewhere by forms")
    for method, rule in office.rules("POST"):
        role = (*office.openers(method, rule), "nobody")[0]
        for address in ELSEWHERE:
            body = dict.fromkeys(_LEADING, address) | {"csrf_token": office.furnished.token(role)}
            if rule.rule == "/admin/sign-in":
                body |= {"username": "admin", "password": PASSWORD}
            with office.furnished.client(role).post(office.address(role, rule), data=body) as answer:
                result.add(f"{role} POST {rule.rule} {address!r}", leads_out(answer, base=BASE))
        office.kept.restore()
    return result


def lead_elsewhere(office: Attacked, noted: Noted, *, everything: bool = False) -> Result:
    """Ask every page to lead elsewhere, by each parameter and by the page one comes from.

    Args:
        everything: each way of writing another host in each parameter; else all of them over all parameters.
    """
    result = Result("led elsewhere")
    for _, rule in office.rules("GET"):
        names = sorted(noted.args[rule.rule] - _NEVER)
        for role in dict.fromkeys([*office.openers("GET", rule)[: None if everything else 1], "nobody"]):
            path = office.address(role, rule)
            for address in ELSEWHERE if everything else ELSEWHERE[:: len(ELSEWHERE) // 3]:
                query = urlencode(dict.fromkeys(names, address))
                referer = {"Referer": f"https://{HOST}/", "HX-Current-URL": f"https://{HOST}/"}
                sent = f"{path}{'&' if '?' in path else '?'}{query}" if names else path
                with office.get(role, sent, **referer) as answer:
                    result.add(f"{role} GET {path} {address!r}", leads_out(answer, base=BASE))
                if not names:
                    break
    office.kept.restore()
    return result


def _status_of(office: Attacked, role: str, rule: Rule) -> int:
    with office.get(role, office.address(role, rule)) as answer:
        return answer.status_code


def _asked(office: Attacked, role: str, path: str, usual: int) -> Iterator[str]:
    took = SLOWEST_SECONDS + 1.0
    for _ in range(_PATIENCE):
        began = perf_counter()
        with office.get(role, path) as answer:
            took = min(took, perf_counter() - began)
            if took < SLOWEST_SECONDS:
                yield from _faults(answer, usual=usual)
                return
    yield f"took {took:.1f} s"


def _faults(answer: TestResponse, *, usual: int) -> Iterator[str]:
    if answer.status_code >= 500 and answer.status_code != usual:
        yield f"answers {answer.status_code}"
    if answer.status_code >= 400 and answer.data and not _CHINESE.search(_decoded(answer)):
        yield f"refuses with {answer.status_code} and no word of Chinese"
    yield from looking.faults(answer)
    yield from headers.faults(answer)
    yield from leads_out(answer, base=BASE)


def _decoded(answer: TestResponse) -> str:
    return answer.data.decode("utf-8", "replace")
