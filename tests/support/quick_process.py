"""What makes a test process, and those it starts, quicker without any difference to what they do."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
# What a whole run may leave there until it ends, several times over.
_ROOM = 6 * 2**30


def keep_bytecode() -> None:
    """Compile each module once: compiling all of them takes longer than most processes of a test live."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def put_files_into_memory() -> None:
    """Let temporary files lie in memory where there is room: thousands of databases would wait for a disk."""
    named = any(name in os.environ for name in ("TMPDIR", "PYTEST_DEBUG_TEMPROOT"))
    if not named and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # what it has found out before


@contextmanager
def garbage_left_alone() -> Iterator[None]:
    """Look for no garbage while much is made that stays, and never again at what stays.

    The collector would walk over thousands of tests and what they import each time it looks at everything.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()
