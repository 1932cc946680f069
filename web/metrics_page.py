"""`/metrics` for Prometheus: what all processes of this machine counted, and what the database tells.

Whoever asks shows the METRICS_TOKEN; without one, only this very machine may ask (`web.guards.monitor_only`).
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import metrics
from config.version import commit, version
from domain import api_usage, connected_systems, platform_alerts, running_state
from web.clock import now
from web.guards import monitor_only
from web.parts import parts
from web.system_checks import existing

blueprint = Blueprint("metrics", __name__)
blueprint.before_request(monitor_only)

log = structlog.get_logger(__name__)

# Of the program that runs, not of what may have been put in its place since.
_COMMIT = commit()


@blueprint.get("/metrics")
def page() -> Response:
    """Give all figures in the text form of Prometheus; a few queries on small indexes."""
    return Response(generate_latest(_Everything()), content_type=CONTENT_TYPE_LATEST)


class _Everything:
    """Counted and measured figures, as prometheus_client asks for them."""

    def collect(self) -> Iterator[Metric]:
        """Give one figure with its labels after the other."""
        yield from metrics.collected().collect()
        yield _gauge("banshishi_build_info", "运行的程序", {(version(), _COMMIT): 1}, "version", "commit")
        yield from _disk()
        try:
            with parts().database.reading() as session:
                found = list(_from_database(session, now()))
        except SQLAlchemyError as error:
            log.warning("database_not_measured", error=type(error).__name__)
            found = []
        yield _gauge("banshishi_database_reachable", "数据库能不能连上", {(): int(bool(found))})
        yield from found


def _gauge(name: str, words: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _disk() -> Iterator[Metric]:
    settings = parts().settings
    name, place = ("run", settings.run_dir) if settings.has_bucket else ("uploads", settings.upload_dir)
    usage = shutil.disk_usage(existing(place))
    folder = (name,)
    yield _gauge("banshishi_disk_free_bytes", "文件夹所在磁盘的剩余空间", {folder: usage.free}, "folder")
    yield _gauge("banshishi_disk_size_bytes", "文件夹所在磁盘的大小", {folder: usage.total}, "folder")


def _from_database(session: Session, at: datetime) -> Iterator[Metric]:
    queues = running_state.queues(session, now=at)
    waiting = {(queue.name.value,): queue.waiting for queue in queues}
    oldest = {(queue.name.value,): queue.age(at).total_seconds() for queue in queues}
    yield _gauge("banshishi_queue_waiting", "现在就能做、还等着的", waiting, "queue")
    yield _gauge("banshishi_queue_oldest_seconds", "等得最久的等了多少秒", oldest, "queue")
    yield from _workers(session, at)
    yield from _platform(session, at)
    backup = running_state.last_backup(session)
    age = {(): (at - backup.made_at).total_seconds()} if backup else {}
    yield _gauge("banshishi_backup_age_seconds", "最近一次备份在多少秒以前；没有备份过则没有", age)
    stopped = len(connected_systems.stopped(session))
    yield _gauge("banshishi_webhook_receivers_stopped", "停止推送的接入系统", {(): stopped})


def _workers(session: Session, at: datetime) -> Iterator[Metric]:
    seen = running_state.workers(session)
    living = [worker for worker in seen if worker.lives(at)]
    leading = [worker for worker in seen if worker.leads]
    yield _gauge("banshishi_workers", "活着的后台任务进程", {(): len(living)})
    yield _gauge("banshishi_leaders", "其中管定时任务的，应为 1", {(): sum(each.leads for each in living)})
    for name, words, some in (
        ("worker", "后台任务进程最近一次露面", seen),
        ("leader", "管定时任务的进程最近一次露面", leading),
    ):
        since = {(): min((at - each.seen_at).total_seconds() for each in some)} if some else {}
        yield _gauge(f"banshishi_{name}_last_seen_seconds", f"{words}在多少秒以前", since)


def _platform(session: Session, at: datetime) -> Iterator[Metric]:
    allowances = api_usage.allowances_on(session, api_usage.quota_day(at))
    left = {(path,): each.left_today for path, each in allowances.items() if each.left_today is not None}
    usage = api_usage.usage_on(session, api_usage.quota_day(at))
    limits = {(row.path,): row.daily_limit for row in usage if row.daily_limit}
    yield _gauge("banshishi_wechat_quota_left", "微信接口今天还剩多少次", left, "path")
    yield _gauge("banshishi_wechat_quota_limit", "微信接口每天的上限", limits, "path")
    tokens = running_state.tokens(session)
    ages = {(each.name,): (at - each.fetched_at).total_seconds() for each in tokens if each.fetched_at}
    lefts = {(each.name,): (each.expires_at - at).total_seconds() for each in tokens if each.expires_at}
    yield _gauge("banshishi_wechat_token_age_seconds", "接口凭证取来多少秒了", ages, "token")
    yield _gauge("banshishi_wechat_token_left_seconds", "接口凭证还有多少秒有效", lefts, "token")
    alerts = platform_alerts.open_alerts(session)
    stops = sum(each.paused_until is not None and each.paused_until > at for each in alerts)
    yield _gauge(
        "banshishi_wechat_troubles",
        "没有解决的微信平台问题，和其中停住发送的",
        {("all",): len(alerts), ("stops",): stops},
        "kind",
    )
