"""Anybody tries anything on complaints at any time; the long form is `python -m tests.drills.fuzz`."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from domain import notices
from domain.steps import Audience
from tests.support.complaint_machine import ComplaintMachine
from tests.support.playground import Playground, playground

# The same steps each time, so that nothing fails by chance; the drill looks for others.
_SHORT = settings(
    max_examples=5,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# For what fails on purpose nobody needs the smallest example.
_AS_FOUND = settings(_SHORT, max_examples=20, phases=[Phase.generate])


@pytest.fixture
def where(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Playground]:
    """The office that is played in."""
    file = tmp_path / "test.db"
    shutil.copy(migrated_sqlite_file, file)
    with playground(file) as ground:
        yield ground


def test_complaints_stay_whole_whatever_anybody_tries(where: Playground) -> None:
    run_state_machine_as_test(partial(ComplaintMachine, where), settings=_SHORT)  # type: ignore[arg-type]


def test_machine_sees_a_notice_that_is_missing(where: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = notices._staff

    def forgetful(*given: object) -> object:
        return [] if given[-1] is Audience.LEAD else usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "_staff", forgetful)
    with pytest.raises(AssertionError, match="to be told"):
        run_state_machine_as_test(partial(ComplaintMachine, where), settings=_AS_FOUND)  # type: ignore[arg-type]
