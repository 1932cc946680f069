"""Meets every URL as somebody hostile would, at length: `python -m tests.drills.attacks`.

On an office furnished with one of everything, in a folder of its own that is taken away at the end.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from config.logs import configure_logging
from tests.support.attacks import asking, forgery, in_browser, others, texts
from tests.support.attacks.marks import Form
from tests.support.attacks.office import Attacked, attacked
from tests.support.attacks.parameters import HOSTILE
from tests.support.attacks.result import Result
from tests.support.browser import LAUNCH_ARGUMENTS, find_browser
from tests.support.postgresql import migrated_database

_MOST_SHOWN = 40
# A few values that have found most, for who has no hour.
_SHORT = ("quotes and a condition", "full text", "NUL", "beyond 64 bits", "first day", "header", "markup")


def _texts(office: Attacked, *, short: bool) -> Iterator[Result]:
    for form in (Form.MARKUP,) if short else Form:
        yield texts.read_everything(office, form, everybody=not short)
        office.kept.restore()


def _forgery(office: Attacked, *, short: bool) -> Iterator[Result]:
    del short
    yield forgery.forge_everything(office)


def _parameters(office: Attacked, *, short: bool) -> Iterator[Result]:
    noted = asking.noted_by_reading(office)
    values = {name: HOSTILE[name] for name in _SHORT} if short else HOSTILE
    yield asking.lead_elsewhere(office, noted, everything=not short)
    yield asking.lead_elsewhere_by_forms(office)
    yield asking.ask_paths(office)
    yield asking.ask_everything(office, noted, values)


def _others(office: Attacked, *, short: bool) -> Iterator[Result]:
    del short
    yield others.send_what_is_theirs(office)
    yield others.read_what_is_theirs(office)


def _browser(office: Attacked, *, short: bool) -> Iterator[Result]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each file of each page
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=LAUNCH_ARGUMENTS)
        for form in (Form.MARKUP,) if short else (Form.MARKUP, Form.LINK, Form.DATA_LINK):
            yield in_browser.open_everything(office, form, browser)
            office.kept.restore()
        browser.close()


ATTACKS: dict[str, Callable[..., Iterator[Result]]] = {
    "texts": _texts,
    "forgery": _forgery,
    "parameters": _parameters,
    "others": _others,
    "browser": _browser,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack, print what came of it, and tell whether all held.

    Returns:
        0 when nothing was found, else 1.
    """
    wanted = _parser().parse_args(arguments)
    found = 0
    configure_logging("CRITICAL", "text")  # each attack would be a line of the log
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attacks-")))
        is_file = wanted.database == "sqlite"
        url = "" if is_file else stack.enter_context(migrated_database(f"attacks_{os.getpid()}"))
        office = stack.enter_context(attacked(folder, url=url))
        for name in wanted.only or ATTACKS:
            began = time.perf_counter()
            for result in ATTACKS[name](office, short=wanted.short):
                found += len(result.faults)
                _tell(result, time.perf_counter() - began)
                began = time.perf_counter()
            office.kept.restore()
    _say("nothing found" if not found else f"{found} requests met a fault")
    return 1 if found else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _tell(result: Result, seconds: float) -> None:
    _say(f"{result.name:32} {result.tried:7} requests {len(result.faults):5} faults {seconds:7.1f} s")
    for note in result.notes:
        _say(f"  {note}")
    for request, faults in list(result.faults.items())[:_MOST_SHOWN]:
        _say(f"  {request}\n    " + "\n    ".join(faults[:5]))
    if len(result.faults) > _MOST_SHOWN:
        _say(f"  … and {len(result.faults) - _MOST_SHOWN} more")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.attacks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer values, each URL as one reader")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", nargs="+", choices=ATTACKS, help="only these attacks")
    return parser


if __name__ == "__main__":
    sys.exit(main())
