"""Finding in the audit log: each condition narrows, and old pages hang on the position they begin below."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain import audit
from domain.audit_log import AuditFilters, find, length
from models.database import Database
from tests.support.factories import Office

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def found(session: Session, **conditions: Any) -> list[str]:
    return [entry.words for entry in find(session, AuditFilters(**conditions)).entries]


def test_conditions_narrow_one_by_one_and_slices_follow_each_other(
    database: Database, office: Office
) -> None:
    deeds = [
        (office.admin, "team", "新建班组"),
        (office.dispatcher, "team", "停用班组"),
        (office.admin, "place", "新建地点"),
    ]
    for hours, (staff, kind, words) in enumerate(deeds):
        with database.transaction() as session:
            audit.record(
                session,
                staff,
                action=f"{kind}.change",
                subject_kind=kind,
                subject=f"{kind}-{hours}",
                words=words,
                now=NOON + timedelta(hours=hours),
            )

    one = NOON + timedelta(hours=1)
    with database.reading() as session:
        assert found(session) == ["新建地点", "停用班组", "新建班组"]
        assert found(session, subject_kind="team") == ["停用班组", "新建班组"]
        assert found(session, staff_id=office.admin.id) == ["新建地点", "新建班组"]
        assert found(session, since=one) == ["新建地点", "停用班组"]
        assert found(session, until=one) == ["新建班组"]
        assert found(session, words="新建 place-2") == ["新建地点"]
        newest = find(session, AuditFilters(), limit=2)
        assert ([each.words for each in newest.entries], newest.before) == (["新建地点", "停用班组"], 2)
        oldest = find(session, AuditFilters(), before=newest.before, limit=2)
        assert ([each.words for each in oldest.entries], oldest.before) == (["新建班组"], None)
        assert length(session) == 3
