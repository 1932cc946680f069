"""Questions that the chat answers by itself, as the office edits them."""

import pytest

from domain import keyword_answers
from domain.errors import Invalid, NotFound
from domain.keyword_answers import MOST_BYTES, AnswerWish
from models.enums import AnswerMatch
from models.wording import KeywordAnswer
from tests.support.story import Story

EXACT, CONTAINS = AnswerMatch.EXACT, AnswerMatch.CONTAINS


def add(story: Story, word: str, match: AnswerMatch = EXACT, answer: str = "") -> KeywordAnswer:
    wish = AnswerWish(word=word, match=match, answer=answer or f"关于{word}")
    return keyword_answers.add(story.session, wish, staff=story.office.admin, now=story.now)


def answered(story: Story, text: str) -> str | None:
    known = keyword_answers.known_answer(story.session, text)
    return known.word if known is not None else None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("食堂开放时间", "食堂开放时间"),
        (" 食堂 开放时间？！", "食堂开放时间"),
        ("WIFI", "wifi"),
        ("电费怎么充", "电费"),
        ("请问电费", "电费"),
        ("食堂几点开门", None),
        ("电费扣错了，充了 50 块没到账", None),
        ("昨天晚上宿舍停电了，电费明明还有，为什么会这样，请尽快来处理一下好不好", None),
        ("？？", None),
    ],
)
def test_word_is_the_message_or_stands_in_a_short_question(story: Story, text: str, word: str | None) -> None:
    add(story, "电费", CONTAINS)
    add(story, "食堂开放时间")
    add(story, "wifi")

    assert answered(story, text) == word


def test_exact_word_comes_first_then_the_order_of_the_office(story: Story) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    first, second = add(story, "校车", CONTAINS), add(story, "时间", CONTAINS)
    exact = add(story, "校车时间")
    assert answered(story, "校车时间") == "校车时间"
    assert answered(story, "校车时间？周末") == "校车"

    keyword_answers.move(story.session, second, by=-1, **by)
    keyword_answers.move(story.session, second, by=-1, **by)
    assert answered(story, "校车时间？周末") == "时间"
    keyword_answers.set_active(story.session, exact, active=False, **by)
    keyword_answers.set_active(story.session, exact, active=False, **by)
    assert answered(story, "校车时间") == "时间"
    keyword_answers.remove(story.session, second, **by)
    assert answered(story, "校车时间") == "校车"
    assert [row.word for row in keyword_answers.listed(story.session)] == ["校车", "校车时间"]
    assert first.active
    with pytest.raises(NotFound):
        keyword_answers.find(story.session, second.id)


def test_changed_answer_holds_at_once_and_its_count_stays(story: Story) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    row = add(story, "校车")
    known = keyword_answers.known_answer(story.session, "校车")
    assert known is not None
    keyword_answers.count_asked(story.session, known)

    wish = AnswerWish(word="班车", match=EXACT, answer="七点一班\r\n八点一班")
    keyword_answers.change(story.session, row, wish, **by)
    keyword_answers.change(story.session, row, wish, **by)
    story.session.refresh(row)
    assert (row.word, row.answer, row.asked) == ("班车", "七点一班\n八点一班", 1)
    assert (answered(story, "校车"), answered(story, "班车")) == (None, "班车")


@pytest.mark.parametrize(
    ("word", "match", "answer", "words"),
    [
        ("？", EXACT, "好", "至少一个汉字"),
        ("词" * 41, EXACT, "好", "最多 40 字"),
        ("电", CONTAINS, "好", "至少两个字"),
        ("电费", EXACT, " ", "请填写回复内容"),
        ("电费", EXACT, "长" * (MOST_BYTES // 3 + 2), "现在多了约 2 个"),
        ("校 车！", EXACT, "好", "已经有「校车」的回复了"),
    ],
)
def test_words_and_answers_that_cannot_be_used_are_refused(
    story: Story, word: str, match: AnswerMatch, answer: str, words: str
) -> None:
    add(story, "校车")
    with pytest.raises(Invalid, match=words):
        keyword_answers.add(
            story.session,
            AnswerWish(word=word, match=match, answer=answer),
            staff=story.office.admin,
            now=story.now,
        )
