"""What was found: each crash once, with its exact input, so that it can be tried again."""

import ast
import json
import traceback
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_OF_THE_DRILL = "tests/drills/fuzz/"


@dataclass(frozen=True)
class Crash:
    """One crash.

    Attributes:
        form: "bytes", "example" or "machine".
        value: the input: hexadecimal, a Python literal, or what hypothesis takes for it.
        place: where, and of which kind; two crashes with the same place are one.
        said: the traceback.
    """

    target: str
    form: str
    value: str
    place: str
    said: str

    def keep(self, folder: Path) -> Path:
        """Write it down; the file is what `--replay` takes."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.target}-{sha256(self.place.encode()).hexdigest()[:12]}.json"
        path = folder / name
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> "Crash":
        """Read it again."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def input(self) -> Any:
        """Give the input as the target's check takes it."""
        return bytes.fromhex(self.value) if self.form == "bytes" else ast.literal_eval(self.value)


def place_of(error: BaseException) -> str:
    """Name a crash by its kind and the innermost line of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)]
    product = [frame for frame in ours if _OF_THE_DRILL not in frame.filename]
    frame = (product or ours or list(frames))[-1]
    # Of a check that does not hold, the line of the check tells one from the other.
    last = ours[-1] if ours and isinstance(error, AssertionError) else frame
    return f"{type(error).__name__} at {_short(last.filename)}:{last.lineno} in {last.name}"


def _is_ours(filename: str) -> bool:
    return filename.startswith(str(ROOT)) and "/.venv/" not in filename


def _short(filename: str) -> str:
    return filename.removeprefix(f"{ROOT}/")


def said_of(error: BaseException) -> str:
    """Give the traceback, and what hypothesis noted of it, without its middle when it is long."""
    lines = "".join(traceback.format_exception(error))
    return lines if len(lines) < 20_000 else f"{lines[:6_000]}\n…\n{lines[-12_000:]}"
