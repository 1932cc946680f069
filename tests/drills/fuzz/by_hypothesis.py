"""The trials that hypothesis leads: rounds of examples with seeds of their own, until the time is over."""

import faulthandler
import re
import signal
from collections.abc import Callable
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test

from tests.drills.fuzz.crashes import Crash, place_of, said_of
from tests.drills.fuzz.pieces import Bytes, Check, Examples, Machine, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from tests.drills.fuzz.one_target import Trial

HANGS_AFTER = 10
# A whole sequence of steps in a row takes longer than one of them.
MACHINE_HANGS_AFTER = 60
# A machine may have that many times more to do than this.
_WAITING = 20
_EXAMPLES_A_ROUND = 100
_SEQUENCES_A_ROUND = 20
_LONGEST_SHRINKING = 60.0
_BLOB = re.compile(r"@reproduce_failure\((.+)\) as a decorator", re.DOTALL)


def try_bytes(trial: "Trial", pieces: Bytes) -> None:
    """Try what reads bytes without knowing what it covers."""
    _try(trial, damaged(pieces.seeds), pieces.check, form="bytes")


def try_examples(trial: "Trial", pieces: Examples) -> None:
    """Try what takes values of a form of their own."""
    with pieces.opened() as check:
        _try(trial, pieces.strategy, check, form="example")


def _settings(trial: "Trial", count: int, *, shrinks: bool = True) -> settings:
    phases = [Phase.reuse, Phase.generate, Phase.target]
    return settings(
        max_examples=count,
        deadline=None,
        database=DirectoryBasedExampleDatabase(trial.folder / "examples"),
        suppress_health_check=list(HealthCheck),
        phases=[*phases, Phase.shrink] if shrinks else phases,
        print_blob=True,
        report_multiple_bugs=False,
    )


def _try(trial: "Trial", strategy: "SearchStrategy[Any]", check: Check, *, form: str) -> None:
    number = 0
    while not trial.over:
        number += 1
        found: dict[str, tuple[Any, Exception]] = {}
        tried = given(strategy)(_watched(trial, check, found))
        tried = seeded(trial.seed * 100_000 + number)(_settings(trial, _EXAMPLES_A_ROUND)(tried))
        try:
            tried()
        except Exception:
            if not found:
                raise
        for place, (value, error) in found.items():
            written = value.hex() if form == "bytes" else repr(value)
            trial.note(Crash(trial.target.name, form, written, place, said_of(error)))


def _watched(trial: "Trial", check: Check, found: dict[str, tuple[Any, Exception]]) -> Callable[[Any], None]:
    shrinking_until: list[float] = []

    def tried(value: Any) -> None:
        if trial.over or (shrinking_until and perf_counter() > shrinking_until[0]):
            return
        trial.count(value)
        try:
            with _alarm(HANGS_AFTER):
                check(value)
        except Exception as error:
            place = place_of(error)
            if place in trial.known:
                return
            # Who made the input out of what was drawn says what it was.
            found[place] = (getattr(error, "exact", value), error)
            shrinking_until[:] = shrinking_until or [perf_counter() + _LONGEST_SHRINKING]
            raise

    return tried


@contextmanager
def _alarm(seconds: float) -> "Iterator[None]":
    _watch(seconds)
    try:
        yield
    finally:
        _stop_watching()


def _watch(seconds: float) -> None:
    """End the process with all tracebacks when this takes too long, even inside a regular expression.

    Seconds of the processor count, so that a busy machine is no hang; what only waits is ended much later.
    """
    if hasattr(signal, "setitimer"):
        faulthandler.register(signal.SIGVTALRM, chain=True)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    faulthandler.dump_traceback_later(seconds * _WAITING, exit=True)


def _stop_watching() -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    faulthandler.cancel_dump_traceback_later()


def try_machine(trial: "Trial", pieces: Machine) -> None:
    """Try sequences of rules."""
    with pieces.opened() as make:
        number = 0
        while not trial.over:
            number += 1
            _try_sequences(trial, make, pieces.steps, number)
        _stop_watching()


def _try_sequences(
    trial: "Trial", make: Callable[[], RuleBasedStateMachine], steps: int, number: int
) -> None:
    def begun() -> RuleBasedStateMachine:
        trial.count(("seed", trial.seed, "round", number, "sequence", trial.runs))
        _watch(MACHINE_HANGS_AFTER)
        return make()

    # What has been found once is not made smaller again each time it comes back.
    chosen = settings(
        _settings(trial, _SEQUENCES_A_ROUND, shrinks=not trial.known), stateful_step_count=steps
    )
    test = get_state_machine_test(begun, settings=chosen)  # type: ignore[arg-type]
    try:
        seeded(trial.seed * 100_000 + number)(test)()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what is looked for)
        if place_of(error) not in trial.known:
            blob = _BLOB.search("\n".join(getattr(error, "__notes__", ())))
            value = f"({blob[1]})" if blob else "()"
            trial.note(Crash(trial.target.name, "machine", value, place_of(error), said_of(error)))
