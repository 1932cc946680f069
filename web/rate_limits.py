"""How often somebody may do what costs us something; the numbers stand in config/limits.py.

Put `@OPEN_PAGE` on a view that strangers may open, or `@limiter.limit(ACTS, key_func=by_person)` on one that
changes something. Counters live in settings.rate_limit_store.
"""

from datetime import UTC, datetime

from flask import session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config.limits import open_pages
from domain.limit_texts import free_at, in_danger
from web.clock import now
from web.guards import PERSON_KEY

limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


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
