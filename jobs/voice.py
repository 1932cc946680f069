"""Voice messages as a browser can play them: no browser knows AMR, which is what WeChat hands out."""

import math
import os
import subprocess  # nosec B404 # one command, of ours
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.errors import Invalid
from domain.recordings import MAX_SECONDS

log = structlog.get_logger(__name__)

CONTENT_TYPE = "audio/mpeg"
EXTENSION = "mp3"
# By the wall clock; the process has a narrower limit on the time it may compute.
WAIT_SECONDS = 30
# 60 seconds come to a quarter of a megabyte.
_MAX_OUTPUT = 1024 * 1024
_DECODER = Path(__file__).with_name("voice_decoder.py")
_UNREADABLE, _TOO_LONG = 3, 4  # as the decoder says them; importing it would load ffmpeg


@dataclass(frozen=True)
class Voice:
    """A voice message as MP3, and its length in whole seconds, at least one."""

    data: bytes
    seconds: int


def playable_voice(data: bytes, extension: str) -> Voice | None:
    """Make a voice message anew as MP3, in another process within limits of time and memory.

    Args:
        data: the recording.
        extension: what it is, as `content_type_of` tells it.

    Returns:
        None when it cannot be converted, here or at all; the recording itself may still be good.

    Raises:
        Invalid: it plays too long, or reading it broke the limits.
    """
    command = [sys.executable, "-I", "-B", str(_DECODER), extension, str(MAX_SECONDS)]
    try:
        done = subprocess.run(  # nosec B603 # noqa: S603 (nothing of it comes from outside)
            command, input=data, capture_output=True, timeout=WAIT_SECONDS, env=_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        raise _hostile() from None
    if done.returncode == 0 and len(done.stdout) <= _MAX_OUTPUT:
        milliseconds, _, mp3 = done.stdout.partition(b"\n")
        return Voice(mp3, max(1, math.ceil(int(milliseconds) / 1000)))
    if done.returncode == _TOO_LONG:
        raise Invalid("语音超过 60 秒，没有保存。")
    if done.returncode <= 0:
        # Ended by the system; or far more came out than went in.
        log.warning("voice_broke_limits", signal=-done.returncode, bytes=len(data))
        raise _hostile()
    if done.returncode != _UNREADABLE:
        log.error("voice_decoder_broken", words=done.stderr.decode(errors="replace")[-500:])
    return None


def _environment() -> dict[str, str]:
    """Give the decoder nothing of ours to know; Windows needs to be told where it is."""
    return {name: value for name, value in os.environ.items() if name.upper() in {"SYSTEMROOT", "PATH"}}


def _hostile() -> Invalid:
    return Invalid("语音文件异常，读取它超出了限制，没有保存。")
