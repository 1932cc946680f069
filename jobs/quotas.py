"""Keeps count of what the platform allows in a day, and asks it at most once an hour."""

import structlog

from domain import api_usage
from jobs.context import JobContext
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure

log = structlog.get_logger(__name__)


def write_counts(context: JobContext) -> None:
    """Write this worker's counts of calls."""
    context.client.counter.flush()
    if context.mini_program is not None:
        context.mini_program.flush_counts()


def ask_quotas(context: JobContext) -> None:
    """Ask the platform for the quota of each path that was used today."""
    context.client.counter.flush()
    with context.database.transaction() as session:
        api_usage.clear_yesterdays_alerts(session, now=context.clock())
        api_usage.drop_old(session, now=context.clock())
    with context.database.reading() as session:
        paths = api_usage.to_ask(session, now=context.clock())
    for path in paths:
        if context.stopping.is_set():
            return
        quota: api_usage.Quota | None = None
        try:
            quota = context.client.quota_of(path)
        except WeChatError as error:
            # Of some paths the platform tells nothing; asking again in an hour costs little.
            log.info("quota_not_told", path=path, code=error.code)
            if error.action is Action.ACCOUNT_STOPPED:
                return
        except WeChatFailure as error:
            log.warning("quota_not_asked", error=str(error))
            return
        with context.database.transaction() as session:
            api_usage.note_quota(session, path, quota, now=context.clock())
