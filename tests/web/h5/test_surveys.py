"""Surveys on the phone: the list, the sheet, one sheet a person, and the results at the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from domain import survey_texts, surveys
from models.enums import SurveyState, TextState
from models.survey import Survey, SurveyEnvelope
from tests.support.pages import words_of
from tests.support.surveys import answer_many, open_survey, write_survey
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
SECRET_KEY = "for-tests-only-" + "0" * 32


@pytest.fixture
def survey(world: World) -> Survey:
    """A survey that runs until tomorrow."""
    office = world.office
    with world.database.transaction() as session:
        made = write_survey(
            session, office.admin, team=office.team, other_team=office.other_team, now=world.now
        )
        open_survey(session, made, office.admin, now=world.now)
        end = world.now + timedelta(days=1)
        surveys.set_end(session, made, closes_at=end, staff=office.admin, now=world.now)
        return surveys.find(session, made.id)


def sheet(survey: Survey, **changes: object) -> dict[str, object]:
    """Fill in what a phone sends: no use of repairs, the rest answered."""
    taste, queue, wishes, more = survey.sections[0].questions
    said = {f"q{taste.id}": "4", f"q{queue.id}": "1", f"q{wishes.id}": ["1", "3"], f"q{more.id}": "菜咸"}
    return said | {"skip": str(survey.sections[1].id)} | changes


def end(world: World, survey: Survey) -> None:
    with world.database.transaction() as session:
        held = surveys.hold(session, survey.id, staff=world.office.admin)
        box = world.app.extensions["banshishi"].secret_box
        surveys.close(session, held, box=box, staff=world.office.admin, now=world.now)


def rows(page: BeautifulSoup) -> list[str]:
    return [words_of(row) for row in page.select(".rows > li")]


def test_one_sheet_a_person_however_often_it_is_sent(world: World, survey: Survey, phone: TakePhone) -> None:
    reader = phone(world.office.student)
    assert rows(reader.get("/h5/surveys")) == ["秋季学期测评 请您评 匿名，约 1 分钟 明天 10:00 截止"]
    page = reader.get(f"/h5/surveys/{survey.code}")
    assert [words_of(section.h2) for section in page.select(".survey-section")] == ["食堂就餐", "校园维修"]
    assert len(page.select("input[name=skip]")) == 1
    assert reader.leads_to(f"/h5/surveys/{survey.code}/thanks") == f"/h5/surveys/{survey.code}"

    path = f"/h5/surveys/{survey.code}"
    for stars in ("4", "1"):
        first = survey.sections[0].questions[0].id
        assert reader.send(path, sheet(survey, **{f"q{first}": stars})) == f"{path}/thanks"
    other_phone = phone(world.office.student)
    assert other_phone.leads_to(path) == f"{path}/thanks"
    assert "一人一份，不能再改" in words_of(other_phone.get(f"{path}/thanks"))
    assert world.count(SurveyEnvelope) == 1
    assert rows(reader.get("/h5/surveys"))[0].startswith("秋季学期测评 已参与 等结束后看结果")


def test_what_is_missing_is_said_at_its_question_and_the_rest_is_kept(
    world: World, survey: Survey, phone: TakePhone
) -> None:
    reader = phone(world.office.student)
    path = f"/h5/surveys/{survey.code}"
    reader.get(path)
    taste, queue, wishes, more = survey.sections[0].questions
    page = reader.refused(path, {f"q{queue.id}": "2", f"q{more.id}": "菜咸\r\n饭硬", f"q{wishes.id}": "x"})

    said = {
        str(part["id"]): words_of(part.select_one(".question-error"))
        for part in page.select(".question-wrong")
    }
    in_time = survey.sections[1].questions[0]
    assert said == {
        f"q{taste.id}": "请点一颗星。",
        f"q{wishes.id}": "请至少选一项。",
        f"q{in_time.id}": "请点一颗星。",
    }
    assert words_of(page.select_one(".refusal span")).startswith("还有 3 道题要看一下")
    assert page.select_one(".refusal a")["href"] == f"#q{taste.id}"  # type: ignore[index]
    kept = page.select("input[checked]")
    assert [(one["name"], one["value"]) for one in kept] == [(f"q{queue.id}", "2")]
    assert words_of(page.textarea) == "菜咸 饭硬"
    assert world.count(SurveyEnvelope) == 0


def test_results_are_shown_after_the_end_only_and_only_what_was_released(
    world: World, survey: Survey, phone: TakePhone
) -> None:
    reader, late = phone(world.office.student), phone(world.office.friend)
    path = f"/h5/surveys/{survey.code}"
    late.get(path)
    assert "测评结束以后才能看结果" in words_of(reader.get(f"{path}/results", status=403))
    with world.database.transaction() as session:
        held = session.get_one(Survey, survey.id)
        answer_many(session, held, world.make, 12, words="菜有点咸", secret_key=SECRET_KEY)
    end(world, survey)
    with world.database.transaction() as session:
        held = surveys.find(session, survey.id)
        text = survey_texts.texts_of(session, held, TextState.WAITING, page=1)[0]
        by = {"staff": world.office.admin, "now": world.now}
        survey_texts.decide(session, held, text.sheet, TextState.RELEASED, **by)  # type: ignore[arg-type]

    assert rows(reader.get("/h5/surveys")) == ["秋季学期测评 看结果 11月23日结束"]
    assert reader.leads_to(path) == f"{path}/results"
    page = reader.get(f"{path}/results")
    results = [words_of(one) for one in page.select(".result")]
    assert results[0].startswith("饭菜的口味 5.0 分 满意（4–5 星）100% · 12 人 5 星 很满意 100% 12 人")
    assert results[1].startswith("排队多久 12 人回答 很短 100% 12 人")
    assert results[2] == "要改进什么 回答的人不足 10 位，不公布，免得猜出是谁答的。"
    assert results[3] == "还想说什么 菜有点咸"
    assert reader.leads_to(f"{path}/thanks") == path
    assert "已经结束" in words_of(late.refused(path, sheet(survey), status=409))

    with world.database.transaction() as session:
        session.get_one(Survey, survey.id).results_public = False
    assert "结果没有公开" in words_of(reader.get(f"{path}/results", status=403))
    assert "现在没有正在进行的测评" in words_of(reader.get("/h5/surveys"))


def test_few_sheets_give_no_results(world: World, survey: Survey, phone: TakePhone) -> None:
    with world.database.transaction() as session:
        answer_many(session, session.get_one(Survey, survey.id), world.make, 9, secret_key=SECRET_KEY)
    end(world, survey)

    page = phone(world.office.student).get(f"/h5/surveys/{survey.code}/results")
    assert page.select(".result") == []
    assert "答卷不足 10 份" in words_of(page)


def test_a_survey_that_was_not_opened_does_not_exist(world: World, survey: Survey, phone: TakePhone) -> None:
    with world.database.transaction() as session:
        draft = surveys.copy(
            session, surveys.find(session, survey.id), staff=world.office.admin, now=world.now
        )
    reader = phone(world.office.student)
    for end_of_path in ("", "/thanks", "/results"):
        reader.get(f"/h5/surveys/{draft.code}{end_of_path}", status=404)
    assert draft.state is SurveyState.DRAFT
    phone().get("/h5/surveys", status=401)
