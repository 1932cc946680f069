"""Voice messages made playable; and files that were made to break whatever reads them."""

import os
import sys
from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import Invalid
from jobs import voice, voice_decoder
from jobs.voice import playable_voice
from tests.support.recordings import film, length_of, silence, speex, tone

RECORDINGS = [
    (tone(1.5), "amr"),
    (silence(1.5), "amr"),
    (speex(75), "speex"),
    (tone(1.5, container="mp3", codec="libmp3lame", rate=16_000), "mp3"),
    (tone(1.5, container="ogg", codec="libopus", rate=16_000), "ogg"),
]
IDS = ["amr", "silent amr", "speex", "mp3", "ogg"]


@pytest.mark.parametrize(("data", "extension"), RECORDINGS, ids=IDS)
def test_recording_becomes_an_mp3_of_the_same_length(data: bytes, extension: str) -> None:
    made, milliseconds = voice_decoder.convert(data, extension, max_seconds=61)
    assert 1490 <= milliseconds <= 1600
    assert 1.4 <= length_of(made) <= 1.7
    assert b"Secret" not in made


def test_voice_comes_back_from_the_other_process_with_its_length_rounded_up() -> None:
    made = playable_voice(tone(1.5), "amr")
    assert made is not None
    assert made.seconds == 2
    assert 1.4 <= length_of(made.data) <= 1.7
    shortest = playable_voice(silence(0.02), "amr")
    assert shortest is not None
    assert shortest.seconds == 1


def test_voice_whose_end_is_damaged_is_heard_up_to_there() -> None:
    made, milliseconds = voice_decoder.convert(tone(2)[:-7], "amr", max_seconds=61)
    assert 1900 <= milliseconds <= 2050
    assert made


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (b"", "amr"),
        (b"#!AMR\n", "amr"),
        (b"#!AMR\n" + b"x" * 2000, "amr"),
        (b"ID3\x04" + b"x" * 500, "mp3"),
        (b"OggS" + bytes(500), "ogg"),
        (b"\x05hello" * 50, "speex"),
        (film(), "mp3"),
    ],
    ids=["empty", "no frames", "junk", "junk mp3", "junk ogg", "junk speex", "film"],
)
def test_what_cannot_be_read_is_said_to_be_so(data: bytes, extension: str) -> None:
    output = BytesIO()
    assert voice_decoder.main([extension, "61"], BytesIO(data), output) == voice_decoder.UNREADABLE
    assert output.getvalue() == b""


def test_unreadable_voice_is_none_and_long_voice_is_refused() -> None:
    assert playable_voice(b"#!AMR\n" + b"x" * 2000, "amr") is None
    whole = playable_voice(silence(60), "amr")
    assert whole is not None
    assert whole.seconds == 60
    with pytest.raises(Invalid) as refused:
        playable_voice(silence(62), "amr")
    assert refused.value.message == "语音超过 60 秒，没有保存。"


def test_decoder_writes_the_length_before_the_sound() -> None:
    output = BytesIO()
    assert voice_decoder.main(["amr", "1"], BytesIO(silence(2)), output) == voice_decoder.TOO_LONG
    assert output.getvalue() == b""
    assert voice_decoder.main(["amr", "61"], BytesIO(silence(2)), output) == 0
    milliseconds, _, sound = output.getvalue().partition(b"\n")
    assert 2000 <= int(milliseconds) <= 2050
    assert 1.9 <= length_of(sound) <= 2.2


def test_exit_codes_are_the_same_on_both_sides() -> None:
    assert (voice._UNREADABLE, voice._TOO_LONG) == (voice_decoder.UNREADABLE, voice_decoder.TOO_LONG)


def decoder(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Put other code in the decoder's place, behind the decoder's own limits."""
    path = folder / "decoder.py"
    own = Path(voice_decoder.__file__).parent
    path.write_text(
        f"import sys; sys.path.insert(0, {str(own)!r})\n"
        "import voice_decoder as real; real.CPU_SECONDS = 1; real.limit_this_process()\n" + code
    )
    monkeypatch.setattr(voice, "_DECODER", path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs the system's limits")
@pytest.mark.parametrize(
    "code",
    ["while True: pass", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "print('x' * 2**21)"],
    ids=["busy for ever", "crash", "far too much"],
)
def test_file_that_breaks_the_limits_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    decoder(monkeypatch, tmp_path, code)
    with pytest.raises(Invalid, match="语音文件异常"):
        playable_voice(silence(1), "amr")


def test_file_that_makes_the_reader_wait_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    decoder(monkeypatch, tmp_path, "import time; time.sleep(60)")
    monkeypatch.setattr(voice, "WAIT_SECONDS", 1)
    with pytest.raises(Invalid, match="语音文件异常"):
        playable_voice(silence(1), "amr")


@pytest.mark.skipif(sys.platform == "win32", reason="needs the system's limits")
@pytest.mark.parametrize(
    "code",
    ["bytearray(2 * 1024**3)", "open(real.__file__ + '.planted', 'wb', 0).write(b'x')", "raise ImportError"],
    ids=["memory", "writing", "no ffmpeg"],
)
def test_decoder_that_fails_leaves_the_recording_as_it_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    decoder(monkeypatch, tmp_path, code.replace("real.__file__", repr(str(tmp_path / "file"))))
    assert playable_voice(silence(1), "amr") is None


def test_decoder_is_told_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHAT_APP_SECRET", "secret")
    assert os.environ["PATH"] == voice._environment()["PATH"]
    assert "secret" not in voice._environment().values()
