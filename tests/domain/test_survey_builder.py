"""What a survey asks, as it is written: added, changed, moved, copied, and read by who reviews the texts."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from config.survey_templates import QuestionTemplate, survey_templates
from domain import survey_builder as builder
from domain import survey_results, survey_sheets, survey_texts, surveys
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.permissions import may_build_surveys, may_read_surveys, surveys_of_team
from domain.survey_builder import QuestionEntry, SectionEntry
from domain.surveys import SurveyEntry
from models.category import Category
from models.enums import QuestionKind, TextState
from models.survey import Survey, SurveySection
from tests.support.story import Story
from tests.support.surveys import BOX, answer_many, filled, open_survey, write_survey

STARS = QuestionKind.STARS


@pytest.fixture
def by(story: Story) -> Any:
    """Who writes the survey."""
    return {"staff": story.office.dispatcher, "now": story.now}


@pytest.fixture
def survey(story: Story) -> Survey:
    """The survey with one question of each kind, being written."""
    office = story.office
    return write_survey(
        story.session, office.admin, team=office.team, other_team=office.other_team, now=story.now
    )


def titles(survey: Survey) -> list[list[str]]:
    return [[section.title, *(q.title for q in section.questions)] for section in survey.sections]


def refusal(act: Callable[[], object], kind: type[DomainError] = Invalid) -> str:
    with pytest.raises(kind) as caught:
        act()
    return caught.value.message


def test_questions_move_past_each_other_and_into_the_next_section(story: Story, survey: Survey) -> None:
    session = story.session

    def move(at: tuple[int, int], by: int) -> list[list[str]]:
        builder.move_question(session, survey, survey.sections[at[0]].questions[at[1]], by=by)
        return titles(surveys.find(session, survey.id))

    taste, queue, wishes, more = "饭菜的口味", "排队多久", "要改进什么", "还想说什么"
    canteen, repair, in_time = "食堂就餐", "校园维修", "上门是否及时"
    assert move((0, 0), 1) == [[canteen, queue, taste, wishes, more], [repair, in_time]]
    assert move((0, 0), -1) == [[canteen, queue, taste, wishes, more], [repair, in_time]]
    assert move((0, 3), 1) == [[canteen, queue, taste, wishes], [repair, more, in_time]]
    assert move((1, 1), 1) == [[canteen, queue, taste, wishes], [repair, more, in_time]]
    assert move((1, 0), -1) == [[canteen, queue, taste, wishes, more], [repair, in_time]]

    builder.move_section(session, survey, survey.sections[0], by=1)
    assert titles(survey) == [[repair, in_time], [canteen, queue, taste, wishes, more]]
    builder.move_section(session, survey, survey.sections[0], by=-1)
    assert titles(survey)[0] == [repair, in_time]


def test_questions_are_copied_changed_and_taken_out(story: Story, survey: Survey, by: Any) -> None:
    session, section = story.session, survey.sections[0]
    queue = section.questions[1]
    copied = builder.copy_question(session, survey, queue, **by)
    assert [q.title for q in section.questions][1:3] == ["排队多久", "排队多久"]
    assert (copied.kind, copied.options) == (QuestionKind.SINGLE, ["很短", "很长"])

    entry = QuestionEntry(kind=QuestionKind.MULTIPLE, title=" 要什么 ", options=("甲", "乙", "甲", " "))
    builder.change_question(session, survey, copied, entry, **by)
    assert (copied.title, copied.options) == ("要什么", ["甲", "乙"])
    builder.remove_question(session, survey, copied, **by)
    builder.change_section(session, survey, section, SectionEntry(title="食堂", skippable=True), **by)
    builder.remove_section(session, survey, survey.sections[1], **by)
    assert titles(surveys.find(session, survey.id)) == [
        ["食堂", "饭菜的口味", "排队多久", "要改进什么", "还想说什么"]
    ]
    assert (section.skippable, section.team_id) == (True, None)
    assert session.scalars(select(SurveySection.survey_id)).all() == [survey.id]


def test_what_cannot_be_asked_is_refused(story: Story, survey: Survey, by: Any) -> None:
    session, section = story.session, survey.sections[0]

    def said(**values: Any) -> tuple[str, str | None]:
        entry = QuestionEntry(**({"kind": QuestionKind.SINGLE, "title": "题"} | values))
        with pytest.raises(Invalid) as caught:
            builder.add_question(session, survey, section, entry, **by)
        return caught.value.message, caught.value.field

    few = "选项一行写一个，要有 2 到 12 个不同的选项。"
    assert said(kind=STARS, title="") == ("请填写题目，最多 100 字。", "question")
    assert said(kind=STARS, title="题" * 101) == ("请填写题目，最多 100 字。", "question")
    assert said(options=("甲", "甲")) == (few, "options")
    assert said(options=tuple("甲乙丙丁戊己庚辛壬癸子丑寅")) == (few, "options")
    assert said(options=("长" * 41, "短")) == ("每个选项最多 40 字。", "options")
    nameless = SectionEntry(title=" ")
    assert "请填写这个部分的名称" in refusal(lambda: builder.add_section(session, survey, nameless, **by))
    assert "没有找到这个部分" in refusal(lambda: builder.section_of(survey, 0), NotFound)
    assert "没有找到这道题" in refusal(lambda: builder.question_of(survey, 0), NotFound)
    assert "没有这个模板" in refusal(lambda: builder.add_template(session, survey, "x", **by), NotFound)
    assert builder.question_of(survey, section.questions[2].id) is section.questions[2]
    assert builder.section_of(survey, section.id) is section


def test_nobody_is_asked_too_much(story: Story, survey: Survey, by: Any) -> None:
    session, section = story.session, survey.sections[0]
    question = section.questions[0]
    while builder.count_of(survey) < builder.MOST_QUESTIONS:
        builder.copy_question(session, survey, question, **by)
    most = "最多 60 道题，再多就没有人答得完了。"
    entry = QuestionEntry(kind=STARS, title="再一题")
    assert refusal(lambda: builder.add_question(session, survey, section, entry, **by)) == most
    assert refusal(lambda: builder.copy_question(session, survey, question, **by)) == most
    assert refusal(lambda: builder.add_template(session, survey, "canteen", **by)) == most
    while len(survey.sections) < builder.MOST_SECTIONS:
        builder.add_section(session, survey, SectionEntry(title="部分"), **by)
    one_more = SectionEntry(title="再一个")
    assert refusal(lambda: builder.add_section(session, survey, one_more, **by)).startswith("最多 12 个部分")


def test_templates_go_to_the_teams_of_this_office(story: Story, by: Any) -> None:
    session, office = story.session, story.office
    category = story.factory.category(session, "canteen", team=office.team)
    survey = surveys.create(session, SurveyEntry(title="全部模板"), **by)
    for template in survey_templates():
        builder.add_template(session, survey, template.key, **by)

    assert [section.title for section in survey.sections] == [one.title for one in survey_templates()]
    assert (survey.sections[0].category_id, survey.sections[0].team_id) == (category.id, office.team.id)
    assert {section.team_id for section in survey.sections[1:]} == {None}
    assert surveys.lacks(survey) == []
    assert (builder.count_of(survey), builder.minutes_for(survey)) == (39, 5)
    assert [one.name for one in survey_results.results_of(session, survey).teams] == [office.team.name]
    named = builder.add_section(session, survey, SectionEntry(title="另", category_id=category.id), **by)
    assert named.team_id == office.team.id
    with pytest.raises(ValueError, match="至少两项"):
        QuestionTemplate(kind="single", title="题", options=("一",))
    assert session.get(Category, category.id) is category


def test_results_add_up_stars_by_section_and_team_and_hide_what_few_said(
    story: Story, survey: Survey
) -> None:
    session, office = story.session, story.office
    open_survey(session, survey, office.admin, now=story.now)
    answer_many(session, survey, story.factory, 8, stars=5)
    answer_many(session, survey, story.factory, 3, stars=2)
    with_repair = story.factory.person(session)
    survey_sheets.hand_in(
        session, survey.id, with_repair, filled(survey, stars=4, repair=1), box=BOX, now=story.now
    )
    before = survey_results.results_of(session, survey)
    assert (before.counted, before.enough) == (0, False)
    assert survey_sheets.open_waiting(session, survey.id, box=BOX) == 12

    found = survey_results.results_of(session, survey)
    assert (found.counted, found.enough) == (12, True)
    taste, queue, wishes, _more = found.sections[0].questions
    assert [(bar.label, bar.count, bar.percent) for bar in taste.bars] == [
        ("5 星 很满意", 8, 67),
        ("4 星 满意", 1, 8),
        ("3 星 一般", 0, 0),
        ("2 星 不满意", 3, 25),
        ("1 星 很不满意", 0, 0),
    ]
    assert taste.stars is not None
    assert (round(taste.stars.mean, 2), taste.stars.percent_good, taste.n) == (4.17, 75, 12)
    assert [(bar.label, bar.count) for bar in queue.bars] == [("很短", 12), ("很长", 0)]
    assert (wishes.n, wishes.enough, wishes.bars) == (0, False, ())
    in_time = found.sections[1].questions[0]
    assert (in_time.n, in_time.enough, in_time.stars, list(in_time.bars)) == (1, False, None, [])
    assert [(team.name, team.stars.n, team.stars.enough) for team in found.teams] == [
        ("饮食服务中心", 12, True),
        ("维修服务中心", 1, False),
    ]
    own = survey_results.results_of(session, survey, team_id=office.other_team.id)
    assert [section.section.title for section in own.sections] == ["校园维修"]
    sheets = survey_results.rows_of_sheets(session, survey)
    question = survey.sections[0].questions[0].id
    assert sorted(sheet[question] for sheet in sheets) == [[2]] * 3 + [[4]] + [[5]] * 8
    nothing = survey_results.Stars(0, 0, 0, 0)
    assert (nothing.mean, nothing.percent_good) == (0.0, 0)


def test_texts_are_released_one_by_one(story: Story, survey: Survey, by: Any) -> None:
    session, office = story.session, story.office
    open_survey(session, survey, office.admin, now=story.now)
    answer_many(session, survey, story.factory, 11, words="菜有点咸")
    survey_sheets.open_waiting(session, survey.id, box=BOX)
    waiting = survey_texts.texts_of(session, survey, TextState.WAITING, page=1)
    assert {(one.words, one.question) for one in waiting} == {("菜有点咸", "还想说什么")}
    one, two = waiting[0].sheet, waiting[1].sheet

    survey_texts.decide(session, survey, one, TextState.RELEASED, **by)
    survey_texts.decide(session, survey, one, TextState.RELEASED, **by)
    survey_texts.decide(session, survey, two, TextState.WITHHELD, **by)
    assert list(survey_texts.counts(session, survey).values()) == [9, 1, 1]
    assert survey_results.results_of(session, survey).sections[0].questions[3].texts == ["菜有点咸"]
    lead = {"staff": office.lead, "now": story.now}
    act = survey_texts.decide
    assert "受理员" in refusal(lambda: act(session, survey, one, TextState.WITHHELD, **lead), NotAllowed)  # type: ignore[arg-type]
    other = surveys.copy(session, survey, **by)
    assert "没有找到" in refusal(lambda: act(session, other, one, TextState.WITHHELD, **by), NotFound)
    survey_texts.decide(session, survey, two, TextState.WAITING, **by)
    assert survey_texts.texts_of(session, survey, TextState.WITHHELD, page=1) == []


def test_who_may_do_what_with_surveys(story: Story) -> None:
    office = story.office
    people = (office.handler, office.lead, office.dispatcher, office.leader, office.inspector, office.admin)

    assert [may_build_surveys(one) for one in people] == [False, False, True, False, False, True]
    assert [may_read_surveys(one) for one in people] == [False, True, True, True, True, True]
    assert [surveys_of_team(one) for one in people[1:]] == [office.team.id, None, None, None, None]
