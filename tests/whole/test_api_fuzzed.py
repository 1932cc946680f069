"""The API is tried with all that its document allows, and with what it forbids, by somebody and by nobody.

Seeds are fixed: the same code meets the same requests.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import schemathesis
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.config import SchemathesisConfig

from models.database import Database
from models.enums import ComplaintStatus
from models.person import Person
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.conftest import NOW
from tests.support.api_program import MINI_APP, token_of
from tests.support.factories import Factory
from tests.support.furnished import Furnished, furnish
from tests.support.settings import settings_in
from web.api.openapi import document
from web.application import create_web
from web.rate_limits import limiter

_CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"with-security-parameters": False},
        "checks": {
            # What is well formed may still be refused by the rules: a repair without a place, a wrong moment.
            "positive_data_acceptance": {"enabled": False},
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 503]
            },
            # Nobody's requests are a test of their own.
            "ignored_auth": {"enabled": False},
        },
    }
)
_API = schemathesis.openapi.from_dict(document(), config=_CONFIG)
_OPERATIONS = {found.ok().label: found.ok() for found in _API.get_all_operations()}
_SIGN_OUT = frozenset({"end_all_sessions", "end_current_session"})
# So that all of it takes some twenty-five seconds of a processor.
_TRIES, _TRIES_OF_NOBODY = 8, 2


@dataclass
class Tried:
    """The application before the fuzzer, and the person who is signed in to it."""

    app: Flask
    database: Database
    student: Person
    things: dict[str, list[str]]
    token: str = ""
    turn: Iterator[int] = field(default_factory=count)

    def sign_in(self) -> None:
        """Begin anew after a request that ended the session."""
        self.token = token_of(self.database, self.student)

    def aim(self, case: Case) -> None:
        """Let every other request that is well formed meet something real."""
        turn = next(self.turn)
        parts = case.path_parameters or {}
        if case.meta is None or case.meta.generation.mode is GenerationMode.NEGATIVE:
            return
        for name in parts.keys() & self.things.keys() if turn % 2 else ():
            parts[name] = self.things[name][turn // 2 % len(self.things[name])]


@pytest.fixture(scope="module")
def tried(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """The office with one of everything, before a platform that knows the mini program."""
    folder = tmp_path_factory.mktemp("fuzzed")
    shutil.copy(migrated_sqlite_file, folder / "test.db")
    database, factory = Database(f"sqlite:///{folder}/test.db"), Factory(NOW)
    with (
        RunningSimulator(SimulatorConfig()) as platform,
        time_machine.travel(NOW, tick=True),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(limiter, "enabled", False)
        app = create_web(settings_in(folder, wechat_api_base=platform.base_url, **MINI_APP), database)
        _API.app = app
        yield _tried(furnish(app, database, factory), database, factory)
    database.close()


def _tried(furnished: Furnished, database: Database, factory: Factory) -> Tried:
    office = furnished.office
    with database.transaction() as session:
        found = [factory.complaint(session, office, status) for status in ComplaintStatus]
        numbers = [complaint.number for complaint in found]
    things = {"number": numbers, "code": [office.canteen.code, office.hall.code]}
    things |= {
        name: [str(furnished.values[name])] for name in ("item", "matter", "bulletin", "survey", "push")
    }
    return Tried(furnished.app, database, office.student, things)


def _modes(operation: APIOperation) -> list[GenerationMode]:
    """Leave out what cannot be wrong: no parameter but a header that may hold anything."""
    raw = operation.definition.raw
    checked = [each for each in raw["parameters"] if each["name"] != "If-None-Match"]
    can_be_wrong = bool(checked) or "requestBody" in raw
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if can_be_wrong else [])]


def _try(operation: APIOperation, tries: int, send: Callable[[Case], Response]) -> None:
    """Send requests that the document allows, then as many that it forbids."""
    for mode in _modes(operation):

        @settings(
            max_examples=tries,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def check(case: Case) -> None:
            case.validate_response(send(case))

        check()


@pytest.mark.parametrize("label", _OPERATIONS)
def test_what_a_person_sends_is_answered_as_documented(label: str, tried: Tried) -> None:
    operation = _OPERATIONS[label]
    tried.sign_in()

    def send(case: Case) -> Response:
        tried.aim(case)
        answer = case.call(app=tried.app, headers={"Authorization": f"Bearer {tried.token}"})
        if operation.definition.raw["operationId"] in _SIGN_OUT and answer.status_code == 204:
            tried.sign_in()
        return answer

    _try(operation, _TRIES, send)


@pytest.mark.parametrize("label", _OPERATIONS)
def test_what_nobody_sends_is_answered_as_documented(label: str, tried: Tried) -> None:
    operation = _OPERATIONS[label]
    told = set()

    def send(case: Case) -> Response:
        tried.aim(case)
        answer = case.call(app=tried.app, headers={"Authorization": ""})
        told.add(answer.status_code)
        return answer

    _try(operation, _TRIES_OF_NOBODY, send)

    if operation.definition.raw["security"]:
        assert 401 in told
        assert told <= {401, 404}
