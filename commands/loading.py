"""Loading the code of a process that stays: quickly, and so that processes forked from it share it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load code meanwhile; what is there at the end is never garbage.

    Looking for garbage while everything that is made stays takes a quarter of the time. And a collection
    writes into every object it looks at: each of several processes forked from this one would soon have a
    copy of its own of all the code, where now they have one.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
