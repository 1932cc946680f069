"""Templates set in the pages reach a running sender within seconds."""

from datetime import datetime

import pytest
from sqlalchemy.exc import SQLAlchemyError

from config.wechat_templates import TemplateBook
from domain import message_templates
from domain.message_templates import Wish
from models.database import Database
from models.enums import NoticeChannel, NoticeKind
from tests.support.factories import Office
from wechat.template_mapping import CACHE_SECONDS, TemplateMapping

KIND, WAY = NoticeKind.ANSWERED, NoticeChannel.TEMPLATE
BOOK = TemplateBook.model_validate(
    {"templates": {"a": {"id": "FILE", "kinds": ["answered"], "fields": {"thing1": ["x"]}}}}
)


class Seconds:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do."""
    return sqlite


def save(database: Database, office: Office, now: datetime, template_id: str) -> None:
    with database.transaction() as session:
        wish = Wish(template_id=template_id, title="", fields={"thing1": ["x"]})
        message_templates.save(session, KIND, WAY, wish, staff=office.admin, now=now)


def used(mapping: TemplateMapping) -> str:
    template = mapping.for_kind(KIND, WAY)
    return template.id if template else ""


def known_before_a_change(
    database: Database, office: Office, now: datetime
) -> tuple[TemplateMapping, Seconds]:
    clock = Seconds()
    mapping = TemplateMapping(database, BOOK, clock=clock)
    assert used(mapping) == "FILE"
    save(database, office, now, "PAGE")
    return mapping, clock


def test_change_is_seen_after_a_few_seconds_without_a_restart(
    database: Database, office: Office, now: datetime
) -> None:
    mapping, clock = known_before_a_change(database, office, now)
    clock.now += CACHE_SECONDS - 0.1
    assert used(mapping) == "FILE"
    clock.now += 0.1
    assert used(mapping) == "PAGE"


def test_kind_left_out_in_the_pages_has_none_whatever_the_file_says(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        message_templates.leave_out(session, KIND, WAY, staff=office.admin, now=now)
    assert used(TemplateMapping(database, BOOK)) == ""


def test_what_was_known_is_used_while_the_database_is_away(
    database: Database, office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Seconds()
    save(database, office, now, "PAGE")
    known = TemplateMapping(database, BOOK, clock=clock)
    assert used(known) == "PAGE"

    def away(_session: object) -> None:
        raise SQLAlchemyError("away")

    monkeypatch.setattr(message_templates, "mapped", away)
    clock.now += CACHE_SECONDS
    assert used(known) == "PAGE"
    with pytest.raises(SQLAlchemyError):
        used(TemplateMapping(database, BOOK))


def test_while_one_thread_reads_the_others_use_what_is_known(
    database: Database, office: Office, now: datetime
) -> None:
    mapping, clock = known_before_a_change(database, office, now)
    clock.now += CACHE_SECONDS
    with mapping._reading:
        assert used(mapping) == "FILE"
    assert used(mapping) == "PAGE"
