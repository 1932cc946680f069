"""The menu's button 「满意度测评」 in the chat, while surveys run."""

import re
from datetime import datetime, timedelta

from domain import surveys
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue
from tests.support.surveys import write_survey

_LINK = re.compile(r'<a href="http://127\.0\.0\.1:8000/h5/enter/[\w-]{32}">([^<]*)</a>')


def test_survey_button_leads_to_the_surveys_that_run(me: Dialogue, campus: Campus, now: datetime) -> None:
    office = campus.office
    with me.database.transaction() as session:
        survey = write_survey(session, office.admin, team=office.team, other_team=office.other_team, now=now)
        end = now + timedelta(days=9)
        surveys.plan(session, survey, opens_at=None, closes_at=end, staff=office.admin, now=now)

    lines = me.event("CLICK", "SURVEY").splitlines()

    assert _LINK.sub(r"[\1]", lines[0]) == "正在进行满意度测评：[秋季学期测评]（12月02日 截止）"
    assert lines[1] == "匿名填写，一人一份；已经答过的不用再答。"
