"""Which program this is: its version, and the commit it was made from."""

from functools import cache
from pathlib import Path
from tomllib import loads

_ROOT = Path(__file__).resolve().parent.parent
# Written where the program is packed up without its history, such as into an image.
_COMMIT_FILE = "COMMIT"
_SHORT = 10


@cache
def version(root: Path = _ROOT) -> str:
    """Give the version of the program as pyproject.toml has it."""
    project = loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def commit(root: Path = _ROOT) -> str:
    """Give the commit that lies in the program's folder, in short; empty when it cannot be told.

    After an update without a restart that is another than the one that runs: read it once, at the start.
    """
    try:
        return (_from_file(root) or _from_history(root))[:_SHORT]
    except OSError:
        return ""


def _from_file(root: Path) -> str:
    path = root / _COMMIT_FILE
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def _from_history(root: Path) -> str:
    history = root / ".git"
    head = (history / "HEAD").read_text(encoding="ascii").strip()
    if not head.startswith("ref: "):
        return head
    reference = head.removeprefix("ref: ")
    if (history / reference).is_file():
        return (history / reference).read_text(encoding="ascii").strip()
    packed = (history / "packed-refs").read_text(encoding="ascii")
    return next((line.split()[0] for line in packed.splitlines() if line.endswith(f" {reference}")), "")
