"""Anybody tries anything on matters at any time; the long form is `python -m tests.drills.fuzz`."""

from functools import partial

import pytest
from hypothesis.stateful import run_state_machine_as_test

from domain import matter_notices
from domain.matter_steps import MatterAudience
from tests.support.matter_machine import MatterMachine
from tests.support.playground import AS_FOUND, SHORT, Playground


def test_matters_stay_whole_whatever_anybody_tries(where: Playground) -> None:
    run_state_machine_as_test(partial(MatterMachine, where), settings=SHORT)  # type: ignore[arg-type]


def test_machine_sees_a_notice_that_is_missing(where: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = matter_notices._staff

    def forgetful(*given: object) -> object:
        return [] if given[2] is MatterAudience.LEADERS else usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(matter_notices, "_staff", forgetful)
    with pytest.raises(AssertionError, match="to be told"):
        run_state_machine_as_test(partial(MatterMachine, where), settings=AS_FOUND)  # type: ignore[arg-type]
