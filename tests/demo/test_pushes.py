"""The pushes that the demo begins with."""

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from demo.matters import seed_matters
from demo.pushes import seed_pushes
from domain import push_queries, push_schedules
from domain.file_store import LocalFileStore
from domain.push_counts import counts_of
from domain.push_times import when_of
from models.enums import NoticeState
from models.notice import Notice
from models.push import PushRun
from models.push_words import PushKind, PushState
from tests.demo.conftest import NOW, fill


def test_three_schedules_have_a_history_that_adds_up_and_nothing_is_due(
    migrated_sqlite_file: Path, tmp_path: Path
) -> None:
    database = fill(migrated_sqlite_file, tmp_path, total=60)
    with database.transaction() as session:
        seed_matters(session, file_store=LocalFileStore(tmp_path / "uploads"), now=NOW)
        seed_pushes(session, secret_key="for-tests-only-" + "0" * 32, now=NOW)
    with database.reading() as session:
        planned = push_schedules.listed(session)
        assert [(one.title, when_of(one).words) for one in planned] == [
            ("办实事周报", "每周一 9:00（遇休息日顺延）"),
            ("超期清单", "每个工作日 17:00"),
            ("督查周报", "每周五 16:00"),
        ]
        assert list(push_schedules.due(session, now=NOW)) == []
        runs = session.scalars(select(PushRun)).all()
        ended = Counter((run.kind, run.state) for run in runs)
        assert ended[PushKind.DIGEST, PushState.DONE] >= 2
        assert ended[PushKind.DIGEST, PushState.CANCELLED] == 1
        assert ended[PushKind.SUPERVISION, PushState.DONE] == 2
        assert [run.kind for run in push_queries.waiting(session)] == [PushKind.MATTER]
        digest = next(run for run in runs if run.kind is PushKind.DIGEST and run.state is PushState.DONE)
        counts = counts_of(session, digest)
        assert counts.total == counts.sent_total + counts.inside_total > 20
        assert session.scalars(select(Notice).where(Notice.state == NoticeState.PENDING)).all() == []
    database.close()
