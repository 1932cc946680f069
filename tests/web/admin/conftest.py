"""What tests of the admin pages share."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from models.base import Base
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.desk_browser import Desks, served
from tests.support.factories import Factory, Office


@pytest.fixture
def file(database: Database, factory: Factory, office: Office) -> Callable[..., Complaint]:
    """File a complaint and bring it to a status; rows among the changes are looked up anew."""

    def make(status: ComplaintStatus = ComplaintStatus.SUBMITTED, **changes: object) -> Complaint:
        with database.transaction() as session:
            for name, value in changes.items():
                if isinstance(value, Base):
                    changes[name] = session.get_one(type(value), value.id)  # type: ignore[attr-defined]
            return factory.complaint(session, office, status, **changes)

    return make


@pytest.fixture
def desks(browser: Browser, app: Flask) -> Iterator[Desks]:
    """Open browsers at the admin pages; what they complain of fails the test."""
    with served(app) as address:
        desks = Desks(browser, address)
        yield desks
        desks.close()
    assert desks.said == []
