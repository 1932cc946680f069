"""Who met which limit in the requests of this process: gathered, and written down some at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, session
from sqlalchemy.exc import SQLAlchemyError

from domain import limit_counts, limits
from models.database import Database
from models.person_limit import LimitKind
from web.clock import now
from web.guards import PERSON_KEY
from web.parts import parts
from web.rate_limits import limiter

log = structlog.get_logger(__name__)


def _begin() -> None:
    g.limits_met = limits.begin_noting()


def _note_too_many(answer: Response) -> Response:
    """Note a limit of the pages that a person met; who is not signed in is nobody we know."""
    met = limiter.current_limit
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and met is not None and met.breached:
        person_id = g.known_person.id if "known_person" in g else session.get(PERSON_KEY)
        if person_id is not None:
            limits.note(person_id, LimitKind.PAGES, datetime.fromtimestamp(met.reset_at, UTC))
    return answer


def _write(_error: BaseException | None) -> None:
    met = g.pop("limits_met", [])
    if "database_session" in g:  # a transaction is still open: it comes with the next request
        limit_counts.counts_of(parts().database).add(met)
    else:
        write(parts().database, met)


def write(database: Database, met: Sequence[limits.Met]) -> None:
    """Count what a request met, and write down what was counted, if it is time."""
    limit_counts.counts_of(database).add(met)
    try:
        limit_counts.write_due(database, now=now())
    except SQLAlchemyError as error:
        # A count less; whoever asked for something has their answer.
        log.warning("limits_not_counted", error=type(error).__name__)


def init_app(app: Flask) -> None:
    """Do so for every request of the application."""
    app.before_request(_begin)
    app.after_request(_note_too_many)
    app.teardown_request(_write)
