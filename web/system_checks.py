"""How the whole system is doing, line by line in plain Chinese, each with what to do about it.

Whatever is slow or asks others stays out: the home page of administrators reads this too.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

from config.settings import Settings
from config.version import commit, version
from domain import api_usage, platform_alerts, running_state, sending
from domain.running_state import Queue, QueueName
from domain.working_time import local_time
from models.complaint import Complaint
from models.database import Database
from models.enums import Word
from models.migrate import current_revision, head_revision
from wechat.path_names import path_name
from wechat.troubles import describe

_COMMIT = commit()
_GIGABYTE = 1_000_000_000
# Share of a disk, and bytes: below the first pair somebody should look, below the second it is urgent.
_LOW_DISK, _FULL_DISK = (0.15, 5 * _GIGABYTE), (0.05, _GIGABYTE)
# How long the oldest may wait before somebody should look, and before it is urgent.
_PATIENCE = {
    QueueName.NOTICES: (timedelta(minutes=2), timedelta(minutes=15)),
    QueueName.BULK: (timedelta(hours=6), timedelta(days=2)),
    QueueName.INBOUND: (timedelta(minutes=1), timedelta(minutes=5)),
    QueueName.TASKS: (timedelta(minutes=10), timedelta(hours=1)),
    QueueName.WEBHOOKS: (timedelta(minutes=20), timedelta(hours=6)),
    QueueName.PUSHES: (timedelta(hours=12), timedelta(days=2)),
    QueueName.CHECKS: (timedelta(minutes=10), timedelta(hours=1)),
}
# A night that was missed, and one too many.
_BACKUP_LOW, _BACKUP_OLD = timedelta(hours=30), timedelta(days=3)
_NEVER_BACKED_UP = timedelta(days=3)
_CLOCKS_APART = timedelta(seconds=5)
_LOW_QUOTA = 0.2


class Light(Word):
    """How something is doing, the best first."""

    FINE = "fine", "正常"
    LOOK = "look", "请留意"
    ACT = "act", "需要处理"


@dataclass(frozen=True)
class Check:
    """One line.

    Attributes:
        words: what was found.
        remedy: what to do; empty when there is nothing to do.
        link: a page about it, as the name of an endpoint.
    """

    name: str
    light: Light
    words: str
    remedy: str = ""
    link: str = ""


@cache
def _head() -> str:
    """Give the structure this program needs; it reads all migrations."""
    return head_revision()


def all_checks(session: Session, database: Database, settings: Settings, *, now: datetime) -> list[Check]:
    """Look at everything."""
    return [
        _database(session, database, settings),
        *_disks(settings),
        _workers(session, now),
        _queues(session, now),
        _backup(session, now),
        *_platform(session, now),
        _clocks(session, database, now),
        _address(settings),
        Check("程序版本", Light.FINE, f"{version()}{f'（{_COMMIT}）' if _COMMIT else ''}"),
    ]


def urgent(session: Session, database: Database, settings: Settings, *, now: datetime) -> list[Check]:
    """Give what somebody must see to, but for the troubles with WeChat, which are told of by themselves."""
    checks = all_checks(session, database, settings, now=now)
    return [check for check in checks if check.light is Light.ACT and check.link != "admin_platform.page"]


def _database(session: Session, database: Database, settings: Settings) -> Check:
    if database.is_sqlite:
        path = Path(make_url(settings.database_url).database or "")
        size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
        kind = "SQLite（单机）"
    else:
        size = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        kind = f"PostgreSQL {str(session.scalar(text('SHOW server_version'))).split()[0]}"
    current, head = current_revision(database), _head()
    words = f"{kind}，能连上，占 {_in_words(size)}，结构 {current}"
    if current == head:
        return Check("数据库", Light.FINE, f"{words}（最新）。")
    remedy = f"程序需要结构 {head}：请运行 python app.py migrate，再重启网页和后台任务。"
    return Check("数据库", Light.ACT, f"{words}。", remedy)


def _disks(settings: Settings) -> Iterator[Check]:
    if settings.has_bucket:
        # The bucket's room is watched where it stands; here it is the folder of what runs.
        where = f"{settings.s3_endpoint} 的 {settings.s3_bucket}"
        yield Check("文件存储", Light.FINE, f"照片和附件在 {where} 里。")
        folders = {"运行文件": settings.run_dir}
    else:
        folders = {"照片和附件": settings.upload_dir}
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        folders["数据库"] = Path(url.database or "").absolute().parent
    on_disk: dict[int, list[str]] = {}
    for name, folder in folders.items():
        on_disk.setdefault(existing(folder).stat().st_dev, []).append(name)
    for names in on_disk.values():
        yield _disk("、".join(names), existing(folders[names[0]]))


def existing(folder: Path) -> Path:
    """Give the folder, or while it has not been made yet, the one it will be made in."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())


def _disk(name: str, folder: Path) -> Check:
    usage = shutil.disk_usage(folder)
    words = f"剩 {_in_words(usage.free)}，共 {_in_words(usage.total)}。"
    remedy = "请清理磁盘（旧备份、旧日志），或扩容。磁盘满了以后照片传不上来，诉求也可能存不下。"
    for light, (share, size) in ((Light.ACT, _FULL_DISK), (Light.LOOK, _LOW_DISK)):
        if usage.free < min(size, usage.total * share):
            return Check(f"磁盘（{name}）", light, words, remedy)
    return Check(f"磁盘（{name}）", Light.FINE, words)


def _workers(session: Session, now: datetime) -> Check:
    seen = running_state.workers(session)
    living = [worker for worker in seen if worker.lives(now)]
    gone = [worker for worker in seen if not worker.lives(now)]
    name, start = (
        "后台任务进程",
        "请在服务器上运行 systemctl start banshishi-worker（或 python app.py worker）。",
    )
    if not living:
        last = f"，最近一次在 {_moment(gone[0].seen_at)}" if gone else ""
        words = f"没有在运行{last}。通知不会发出，期限提醒、导出和推送都停着。"
        return Check(name, Light.ACT, words, start)
    words = f"{len(living)} 个在运行"
    if not any(worker.leads for worker in living):
        remedy = "刚启动时几秒后会自动接上；一直这样，请看它们的日志。"
        return Check(name, Light.LOOK, f"{words}，没有一个在管定时任务。", remedy)
    if gone:
        remedy = f"请看日志里它为什么停；守护程序一般已经重新启动。{start if len(gone) > 1 else ''}"
        return Check(name, Light.LOOK, f"{words}；有一个在 {_moment(gone[0].seen_at)} 突然停了。", remedy)
    since = min(worker.started_at for worker in living)
    return Check(name, Light.FINE, f"{words}，最早的从 {_moment(since)} 起，定时任务有人管。")


def _queues(session: Session, now: datetime) -> Check:
    waiting = [queue for queue in running_state.queues(session, now=now) if queue.waiting]
    if not waiting:
        return Check("等着办的", Light.FINE, "没有积压。")
    words = "；".join(
        f"{each.name.label} {each.waiting} 个，最早的等了 {_long(each.age(now))}" for each in waiting
    )
    light = max((_light_of(each, now) for each in waiting), key=list(Light).index)
    remedy = "请确认后台任务进程在运行、微信平台没有问题；都正常时是一时忙，会自己消化。"
    return Check("等着办的", light, f"{words}。", "" if light is Light.FINE else remedy)


def _light_of(queue: Queue, now: datetime) -> Light:
    low, high = _PATIENCE[queue.name]
    age = queue.age(now)
    return Light.ACT if age > high else Light.LOOK if age > low else Light.FINE


def _backup(session: Session, now: datetime) -> Check:
    last = running_state.last_backup(session)
    remedy = "请每天定时运行 python app.py backup（安装说明里有定时的写法），并把备份放到另一台机器。"
    if last is None:
        first = session.scalar(select(Complaint.filed_at).order_by(Complaint.id).limit(1))
        is_old = first is not None and now - first > _NEVER_BACKED_UP
        return Check("备份", Light.ACT if is_old else Light.LOOK, "还没有备份过。", remedy)
    age = now - last.made_at
    words = (
        f"最近一次在 {_moment(last.made_at)}，{last.rows} 行、{last.files} 个文件，{_in_words(last.size)}。"
    )
    light = Light.ACT if age > _BACKUP_OLD else Light.LOOK if age > _BACKUP_LOW else Light.FINE
    return Check("备份", light, words, "" if light is Light.FINE else remedy)


def _platform(session: Session, now: datetime) -> Iterator[Check]:
    troubles = [describe(alert, now=now) for alert in platform_alerts.open_alerts(session)]
    page = "admin_platform.page"
    if troubles:
        light = Light.ACT if any(trouble.stops for trouble in troubles) else Light.LOOK
        first = max(troubles, key=lambda trouble: trouble.stops)
        more = f"，另有 {len(troubles) - 1} 个问题" if len(troubles) > 1 else ""
        yield Check("微信平台", light, f"{first.title}{more}。", first.remedy, page)
    else:
        since = sending.waiting_since(session, now=now)
        late = f"有通知从 {_moment(since)} 等到现在。" if since else ""
        remedy = "请确认后台任务进程在运行，再看「通知发送」。" if since else ""
        yield Check(
            "微信平台", Light.LOOK if since else Light.FINE, late or "没有要处理的问题。", remedy, page
        )
    yield _token(session, now, page)
    yield _quota(session, now, page)


def _token(session: Session, now: datetime, page: str) -> Check:
    tokens = [token for token in running_state.tokens(session) if ":" not in token.name]
    if not any(token.fetched_at for token in tokens):
        remedy = "发第一条通知时会取；要现在核对，请在服务器上运行 python app.py check-config --online。"
        return Check("接口凭证", Light.LOOK, "还没有向微信取过凭证。", remedy, page)
    good = [token for token in tokens if token.expires_at is not None and token.expires_at > now]
    last = max(token.fetched_at for token in tokens if token.fetched_at is not None)
    # Nobody fetches one in a quiet night; it is fetched when it is needed.
    words = "有效" if len(good) == len(tokens) else "用时会重新取"
    return Check("接口凭证", Light.FINE, f"{words}，最近一次取在 {_moment(last)}。", "", page)


def _quota(session: Session, now: datetime, page: str) -> Check:
    day = api_usage.quota_day(now)
    limits = {row.path: row.daily_limit for row in api_usage.usage_on(session, day) if row.daily_limit}
    lefts = {path: each.left_today for path, each in api_usage.allowances_on(session, day).items()}
    low = [path for path, limit in limits.items() if (lefts[path] or 0) < limit * _LOW_QUOTA]
    if not low:
        return Check("接口次数", Light.FINE, "今天的次数够用。", "", page)
    words = "；".join(f"{path_name(path)}今天还剩 {lefts[path] or 0} 次" for path in low[:3])
    return Check(
        "接口次数", Light.LOOK, f"{words}。", "零点后重新计数。每天都这样，请减少推送或申请提高上限。", page
    )


def _clocks(session: Session, database: Database, now: datetime) -> Check:
    """Compare our clock with the database's and the workers', which may run on other machines."""
    ahead = [worker.seen_at - now for worker in running_state.workers(session)]
    if not database.is_sqlite:
        theirs: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        ahead.append(abs(theirs - now))
    apart = max(ahead, default=timedelta())
    if apart <= _CLOCKS_APART:
        return Check("时钟", Light.FINE, "各台机器的时钟一致。" if ahead else "只有这一台机器，没有可比的。")
    remedy = "请在各台机器上打开时间同步（timedatectl set-ntp true）。时钟不准会误判期限，微信也会拒收。"
    return Check("时钟", Light.ACT, f"这台机器和数据库或后台任务所在的机器差 {_long(apart)}。", remedy)


def _address(settings: Settings) -> Check:
    if settings.is_https:
        words = f"{settings.base_url}。证书在 nginx 上，不归本系统管，到期日请在服务器上看。"
        return Check("网址", Light.FINE, words)
    remedy = "正式使用时请配好 nginx 和证书，把设置 BASE_URL 改成 https:// 开头。"
    return Check("网址", Light.LOOK, f"{settings.base_url} 没有加密。", remedy)


def _moment(moment: datetime) -> str:
    return f"{local_time(moment):%m月%d日 %H:%M}"


def _long(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} 秒"


def _in_words(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
