"""Surveys: one sheet a person, that nothing joins to them; what came out is told at the end."""

from collections.abc import Callable
from typing import Any

import pytest

from domain import surveys
from models.api_session import IdempotentRequest
from models.enums import SurveyState
from models.person import Person
from models.survey import Survey, SurveyEnvelope
from tests.support.api_program import Program, refusal
from tests.support.surveys import answer_many, open_survey, write_survey
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]


@pytest.fixture
def survey(world: World) -> Survey:
    """A survey that runs."""
    office = world.office
    with world.database.transaction() as session:
        made = write_survey(
            session, office.admin, team=office.team, other_team=office.other_team, now=world.now
        )
        return open_survey(session, made, office.admin, now=world.now)


def sheet(shown: dict[str, Any], *, stars: int = 4, words: str = "菜咸") -> dict[str, Any]:
    """Fill in what a program was shown: no use of repairs, the rest answered."""
    canteen, repair = shown["sections"]
    taste, queue, wishes, more = (question["id"] for question in canteen["questions"])
    return {
        "answers": [
            {"question": taste, "choices": [stars]},
            {"question": queue, "choices": [1]},
            {"question": wishes, "choices": [1, 3]},
            {"question": more, "words": words},
        ],
        "skipped": [repair["id"]],
    }


def end(world: World, survey: Survey, *, public: bool = True) -> None:
    with world.database.transaction() as session:
        held = surveys.hold(session, survey.id, staff=world.office.admin)
        held.results_public = public
        box = world.app.extensions["banshishi"].secret_box
        surveys.close(session, held, box=box, staff=world.office.admin, now=world.now)


def test_one_sheet_a_person_however_often_it_is_sent(
    program: MakeProgram, world: World, survey: Survey
) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    path = f"/surveys/{survey.code}"
    shown = student.get(path)

    assert [part["title"] for part in shown["sections"]] == ["食堂就餐", "校园维修"]
    assert [each["kind"] for each in shown["sections"][0]["questions"]] == [
        "stars",
        "single",
        "multiple",
        "text",
    ]
    assert (shown["done"], shown["minutes"], shown["star_labels"][4]) == (False, 1, "很满意")
    first, again = (student.post(f"{path}/sheet", sheet(shown), key="k" * 16) for _ in range(2))

    assert (first, again) == ({"counted": True}, {"counted": False})
    assert student.get("/surveys")["open"][0]["done"] is True
    assert friend.get("/surveys")["open"][0]["done"] is False
    assert world.count(SurveyEnvelope) == 1
    # What is kept with a key would join the sheet to its person.
    assert world.count(IdempotentRequest) == 0


def test_what_is_wrong_is_told_at_its_question(program: MakeProgram, world: World, survey: Survey) -> None:
    student = program(world.office.student)
    path = f"/surveys/{survey.code}/sheet"
    shown = student.get(f"/surveys/{survey.code}")
    taste, queue = (each["id"] for each in shown["sections"][0]["questions"][:2])
    late = shown["sections"][1]["questions"][0]["id"]

    empty = student.call("POST", path, {})
    assert refusal(empty) == (422, "invalid", f"answers.{taste}")
    assert [each["field"] for each in empty.json["errors"]] == [f"answers.{n}" for n in (taste, queue, late)]
    foreign = {"answers": [{"question": 999_999, "choices": [1]}]}
    assert refusal(student.call("POST", path, foreign)) == (422, "invalid", "answers.999999")
    six_stars = sheet(shown, stars=6)
    assert refusal(student.call("POST", path, six_stars)) == (422, "invalid", f"answers.{taste}")
    long = sheet(shown, words="长" * 501)
    assert refusal(student.call("POST", path, long))[:2] == (422, "invalid")
    twice = {"answers": [{"question": taste, "choices": [1]}] * 2}
    assert refusal(student.call("POST", path, twice)) == (422, "invalid", None)
    assert refusal(student.call("POST", path, {"answers": [{"question": "1"}]}))[2] == "answers.0.question"
    assert refusal(Program(student.app).call("POST", path, sheet(shown)))[:2] == (401, "token_missing")
    for unknown in ("none", "a.b"):
        assert refusal(student.call("GET", f"/surveys/{unknown}"))[:2] == (404, "not_found")
    assert world.count(SurveyEnvelope) == 0


def test_results_are_shown_at_the_end_and_of_few_sheets_never(
    program: MakeProgram, world: World, survey: Survey
) -> None:
    student, path = program(world.office.student), f"/surveys/{survey.code}"
    shown = student.get(path)
    assert refusal(student.call("GET", f"{path}/results")) == (403, "not_allowed", None)
    with world.database.transaction() as session:
        answer_many(session, surveys.find(session, survey.id), world.make, 12, words="菜有点咸")
    end(world, survey)

    results = student.get(f"{path}/results")
    canteen, repair = results["sections"]
    assert (results["counted"], results["enough"], canteen["mean"], repair["mean"]) == (12, True, 5.0, None)
    stars, single, multiple, text = canteen["questions"]
    assert (stars["people"], stars["mean"], stars["percent_good"]) == (12, 5.0, 100)
    assert single["bars"][0] == {"label": "很短", "count": 12, "percent": 100}
    assert (multiple["people"], multiple["bars"]) == (None, [])
    assert (text["people"], text["texts"]) == (None, [])
    assert student.get(path)["state"] == SurveyState.CLOSED
    assert [each["code"] for each in student.get("/surveys")["over"]] == [survey.code]
    assert refusal(student.call("POST", f"{path}/sheet", sheet(shown))) == (409, "too_late", None)


def test_results_for_staff_only_and_of_too_few_stay_closed(
    program: MakeProgram, world: World, survey: Survey
) -> None:
    student, path = program(world.office.student), f"/surveys/{survey.code}"
    student.post(f"{path}/sheet", sheet(student.get(path)))
    end(world, survey, public=False)
    assert refusal(student.call("GET", f"{path}/results")) == (403, "not_allowed", None)
    with world.database.transaction() as session:
        session.get_one(Survey, survey.id).results_public = True

    results = student.get(f"{path}/results")

    assert (results["counted"], results["enough"], results["sections"]) == (1, False, [])
    assert (results["invited"], results["took_part"]) == (None, None)
