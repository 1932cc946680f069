"""What a report from a phone must hold, and the sentence at the field where it does not."""

import pytest

from domain import report_checks
from domain.errors import Invalid
from domain.submissions import MAX_TEXT
from models.enums import ComplaintKind as K


def words_refused(text: str, kind: K = K.COMPLAINT, *, has_files: bool = False) -> str:
    try:
        report_checks.check_words(report_checks.plain(text), kind=kind, has_files=has_files)
    except Invalid as refusal:
        return f"{refusal.field}: {refusal.message}"
    return ""


def test_words_must_tell_something_unless_files_do() -> None:
    nothing = "words: 请写几句话说明情况，或附上照片、语音。"
    only_signs = "words: 只有表情或符号，看不出是什么事。请写几个字，或附上照片、语音。"
    assert [words_refused(text) for text in ("", " \r\n", "\u200b\u200f\u202e\u00a0\0")] == [nothing] * 3
    assert [words_refused(text) for text in ("😡😡", "！！！", "🐀？")] == [only_signs] * 3
    assert words_refused("👍", K.PRAISE) == ""
    assert words_refused("", has_files=True) == ""
    assert [words_refused(text) for text in ("漏", "302", "<b>", "\u202eabc")] == ["", "", "", ""]
    assert words_refused("长" * MAX_TEXT) == ""
    assert words_refused("长" * MAX_TEXT + "\r\n长") == (
        "words: 写了 10002 字，最多 10000 字。请删去一些，或分成几件反映。"
    )


def test_marks_that_turn_the_order_of_others_are_taken_out_and_ends_of_lines_are_one() -> None:
    assert report_checks.plain("\u202e漏水\u2066了\r\n是\r的\u200f\0 ") == "漏水了\n是\n的\u200f"


@pytest.mark.parametrize(
    ("kind", "is_chosen", "words", "refused"),
    [
        (K.REPAIR, False, "", "在哪里？请选一个地点，或写上楼号、房间号。"),
        (K.COMPLAINT, False, "", "在哪里？请选一个地点，或写上楼号、房间号。"),
        (K.COMPLAINT, True, "", ""),
        (K.COMPLAINT, False, "东门", ""),
        (K.SUGGESTION, False, "", ""),
        (K.SUGGESTION, False, "长" * 101, "地点最多 100 字，现在有 101 字。"),
    ],
)
def test_somebody_who_is_to_come_must_know_where(kind: K, is_chosen: bool, words: str, refused: str) -> None:
    said = ""
    try:
        report_checks.check_place(words, kind=kind, is_chosen=is_chosen)
    except Invalid as refusal:
        said = refusal.message
    assert said == refused


def test_telephone_number_is_one_or_left_empty() -> None:
    for phone in ("", "13800000000", "0571-88886120 转 8", "+86 138-0000-0000", "6120", "（0571）88886120"):
        report_checks.check_contact("李同学", phone)
    for phone in ("138", "没有", "1380000000a", "1" * 16, "微信 lixiaolan123"):
        with pytest.raises(Invalid, match="这个电话好像不对") as refusal:
            report_checks.check_contact("", phone)
        assert refusal.value.field == "contact_phone"
    with pytest.raises(Invalid, match="称呼最多 40 字") as refusal:
        report_checks.check_contact("长" * 41, "")
    assert refusal.value.field == "contact_name"
