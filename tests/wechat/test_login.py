"""Web sign-in against the pretend platform: the address, the code, and what is wrong with either."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from config.settings import Settings
from models.database import Database
from simulator import Simulator
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.login import Visitor, WebLogin
from wechat.transport import SessionPerThread

BACK = "http://127.0.0.1:8000/h5/oauth/return?next=%2Fh5%2Fcomplaints&again=0"


@pytest.fixture
def login(settings: Settings) -> WebLogin:
    return WebLogin(
        settings.model_copy(update={"wechat_open_base": settings.wechat_api_base}), SessionPerThread()
    )


def code_of(login: WebLogin, openid: str) -> str:
    """Go where a phone would go, and read the code it comes back with."""
    address = login.address(back_to=BACK, state="s7")
    answer = requests.get(address, cookies={"sim_openid": openid}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert (back["state"], back["next"]) == ("s7", "/h5/complaints")
    return back["code"]


def test_address_has_the_parameters_in_the_order_wechat_wants(settings: Settings) -> None:
    address = WebLogin(settings, SessionPerThread()).address(back_to="https://a.edu/b?c=d", state="e")

    assert address == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxsim0000000000001"
        "&redirect_uri=https%3A%2F%2Fa.edu%2Fb%3Fc%3Dd&response_type=code&scope=snsapi_base&state=e#wechat_redirect"
    )


def test_code_tells_who_is_reading_once(login: WebLogin, openid: str) -> None:
    code = code_of(login, openid)

    assert login.visitor_of(code) == Visitor(openid=openid, is_snapshot=False)
    with pytest.raises(WeChatError) as used:
        login.visitor_of(code)
    assert (used.value.code, used.value.action) == (40163, Action.LOGIN_AGAIN)


def test_reader_of_a_snapshot_is_told_apart(login: WebLogin, platform: Simulator, openid: str) -> None:
    code = code_of(login, openid)
    next(iter(platform.state.users)).snapshot = True

    assert login.visitor_of(code) == Visitor(openid=openid, is_snapshot=True)


@pytest.mark.parametrize("code", ["", "never-given", "x" * 600])
def test_code_that_was_never_given_is_refused(login: WebLogin, code: str) -> None:
    with pytest.raises(WeChatError) as refused:
        login.visitor_of(code)

    assert (refused.value.code, refused.value.action) == (40029, Action.LOGIN_AGAIN)


def test_silence_is_told_without_the_secret(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"wechat_api_base": "http://127.0.0.1:9/"})

    with pytest.raises(WeChatUnreachable) as silence:
        WebLogin(nowhere, SessionPerThread()).visitor_of("code")
    assert settings.wechat_app_secret.get_secret_value() not in str(silence.value)


def test_code_is_not_exchanged_inside_a_transaction(login: WebLogin, sqlite: Database) -> None:
    with sqlite.transaction(), pytest.raises(RuntimeError):
        login.visitor_of("code")
