"""A request with the same key has its effect once; another one with it is refused."""

from datetime import timedelta

import pytest

from domain.idempotency import KeyReused, fingerprint, keep_result, seen_before
from tests.support.retention import drop
from tests.support.story import Story

KEY = "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d"


def test_second_request_is_told_the_result_of_the_first(story: Story) -> None:
    session, student, now = story.session, story.office.student, story.now
    asked = fingerprint("/complaints", "{}")

    first = seen_before(session, student, key=KEY, fingerprint=asked, now=now)
    keep_result(session, student, key=KEY, result="2026-1123-0001")
    second = seen_before(session, student, key=KEY, fingerprint=asked, now=now)
    of_friend = seen_before(session, story.office.friend, key=KEY, fingerprint=asked, now=now)

    assert (first, second, of_friend) == (None, "2026-1123-0001", None)
    with pytest.raises(KeyReused):
        seen_before(session, student, key=KEY, fingerprint=fingerprint("/complaints{", "}"), now=now)


def test_key_is_forgotten_after_a_week(story: Story) -> None:
    session, student, now = story.session, story.office.student, story.now
    seen_before(session, student, key=KEY, fingerprint="x", now=now)

    assert drop(session, "requests", now=now + timedelta(days=7)) == 0
    assert drop(session, "requests", now=now + timedelta(days=7, seconds=1)) == 1
