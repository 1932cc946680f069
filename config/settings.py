"""Settings from the environment, `.env` and secret files, checked at start with all faults named at once."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import (
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.catalogue import catalogue, use_catalogue
from config.limits import Limits, use_limits

Given = TypeVar("Given", str, SecretStr)
SECRETS_FOLDER = Path("/run/secrets")
WECHAT_OPEN = "https://open.weixin.qq.com/"


class WeChatMode(StrEnum):
    """How the platform packs its messages (消息加解密方式)."""

    PLAIN = "plain"
    COMPAT = "compat"
    SAFE = "safe"


class MiniProgramEnv(StrEnum):
    """Which version of the mini program a code or a message opens."""

    RELEASE = "release"
    TRIAL = "trial"
    DEVELOP = "develop"


class SettingsError(Exception):
    """Settings are missing or wrong.

    Attributes:
        problems: one plain Chinese sentence per setting at fault.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything that may be set from outside. docs/operations.md explains each."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(min_length=1)
    wechat_app_id: str = Field(pattern=r"^wx[0-9a-zA-Z]{16}$")
    wechat_app_secret: SecretStr = Field(min_length=16)
    wechat_token: SecretStr = Field(min_length=3, max_length=32)
    wechat_mode: WeChatMode = WeChatMode.SAFE  # before the key, whose check looks at it
    wechat_aes_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    wechat_aes_key_prev: SecretStr = SecretStr("")
    wechat_api_base: str = "https://api.weixin.qq.com/"
    wechat_open_base: str = WECHAT_OPEN
    wechat_oauth: bool = False
    miniprogram_app_id: str = Field(default="", pattern=r"^(wx[0-9a-zA-Z]{16})?$")
    miniprogram_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    miniprogram_token: SecretStr = SecretStr("")
    miniprogram_aes_key: SecretStr = SecretStr("")
    miniprogram_aes_key_prev: SecretStr = SecretStr("")
    miniprogram_mode: WeChatMode = WeChatMode.SAFE
    miniprogram_page: str = Field(default="", max_length=128, pattern=r"^([^/?#\s][^?#\s]*)?$")
    miniprogram_notice_page: str = Field(default="", max_length=128, pattern=r"^([^/?#\s][^?#\s]*)?$")
    miniprogram_env: MiniProgramEnv = MiniProgramEnv.RELEASE
    miniprogram_check_path: bool = True
    miniprogram_content_checks: bool = True
    wechat_templates_file: FilePath = Path(__file__).with_name("wechat_templates.toml")
    catalogue_file: FilePath | None = None
    base_url: str = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=32)
    upload_dir: Path
    s3_endpoint: str = ""
    s3_bucket: str = Field(default="", validate_default=True)
    s3_access_key: str = Field(default="", validate_default=True)
    s3_secret_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    s3_region: str = Field(default="us-east-1", pattern=r"^[0-9A-Za-z-]+$")
    s3_virtual_host: bool = False
    run_dir: Path = Path("var/run")
    verify_dir: Path = Path("var/verify")
    deletions_file: Path | None = None
    privacy_file: FilePath | None = None
    rate_limit_store: SecretStr = SecretStr("memory://")
    limit_chat_per_minute: int = Field(default=40, ge=10, le=1000)
    limit_chat_per_day: int = Field(default=400, ge=50, le=100_000)
    limit_filed_per_hour: int = Field(default=10, ge=3, le=1000)
    limit_filed_per_day: int = Field(default=30, ge=5, le=10_000)
    limit_upload_mb_per_day: int = Field(default=300, ge=20, le=100_000)
    limit_pages_per_minute: int = Field(default=600, ge=60, le=1_000_000)
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    log_format: str = Field(default="text", pattern=r"^(text|json)$")
    delivery_threads: int = Field(default=8, ge=1, le=64)
    # How long what is kept; domain/retention.py says of each what becomes of it. 0, where allowed: for good.
    link_days: int = Field(default=1, ge=1, le=30)
    message_days: int = Field(default=90, ge=7, le=3650)
    chat_draft_days: int = Field(default=90, ge=7, le=3650)
    form_draft_days: int = Field(default=90, ge=7, le=3650)
    session_days: int = Field(default=30, ge=1, le=365)
    attempt_days: int = Field(default=180, ge=30, le=3650)
    notice_days: int = Field(default=730, ge=30, le=3650)
    webhook_days: int = Field(default=90, ge=7, le=3650)
    # Records of the network are to be kept for half a year (网络安全法第二十一条).
    access_days: int = Field(default=365, ge=180, le=3650)
    photo_days: int = Field(default=0, ge=0, le=36500)
    reporter_days: int = Field(default=0, ge=0, le=36500)
    former_days: int = Field(default=365, ge=90, le=3650)
    task_days: int = Field(default=30, ge=1, le=3650)
    # What everybody may read of a push stands above the messages for 30 days for who got none.
    push_days: int = Field(default=180, ge=31, le=3650)
    webhook_private_hosts: str = ""
    webhook_allow_http: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    phone_page_frames: str = ""
    api_origins: str = ""
    metrics_token: SecretStr = SecretStr("")

    @model_validator(mode="before")
    @classmethod
    def _folder_or_bucket(cls, values: dict[str, object]) -> dict[str, object]:
        # With a bucket the folder holds nothing that anybody would miss.
        return {"upload_dir": "var/uploads"} | values if values.get("s3_endpoint") else values

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith("postgresql://"):  # what people copy from elsewhere; the driver is ours to name
            value = value.replace("postgresql://", "postgresql+psycopg://", 1)
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("只支持 sqlite:/// 或 postgresql:// 开头的地址")
        return value

    @field_validator(
        "wechat_aes_key", "wechat_aes_key_prev", "miniprogram_aes_key", "miniprogram_aes_key_prev"
    )
    @classmethod
    def _aes_key_form(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        needed = info.field_name == "wechat_aes_key" and info.data.get("wechat_mode") is not WeChatMode.PLAIN
        if needed and not secret:
            raise ValueError("安全模式和兼容模式需要填写消息加解密密钥")
        if secret and not (len(secret) == 43 and secret.isascii() and secret.isalnum()):
            raise ValueError("应为 43 位字母和数字（公众平台“消息加解密密钥”）")
        return value

    @field_validator("s3_endpoint")
    @classmethod
    def _address_of_store(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/")):
            raise ValueError("应为 http:// 或 https:// 开头的网址，后面不带桶名和路径")
        return value.rstrip("/")

    @field_validator("s3_bucket", "s3_access_key", "s3_secret_key")
    @classmethod
    def _whole_store(cls, value: Given, info: ValidationInfo) -> Given:
        if info.data.get("s3_endpoint") and not len(value):
            raise ValueError("填了 S3_ENDPOINT，这一项也要填")
        return value

    @field_validator("rate_limit_store")
    @classmethod
    def _known_counts(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("memory://", "redis://", "rediss://")):
            raise ValueError("只支持 memory:// 或 redis://、rediss:// 开头的地址")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _not_guessed(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[!-~]{16,}", value.get_secret_value()):
            raise ValueError("至少 16 个字符，只用英文字母、数字和符号；不填则只有本机能读 /metrics")
        return value

    @field_validator("miniprogram_token")
    @classmethod
    def _token_form(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[0-9A-Za-z]{3,32}", value.get_secret_value()):
            raise ValueError("应为 3–32 位字母和数字（小程序后台“消息推送”的令牌）")
        return value

    @field_validator("miniprogram_secret")
    @classmethod
    def _secret_with_its_account(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if "miniprogram_app_id" in info.data and bool(value.get_secret_value()) != bool(
            info.data["miniprogram_app_id"]
        ):
            raise ValueError("MINIPROGRAM_APP_ID 和 MINIPROGRAM_SECRET 要么都填，要么都不填")
        return value

    @field_validator("wechat_api_base", "wechat_open_base", "base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("应为 http:// 或 https:// 开头的网址")
        return value if value.endswith("/") else value + "/"

    @field_validator("api_origins")
    @classmethod
    def _whole_origins(cls, value: str) -> str:
        origins = value.replace(",", " ").split()
        # Browsers send them like this, and they are compared letter by letter.
        if not all(re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", origin) for origin in origins):
            raise ValueError(
                "应为来源，如 https://www.example.edu.cn，小写，后面没有斜杠和路径；几个之间用空格"
            )
        return " ".join(origins)

    @property
    def frame_origins(self) -> tuple[str, ...]:
        """Origins that may show the phone pages in a frame, beside our own."""
        return tuple(self.phone_page_frames.replace(",", " ").split())

    @property
    def webhook_hosts(self) -> tuple[str, ...]:
        """Names and addresses in our own network that webhooks may be sent to."""
        return tuple(self.webhook_private_hosts.replace(",", " ").split())

    @property
    def limits(self) -> Limits:
        """How much one person, or one address, may do."""
        return Limits(
            chat_per_minute=self.limit_chat_per_minute,
            chat_per_day=self.limit_chat_per_day,
            filed_per_hour=self.limit_filed_per_hour,
            filed_per_day=self.limit_filed_per_day,
            upload_megabytes=self.limit_upload_mb_per_day,
            pages_per_minute=self.limit_pages_per_minute,
        )

    @property
    def deletion_ledger(self) -> Path:
        """The file of who had themselves deleted: beside the uploads, unless it lies in the bucket."""
        return self.deletions_file or self.upload_dir.parent / "deletions.txt"

    @property
    def days_kept(self) -> dict[str, int]:
        """For how many days what is kept, by the name of the setting."""
        return {name: value for name, value in self if name.endswith("_days")}

    @property
    def has_bucket(self) -> bool:
        """Whether files lie in a bucket of an S3-compatible store, and not in a folder."""
        return bool(self.s3_endpoint)

    @property
    def has_mini_program(self) -> bool:
        """Whether a mini program is set up."""
        return bool(self.miniprogram_app_id)

    @property
    def takes_mini_program_pushes(self) -> bool:
        """Whether the platform may call us for the mini program: its token is set, and its key if need be."""
        has_key = bool(self.miniprogram_aes_key.get_secret_value())
        secured = has_key or self.miniprogram_mode is WeChatMode.PLAIN
        return self.has_mini_program and bool(self.miniprogram_token.get_secret_value()) and secured

    @property
    def checks_content(self) -> bool:
        """Whether what people write in the mini program is checked by WeChat before others read it."""
        return self.has_mini_program and self.miniprogram_content_checks

    @property
    def is_https(self) -> bool:
        """Whether people reach us over https, so that cookies may insist on it."""
        return self.base_url.startswith("https://")


# What pydantic's kinds of error mean to the person who edits the settings.
_PLAIN_WORDS = {
    "missing": "没有填写",
    "string_too_short": "没有填写或太短（至少 {min_length} 个字符）",
    "too_short": "没有填写或太短（至少 {min_length} 个字符）",
    "string_too_long": "太长（最多 {max_length} 个字符）",
    "too_long": "太长（最多 {max_length} 个字符）",
    "string_pattern_mismatch": "格式不对（应符合 {pattern}）",
    "enum": "只能是 {expected} 之一",
    "int_parsing": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "path_not_file": "没有这个文件",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}


def _problem(name: str, kind: str, message: str, context: dict[str, object]) -> str:
    words = _PLAIN_WORDS.get(kind)
    text = words.format(**context) if words else message.removeprefix("Value error, ")
    return f"{name}：{text}" if name else text


def load_settings(**overrides: object) -> Settings:
    """Read and check all settings, and let this process work with the catalogue they name.

    Raises:
        SettingsError: with one sentence for every setting that is missing or wrong.
    """
    secrets = SECRETS_FOLDER if SECRETS_FOLDER.is_dir() else None
    # Tests and containers may point elsewhere, or nowhere, without touching the folder they run in.
    env_file = os.environ.get("ENV_FILE", ".env")
    try:
        settings = Settings(_env_file=env_file, _secrets_dir=secrets, **overrides)  # type: ignore[call-arg,arg-type]
    except ValidationError as error:
        problems = [
            _problem(
                "_".join(str(part) for part in fault["loc"]).upper(),
                fault["type"],
                fault["msg"],
                dict(fault.get("ctx", {})),
            )
            for fault in error.errors(include_input=False)
        ]
        raise SettingsError(problems) from None
    use_catalogue(settings.catalogue_file)
    use_limits(settings.limits)
    try:
        catalogue()
    except ValueError as error:
        raise SettingsError([f"CATALOGUE_FILE：目录文件有误，{error}"]) from None
    return settings
