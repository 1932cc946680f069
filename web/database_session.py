"""One database session for each request; this is where a request's changes are kept or thrown away."""

from contextlib import ExitStack, suppress
from typing import cast

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from web.parts import parts

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def current_session() -> Session:
    """Give this request's session, opened on first use.

    GET and HEAD read only. Anything else writes in one transaction, which is committed when the answer is
    below 400 and rolled back when it is an error or an exception was raised.
    """
    if "database_session" not in g:
        database = parts().database
        g.database_exit = ExitStack()
        opening = database.reading() if request.method in _READING else database.transaction()
        g.database_session = g.database_exit.enter_context(opening)
    return cast("Session", g.database_session)


def _end_session(response: Response) -> Response:
    """Commit or roll back before the answer leaves, so that nobody is told of what did not last."""
    if response.status_code >= 400:
        _undo()
    elif "database_session" in g:
        g.pop("database_session")
        g.pop("database_exit").close()
    return response


def _drop_session(error: BaseException | None) -> None:
    """Undo what an exception left open; `_end_session` has already dealt with every answered request."""
    _undo()
    del error


def _undo() -> None:
    """Throw away what was changed; a connection that died meanwhile has done so already."""
    if "database_session" not in g:
        return
    session, leaving = g.pop("database_session"), g.pop("database_exit")
    with suppress(SQLAlchemyError):
        session.rollback()
    with suppress(SQLAlchemyError):
        leaving.close()


def init_app(app: Flask) -> None:
    """End the session with every request of the application."""
    app.after_request(_end_session)
    app.teardown_request(_drop_session)
