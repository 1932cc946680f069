"""Makes one recording anew as MP3, in a process of its own: a file may be made to break what reads it.

Run as a file by `jobs/voice.py`, importing nothing of ours:

    python -I voice_decoder.py <extension> <greatest length in seconds>

The recording comes on standard input. On standard output go a line with its length in milliseconds,
and the MP3.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO, TypeAlias

import av
from av.audio.codeccontext import AudioCodecContext

UNREADABLE = 3
TOO_LONG = 4

RATE = 16_000
BITS_PER_SECOND = 32_000
CPU_SECONDS = 10
MEMORY_BYTES = 1024**3
# The container is named, so that no file can choose a reader that opens other files.
_CONTAINERS = {"amr": "amr", "mp3": "mp3", "ogg": "ogg", "webm": "matroska", "m4a": "mov"}
_SPEEX_RATE = 16_000

Piece: TypeAlias = "tuple[AudioCodecContext, av.Packet[Any]]"


class Unreadable(Exception):
    """There is nothing to be heard in the file."""


class TooLong(Exception):
    """It plays longer than allowed."""


def convert(data: bytes, extension: str, *, max_seconds: float) -> tuple[bytes, int]:
    """Make a recording anew; whatever else the file held is gone.

    Returns:
        The MP3, and its length in milliseconds.

    Raises:
        Unreadable: no sound could be read, or more was damaged than not.
        TooLong: it plays longer than `max_seconds`.
    """
    output = BytesIO()
    written = 0
    with av.open(output, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = BITS_PER_SECOND
        for frame in _at_our_rate(_decoded(_packets(data, extension))):
            written += frame.samples
            if written > max_seconds * RATE:
                raise TooLong
            target.mux(stream.encode(frame))
        if not written:
            raise Unreadable
        target.mux(stream.encode(None))
    return output.getvalue(), written * 1000 // RATE


def _at_our_rate(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16p", layout="mono", rate=RATE)
    for frame in frames:
        frame.pts = None
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _decoded(packets: Iterator[Piece]) -> Iterator[av.AudioFrame]:
    """Give the sound that can be read, also where a frame in between is damaged."""
    good = bad = 0
    for decoder, packet in packets:
        try:
            frames = decoder.decode(packet)
        except av.FFmpegError:
            bad += 1
        else:
            good += 1
            yield from frames
    if bad > good:
        raise Unreadable


def _packets(data: bytes, extension: str) -> Iterator[Piece]:
    if extension == "speex":
        decoder = AudioCodecContext.create("speex", "r")
        decoder.sample_rate, decoder.layout = _SPEEX_RATE, "mono"
        for frame in _behind_length_bytes(data):
            yield decoder, av.Packet(frame)
        return
    with av.open(BytesIO(data), "r", format=_CONTAINERS[extension]) as source:
        if not source.streams.audio:
            raise Unreadable
        stream = source.streams.audio[0]
        for packet in source.demux(stream):
            yield stream.codec_context, packet


def _behind_length_bytes(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def limit_this_process() -> None:
    """Let the system end this process if a file keeps it busy, eats its memory, or has it write elsewhere."""
    try:
        import resource
    except ImportError:  # Windows: there the time limit of the one who waits must do
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str], source: BinaryIO, target: BinaryIO) -> int:
    """Convert what comes in.

    Returns:
        0, UNREADABLE or TOO_LONG.
    """
    extension, max_seconds = arguments
    try:
        data, milliseconds = convert(source.read(), extension, max_seconds=float(max_seconds))
    except TooLong:
        return TOO_LONG
    except (Unreadable, av.FFmpegError, ValueError):
        return UNREADABLE
    target.write(b"%d\n" % milliseconds + data)
    target.flush()
    return 0


if __name__ == "__main__":
    limit_this_process()
    sys.exit(main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer))
