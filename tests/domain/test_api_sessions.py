"""What becomes of sessions that are over; how they are used stands in tests/web/api/test_sessions.py."""

from datetime import timedelta

import pytest

from domain.api_sessions import Over, SessionOver, begin, end_all, find
from tests.support.retention import drop
from tests.support.story import Story

DAY = timedelta(days=1)


def test_session_that_is_over_can_be_told_from_none_for_a_month(story: Story) -> None:
    session, student, now = story.session, story.office.student, story.now
    _, ended = begin(session, student, device="手机", now=now)
    _, expired = begin(session, student, device="平板", now=now - 29 * DAY)
    end_all(session, student, now=now)
    _, running = begin(session, student, device="电脑", now=now)

    def told(token: str, days: int) -> Over | None:
        try:
            find(session, token, now=now + days * DAY)
        except SessionOver as over:
            return over.why
        return None

    assert [told(each, 1) for each in (ended, expired, running)] == [Over.ENDED, Over.ENDED, None]
    assert told(running, 30) is Over.EXPIRED
    assert drop(session, "sessions", now=now + 30 * DAY) == 0
    assert drop(session, "sessions", now=now + 31 * DAY) == 2
    assert told(ended, 31) is Over.UNKNOWN


def test_name_of_a_device_is_cut(story: Story) -> None:
    opened, _ = begin(story.session, story.office.student, device="很" * 90, now=story.now)

    assert len(opened.device) == 60
    assert opened.person_id == story.office.student.id
    with pytest.raises(SessionOver, match="登录凭证无效"):
        find(story.session, "nothing", now=story.now)
