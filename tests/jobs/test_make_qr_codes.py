"""The worker has codes made for new places, unless it is to stop."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from jobs.context import JobContext
from jobs.make_qr_codes import make_qr_codes
from models.database import Database
from models.qr_code import QrCode
from tests.support.factories import Factory


@pytest.fixture
def database(sqlite: Database, factory: Factory) -> Database:
    """Two places without codes."""
    with sqlite.transaction() as session:
        factory.place(session)
        factory.place(session)
    return sqlite


def scenes(database: Database) -> Sequence[str]:
    with database.reading() as session:
        return session.scalars(select(QrCode.scene).order_by(QrCode.scene)).all()


def test_new_places_get_their_codes(context: JobContext, database: Database) -> None:
    make_qr_codes(context)

    assert scenes(database) == ["place-1", "place-2"]


def test_worker_that_stops_makes_none(context: JobContext, database: Database) -> None:
    context.stopping.set()
    make_qr_codes(context)

    assert scenes(database) == []
