"""Every URL is met by somebody hostile; `python -m tests.drills.attacks` does the same at length."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.drills import attacks
from tests.support.attacks import asking, forgery, others, texts
from tests.support.attacks.marks import Form
from tests.support.attacks.office import Attacked, attacked
from tests.support.attacks.result import Result


@pytest.fixture(scope="module")
def furnished_once(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    """The office, set up once for all tests of this file."""
    with attacked(tmp_path_factory.mktemp("attacked"), migrated_sqlite_file) as office:
        yield office


@pytest.fixture
def office(furnished_once: Attacked) -> Iterator[Attacked]:
    """The office as it was furnished."""
    yield furnished_once
    furnished_once.kept.restore()


def _held(result: Result, *, at_least: int) -> bool:
    assert result.faults == {}
    return result.tried >= at_least


def test_what_people_wrote_stays_text_and_reading_changes_nothing(office: Attacked) -> None:
    assert _held(texts.read_everything(office, Form.MARKUP), at_least=250)


def test_change_that_another_site_sends_is_refused_and_changes_nothing(office: Attacked) -> None:
    assert _held(forgery.forge_everything(office, short=True), at_least=500)


def test_hostile_parameters_are_answered_quickly_and_lead_nowhere_else(office: Attacked) -> None:
    assert _held(asking.ask_once(office), at_least=80)


def test_of_what_belongs_to_another_of_the_same_kind_nothing_is_met(office: Attacked) -> None:
    assert _held(others.read_what_is_theirs(office, short=True), at_least=200)


def test_drill_tells_of_what_it_finds(
    office: Attacked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(attacks, "attacked", lambda *_, **__: nullcontext(office))
    # It would stay for all tests that come after.
    monkeypatch.setattr(attacks, "configure_logging", lambda *_: None)
    monkeypatch.setattr(forgery, "_refusal", lambda _: ["was taken"])

    assert attacks.main(["--short", "--only", "forgery"]) == 1
    assert "was taken" in capsys.readouterr().out
