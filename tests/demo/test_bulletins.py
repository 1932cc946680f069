"""The bulletins of the demo: the last two months, published, and a draft."""

from pathlib import Path

from sqlalchemy.orm import Session

from demo.bulletins import seed_bulletins
from domain import bulletin_contents, bulletins
from domain.file_store import LocalFileStore
from models.bulletin_words import BulletinPart, BulletinState
from tests.demo.conftest import NOW


def test_two_months_are_out_and_the_present_one_is_being_written(session: Session, tmp_path: Path) -> None:
    seed_bulletins(session, file_store=LocalFileStore(tmp_path), now=NOW)

    draft, october, september = bulletins.listed(session).items
    assert (october.title, october.code) == ("2026年10月师生诉求办理情况通报", "2026-02")
    assert (september.state, draft.state) == (BulletinState.PUBLISHED, BulletinState.DRAFT)
    assert bulletins.figures_of(october).filed > 10
    parts = [one.part for one in bulletin_contents.contents_of(session, october).sections]
    assert {BulletinPart.GOOD, BulletinPart.BAD} & set(parts)
    assert len(october.charts) >= 2
