"""The long form of the machines of tests/domain: complaints and matters on which anybody tries anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from hypothesis.stateful import RuleBasedStateMachine

from tests.drills.fuzz.pieces import Machine
from tests.support.complaint_machine import ComplaintMachine
from tests.support.matter_machine import MatterMachine
from tests.support.playground import Playground, playground

Making = Callable[[], RuleBasedStateMachine]


@contextmanager
def _played(machine: Callable[[Playground], RuleBasedStateMachine]) -> Iterator[Making]:
    with playground() as where:
        yield partial(machine, where)


def complaints() -> Machine:
    """Complaints; what must hold stands in tests/support/complaint_truths.py."""
    return Machine(partial(_played, ComplaintMachine), steps=50)


def matters() -> Machine:
    """Matters; what must hold stands in tests/support/matter_truths.py."""
    return Machine(partial(_played, MatterMachine), steps=50)
