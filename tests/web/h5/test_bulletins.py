"""通报 on the phone: for everybody, drawn once for all, and gone when it is withdrawn."""

from collections.abc import Callable

import pytest
from flask import Flask

from domain import bulletin_approval, bulletins
from models.enums import ComplaintStatus as S
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.matters import furnish_matter
from tests.support.pages import words_of
from tests.web.h5.conftest import CountQueries, Phone, World
from web.h5.board_cache import LOOK_EVERY_SECONDS, cache

TakePhone = Callable[..., Phone]
LIST = "/h5/bulletins"


def put_out(world: World) -> int:
    """Publish one, and give its id."""
    files = world.app.extensions["banshishi"].file_store
    with world.database.transaction() as session:
        bulletin = write_bulletin(session, world.office, files, now=world.now)
        return publish_bulletin(session, bulletin, world.office, now=world.now).id


def test_everybody_reads_a_bulletin_from_the_board(
    app: Flask, world: World, phone: TakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.h5.bulletins.PER_PAGE", 1)
    moments = iter(range(0, 10**6, 100))
    with app.app_context():
        cache().clock = lambda: float(next(moments))
    reader = phone()
    assert "还没有发布通报" in words_of(reader.get(LIST))
    for _ in range(3):
        world.file(S.CLOSED)
    files = app.extensions["banshishi"].file_store
    with world.database.transaction() as session:
        furnish_matter(session, world.office, [], files, now=world.now)
    made = put_out(world)
    put_out(world)

    tabs = reader.get("/h5/board").select(".page-tabs a")
    assert [words_of(tab) for tab in tabs] == ["公示", "办实事清单", "通报"]
    listed = reader.get(str(tabs[2]["href"]))
    assert "2026-02 期" in words_of(listed)
    assert "1 / 2" in words_of(listed)
    assert len(reader.get(f"{LIST}?page=2").select(".bulletin-row")) == 1
    page = reader.get(f"{LIST}/2026-01")
    assert "提出 3 件 比上期多 3 件" in words_of(page)
    assert page.select(".tab-bar [aria-current]")[0].get_text(strip=True) == "公示"
    picture = page.select(".chart img")[0]
    answer = reader.client.get(str(picture["src"]))
    assert (answer.mimetype, answer.headers["Cache-Control"]) == (
        "image/png",
        "public, max-age=0, s-maxage=3",
    )
    again = reader.client.get(str(picture["src"]), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert reader.client.get(f"{LIST}/2026-01/light/nothing.png").status_code == 404
    assert reader.client.get(f"{LIST}/2026-99").status_code == 404

    with world.database.transaction() as session:
        found = bulletins.find(session, made)
        act = {"staff": world.office.leader, "now": world.now}
        bulletin_approval.withdraw(session, found, reason="数字有误", **act)
    assert "原因：数字有误" in words_of(reader.get(f"{LIST}/2026-01"))
    assert reader.client.get(str(picture["src"])).status_code == 404


def test_a_page_is_drawn_once_for_all_readers(
    app: Flask, world: World, phone: TakePhone, count_queries: CountQueries
) -> None:
    seconds = [0.0]
    with app.app_context():
        cache().clock = lambda: seconds[0]
    put_out(world)
    first = phone().get(f"{LIST}/2026-01")
    with count_queries() as sent:
        assert words_of(phone().get(f"{LIST}/2026-01")) == words_of(first)
    assert sent == []
    put_out(world)
    seconds[0] += LOOK_EVERY_SECONDS
    assert len(phone().get(LIST).select(".bulletin-row")) == 2
