"""Settings: all faults at once, in plain words; every setting is written down for the one who installs."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import COMMANDS
from config.catalogue import catalogue
from config.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
NAMES = {name.upper() for name in Settings.model_fields}


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=clean | {"ENV_FILE": os.devnull} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_all_missing_settings_are_listed_at_once_without_a_traceback() -> None:
    result = _run("check-config")
    listed = set(re.findall(r"^  - ([A-Z_]+)：", result.stderr, re.MULTILINE))

    assert result.returncode == 2
    assert listed == {
        "DATABASE_URL", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_AES_KEY", "BASE_URL",
        "SECRET_KEY", "UPLOAD_DIR",
    }  # fmt: skip
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_every_command_that_needs_settings_refuses_to_start_without(command: str) -> None:
    result = _run(command)

    assert (result.returncode, "Traceback" in result.stderr) == (2, False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("database_url", "mysql://x", "DATABASE_URL：只支持 sqlite:/// 或 postgresql:// 开头的地址"),
        ("wechat_app_id", "wx1", "WECHAT_APP_ID：格式不对"),
        ("wechat_aes_key", "short", "WECHAT_AES_KEY：应为 43 位字母和数字"),
        ("wechat_aes_key_prev", "短" * 43, "WECHAT_AES_KEY_PREV：应为 43 位字母和数字"),
        ("wechat_mode", "secret", "WECHAT_MODE：只能是 'plain', 'compat' or 'safe' 之一"),
        ("base_url", "www.example.edu", "BASE_URL：应为 http:// 或 https:// 开头的网址"),
        ("api_origins", "*", "API_ORIGINS：应为来源，如 https://www.example.edu.cn"),
        ("api_origins", "https://a.edu.cn https://b.edu.cn/x", "API_ORIGINS：应为来源"),
        ("secret_key", "short", "SECRET_KEY：没有填写或太短（至少 32 个字符）"),
        ("wechat_token", "x" * 33, "WECHAT_TOKEN：太长（最多 32 个字符）"),
        ("delivery_threads", "many", "DELIVERY_THREADS：应为整数"),
        ("s3_endpoint", "https://oss.example.com/photos", "S3_ENDPOINT：应为 http:// 或 https:// 开头的网址"),
        ("rate_limit_store", "memcached://x", "RATE_LIMIT_STORE：只支持 memory:// 或 redis://"),
        ("delivery_threads", "0", "DELIVERY_THREADS：不能小于 1"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    make_settings: Callable[..., Settings], name: str, value: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(**{name: value})

    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(words)


def test_bucket_is_asked_for_whole_and_a_folder_then_no_more(make_settings: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(s3_endpoint="https://s3.example.edu.cn/")
    missing = [
        f"{name}：填了 S3_ENDPOINT，这一项也要填" for name in ("S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    ]
    assert caught.value.problems == missing


def test_no_fault_repeats_the_secret_it_is_about(make_settings: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(secret_key="hunter2", wechat_aes_key="hunter2")

    assert "hunter2" not in str(caught.value)


def test_a_universitys_own_catalogue_wins_entry_by_entry(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    own = tmp_path / "catalogue.toml"
    own.write_text('university = "江畔大学"\n', encoding="utf-8")
    shipped = catalogue()

    make_settings(catalogue_file=own)
    merged = catalogue()
    make_settings()

    assert merged == shipped.model_copy(update={"university": "江畔大学"})
    assert catalogue() == shipped


@pytest.mark.parametrize("text", ["university =", "univercity = '江畔大学'", "emergency_phone = 110"])
def test_a_catalogue_that_cannot_be_used_is_told_like_a_wrong_setting(
    make_settings: Callable[..., Settings], tmp_path: Path, text: str
) -> None:
    own = tmp_path / "catalogue.toml"
    own.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match="CATALOGUE_FILE：目录文件有误"):
        make_settings(catalogue_file=own)
    make_settings()


def test_plain_mode_needs_no_key(make_settings: Callable[..., Settings]) -> None:
    assert make_settings(wechat_mode="plain", wechat_aes_key="").wechat_aes_key.get_secret_value() == ""


def test_an_address_as_postgresql_tools_write_it_is_understood(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings(database_url="postgresql://user:word@localhost/name")

    assert settings.database_url == "postgresql+psycopg://user:word@localhost/name"


def test_settings_are_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, make_settings: Callable[..., Settings]
) -> None:
    for name, value in make_settings().model_dump(mode="json").items():
        if value is not None:
            monkeypatch.setenv(name.upper(), str(value))
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    monkeypatch.setenv("WECHAT_APP_SECRET", "a" * 32)
    monkeypatch.setenv("WECHAT_TOKEN", "fromenvironment")
    monkeypatch.setenv("WECHAT_AES_KEY", "k" * 43)
    monkeypatch.setenv("WECHAT_AES_KEY_PREV", "")
    monkeypatch.setenv("RATE_LIMIT_STORE", "redis://:hidden@127.0.0.1:9/0")

    assert load_settings().wechat_token.get_secret_value() == "fromenvironment"


def test_every_setting_stands_in_the_example_file_and_the_manual() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert {name for name in NAMES if not re.search(rf"^#? ?{name}=", example, re.MULTILINE)} == set()
    assert {name for name in NAMES if f"`{name}`" not in manual} == set()


def test_the_example_file_names_no_setting_that_does_not_exist() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) - NAMES == set()


def test_help_lists_the_commands() -> None:
    result = _run("--help")

    assert re.findall(r"^  ([a-z-]+)  ", result.stdout, re.MULTILINE) == list(COMMANDS)
