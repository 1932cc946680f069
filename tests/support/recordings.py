"""Small recordings made in code: what WeChat hands out, and what it might be made to hand out."""

import math
from array import array
from io import BytesIO

import av

AMR_RATE = 8000
# One frame of near silence at 12.2 kbit/s; fifty make a second.
_SILENT_FRAME = b"\x3c" + bytes(31)
# A frame of wideband speex in which nothing is sent, behind the byte with its length.
_SPEEX_FRAME = b"\x02\x04\x3f"


def silence(seconds: float) -> bytes:
    """An AMR file in which nobody speaks."""
    return b"#!AMR\n" + _SILENT_FRAME * round(seconds * 50)


def speex(frames: int) -> bytes:
    """A recording of a page inside WeChat; fifty frames make a second."""
    return _SPEEX_FRAME * frames


def tone(
    seconds: float, *, container: str = "amr", codec: str = "libopencore_amrnb", rate: int = AMR_RATE
) -> bytes:
    """A recording of a steady tone, with a title that tells on somebody."""
    output = BytesIO()
    with av.open(output, "w", format=container) as target:
        target.metadata["title"] = "Secret"
        stream = target.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = 12_200 if container == "amr" else 32_000
        step = 160
        for start in range(0, round(rate * seconds), step):
            frame = av.AudioFrame(format="s16", layout="mono", samples=step)
            wave = (9000 * math.sin(math.tau * 440 * (start + at) / rate) for at in range(step))
            frame.planes[0].update(array("h", map(int, wave)).tobytes())
            frame.sample_rate, frame.pts = rate, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return output.getvalue()


def film(frames: int = 5) -> bytes:
    """A tiny MP4."""
    output = BytesIO()
    with av.open(output, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(frames):
            target.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        target.mux(stream.encode(None))
    return output.getvalue()


def length_of(data: bytes, container: str = "mp3") -> float:
    """Seconds that can really be heard in a file."""
    with av.open(BytesIO(data), "r", format=container) as source:
        return sum(frame.samples / frame.sample_rate for frame in source.decode(audio=0))
