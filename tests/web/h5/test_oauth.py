"""Coming in by WeChat's own word, with the pretend platform in WeChat's place."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models.database import Database
from models.person import Person
from simulator import Simulator
from simulator.server import RunningSimulator
from simulator.state import User

PAGE = "/h5/complaints?tab=open"
A_PAGE = {"Accept": "text/html,*/*"}


@pytest.fixture
def reader(platform: Simulator) -> User:
    return next(iter(platform.state.users))


@pytest.fixture
def make_app(make_platform_app: Callable[..., Flask], running: RunningSimulator) -> Callable[..., Flask]:
    """Make the web application for an account with the right; settings may be replaced."""
    right = {"wechat_open_base": running.base_url, "wechat_oauth": True}
    return lambda **changes: make_platform_app(**(right | changes))


@pytest.fixture
def phone(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app().test_client()


def opened(phone: FlaskClient, path: str) -> TestResponse:
    return phone.get(path, headers=A_PAGE)


def location(answer: TestResponse) -> str:
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def asked_wechat(phone: FlaskClient, path: str) -> str:
    """Open a page, be sent to WeChat, and give the address there."""
    begin = location(opened(phone, path))
    assert begin.startswith("/h5/oauth/begin?")
    return location(opened(phone, begin))


def answered(address: str, reader: User) -> str:
    """Let WeChat answer, and give the path and query it leads back to."""
    answer = requests.get(address, cookies={"sim_openid": reader.openid}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == "http://127.0.0.1:8000"
    return f"{back.path}?{back.query}"


def begin(**more: int) -> str:
    """The address at which a reader of PAGE begins."""
    return f"/h5/oauth/begin?{urlencode({'next': PAGE, **more}, safe='/?')}"


def people(database: Database) -> list[str | None]:
    with database.reading() as session:
        return list(session.scalars(select(Person.openid)))


def test_page_is_opened_by_wechats_word_and_the_address_is_clean(
    phone: FlaskClient, reader: User, database: Database
) -> None:
    back = answered(asked_wechat(phone, PAGE), reader)
    answer = opened(phone, back)

    assert location(answer) == PAGE
    assert answer.headers["Cache-Control"] == "no-store"
    assert opened(phone, PAGE).status_code == 200
    assert people(database) == [reader.openid]


def test_answer_used_a_second_time_leads_on_without_asking_again(
    phone: FlaskClient, reader: User, platform: Simulator
) -> None:
    back = answered(asked_wechat(phone, PAGE), reader)
    opened(phone, back)

    assert location(opened(phone, back)) == PAGE
    assert len(platform.calls.find(path="/sns/oauth2/access_token")) == 1


def test_answer_asked_for_by_another_browser_signs_nobody_in(
    make_app: Callable[..., Flask], reader: User, platform: Simulator, database: Database
) -> None:
    mine, other = make_app().test_client(), make_app().test_client()
    back = answered(asked_wechat(mine, PAGE), reader)

    assert location(opened(other, back)) == begin(again=1)
    assert platform.calls.find(path="/sns/oauth2/access_token") == []
    assert people(database) == []


def test_two_pages_opened_side_by_side_both_come_in(phone: FlaskClient, reader: User) -> None:
    first, second = asked_wechat(phone, "/h5/notices"), asked_wechat(phone, PAGE)

    assert location(opened(phone, answered(second, reader))) == PAGE
    assert location(opened(phone, answered(first, reader))) == "/h5/notices"


def test_code_that_wechat_refuses_is_asked_for_anew_twice_and_no_more(
    phone: FlaskClient, reader: User, platform: Simulator
) -> None:
    path = PAGE
    address = asked_wechat(phone, path)
    for _ in range(2):
        back = dict(parse_qsl(urlsplit(answered(address, reader)).query)) | {"code": "stale"}
        address = location(opened(phone, location(opened(phone, f"/h5/oauth/return?{urlencode(back)}"))))
    back = dict(parse_qsl(urlsplit(answered(address, reader)).query)) | {"code": "stale"}
    last = opened(phone, location(opened(phone, f"/h5/oauth/return?{urlencode(back)}")))

    assert (last.status_code, "没能确认您的身份" in last.get_data(as_text=True)) == (401, True)
    assert len(platform.calls.find(path="/sns/oauth2/access_token")) == 3


def test_browser_that_keeps_no_cookies_does_not_go_in_circles(
    make_app: Callable[..., Flask], reader: User, platform: Simulator
) -> None:
    app = make_app()
    steps, path = 0, PAGE
    while True:
        answer = app.test_client(use_cookies=False).get(path, headers=A_PAGE)
        if answer.status_code != 302:
            break
        path = answer.headers["Location"]
        path = answered(path, reader) if path.startswith("http") else path
        steps += 1
        assert steps < 20
    assert answer.status_code == 401
    assert platform.calls.find(path="/sns/oauth2/access_token") == []


def test_snapshot_is_refused_and_says_how_to_open_the_full_page(
    phone: FlaskClient, reader: User, database: Database
) -> None:
    reader.snapshot = True
    answer = opened(phone, answered(asked_wechat(phone, PAGE), reader))

    assert answer.status_code == 403
    assert "使用完整服务" in answer.get_data(as_text=True)
    assert people(database) == []


def test_silence_of_wechat_offers_another_try(make_app: Callable[..., Flask], reader: User) -> None:
    phone = make_app(wechat_api_base="http://127.0.0.1:9/").test_client()
    answer = opened(phone, answered(asked_wechat(phone, PAGE), reader))

    assert answer.status_code == 503
    assert f'href="{begin()}"' in answer.get_data(as_text=True)


def test_account_without_the_right_says_to_use_the_link(
    phone: FlaskClient, reader: User, platform: Simulator
) -> None:
    address = asked_wechat(phone, PAGE)
    back = answered(address, reader)
    platform.faults.add(path="/sns/oauth2/access_token", kind="errcode", errcode=48001)
    answer = opened(phone, back)

    assert answer.status_code == 503
    assert "回复“进度”" in answer.get_data(as_text=True)


def test_question_older_than_ten_minutes_is_asked_again(
    phone: FlaskClient, reader: User, clock: time_machine.Traveller
) -> None:
    back = answered(asked_wechat(phone, PAGE), reader)
    clock.shift(timedelta(minutes=10, seconds=1))

    assert location(opened(phone, back)).startswith("/h5/oauth/begin?")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/h5/", "/admin/inbox", "/h5/\\x"]
)
def test_way_back_leads_to_a_phone_page_only(phone: FlaskClient, reader: User, elsewhere: str) -> None:
    address = location(opened(phone, f"/h5/oauth/begin?{urlencode({'next': elsewhere})}"))

    assert location(opened(phone, answered(address, reader))) == "/h5/complaints"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (iPhone) MicroMessenger/8.0.50", 302),
        ("Mozilla/5.0 (Linux) wxwork/4.1 MicroMessenger/7.0.1", 401),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130", 401),
    ],
)
def test_real_wechat_is_asked_from_its_own_browser_only(
    make_app: Callable[..., Flask], agent: str, expected: int
) -> None:
    phone = make_app(wechat_open_base="https://open.weixin.qq.com/").test_client()

    assert phone.get(PAGE, headers=A_PAGE | {"User-Agent": agent}).status_code == expected


@pytest.mark.parametrize("headers", [{"Accept": "image/avif,*/*"}, A_PAGE | {"HX-Request": "true"}])
def test_pictures_and_fragments_are_not_sent_away(phone: FlaskClient, headers: dict[str, str]) -> None:
    assert phone.get(PAGE, headers=headers).status_code == 401


def test_account_without_web_sign_in_keeps_to_links_from_the_chat(make_app: Callable[..., Flask]) -> None:
    phone = make_app(wechat_oauth=False).test_client()

    assert opened(phone, PAGE).status_code == 401
    assert opened(phone, "/h5/oauth/begin").status_code == 401


def test_phone_of_somebody_deleted_is_asked_who_reads_now(
    phone: FlaskClient, reader: User, database: Database
) -> None:
    opened(phone, answered(asked_wechat(phone, PAGE), reader))
    with database.transaction() as session:
        session.delete(session.scalars(select(Person)).one())
    opened(phone, answered(asked_wechat(phone, PAGE), reader))

    assert opened(phone, PAGE).status_code == 200
    with database.reading() as session:
        assert session.scalar(select(func.count(Person.id))) == 1


def test_dead_link_from_the_chat_shows_the_way_through_wechat(
    make_app: Callable[..., Flask], phone: FlaskClient
) -> None:
    way_in = b'href="/h5/complaints"'
    without = make_app(wechat_oauth=False).test_client()

    assert way_in in opened(phone, "/h5/enter/used-up").data
    assert way_in not in opened(without, "/h5/enter/used-up").data


def test_busy_wechat_offers_another_try(phone: FlaskClient, reader: User, platform: Simulator) -> None:
    back = answered(asked_wechat(phone, PAGE), reader)
    platform.faults.add(path="/sns/oauth2/access_token", kind="errcode", errcode=-1)

    answer = opened(phone, back)

    assert (answer.status_code, f'href="{begin()}"' in answer.get_data(as_text=True)) == (503, True)


def test_who_is_in_already_is_not_sent_to_wechat(phone: FlaskClient, reader: User) -> None:
    opened(phone, answered(asked_wechat(phone, PAGE), reader))

    assert location(opened(phone, begin())) == PAGE


def test_phone_that_changes_hands_is_asked_about_anew(
    phone: FlaskClient, reader: User, platform: Simulator, database: Database
) -> None:
    opened(phone, answered(asked_wechat(phone, PAGE), reader))
    other = list(platform.state.users)[1]

    back = answered(location(opened(phone, begin(anew=1))), other)

    assert location(opened(phone, back)) == PAGE
    with database.reading() as session:
        someone = session.scalar(select(Person.id).where(Person.openid == other.openid))
    with phone.session_transaction() as kept:
        assert kept["person_id"] == someone


def test_who_was_forgotten_is_asked_before_being_taken_up_again(
    phone: FlaskClient, reader: User, database: Database
) -> None:
    opened(phone, answered(asked_wechat(phone, "/h5/my-data/delete"), reader))
    page = opened(phone, "/h5/my-data/delete").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    gone = phone.post("/h5/my-data/delete", data={"csrf_token": token, "word": "删除"})
    assert gone.location == "/h5/deleted"

    question = opened(phone, answered(asked_wechat(phone, PAGE), reader))
    page = question.get_data(as_text=True)
    assert (question.status_code, "重新开始" in page) == (200, True)
    assert people(database) == [None]

    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    onward = phone.post("/h5/oauth/anew", data={"csrf_token": token, "next": PAGE})
    assert location(opened(phone, answered(location(opened(phone, onward.location)), reader))) == PAGE
    assert people(database) == [None, reader.openid]
