"""How often somebody may do what costs us something; the numbers stand in config/limits.py.

Put `@OPEN_PAGE` on a view that strangers may open, or `@limiter.limit(ACTS, key_func=by_person)` on one that
changes something. Counters live in settings.rate_limit_store: in each process, or in a Redis
for all machines.
"""

import logging
from datetime import UTC, datetime

import structlog
from flask import session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config.limits import open_pages
from config.settings import Settings
from domain.limit_texts import free_at, in_danger
from web.clock import now
from web.guards import PERSON_KEY

log = structlog.get_logger(__name__)

# A Redis in our own network answers in a millisecond; nobody waits longer for a number.
_REDIS_SECONDS = 0.5
_ADVICE = "看 RATE_LIMIT_STORE 的 Redis 是否在运行、网络是否通；恢复后自动合在一起算，不用重启"
limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


def limit_counts(settings: Settings) -> dict[str, object]:
    """Give what of Flask's configuration says where limits are counted.

    Without its Redis each process counts for itself: a limit is then met later, and no page is lost.
    """
    address = settings.rate_limit_store.get_secret_value()
    if not address.startswith("redis"):
        return {"RATELIMIT_STORAGE_URI": address}
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    limiter.logger.addFilter(_in_our_words)
    return {
        "RATELIMIT_STORAGE_URI": address,
        "RATELIMIT_STORAGE_OPTIONS": {
            "socket_connect_timeout": _REDIS_SECONDS,
            "socket_timeout": _REDIS_SECONDS,
            "retry": Retry(NoBackoff(), 1),
        },
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    }


def _in_our_words(record: logging.LogRecord) -> bool:
    """Say what it means and what to do, where the library tells of its storage."""
    if record.msg.startswith("Rate limit storage unreachable"):
        log.warning("limits_counted_alone", advice=_ADVICE)
        return False
    if record.msg == "Rate limit storage recovered":
        log.info("limits_counted_together")
        return False
    return True


def by_person() -> str:
    """Count a person by themselves, and a stranger by their address, which a whole campus may share."""
    person = session.get(PERSON_KEY)
    return f"person:{person}" if person else f"address:{get_remote_address()}"


def again_at() -> str:
    """Say from when on somebody may try again who met a limit in this request."""
    met, moment = limiter.current_limit, now()
    if met is None:
        return "请过几分钟再试。"
    until = datetime.fromtimestamp(met.reset_at, UTC)
    return f"请在 {free_at(until, now=moment)} 以后再试；{in_danger()}。"


OPEN_PAGE = limiter.limit(open_pages, key_func=by_person)
