"""Who had themselves deleted after a backup was made is deleted again when it is put back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from commands.database import restore
from domain import backups, deletion_ledger, former_people
from domain.file_store import LocalFileStore
from domain.secret_box import SecretBox
from models.complaint import Complaint
from models.database import Database
from models.person import Person
from tests.support.factories import Factory
from tests.support.settings import settings_in


@pytest.mark.parametrize("has_ledger", [True, False])
def test_no_backup_brings_back_who_left_since(
    sqlite: Database, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_ledger: bool
) -> None:
    with sqlite.transaction() as session:
        office = factory.office(session)
        factory.complaint(session, office, contact_name="林小溪", contact_phone="13912345678")
    made = datetime.now(UTC) - timedelta(hours=1)
    archive = tmp_path / "backup.tar"
    backups.make(sqlite, LocalFileStore(tmp_path / "uploads"), archive, now=made)
    settings = settings_in(tmp_path / "new", database_url=f"sqlite:///{tmp_path}/new.db")
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: settings)
    if has_ledger:
        box = SecretBox(settings.secret_key.get_secret_value())
        assert office.student.openid is not None
        mark = former_people.mark_of(office.student.openid, box=box)
        deletion_ledger.FileLedger(settings.deletion_ledger).add([mark], now=made + timedelta(minutes=1))
    done = CliRunner().invoke(restore, [str(archive)], catch_exceptions=False)
    assert ("备份之后注销的 1 位师生，已经再次注销。" in done.output) is has_ledger
    assert ("没有找到注销名单" in done.output) is not has_ledger
    database = Database(settings.database_url)
    with database.reading() as session:
        known = session.get_one(Person, office.student.id).openid is not None
        names = session.scalars(select(Complaint.contact_name)).all()
    database.close()
    assert (known, names) == ((False, [""]) if has_ledger else (True, ["林小溪"]))
