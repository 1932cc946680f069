"""Anybody tries anything on complaints at any time; the long form is `python -m tests.drills.fuzz`."""

from functools import partial

import pytest
from hypothesis.stateful import run_state_machine_as_test

from domain import notices
from domain.steps import Audience
from tests.support.complaint_machine import ComplaintMachine
from tests.support.playground import AS_FOUND, SHORT, Playground


def test_complaints_stay_whole_whatever_anybody_tries(where: Playground) -> None:
    run_state_machine_as_test(partial(ComplaintMachine, where), settings=SHORT)  # type: ignore[arg-type]


def test_machine_sees_a_notice_that_is_missing(where: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = notices._staff

    def forgetful(*given: object) -> object:
        return [] if given[-1] is Audience.LEAD else usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "_staff", forgetful)
    with pytest.raises(AssertionError, match="to be told"):
        run_state_machine_as_test(partial(ComplaintMachine, where), settings=AS_FOUND)  # type: ignore[arg-type]
