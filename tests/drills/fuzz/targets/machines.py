"""The long form of the machines of tests/domain: complaints and matters on which anybody tries anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from hypothesis.stateful import RuleBasedStateMachine

from tests.drills.fuzz.pieces import Machine
from tests.support.complaint_machine import ComplaintMachine
from tests.support.playground import playground


@contextmanager
def _complaints() -> Iterator[Callable[[], RuleBasedStateMachine]]:
    with playground() as where:
        yield partial(ComplaintMachine, where)


def complaints() -> Machine:
    """Complaints; what must hold stands in tests/support/complaint_truths.py."""
    return Machine(_complaints, steps=50)
