"""Faults that we put in ourselves: each must be caught by the check that is there for it.

    python -m tests.drills.injected [--quick] [NAME ...]

Each patch of tests/drills/patches is applied to a copy of the last commit, and its check is run there. One
that is not caught, or no longer applies, is told, and the exit status is 1. The check is run without the
patch first, where it must be content: else it would catch everything.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).with_name("patches")
# What is not kept in git and needed to run.
_BORROWED = (".venv", "node_modules", "web/static/vendor", "simulator/static/vendor")
_DRILL = ("-m", "tests.drills.faults", "--only")
_TEST = ("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Injected:
    """One fault of ours.

    Attributes:
        patch: its file, without the ending.
        words: what is wrong with it.
        check: what must catch it, as arguments of Python.
        says: what stands in what the check prints when it has caught it, and not something else.
    """

    patch: str
    words: str
    check: tuple[str, ...]
    says: str

    @property
    def file(self) -> Path:
        """The patch."""
        return PATCHES / f"{self.patch}.patch"


INJECTED = (
    Injected(
        "commit_after_send",
        "a notice is sent inside the transaction that notes it, so that a kill forgets that it was sent",
        # On SQLite such transactions, one after the other, would keep everybody else from writing.
        (*_DRILL, "worker:kill", "--database", "postgresql"),
        "FAULT  notice",
    ),
    Injected(
        "no_dedupe_of_messages",
        "a message that the platform brings again has its effect again",
        (*_DRILL, "web:pause"),
        "FAULT  message",
    ),
    Injected(
        "no_permission_check",
        "whoever knows a number opens the complaint of somebody else",
        (*_TEST, "tests/web/h5/test_access.py"),
        "test_stranger_learns_nothing",
    ),
)


@contextmanager
def copy_of_last_commit() -> Iterator[Path]:
    """Give a folder with what was committed last, able to run; it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="banshishi-injected-") as name:
        folder = Path(name) / "copy"
        subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)], check=True)
        for borrowed in _BORROWED:
            if (ROOT / borrowed).exists() and not os.path.lexists(folder / borrowed):
                (folder / borrowed).parent.mkdir(parents=True, exist_ok=True)
                (folder / borrowed).symlink_to(ROOT / borrowed)
        yield folder


def apply(patch: Path, folder: Path) -> None:
    """Apply a patch.

    Raises:
        subprocess.CalledProcessError: it does not fit any more.
    """
    subprocess.run(["git", "apply", str(patch.resolve())], cwd=folder, check=True)


def run_patched(patch: Path, arguments: Sequence[str]) -> int:
    """Run our Python on a copy with a patch applied; give its exit status."""
    with copy_of_last_commit() as folder:
        apply(patch, folder)
        return subprocess.run([sys.executable, *arguments], cwd=folder, check=False).returncode


def _run(check: Sequence[str], folder: Path) -> tuple[bool, str]:
    """Run a check; tell whether it was content, and what it printed."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, *check],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode == 0, ran.stdout


def catch(one: Injected, *, quick: bool = False) -> str:
    """Run a check without and with its fault; give CAUGHT, MISSED, or why it cannot be told.

    Args:
        quick: whether it is known already that the check is content without the fault.
    """
    with copy_of_last_commit() as folder:
        if not quick:
            content, said = _run(one.check, folder)
            if not content:
                return f"NOT TOLD: the check fails without the patch too\n{said[-3000:]}"
        try:
            apply(one.file, folder)
        except subprocess.CalledProcessError:
            return "NOT TOLD: the patch does not apply any more"
        content, said = _run(one.check, folder)
    if content:
        return "MISSED"
    if one.says not in said:
        return f"NOT TOLD: the check fails for another reason\n{said[-3000:]}"
    return "CAUGHT"


def main() -> int:
    """Inject all faults, or those that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills.injected",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help=", ".join(one.patch for one in INJECTED))
    parser.add_argument("--quick", action="store_true", help="do not run the checks without the patches")
    given = parser.parse_args()
    missed = 0
    for one in INJECTED:
        if given.names and one.patch not in given.names:
            continue
        began = time.monotonic()
        verdict = catch(one, quick=given.quick)
        missed += verdict != "CAUGHT"
        sys.stdout.write(f"{one.patch:24} {time.monotonic() - began:4.0f} s  {verdict}\n    {one.words}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
