"""What the mini program asks of the platform, where the answer is not what it should be."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from config.settings import Settings
from models.database import Database
from tests.support.api_program import MINI_APP
from wechat.client import PlatformClient
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.mini_program import MiniProgram, build_mini_program


class _Answering:
    """A client, or a connection, that answers one thing."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.answer = answer

    def post(self, _url: str, **_: Any) -> Mapping[str, Any]:
        return self.answer


@pytest.fixture
def with_mini_program(settings: Settings) -> Settings:
    return Settings.model_validate(settings.model_dump() | MINI_APP)


@pytest.mark.parametrize("code", ["", "x" * 513])
def test_code_that_can_be_none_is_not_sent(with_mini_program: Settings, sqlite: Database, code: str) -> None:
    found = build_mini_program(with_mini_program, sqlite)
    assert found is not None

    for ask in (found.user_of, found.phone_of):
        with pytest.raises(WeChatError) as refused:
            ask(code)
        assert refused.value.code == 40029


@pytest.mark.parametrize("info", [{}, {"purePhoneNumber": "1", "watermark": {"appid": "wxother"}}])
def test_number_for_another_mini_program_is_not_taken(
    with_mini_program: Settings, info: dict[str, Any]
) -> None:
    client = cast("PlatformClient", _Answering({"phone_info": info}))

    with pytest.raises(WeChatUnreachable, match="不是给这个小程序的"):
        MiniProgram(with_mini_program, client).phone_of("code")


def test_without_settings_there_is_no_mini_program(settings: Settings, sqlite: Database) -> None:
    assert build_mini_program(settings, sqlite) is None
