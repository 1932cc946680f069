"""check-config --online against the pretend platform: each fault in turn is named with what mends it."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.serving import make_server

from config.settings import Settings
from models.database import Database
from models.inbound import InboundMessage
from simulator import Simulator
from simulator.server import RunningSimulator
from tests.support.api_program import MINI_APP
from tests.support.mini_platform import PUSHED
from web.application import create_web
from wechat.checkup import Finding
from wechat.checkup import check as offline
from wechat.online_checkup import check_online

Serve = Callable[..., Settings]


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do."""
    return sqlite


@pytest.fixture
def serve(
    make_settings: Callable[..., Settings], running: RunningSimulator, database: Database
) -> Iterator[Serve]:
    """Start the pages with some settings, and give those the check is run with."""
    servers = []

    def start(*, pages: dict[str, object] | None = None, **changes: object) -> Settings:
        known = {
            "database_url": database.engine.url.render_as_string(),
            "wechat_api_base": running.base_url,
        }
        app = create_web(make_settings(**{**known, **(pages or {})}), database)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return make_settings(**{**known, "base_url": f"http://127.0.0.1:{server.port}/", **changes})

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def check(settings: Settings, **later: float) -> dict[str, Finding]:
    found = check_online(settings, now=datetime.now(UTC) + timedelta(**later))
    return {finding.name: finding for finding in found}


def wrong(found: dict[str, Finding]) -> list[str]:
    return [name for name, finding in found.items() if not finding.fine]


def test_account_in_order_has_nothing_to_mend(serve: Serve, database: Database) -> None:
    settings = serve()
    lines = [finding.line.split("：")[0] for finding in check_online(settings, now=datetime.now(UTC))]
    assert lines == [
        "✓ 接口凭证",
        "✓ 时钟",
        "✓ 模板消息权限",
        "✓ 菜单权限",
        "✓ 今天剩余次数（发模板消息）",
        "✓ 今天剩余次数（发客服消息）",
        "✓ 微信服务器地址",
        "✓ 回调地址",
        "✓ 消息加密",
    ]
    with database.reading() as session:
        assert session.scalars(select(InboundMessage.kind)).all() == [], "a check leaves nothing behind"


def test_wrong_secret_names_the_setting(serve: Serve) -> None:
    found = check(serve(wechat_app_secret="x" * 32))
    assert wrong(found) == ["接口凭证"]
    assert "WECHAT_APP_SECRET" in found["接口凭证"].words
    assert "模板消息权限" not in found, "nothing can be asked without a token"


def test_mini_program_is_looked_at_where_there_is_one(serve: Serve) -> None:
    settings = serve(**MINI_APP)

    assert check(settings)["小程序凭证"].fine
    mistaken = settings.model_copy(update={"miniprogram_secret": SecretStr("x" * 32)})
    found = check(mistaken)
    assert wrong(found) == ["小程序凭证"]
    assert "MINIPROGRAM_SECRET" in found["小程序凭证"].words
    [told] = [one for one in offline(settings) if one.name == "小程序消息推送"]
    assert (told.warns, "都要人工看" in told.words) == (True, True)
    assert "小程序消息推送" not in [one.name for one in offline(serve())]


def test_address_of_the_mini_program_is_tried_with_its_own_token_and_key(serve: Serve) -> None:
    settings = serve(pages=PUSHED, **PUSHED)

    found = check(settings)
    assert [found[name].fine for name in ("小程序回调地址", "小程序消息加密")] == [True, True]
    [told] = [one for one in offline(settings) if one.name == "小程序消息推送"]
    assert (told.warns, told.words) == (False, f"网址 {settings.base_url}wechat/mini")
    other = check(settings.model_copy(update={"miniprogram_aes_key": SecretStr("x" * 43)}))
    assert wrong(other) == ["小程序消息加密"]
    assert "MINIPROGRAM_AES_KEY" in other["小程序消息加密"].words
    other = check(settings.model_copy(update={"miniprogram_token": SecretStr("another")}))
    assert wrong(other) == ["小程序回调地址"]


def test_wrong_app_id_names_the_setting(serve: Serve) -> None:
    found = check(serve(wechat_app_id="wx0000000000000000"))
    assert "接口凭证" in wrong(found)
    assert "WECHAT_APP_ID" in found["接口凭证"].words


def test_address_not_on_the_white_list_is_named_with_the_place(serve: Serve, platform: Simulator) -> None:
    platform.change_settings({"ip_whitelist": ["10.1.2.3"]})
    found = check(serve())
    [name] = wrong(found)[:1]
    assert "IP 白名单」里加上 127.0.0.1" in found[name].words


def test_missing_right_to_template_messages_is_named(serve: Serve, platform: Simulator) -> None:
    platform.change_settings({"permissions": ["/cgi-bin/menu", "/cgi-bin/openapi", "/cgi-bin/getcallbackip"]})
    found = check(serve())
    assert wrong(found) == ["模板消息权限"]
    assert "48001" in found["模板消息权限"].words
    assert "认证是否过期" in found["模板消息权限"].words


def test_missing_right_to_menus_is_a_warning(serve: Serve, platform: Simulator) -> None:
    allowed = ["/cgi-bin/template", "/cgi-bin/openapi", "/cgi-bin/getcallbackip"]
    platform.change_settings({"permissions": allowed})
    found = check(serve())
    assert (wrong(found), found["菜单权限"].line[:1]) == ([], "！")


def test_templates_that_the_account_has_not_are_named(
    serve: Serve, platform: Simulator, tmp_path: Path
) -> None:
    platform.state.templates.remove("SIMTPL_ASKED")
    file = tmp_path / "templates.toml"
    row = 'kinds = ["asked"]\nfields = {thing1 = ["x"]}\n'
    subscription = f'[templates.a]\nid = "SUB_GONE"\nchannel = "subscription"\n{row}'
    file.write_text(f'{subscription}[templates.b]\nid = "SIMTPL_ASKED"\n{row}', encoding="utf-8")
    found = check(serve(wechat_templates_file=str(file)))
    assert wrong(found) == ["模板消息权限"]
    assert "公众号里没有这些模板：SIMTPL_ASKED、SUB_GONE。" in found["模板消息权限"].words


def test_templates_are_those_of_the_file_while_there_is_no_database(serve: Serve, tmp_path: Path) -> None:
    found = check(serve(database_url=f"sqlite:///{tmp_path}/none.db"))
    assert wrong(found) == []


def test_callback_with_another_token_is_named(serve: Serve) -> None:
    found = check(serve(pages={"wechat_token": "another"}))
    assert wrong(found) == ["回调地址"]
    assert "签名不符" in found["回调地址"].words
    assert "WECHAT_TOKEN" in found["回调地址"].words


def test_callback_with_another_key_is_named(serve: Serve) -> None:
    found = check(serve(pages={"wechat_aes_key": "A" * 43}))
    assert wrong(found) == ["消息加密"]
    assert "WECHAT_AES_KEY" in found["消息加密"].words


def test_plain_mode_has_no_key_to_try(serve: Serve) -> None:
    found = check(serve(pages={"wechat_mode": "plain"}, wechat_mode="plain"))
    assert (wrong(found), "消息加密" in found) == ([], False)


def test_callback_that_nobody_serves_is_named(serve: Serve) -> None:
    found = check(serve(base_url="http://127.0.0.1:9/"))
    assert wrong(found) == ["回调地址"]
    assert "请确认网页服务在运行" in found["回调地址"].words


def test_callback_that_somebody_else_serves_is_named(serve: Serve, running: RunningSimulator) -> None:
    found = check(serve(base_url=running.base_url))
    assert "内容不是本系统的" in found["回调地址"].words


@pytest.mark.parametrize(("minutes", "word"), [(10, "快 10 分钟"), (-10, "慢 10 分钟")])
def test_clock_that_is_off_is_named(serve: Serve, minutes: int, word: str) -> None:
    found = check(serve(), minutes=minutes)
    assert wrong(found) == ["时钟"]
    assert word in found["时钟"].words


def test_clock_may_be_off_by_a_little(serve: Serve) -> None:
    assert wrong(check(serve(), minutes=4.5)) == []


@pytest.mark.parametrize(
    ("used", "line"),
    [
        (79, "✓ 今天剩余次数（发模板消息）：还有 21 次，共 100 次"),
        (80, "！ 今天剩余次数（发模板消息）：还有 20 次，共 100 次"),
        (100, "✗ 今天剩余次数（发模板消息）：100 次已用完"),
    ],
)
def test_what_is_left_of_the_quota_is_told(serve: Serve, platform: Simulator, used: int, line: str) -> None:
    path = "/cgi-bin/message/template/send"
    platform.change_settings({"limits": {path: 100}})
    for _ in range(used):
        platform.quotas.count(path)
    assert check(serve())["今天剩余次数（发模板消息）"].line.startswith(line)


def test_quota_that_is_not_told_is_a_warning(serve: Serve, platform: Simulator) -> None:
    platform.faults.add(path="/cgi-bin/openapi/quota/get", kind="errcode", errcode=76022, times=-1)
    found = check(serve())
    assert (wrong(found), found["今天剩余次数（发模板消息）"].line[:1]) == ([], "！")


def test_platform_that_cannot_be_reached_is_named(serve: Serve) -> None:
    found = check(serve(wechat_api_base="http://127.0.0.1:9/"))
    assert wrong(found) == ["接口凭证"]
    assert "请检查服务器能否访问" in found["接口凭证"].words
