"""The appraisal that the demo begins with."""

from pathlib import Path

from sqlalchemy import select

from demo.appraisal import seed_appraisal
from domain import appraisals, peer_review, pioneer_posts, score_sheets
from domain.file_store import LocalFileStore
from models.appraisal_words import AppraisalPart, PeerState, PostState
from models.enums import NoticeState
from models.notice import Notice
from tests.demo.conftest import NOW, fill


def test_a_term_runs_with_entries_and_one_post_is_awarded_and_one_waits(
    migrated_sqlite_file: Path, tmp_path: Path
) -> None:
    database = fill(migrated_sqlite_file, tmp_path, total=1)
    with database.transaction() as session:
        seed_appraisal(session, file_store=LocalFileStore(tmp_path / "uploads"), now=NOW)
    with database.reading() as session:
        term = appraisals.running(session)
        assert term is not None
        sheets = score_sheets.sheets(session, term, now=NOW)
        inspected = [one.team_name for one in sheets if one.part(AppraisalPart.INSPECTION).tenths is not None]
        assert len(inspected) == 5
        assert sum(one.part(AppraisalPart.ANNUAL).tenths is not None for one in sheets) == 5
        rounds = peer_review.listed(session)
        assert [one.state for one in rounds] == [PeerState.OPEN, PeerState.CLOSED]
        assert all(one.tenths for one in peer_review.outcomes(session, rounds[1]))
        posts = pioneer_posts.listed(session).items
        assert [one.state for one in posts] == [PostState.WAITING, PostState.AWARDED]
        pending = select(Notice).where(Notice.state == NoticeState.PENDING, Notice.key.startswith("p"))
        assert session.scalars(pending).all() == []
    database.close()
