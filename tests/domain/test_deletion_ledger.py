"""The file of who left: it survives being cut off, and tells a restored database whom to delete again."""

from datetime import datetime, timedelta
from pathlib import Path

from domain import deletion_ledger, former_people
from domain.deletion_ledger import FileLedger
from models.api_session import MiniProgramIdentity
from models.database import Database
from tests.support.factories import Factory
from tests.support.surveys import BOX

DAY = timedelta(days=1)


def test_restored_database_is_told_who_left_since_by_either_openid(
    sqlite: Database, factory: Factory, now: datetime, tmp_path: Path
) -> None:
    file = tmp_path / "var" / "deletions.txt"
    with sqlite.transaction() as session:
        by_account, by_program, before, stays = (factory.person(session, f"oPerson{n}") for n in range(4))
        by_program.openid = None
        session.add(
            MiniProgramIdentity(person_id=by_program.id, openid="oMini", created_at=now, last_seen_at=now)
        )
    marks = {name: former_people.mark_of(name, box=BOX) for name in ("oPerson0", "oMini", "oPerson2", "oNew")}

    def asked() -> list[tuple[int, datetime]]:
        with sqlite.reading() as session:
            return deletion_ledger.to_delete_again(session, FileLedger(file), since=now, box=BOX)

    assert (FileLedger(file).read(), asked()) == ({}, [])
    FileLedger(file).add([marks["oPerson2"]], now=now - DAY)
    assert asked() == []
    FileLedger(file).add([marks["oPerson0"]], now=now)
    FileLedger(file).add([marks["oMini"], marks["oNew"]], now=now + DAY)
    with file.open("a", encoding="utf-8") as ledger:
        ledger.write("# 备注\n昨天\t" + "0" * 64 + "\n2026-11-24T10:00:0")
    assert asked() == [(by_account.id, now), (by_program.id, now + DAY)]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text(encoding="utf-8").startswith("# 注销过的账号")
    del before, stays


def test_what_a_crash_left_out_is_added_once(now: datetime, tmp_path: Path) -> None:
    file = tmp_path / "deletions.txt"
    left = {"a" * 64: now, "b" * 64: now + DAY}
    FileLedger(file).add(["a" * 64], now=now)
    assert [
        deletion_ledger.complete(FileLedger(file), left),
        deletion_ledger.complete(FileLedger(file), left),
    ] == [1, 0]
    assert FileLedger(file).read() == left
    assert deletion_ledger.complete(FileLedger(file), {}) == 0
    # Who came back and left again is in it twice; the last time counts.
    assert deletion_ledger.complete(FileLedger(file), {"a" * 64: now + DAY}) == 1
    assert FileLedger(file).read()["a" * 64] == now + DAY
