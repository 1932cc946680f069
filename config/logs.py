"""Logging: a short line for people or a JSON object for machines; secrets are struck out of both."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any

import structlog

STRUCK_OUT = "***"

# Parameters by which the platform's calls, and those to us, carry secrets.
_GUARDED_NAMES = (
    r"\w*token|session_key|js_code|\w*secret|ticket|\w*password(?:_again)?|api_key|authorization|cookie"
)
# Links of ours that open something to whoever holds them.
_LINKS = "/admin/invitation/|/h5/enter/"
_GUARDED_KEYS = re.compile(rf"(?:{_GUARDED_NAMES}|code)", re.IGNORECASE)
_SECRETS_IN_TEXT = re.compile(
    rf"""(?P<name>\b(?:{_GUARDED_NAMES})["']?\s*(?:=|:|%3D)\s*["']?(?:Bearer\s+)?|[?&]code=|["']code["']:\s*["']|"""
    rf"""{_LINKS})"""
    r"""(?P<value>[^\s&"'<>,;)}\]]+)""",
    re.IGNORECASE,
)
# The password in the address of a database.
_IN_ADDRESS = re.compile(r"(?<=://)([^\s:/@]*):[^\s/@]+(?=@)")
# Who somebody is at WeChat; the beginning is enough to find the rest in the database.
_OPENID = re.compile(r"(?<![\w-])(o[\w-]{5})[\w-]{22}(?![\w-])", re.ASCII)
# These tell of every look at the clock; only their troubles matter.
_TALKATIVE = ("apscheduler", "alembic", "botocore", "urllib3", "PIL", "wechatpy")
# Our own events have names, such as notice_sent; what libraries log is left as it is.
_EVENT_NAME = re.compile(r"[a-z0-9_]+")
# What begins a line of its own, moves a terminal's cursor, or turns the direction of writing: whoever can put
# words into the log must not be able to write lines of it, or hide some.
_MOVING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# What each line is given here, and nobody's words.
_OURS = frozenset({"timestamp", "level", "process"})
_LEVEL_WORDS = {"warning": "注意", "error": "错误", "critical": "严重"}

Event = MutableMapping[str, Any]


def scrub(text: str) -> str:
    """Strike the values of secret parameters out of a text, such as an address with `access_token=…`.

    Of an openid the beginning is left.
    """
    text = _IN_ADDRESS.sub(rf"\1:{STRUCK_OUT}", _OPENID.sub(rf"\1{STRUCK_OUT}", text))
    return _SECRETS_IN_TEXT.sub(lambda found: f"{found['name']}{STRUCK_OUT}", text)


def _scrub_value(name: str, value: object) -> object:
    if isinstance(value, str):
        return STRUCK_OUT if value and _GUARDED_KEYS.fullmatch(name) else scrub(value)
    if isinstance(value, Mapping):
        return {key: _scrub_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_scrub_value("", inner) for inner in value]
    if isinstance(value, BaseException):
        return scrub(f"{type(value).__name__}: {value}")
    return value


def _scrub_event(_logger: object, _method: str, event: Event) -> Event:
    return {
        name: value if name in _OURS or name.startswith("_") else _scrub_value(name, value)
        for name, value in event.items()
    }


def _short_line(_logger: object, _method: str, event: Event) -> str:
    """Draw `15:04:05 worker notice sent  number=2026-1121-0007`."""
    at = datetime.fromisoformat(event.pop("timestamp")).strftime("%H:%M:%S")
    process = event.pop("process", "")
    level = _LEVEL_WORDS.get(event.pop("level", ""), "")
    trace = event.pop("exception", "")
    name = str(event.pop("event", ""))
    words = [at, process, level, name.replace("_", " ") if _EVENT_NAME.fullmatch(name) else name]
    fields = [f"{name}={value}" for name, value in event.items() if value not in (None, "")]
    line = " ".join(word for word in words if word)
    line = in_one_line("  ".join([line, *fields]))
    # Set in, so that nothing inside a trace can pass for a line of its own.
    return "\n    ".join([line, *map(in_one_line, trace.split("\n"))]) if trace else line


def in_one_line(text: str) -> str:
    """Write what would begin a new line or steer a terminal as programmers do: `\\n`, `\\x1b`."""
    return _MOVING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _JsonLine(structlog.processors.JSONRenderer):
    """A JSON object that is one line for every reader, also for those who take U+2028 for an end of line."""

    def __call__(self, logger: Any, name: str, event: Event) -> str:  # noqa: ANN401 (as structlog has it)
        """Draw it."""
        line = str(super().__call__(logger, name, event))
        return _MOVING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


class _Process:
    """Adds the name of the process, so that lines of several in one terminal can be told apart."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        if self._name:
            event.setdefault("process", self._name)
        return event


def configure_logging(level: str, format: str, *, process: str = "") -> None:  # noqa: A002 (the setting's name)
    """Send everything that is logged in this process to standard error, in one form.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        format: `text` for people, `json` for machines.
        process: a short name shown on each line, such as `worker`.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        _Process(process),
    ]
    renderer = _short_line if format == "text" else _JsonLine(ensure_ascii=False, default=str)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.processors.format_exc_info,
            _scrub_event,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("werkzeug", "_granian", "granian.access"):
        # They bring handlers of their own; ours has them in the common form, and without secrets.
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
