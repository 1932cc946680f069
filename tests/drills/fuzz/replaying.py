"""Trying a crash again with its exact input."""

import ast

from hypothesis import reproduce_failure, settings
from hypothesis.stateful import get_state_machine_test

from tests.drills.fuzz.catalogue import TARGETS
from tests.drills.fuzz.crashes import Crash
from tests.drills.fuzz.pieces import Bytes, Examples, Machine


def try_again(crash: Crash) -> None:
    """Give the input to the target as it is now.

    Raises:
        Exception: whatever is still wrong.
    """
    pieces = TARGETS[crash.target].load()
    if isinstance(pieces, Bytes):
        pieces.check(crash.input())
    elif isinstance(pieces, Examples):
        with pieces.opened() as check:
            check(crash.input())
    elif isinstance(pieces, Machine):
        version, blob = ast.literal_eval(crash.value)
        chosen = settings(stateful_step_count=pieces.steps, deadline=None)
        with pieces.opened() as make:
            test = get_state_machine_test(make, settings=chosen)  # type: ignore[arg-type]
            reproduce_failure(version, blob)(test)()
