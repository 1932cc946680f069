"""A watch over secrets: what the tests hand out as secret must turn up in no log, no error and no page.

The secrets of the settings are words that stand nowhere else. Those that are drawn while a test runs, such as
links, keys and tokens, are given a mark that says what they are. Everything the product answers through Flask
is looked through, and everything it prints or logs, here and in processes whose output a test reads. Where a
secret belongs, as in the one page that shows a new key, stands in `BELONGS`.

A find fails the whole run at its end, with the test and the place; see `pytest_terminal_summary`.
"""

import base64
import logging
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, Response, request

from tests.support.factories import PASSWORD

MARK = "CANARY"
# What a mark says, and the modules that draw such a secret; the shortest in bytes that is one.
_DRAWN = {
    "LK": ("link of the chat", "domain.access_links", 24),
    "IN": ("link of an invitation", "domain.staff_invitations", 24),
    "TK": ("token of the API", "domain.api_sessions", 32),
    "KY": ("key of a connected system", "domain.connected_systems", 30),
    "WH": ("key that signs webhooks", "domain.webhook_settings", 24),
    "SC": ("secret of a scan", "domain.scan_tickets", 16),
    "AT": ("access token of the platform", "simulator.tokens", 120),
    "SK": ("session key of the mini program", "simulator.endpoints.mini_program", 16),
    "TP": ("secret of a second factor", "", 0),
}
_MARKED = re.compile(rb"CANARY([A-Z]{2})")
_KNOWN = {
    b"sim-secret-00000": "WECHAT_APP_SECRET",
    b"sim-mini-secret-": "MINIPROGRAM_SECRET",
    b"sim-bucket-secret": "S3_SECRET_KEY",
    b"simtoken": "WECHAT_TOKEN",
    b"simminitoken": "MINIPROGRAM_TOKEN",
    b"SimulatorAesKey": "WECHAT_AES_KEY",
    b"for-tests-only-0": "SECRET_KEY",
    PASSWORD.encode(): "password",
}
# Only in what is printed: answers set the cookie in a header that is not looked at.
_COOKIE = re.compile(rb"banshishi(?:-known)?=[\w.-]{20}")

# Which secret belongs where: into the answer of these endpoints, or the output of these tests.
BELONGS = {
    ("link of the chat", "h5_enter.door"): "the form that uses the link up",
    ("link of the chat", "callback.receive"): "the answer in the chat",
    ("link of the chat", "api_my_data.create_data_link"): "handed to the program, for another browser",
    ("link of the chat", "h5_my_data.link"): "shown to the person, for another browser",
    ("access token of the platform", "tests/wechat/test_tokens.py"): "processes print what they were given",
    ("link of an invitation", "admin_staff.invite"): "shown once to who hands it on",
    ("link of an invitation", "admin_staff_bulk.invite"): "shown once to who hands it on",
    ("link of an invitation", "admin_staff_acts.reset"): "shown once to who hands it on",
    ("link of an invitation", "admin_invitation.page"): "the form that uses the link up",
    ("link of an invitation", "admin_invitation.choose"): "the form again, when the password was refused",
    ("link of an invitation", "tests/commands/test_accounts.py"): "the command prints it for who asked",
    ("token of the API", "api_sign_in.create_session"): "handed to the program",
    ("key of a connected system", "admin_systems.add"): "shown once",
    ("key of a connected system", "admin_systems.renew_key"): "shown once",
    ("key that signs webhooks", "admin_system_webhooks.set_address"): "shown once",
    ("key that signs webhooks", "admin_system_webhooks.renew_secret"): "shown once",
}

# The pretend platform shows its own secrets to whoever starts it, as the console of the real one does.
_OF_THE_PLATFORM = "tests/simulator/"
_PROPERTY = "secrets seen"
_finds: list[str] = []
_of_all: list[str] = []
_now_running = [""]


def look_through(text: bytes, place: str, *, printed: bool = False) -> None:
    """Note every secret in a text.

    Args:
        text: what came out.
        place: the endpoint that answered it, or what it was printed to.
        printed: whether it was printed or logged, and not answered.
    """
    if printed and _now_running[0].startswith(_OF_THE_PLATFORM):
        return
    found = [name for needle, name in _KNOWN.items() if needle in text]
    if MARK.encode() in text:
        found += [_DRAWN[mark.decode()][0] for mark in set(_MARKED.findall(text)) if mark.decode() in _DRAWN]
    if printed and _COOKIE.search(text):
        found.append("cookie of a session")
    test = _now_running[0]
    where = test.partition("::")[0] if printed else place.partition(" ")[0]
    _finds.extend(f"{test}: {name} in {place}" for name in found if (name, where) not in BELONGS)


def look_into(path: Path) -> None:
    """Look through a file that a process of ours wrote its log to."""
    look_through(path.read_bytes(), path.name, printed=True)


class _Marking:
    """The module `secrets` for one module of ours: what is long enough gets a mark."""

    def __init__(self, mark: str, shortest: int) -> None:
        self._mark, self._shortest = f"{MARK}{mark}", shortest

    def __getattr__(self, name: str) -> object:
        return getattr(secrets, name)

    def token_urlsafe(self, nbytes: int) -> str:
        drawn = secrets.token_urlsafe(nbytes)
        return drawn if nbytes < self._shortest else self._mark + drawn[len(self._mark) :]

    def token_bytes(self, nbytes: int) -> bytes:
        drawn, mark = secrets.token_bytes(nbytes), base64.b64decode(self._mark)
        return drawn if nbytes < self._shortest else mark + drawn[len(mark) :]


def _mark_what_is_drawn() -> None:
    for mark, (_name, module, shortest) in _DRAWN.items():
        if module:
            vars(import_module(module))["secrets"] = _Marking(mark, shortest)
    second_factor: ModuleType = import_module("domain.second_factor")
    drawing = second_factor.new_secret
    vars(second_factor)["new_secret"] = lambda: f"{MARK}TP{drawing()[8:]}"


def _look_through_answers() -> None:
    finish: Callable[..., Response] = Flask.process_response

    def look(app: Flask, answer: Response) -> Response:
        answer = finish(app, answer)
        if app.name != "web":
            return answer
        place = request.endpoint or "no page"
        told = "\n".join(value for name, value in answer.headers if name != "Set-Cookie")
        look_through(told.encode(), f"{place} (headers)")
        if answer.is_sequence:
            look_through(b"".join(answer.iter_encoded()), place)
        elif not answer.direct_passthrough:
            answer.response = _looked_through(answer.iter_encoded(), place)
        return answer

    Flask.process_response = look  # type: ignore[method-assign]


def _looked_through(pieces: Iterator[bytes], place: str) -> Iterator[bytes]:
    for piece in pieces:
        look_through(piece, place)
        yield piece


def _look_through_what_tests_read() -> None:
    reading, communicating = pytest.CaptureFixture.readouterr, subprocess.Popen.communicate

    def read(capture: pytest.CaptureFixture[Any]) -> Any:
        result = reading(capture)
        _look_through_output(*result)
        return result

    def communicate(process: "subprocess.Popen[Any]", *given: Any, **named: Any) -> Any:
        result = communicating(process, *given, **named)
        _look_through_output(*result)
        return result

    pytest.CaptureFixture.readouterr = read  # type: ignore[method-assign]
    subprocess.Popen.communicate = communicate  # type: ignore[method-assign]


def _look_through_output(*texts: object) -> None:
    for text in texts:
        if text:
            whole = text if isinstance(text, bytes) else str(text).encode(errors="replace")
            look_through(whole, "output", printed=True)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch."""
    del config
    # The server of the tests notes whole addresses; ours has a log of its own, which is looked through.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    _mark_what_is_drawn()
    _look_through_answers()
    _look_through_what_tests_read()


def pytest_runtest_logstart(nodeid: str) -> None:
    """Know what runs."""
    _now_running[0] = nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Look through what a test printed and logged, and send what was found with its report."""
    report: pytest.TestReport = yield  # type: ignore[misc]
    if report.when == "teardown":
        for name, text in report.sections:
            look_through(text.encode(errors="replace"), name, printed=True)
        report.user_properties.append((_PROPERTY, sorted(set(_finds))))
        _finds.clear()
    return report  # type: ignore[return-value]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect what was found, here or by the processes that run the tests."""
    for name, found in report.user_properties:
        if name == _PROPERTY and report.when == "teardown":
            _of_all.extend(str(each) for each in found)  # type: ignore[attr-defined]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a secret was seen."""
    if _of_all and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which secret was seen where."""
    if _of_all:
        terminalreporter.section("secrets seen", red=True)
        for find in sorted(set(_of_all)):
            terminalreporter.line(find)
