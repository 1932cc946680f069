"""The scoreboard: what is measured, what counts, and that everybody can work a score out again."""

import re
from datetime import timedelta

import pytest

from domain import office_settings, scoreboard, survey_sheets
from domain.errors import Invalid
from domain.figure_periods import Span, period_of
from domain.permissions import may_see_scoreboard
from domain.scoreboard import (
    USUAL_WEIGHTS,
    WEIGHTS,
    Criterion,
    Line,
    Score,
    checked_weights,
    ranks_of,
    weighted,
)
from domain.working_time import local_time
from models.enums import ComplaintStatus as S
from models.enums import Role
from models.survey import Survey
from tests.support.story import Story
from tests.support.surveys import BOX, answer_many, filled, open_survey, write_survey

C = Criterion
NAMES = {one.value: one.label for one in Criterion}


def board(story: Story, weights: scoreboard.Weights = USUAL_WEIGHTS) -> dict[str, Line]:
    period = period_of(Span.TERM, today=local_time(story.now).date())
    return {line.team.name: line for line in scoreboard.lines(story.session, period, weights, now=story.now)}


def answered(story: Story, count: int, *, stars: int, title: str) -> Survey:
    office = story.office
    survey = write_survey(
        story.session,
        office.admin,
        team=office.team,
        other_team=office.other_team,
        now=story.now,
        title=title,
    )
    open_survey(story.session, survey, office.admin, now=story.now)
    answer_many(story.session, survey, story.factory, count, stars=stars)
    survey_sheets.open_waiting(story.session, survey.id, box=BOX)
    return survey


def test_a_team_is_measured_by_what_it_closed_and_too_few_count_for_nothing(story: Story) -> None:
    for _ in range(12):
        story.complaint(S.CLOSED)
    for _ in range(3):
        story.complaint(S.CLOSED).team = story.office.other_team
    survey = answered(story, 10, stars=4, title="秋季测评")
    story.later(days=1)

    lines = board(story)

    own, other = lines["饮食服务中心"], lines["维修服务中心"]
    shares = {one: (found.rate.good, found.rate.of, found.enough) for one, found in own.measured.items()}
    assert shares == {
        C.RESPONSE: (12, 12, True),
        C.RESOLUTION: (12, 12, True),
        C.SATISFACTION: (12, 12, True),
        C.COVERAGE: (12, 12, True),
        C.LATE: (0, 12, True),
        C.REDONE: (0, 12, True),
        C.DEFERRED: (0, 12, True),
        C.BOUNCED: (0, 12, True),
        C.SURVEY: (40, 50, True),
    }
    assert (own.measured[C.SURVEY].tenths, own.measured[C.LATE].tenths) == (800, 1000)
    assert (own.score.text, own.rank) == ("98.0", 1)  # nine tenths of 100, and a tenth of 80
    assert own.stars.surveys == [(survey.id, "秋季测评")]
    assert (other.score.tenths, other.score.words, other.rank) == (None, "没有可以计算的项目。", None)
    assert other.score.text == "—"
    assert list(lines) == ["饮食服务中心", "维修服务中心"]


def test_stars_of_too_few_sheets_stay_out_of_the_sum_of_several_surveys(story: Story) -> None:
    session, office = story.session, story.office
    answered(story, 10, stars=5, title="一")
    second = answered(story, 6, stars=1, title="二")
    for _ in range(4):
        person, sheet = story.factory.person(session), filled(second, stars=1, repair=3)
        survey_sheets.hand_in(session, second.id, person, sheet, box=BOX, now=story.now)
    survey_sheets.open_waiting(session, second.id, box=BOX)
    period = period_of(Span.TERM, today=local_time(story.now).date())

    found = scoreboard.survey_stars(session, period)
    assert {team: (one.n, one.total, one.given) for team, one in found.items()} == {
        office.team.id: (20, 60, 20)
    }
    assert [title for _, title in found[office.team.id].surveys] == ["一", "二"]
    assert scoreboard.survey_stars(session, period.last_year()) == {}


def test_a_score_can_be_worked_out_again_from_its_words() -> None:
    score = weighted([("甲", 924, 25), ("乙", None, 30), ("丙", 881, 35), ("丁", 10, 0)])

    assert score.words == "（甲 92.4 × 25 + 丙 88.1 × 35）÷ 60 = 89.9。乙没有计入，按其余 60% 的权重折算。"
    numbers = [float(one) for one in re.findall(r"[\d.]*\d", score.words)]
    assert round((numbers[0] * numbers[1] + numbers[2] * numbers[3]) / numbers[4], 1) == numbers[5]
    assert (score.tenths, score.left_out, score.weight, score.is_ranked) == (899, ["乙"], 60, True)
    assert not weighted([("甲", 923, 59), ("乙", None, 41)]).is_ranked


def test_equal_scores_share_a_place_and_what_rests_on_little_has_none() -> None:
    scores = [Score(900, "", weight=100), Score(None, ""), Score(950, "", weight=59)]
    scores += [Score(880, "", weight=60), Score(900, "", weight=80)]
    assert ranks_of(scores) == [1, None, None, 3, 1]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"response": "101"}, "response", "「按时答复率」的权重须是 0 到 100 的整数。"),
        ({"late": "-1"}, "late", "「超期办结」的权重须是 0 到 100 的整数。"),
        ({"response": "60", "late": "30"}, "response", "各项权重加起来要等于 100，现在是 90。"),
    ],
)
def test_weights_are_whole_and_a_hundred_together(given: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_weights(given, NAMES)
    assert (refusal.value.field, refusal.value.message) == (field, message)


def test_weights_are_kept_by_the_office_and_leads_see_the_board(story: Story) -> None:
    session, office = story.session, story.office
    assert office_settings.read(session, WEIGHTS) == USUAL_WEIGHTS
    assert sum(USUAL_WEIGHTS.values()) == 100
    found = checked_weights({"response": "70", "survey": " 30 "}, NAMES)
    weights = {one: found[one.value] for one in Criterion}
    office_settings.write(session, WEIGHTS, weights, staff=office.admin, now=story.now)
    session.expire_all()
    assert office_settings.read(session, WEIGHTS) == weights

    alone = story.factory.staff(session, Role.LEAD)
    may = {
        one.username for one in (office.lead, office.handler, office.leader, alone) if may_see_scoreboard(one)
    }
    assert may == {"lead", "leader"}
    story.now += timedelta(days=1)
    assert {line.rank for line in board(story, weights).values()} == {None}
