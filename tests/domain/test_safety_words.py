"""Safety words that the office edits, and how they are read."""

import pytest
from sqlalchemy import event, select

from config.catalogue import catalogue
from domain import safety_words
from domain.errors import Invalid, NotFound
from models.audit import AuditEntry
from models.database import Database
from models.wording import SafetyWord
from tests.conftest import NOW
from tests.support.factories import Office
from tests.support.story import Story


def test_office_without_rows_works_with_the_words_of_the_catalogue(story: Story) -> None:
    assert safety_words.safety_word_in(story.session, "插座 漏 电 了") == "漏电"
    assert story.complaint(text="宿舍漏电").urgent

    safety_words.seed(story.session, now=story.now)
    words = [row.word for row in safety_words.listed(story.session)]
    assert words == list(catalogue().safety.words)


def test_first_edit_keeps_all_words_of_the_catalogue(story: Story) -> None:
    admin = story.office.admin
    safety_words.add(story.session, word=" 毒 蛇 ", note="校园里见过", staff=admin, now=story.now)

    assert story.complaint(text="路边有条毒蛇").urgent
    assert story.complaint(text="宿舍漏电").urgent
    assert not story.complaint(text="饭菜是凉的").urgent


def test_word_out_of_use_makes_nothing_urgent_until_it_is_used_again(story: Story) -> None:
    admin = story.office.admin
    row = safety_words.add(story.session, word="毒蛇", note="", staff=admin, now=story.now)

    safety_words.set_active(story.session, row.id, active=False, staff=admin, now=story.now)
    assert safety_words.safety_word_in(story.session, "有毒蛇") is None
    with pytest.raises(Invalid, match="只是停用了"):
        safety_words.add(story.session, word="毒蛇", note="", staff=admin, now=story.now)
    for _ in range(2):
        safety_words.set_active(story.session, row.id, active=True, staff=admin, now=story.now)
    assert safety_words.safety_word_in(story.session, "有毒蛇") == "毒蛇"


@pytest.mark.parametrize(
    ("word", "words"),
    [("火", "至少两个字"), ("着" * 21, "最多 20 个字"), ("漏电", "已经在用"), ("  ", "至少两个字")],
)
def test_words_that_would_do_harm_are_refused(story: Story, word: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        safety_words.add(story.session, word=word, note="", staff=story.office.admin, now=story.now)
    with pytest.raises(Invalid, match="说明最多 100 字"):
        safety_words.add(story.session, word="毒蛇", note="说" * 101, staff=story.office.admin, now=story.now)
    with pytest.raises(NotFound):
        safety_words.set_active(story.session, 0, active=True, staff=story.office.admin, now=story.now)


def test_how_often_a_word_was_heard_is_counted(story: Story) -> None:
    story.complaint(text="路边有条毒蛇")
    story.complaint(text="又见毒蛇")
    story.later(days=31)
    story.complaint(text="毒蛇还在")

    assert safety_words.recently_heard(story.session, "毒蛇", now=story.now) == 1


def test_reading_costs_one_statement_and_every_change_is_seen_at_once(
    database: Database, office: Office
) -> None:
    with database.transaction() as session:
        safety_words.seed(session, now=NOW)
    with database.reading() as session:
        safety_words.safety_word_in(session, "漏电")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as session:
        assert safety_words.safety_word_in(session, "漏电") == "漏电"
        assert safety_words.safety_word_in(session, "有毒蛇") is None
    event.remove(database.engine, "before_cursor_execute", note)
    assert sum(statement.startswith("SELECT") for statement in statements) == 1

    with database.transaction() as session:
        safety_words.add(session, word="毒蛇", note="", staff=office.admin, now=NOW)
        undone = session.begin_nested()
        safety_words.add(session, word="老虎", note="", staff=office.admin, now=NOW)
        assert safety_words.safety_word_in(session, "有老虎") == "老虎"
        undone.rollback()
    with database.reading() as session:
        assert safety_words.safety_word_in(session, "有毒蛇") == "毒蛇"
        assert safety_words.safety_word_in(session, "有老虎") is None
        assert session.scalars(select(AuditEntry.words)).all() == ["新增紧急词「毒蛇」"]
        assert session.scalars(select(SafetyWord.word).where(SafetyWord.word == "老虎")).all() == []
