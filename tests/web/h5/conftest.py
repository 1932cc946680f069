"""Phones that open the pages as different people, and an office that does its work between two visits."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain import access_links, queries
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.person import Person
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor

CountQueries = Callable[[], AbstractContextManager[list[str]]]


class Phone(Visitor):
    """A phone with cookies of its own.

    Args:
        database: where links from the chat are made.
    """

    def __init__(self, app: Flask, database: Database) -> None:
        super().__init__(app)
        self._database = database

    def link(self, person: Person, path: str = "/h5/complaints") -> str:
        """Make a link for a person as the chat does, and give its token."""
        with self._database.transaction() as session:
            return access_links.create_link(session, person=person, path=path, now=datetime.now(UTC))

    def come_in(self, person: Person) -> "Phone":
        """Tap a fresh link."""
        self.take_token()
        self.send("/h5/enter", {"token": self.link(person)})
        self.take_token()
        return self

    def submit(self, page: BeautifulSoup, action_end: str, **fields: Any) -> TestResponse:
        """Send the one form of a page that leads there: its hidden fields, and these."""
        forms = page.select(f'form[action$="{action_end}"]')
        assert len(forms) == 1, f"{len(forms)} forms lead to {action_end}"
        hidden = {str(tag["name"]): tag["value"] for tag in forms[0].select("input[type=hidden]")}
        kind = "multipart/form-data" if forms[0].get("enctype") else None
        return self.client.post(str(forms[0]["action"]), data=hidden | fields, content_type=kind)


@dataclass
class World:
    """The office at work."""

    app: Flask
    database: Database
    office: Office
    make: Factory

    @property
    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)

    def file(self, status: ComplaintStatus = ComplaintStatus.SUBMITTED, **changes: Any) -> str:
        """File a complaint of the student, bring it to the status, and give its number."""
        with self.database.transaction() as session:
            if "service_point" in changes:
                changes["service_point"] = session.merge(changes["service_point"])
            return self.make.complaint(session, self.office, status, now=datetime.now(UTC), **changes).number

    def do(self, number: str, act: Callable[..., object], *, staff: Any = None, **details: Any) -> None:
        """Do something to a complaint as a member of staff, or as the student."""
        with self.database.transaction() as session:
            actor = Actor.of_staff(staff) if staff else Actor.of_person(self.office.student)
            complaint = queries.by_number(session, number)
            act(session, complaint, actor=actor, now=datetime.now(UTC), **details)

    def write(self, number: str, act: Callable[[Session, Complaint], object]) -> None:
        """Change something else about a complaint."""
        with self.database.transaction() as session:
            act(session, queries.by_number(session, number))

    def status(self, number: str) -> ComplaintStatus:
        """Give the status as it is kept."""
        with self.database.reading() as session:
            return queries.by_number(session, number).status

    def count(self, table: type[Any]) -> int:
        """Count the rows of a table."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def world(app: Flask, database: Database, office: Office, factory: Factory) -> World:
    """The office, with the clock standing still."""
    return World(app, database, office, factory)


@pytest.fixture
def phone(app: Flask, database: Database) -> Callable[..., Phone]:
    """Give a new phone, signed in as the person if one is named."""

    def take(person: Person | None = None) -> Phone:
        new = Phone(app, database)
        return new.come_in(person) if person else new

    return take
