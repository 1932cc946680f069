"""Surveys: who may write and open them, when, and what stays of whom in the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from domain import survey_audience, survey_builder, survey_sheets, surveys
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.survey_audience import Coverage
from domain.survey_builder import QuestionEntry, SectionEntry
from domain.surveys import SurveyEntry
from models.audit import AuditEntry
from models.enums import QuestionKind, SurveyAudience, SurveyState
from models.survey import Survey, SurveyParticipation, SurveyQuestion
from tests.support.story import Story, wall
from tests.support.surveys import BOX, answer_many, filled, open_survey, write_survey


def write(story: Story) -> Survey:
    office = story.office
    return write_survey(
        story.session, office.dispatcher, team=office.team, other_team=office.other_team, now=story.now
    )


def refusal(act: Callable[[], object], kind: type[DomainError] = Invalid) -> str:
    with pytest.raises(kind) as caught:
        act()
    return caught.value.message


def test_only_the_desk_and_administrators_write_surveys(story: Story) -> None:
    office = story.office
    entry = SurveyEntry(title="测评")
    for staff in (office.handler, office.lead, office.leader, office.inspector):
        with pytest.raises(NotAllowed, match="满意度测评由受理员和系统管理员编写"):
            surveys.create(story.session, entry, staff=staff, now=story.now)

    made = surveys.create(story.session, SurveyEntry(title="测评"), staff=office.admin, now=story.now)
    assert surveys.hold(story.session, made.id, staff=office.dispatcher) is made
    assert refusal(lambda: surveys.hold(story.session, 0, staff=office.admin), NotFound) == surveys.NOT_FOUND
    assert refusal(lambda: surveys.find(story.session, 0), NotFound) == surveys.NOT_FOUND


def test_what_stands_around_the_questions_is_checked(story: Story) -> None:
    by: Any = {"staff": story.office.dispatcher, "now": story.now}
    survey = write(story)

    def said(**values: Any) -> str:
        entry = SurveyEntry(**({"title": "测评"} | values))
        return refusal(lambda: surveys.change(story.session, survey, entry, **by))

    assert said(title=" ") == "请填写测评名称。"
    assert said(title="测" * 61) == "测评名称最多 60 字。"
    assert said(words="说" * 501) == "说明最多 500 字。"
    assert said(audience=SurveyAudience.PLACES) == "请选择 1 到 50 个地点。"

    places = (story.office.canteen.id, 0)
    entry = SurveyEntry(title="新名", audience=SurveyAudience.PLACES, place_ids=places)
    surveys.change(story.session, survey, entry, **by)
    assert (survey.title, survey.place_ids) == ("新名", [story.office.canteen.id])


def test_a_survey_opens_only_when_it_can_be_answered_and_counted(story: Story) -> None:
    by: Any = {"staff": story.office.dispatcher, "now": story.now}
    survey = surveys.create(story.session, SurveyEntry(title="测评"), **by)

    def opening() -> str:
        return refusal(lambda: surveys.plan(story.session, survey, opens_at=None, closes_at=None, **by))

    assert opening() == "还没有题目。先加一个部分，或者从模板加。"
    section = survey_builder.add_section(story.session, survey, SectionEntry(title="食堂"), **by)
    assert opening() == "「食堂」里还没有题目。"
    words = QuestionEntry(kind=QuestionKind.TEXT, title="说说")
    survey_builder.add_question(story.session, survey, section, words, **by)
    assert opening() == "至少要有一道打星或选择题，只有文字题算不出结果。"


def test_what_was_opened_asks_the_same_until_the_end_and_a_copy_may_ask_otherwise(story: Story) -> None:
    by: Any = {"staff": story.office.dispatcher, "now": story.now}
    survey = open_survey(story.session, write(story), story.office.dispatcher, now=story.now)
    section, question = survey.sections[0], survey.sections[0].questions[0]
    entry = QuestionEntry(kind=QuestionKind.STARS, title="换了的题")
    b = survey_builder
    acts: list[Callable[[], object]] = [
        lambda: surveys.change(story.session, survey, SurveyEntry(title="改名"), **by),
        lambda: surveys.remove(story.session, survey, **by),
        lambda: surveys.plan(story.session, survey, opens_at=None, closes_at=None, **by),
        lambda: b.add_section(story.session, survey, SectionEntry(title="新"), **by),
        lambda: b.add_template(story.session, survey, "canteen", **by),
        lambda: b.change_section(story.session, survey, section, SectionEntry(title="新"), **by),
        lambda: b.remove_section(story.session, survey, section, **by),
        lambda: b.move_section(story.session, survey, section, by=1),
        lambda: b.add_question(story.session, survey, section, entry, **by),
        lambda: b.change_question(story.session, survey, question, entry, **by),
        lambda: b.copy_question(story.session, survey, question, **by),
        lambda: b.remove_question(story.session, survey, question, **by),
        lambda: b.move_question(story.session, survey, question, by=1),
    ]
    assert {refusal(act, TooLate)[:10] for act in acts} == {"测评开放以后，题目和"}

    copied = surveys.copy(story.session, survey, **by)
    assert (copied.title, copied.state, len(copied.sections)) == (
        "秋季学期测评（副本）",
        SurveyState.DRAFT,
        2,
    )
    assert [q.title for q in copied.sections[0].questions] == [q.title for q in section.questions]
    assert copied.code != survey.code
    surveys.remove(story.session, copied, **by)
    left = select(func.count(SurveyQuestion.id))
    assert story.session.scalar(left) == 5
    said = list(story.session.scalars(select(AuditEntry.action)))
    assert said == [], "sealed at commit only"


def test_the_clock_opens_and_closes(story: Story) -> None:
    by: Any = {"staff": story.office.dispatcher, "now": story.now}
    survey = write(story)
    start, end = story.now + timedelta(hours=2), story.now + timedelta(days=3)

    def plan(opens_at: Any, closes_at: Any) -> None:
        surveys.plan(story.session, survey, opens_at=opens_at, closes_at=closes_at, **by)

    assert refusal(lambda: plan(story.now, None)) == "开放时间要在现在以后。"
    assert refusal(lambda: plan(end, start)) == "结束时间要在开放以后。"
    plan(start, end)
    assert "请先取消定时" in refusal(lambda: plan(start, None), TooLate)
    assert refusal(lambda: surveys.by_code(story.session, survey.code), NotFound) == surveys.NOT_FOUND
    surveys.cancel_plan(story.session, survey, **by)
    surveys.cancel_plan(story.session, survey, **by)
    assert (survey.opens_at, survey.closes_at) == (None, None)
    plan(start, end)

    def ring() -> list[object]:
        ids = surveys.due(story.session, now=story.now)
        return [surveys.go_by_clock(story.session, one, box=BOX, now=story.now) for one in ids]

    assert ring() == []
    story.at("2026-11-23 12:00")
    assert surveys.due(story.session, now=story.now) == [survey.id]
    assert ring() == [SurveyState.OPEN]
    assert surveys.by_code(story.session, survey.code) is survey
    assert surveys.go_by_clock(story.session, survey.id, box=BOX, now=story.now) is None

    later = story.now + timedelta(days=4)
    change_end: Any = {"staff": story.office.admin, "now": story.now}
    surveys.set_end(story.session, survey, closes_at=later, **change_end)
    assert "结束时间" in refusal(
        lambda: surveys.set_end(story.session, survey, closes_at=story.now, **change_end)
    )
    story.at("2026-11-26 10:00")
    assert ring() == []
    story.at("2026-11-27 12:00")
    assert ring() == [SurveyState.CLOSED]
    assert wall(survey.closed_at) == "11-27 12:00"
    said = refusal(lambda: surveys.close(story.session, survey, box=BOX, **change_end), TooLate)
    assert said == "这份测评现在没有开放。"


def test_a_survey_that_runs_may_be_left_without_an_end(story: Story) -> None:
    survey = open_survey(story.session, write(story), story.office.admin, now=story.now)
    surveys.set_end(story.session, survey, closes_at=None, staff=story.office.admin, now=story.now)
    story.later(days=400)
    assert surveys.due(story.session, now=story.now) == []


def test_surveys_are_listed_as_somebody_needs_them(story: Story) -> None:
    first, second, third = write(story), write(story), write(story)
    open_survey(story.session, first, story.office.admin, now=story.now)
    open_survey(story.session, second, story.office.admin, now=story.now)
    surveys.close(story.session, second, box=BOX, staff=story.office.admin, now=story.now)

    assert [one.id for one in surveys.listed(story.session)] == [first.id, third.id, second.id]


def test_people_of_the_audience_are_told_apart_by_whether_they_answered_and_only_until_the_end(
    story: Story,
) -> None:
    office, box = story.office, BOX
    survey = open_survey(story.session, write(story), office.admin, now=story.now)
    away = story.factory.person(story.session)
    away.following = False
    story.session.flush()
    assert survey_audience.audience_of(story.session, survey) == {office.student.id, office.friend.id}
    draft = write(story)
    assert survey_audience.coverage(story.session, draft, box=box, now=story.now) == Coverage(2, 0, 0)
    assert survey_audience.not_yet_answered(story.session, draft, box=box) == frozenset()

    for person in (office.student, away):
        survey_sheets.hand_in(story.session, survey.id, person, filled(survey), box=box, now=story.now)

    assert survey_audience.not_yet_answered(story.session, survey, box=box) == {office.friend.id}
    found = survey_audience.coverage(story.session, survey, box=box, now=story.now)
    assert (found, found.percent) == (Coverage(2, 1, 2, 2), 50)
    story.later(days=1)
    assert survey_audience.coverage(story.session, survey, box=box, now=story.now).today == 0
    assert survey_sheets.has_taken_part(story.session, survey, office.student, box=box)

    surveys.close(story.session, survey, box=box, staff=office.admin, now=story.now)
    assert survey_audience.coverage(story.session, survey, box=box, now=story.now) == Coverage(2, 1, 2)
    assert survey_audience.not_yet_answered(story.session, survey, box=box) == frozenset()
    assert not survey_sheets.has_taken_part(story.session, survey, office.student, box=box)
    assert story.session.scalar(select(func.count()).select_from(SurveyParticipation)) == 0
    assert survey.salt == ""
    assert Coverage(0, 0, 0).percent is None


def test_a_survey_may_be_for_those_of_a_place_or_for_staff(story: Story) -> None:
    office, session = story.office, story.session
    window = story.factory.place(session, "小窗", parent=office.canteen)
    story.factory.complaint(session, office, service_point=window)
    office.lead.person_id = office.friend.id
    session.flush()
    by: Any = {"staff": office.admin, "now": story.now}
    of_place = surveys.create(
        session,
        SurveyEntry(title="食堂", audience=SurveyAudience.PLACES, place_ids=(office.canteen.id,)),
        **by,
    )
    of_staff = surveys.create(session, SurveyEntry(title="职工", audience=SurveyAudience.STAFF), **by)
    of_all = surveys.create(session, SurveyEntry(title="所有人"), **by)

    def is_for(survey: Survey) -> tuple[bool, bool]:
        people = (office.student, office.friend)
        return tuple(survey_audience.is_for(session, survey, person) for person in people)  # type: ignore[return-value]

    for made in (of_all, of_staff, of_place):
        section = survey_builder.add_template(session, made, "whole", **by)
        assert section.position == 0
        end = story.now + timedelta(days=made.id)
        surveys.plan(session, made, opens_at=None, closes_at=end if made is of_place else None, **by)
    assert survey_audience.running_for(session, office.student) == [of_place, of_all]
    assert survey_audience.running_for(session, office.friend) == [of_staff, of_all]
    surveys.close(session, of_all, box=BOX, staff=None, now=story.now)
    assert survey_audience.published(session) == [of_all]
    of_all.results_public = False
    assert survey_audience.published(session) == []
    assert survey_audience.audience_of(session, of_place) == {office.student.id}
    assert survey_audience.audience_of(session, of_staff) == {office.friend.id}
    assert [is_for(one) for one in (of_place, of_staff, of_all)] == [
        (True, False),
        (False, True),
        (True, True),
    ]


def test_answers_of_a_survey_nobody_answered_are_counted_as_none(story: Story) -> None:
    survey = open_survey(story.session, write(story), story.office.admin, now=story.now)
    answer_many(story.session, survey, story.factory, 0)
    surveys.close(story.session, survey, box=BOX, staff=None, now=story.now)

    assert survey_audience.coverage(story.session, survey, box=BOX, now=story.now) == Coverage(2, 0, 0)
