"""Whether this installation has what it needs, for `app.py check-config`."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from config.catalogue import catalogue
from config.settings import Settings
from domain.file_stores import bucket_of
from domain.free_space import low_disks
from models.database import Database
from models.migrate import current_revision, head_revision


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, whether it is fine, and what to do if not.

    Attributes:
        warns: it works, yet somebody should look at it.
    """

    name: str
    fine: bool
    words: str
    warns: bool = False

    @property
    def line(self) -> str:
        """The finding as the command prints it."""
        mark = "✗" if not self.fine else "！" if self.warns else "✓"
        return f"{mark} {self.name}：{self.words}"


_Look = tuple[str, Callable[[Settings], str | None], str]


def check(settings: Settings) -> list[Finding]:
    """Look at the database, the folders and the catalogue without changing anything."""
    looks: list[_Look] = [
        ("设置", _address_problem, "完整，网址 " + settings.base_url),
        ("数据库", _database_problem, "能连上，结构是最新的"),
        _files(settings),
        ("运行文件夹", lambda known: folder_problem(known.run_dir), f"可写（{settings.run_dir}）"),
        ("目录文件", _catalogue_problem, "能读取"),
    ]
    found = [(name, look(settings), good) for name, look, good in looks]
    findings = [Finding(name, problem is None, problem or good) for name, problem, good in found]
    findings += [
        Finding("磁盘", fine=True, words=words, warns=True) for words in low_disks(disk_folders(settings))
    ]
    findings += _counts(settings)
    return [*findings, Finding("小程序", fine=True, words=_mini_program(settings)), *_mini_pushes(settings)]


def disk_folders(settings: Settings) -> list[Path]:
    """Name the folders that we write to."""
    url = make_url(settings.database_url)
    own = [Path(url.database).parent] if url.get_backend_name() == "sqlite" and url.database else []
    uploads = [] if settings.has_bucket else [settings.upload_dir]
    return [*uploads, settings.run_dir, *own]


def _files(settings: Settings) -> _Look:
    if settings.has_bucket:
        where = f"{settings.s3_endpoint} 的 {settings.s3_bucket}"
        return "文件存储", _bucket_problem, f"能存、能读、能删，别人读不到（{where}）"
    return (
        "上传文件夹",
        lambda known: folder_problem(known.upload_dir),
        f"可写（{settings.upload_dir}）",
    )


def _bucket_problem(settings: Settings) -> str | None:
    bucket = bucket_of(settings)
    return bucket.problem() if bucket is not None else None


def _counts(settings: Settings) -> list[Finding]:
    """Ask the Redis that limits are counted in; without it each process counts for itself."""
    address = settings.rate_limit_store.get_secret_value()
    if not address.startswith("redis"):
        return []
    from redis import Redis, RedisError

    try:
        with Redis.from_url(address, socket_connect_timeout=3, socket_timeout=3) as counts:
            counts.ping()
    except (RedisError, ValueError) as error:
        words = f"连不上 RATE_LIMIT_STORE（{type(error).__name__}），连上以前每个网页进程各算各的，其余照常"
        return [Finding("限流计数", fine=True, words=words, warns=True)]
    return [Finding("限流计数", fine=True, words="记在 Redis 里，所有机器合在一起算")]


def _mini_program(settings: Settings) -> str:
    if not settings.has_mini_program:
        return "没有设置，不开放小程序登录（不影响公众号）"
    return f"已设置 AppID {settings.miniprogram_app_id}"


def _mini_pushes(settings: Settings) -> list[Finding]:
    if not settings.has_mini_program:
        return []
    address = f"{settings.base_url}wechat/mini"
    if settings.takes_mini_program_pushes:
        return [Finding("小程序消息推送", fine=True, words=f"网址 {address}")]
    name = "小程序消息推送"
    needs = "，照片的内容检查没有结果，公开前都要人工看" if settings.checks_content else ""
    words = f"没有设置 MINIPROGRAM_TOKEN 和 MINIPROGRAM_AES_KEY，收不到推送{needs}"
    return [Finding(name, fine=True, words=words, warns=True)]


def _address_problem(settings: Settings) -> str | None:
    official = settings.wechat_api_base.startswith("https://api.weixin.qq.com/")
    if official and not settings.is_https:
        return "接真实公众号时 BASE_URL 须为 https:// 开头，否则微信里打不开页面"
    return None


def _database_problem(settings: Settings) -> str | None:
    try:
        database = Database(settings.database_url, pool_size=1)
        current, head = current_revision(database), head_revision()
        database.close()
    except SQLAlchemyError as error:
        return f"连不上（{type(error).__name__}），请检查 DATABASE_URL 和数据库是否启动"
    if current != head:
        return f"结构是 {current or '空'}，程序需要 {head}，请运行 python app.py migrate"
    return None


def folder_problem(folder: Path) -> str | None:
    """Tell why files cannot be written into a folder, and what to do; None when they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"{folder} 不能写入（{error.strerror}），请换一个文件夹或修改权限"


def _catalogue_problem(_settings: Settings) -> str | None:
    try:
        catalogue()
    except (OSError, ValueError) as error:
        return f"config/catalogue.toml 有误：{error}"
    return None
