"""The page of a push: drawn once for the thousands who open it, and gone when the push is called off."""

import pytest
from flask import Flask

from domain import push_runs
from models.push import PushRun
from models.push_words import PushKind
from tests.support.pages import words_of
from tests.support.pushes import something_to_tell
from tests.web.h5.conftest import CountQueries, World
from tests.web.h5.test_board import Seconds, TakePhone, watched
from web.h5.board_cache import LOOK_EVERY_SECONDS


@pytest.fixture
def seconds(app: Flask) -> Seconds:
    return watched(app)


@pytest.fixture
def run(world: World) -> PushRun:
    with world.database.transaction() as session:
        something_to_tell(session, world.office, now=world.now)
        due = {"due_at": world.now, "now": world.now}
        return push_runs.begin(session, kind=PushKind.DIGEST, staff=world.office.dispatcher, **due)


def test_page_is_drawn_once_for_all_once_it_is_out(
    world: World, phone: TakePhone, run: PushRun, seconds: Seconds, count_queries: CountQueries
) -> None:
    address = f"/h5/pushes/{run.code}"
    assert "还没有批准，只供预览。" in words_of(phone().get(address).header)
    with world.database.transaction() as session:
        push_runs.approve(session, run.id, staff=world.office.leader, now=world.now)
    drawn = phone(world.office.student).client.get(address)
    assert "还没有批准" not in drawn.text
    with count_queries() as asked:
        again = phone().client.get(address)
    assert (asked, again.data) == ([], drawn.data)
    for answer in (drawn, again):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")

    with world.database.transaction() as session:
        push_runs.cancel(session, run.id, reason="内容有误", staff=world.office.leader, now=world.now)
    seconds.now += LOOK_EVERY_SECONDS
    assert phone().client.get(address).status_code == 404
