"""Cutting words into tokens, and finding them again in a text."""

from hypothesis import given
from hypothesis import strategies as st

from domain.search_words import SearchWord, contact_tokens_of, folded, search_words, spans_in, tokens_of

_TEXTS = st.text(alphabet="一二三食堂窗口abcABC123 　,，。'\"\\%_·①ｗＷ㎡ſﬁ", max_size=12)


def test_chinese_is_cut_into_pairs_and_the_end_of_each_run() -> None:
    assert tokens_of("二食堂，凉") == {"二食", "食堂", "堂", "凉"}
    assert tokens_of("3号楼 302") == {"3", "号楼", "楼", "302"}
    assert tokens_of("食 堂") == {"食堂", "堂"}, "a blank between Chinese characters says nothing"
    assert tokens_of("WiFi6 断线") == {"wifi", "6", "断线", "线"}
    assert tokens_of("ＡＰＰ　①") == {"app", "1"}
    assert tokens_of("，。！") == set()


def test_words_are_read_as_typed_and_the_sixth_is_left_out() -> None:
    words = search_words(" 一食堂  WIFI 灯 % a b ")

    assert [word.text for word in words] == ["一食堂", "wifi", "灯", "%", "a"]
    assert [word.tokens for word in words] == [("一食", "食堂"), ("wifi",), ("灯",), (), ("a",)]
    assert [word.exact for word in words] == [False, True, True, False, True]


def test_only_figures_and_names_are_looked_for_among_contacts() -> None:
    phone = contact_tokens_of("张伟", "138-0013 8001")
    words = [*search_words("8001 13800138001 0013 001 张伟"), *search_words("张")]

    def finds(word: SearchWord) -> bool:
        return any(there.startswith(token) for token in word.contact_tokens for there in phone)

    found = {word.text: finds(word) for word in words}

    assert found == {"8001": True, "13800138001": True, "0013": True, "001": False, "张伟": True, "张": False}
    assert tokens_of("张伟13800138001") & phone == set(), "no word of a text is taken for a contact"


def test_hits_are_found_across_blanks_width_and_case() -> None:
    def hits(text: str, words: str) -> list[str]:
        return [text[start:end] for start, end in spans_in(text, search_words(words))]

    assert hits("一食堂 3 号窗口的 WiFi", "3号窗口 wifi") == ["3 号窗口", "WiFi"]
    assert hits("ＡＢＣ abc", "abc") == ["ＡＢＣ", "abc"]
    assert hits("食堂食堂", "食堂 堂食") == ["食堂食堂"]
    assert hits("20㎡", "m2") == ["㎡"]
    assert hits("凉", "热") == []


@given(_TEXTS, _TEXTS)
def test_whatever_is_searched_for_finds_the_text_it_stands_in(before: str, word: str) -> None:
    text = f"{before}，{word}，其余"
    tokens = tokens_of(text)

    for one in search_words(word):
        assert one.text in folded(text)
        assert spans_in(text, [one]) or not one.text
        assert all(any(there.startswith(token) for there in tokens) for token in one.tokens)
