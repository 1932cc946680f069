"""The ledger that the demo begins with."""

from pathlib import Path

from sqlalchemy import func, select

from demo.matters import seed_matters
from domain.file_store import LocalFileStore
from models.enums import NoticeState
from models.joint_meeting import JointMeeting
from models.matter import Matter, MatterComplaint, MatterVote
from models.matter_words import MatterKind, MatterStatus
from models.notice import Notice
from tests.demo.conftest import NOW, fill


def test_the_ledger_holds_a_dozen_of_all_kinds_and_states(migrated_sqlite_file: Path, tmp_path: Path) -> None:
    database = fill(migrated_sqlite_file, tmp_path, total=1)
    with database.transaction() as session:
        seed_matters(session, file_store=LocalFileStore(tmp_path / "uploads"), now=NOW)
    with database.reading() as session:
        found = session.scalars(select(Matter)).all()
        assert {one.kind for one in found} == set(MatterKind)
        assert {one.status for one in found} == set(MatterStatus)
        assert (len(found), sum(one.public for one in found)) == (12, 8)
        assert session.scalar(select(func.count()).select_from(MatterComplaint)) is not None
        assert session.scalars(select(MatterVote)).first() is not None
        assert session.scalar(select(func.count()).where(Matter.blocked_at.is_not(None))) == 1
        decided = session.scalars(select(JointMeeting).order_by(JointMeeting.held_on)).all()
        assert [len(one.decisions) for one in decided] == [1, 0]
        assert session.scalars(select(Notice).where(Notice.state == NoticeState.PENDING)).all() == []
    database.close()
