"""Values made to fit: examples, then laws held against the platform's own rules for any text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.template_rules import FIELD_RULES
from wechat.message_fields import clusters, fit_chat_text, fit_field

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇨🇳"


@pytest.mark.parametrize(
    ("name", "given_value", "fitted"),
    [
        ("thing1", "3号楼302室水管漏水", "3号楼302室水管漏水"),
        ("thing1", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"),
        ("thing1", "一二三四五六七八九十一二三四五六七八九十多", "一二三四五六七八九十一二三四五六七八九…"),
        ("thing1", "水管\n漏水\t\r很急", "水管 漏水 很急"),
        ("thing1", "", "无"),
        ("thing1", " \n ", "无"),
        ("thing1", "\x00\x07坏\ud800了", "坏了"),
        ("thing1", "一二三四五六七八九十一二三四五六七八" + FAMILY, "一二三四五六七八九十一二三四五六七八…"),
        ("short_thing1", "一二三四五六七八九十多", "一二三四五六七八九…"),
        ("character_string1", "2026-1121-0007", "2026-1121-0007"),
        ("character_string1", "编号 2026-0007 号", "2026-0007"),
        ("character_string1", "编号", "-"),
        ("character_string1", "A" * 40, "A" * 32),
        ("time1", "2026年11月21日 09:30", "2026年11月21日 09:30"),
        ("time1", "2026-11-21T01:30:00+00:00", "2026年11月21日 09:30"),
        ("time1", "11月23日（周一）10:00 前", "11月23日"),
        ("time1", "", "00:00"),
        ("time1", "0001-01-01T02:00:00+09:00", "0001-01-01"),
        ("date1", "2026-11-21T20:30:00+00:00", "2026年11月22日"),
        ("phrase1", "处理中", "处理中"),
        ("phrase1", "已办结（待评价）", "已办结"),
        ("phrase1", "不予受理申诉", "不予受理申"),
        ("phrase1", "OK", "无"),
        ("number1", "超期 12.5 小时", "12.5"),
        ("number1", "", "0"),
        ("amount1", "￥12.50元", "￥12.50元"),
        ("phone_number1", "电话 0571-88886110 转 2", "0571-88886110 2"),
        ("phone_number1", "无", "-"),
        ("name1", "买买提·艾合买提江·阿卜杜", "买买提·艾合买提江…"),
        ("name1", "William Shakespeare", "William Shakespeare"),
        ("letter1", "abc-123", "abc"),
        ("symbol1", "a+b=c!?##", "+=!?#"),
        ("const1", "处理中", "处理中"),
        ("unknown1", "一" * 30, "一" * 19 + "…"),
    ],
)
def test_value_is_made_to_fit(name: str, given_value: str, fitted: str) -> None:
    assert fit_field(name, given_value) == fitted


@pytest.mark.parametrize("kind", sorted(set(FIELD_RULES) - {"car_number"}))
@given(text=st.text(max_size=60) | st.text(alphabet="👨👩👧\u200d🇨🇳🏽水12:-年月日 ￥A", max_size=40))
@example(text="")
@example(text=FAMILY * 10)
@example(text="2026年13月45日 99:99")
@example(text="0\r:\r0")
@example(text="0" * 21)
def test_whatever_is_put_in_the_platform_takes_what_comes_out(kind: str, text: str) -> None:
    fitted = fit_field(f"{kind}1", text)
    assert fitted != ""
    assert FIELD_RULES[kind](fitted)
    assert not set("\n\r\t") & set(fitted)
    assert fit_field(f"{kind}1", fitted) == fitted


@given(
    text=st.lists(
        st.sampled_from([FAMILY, FLAG, "👍🏽", "é", "水", "1️⃣", "🏴\U000e0067\U000e007f"]), max_size=30
    )
)
def test_cutting_never_tears_what_is_seen_as_one_character(text: list[str]) -> None:
    fitted = fit_field("thing1", "".join(text))
    if not text:
        assert fitted == "无"
    else:
        kept = list(clusters(fitted.removesuffix("…")))
        assert kept == text[: len(kept)]


@given(text=st.text())
def test_clusters_put_together_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(text=st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=900))
def test_chat_text_fits_and_loses_only_its_end(text: str) -> None:
    fitted = fit_chat_text(text)
    assert len(fitted.encode()) <= 2048
    assert fitted == text or text.startswith(fitted.removesuffix("…"))


def test_chat_text_keeps_its_lines() -> None:
    assert fit_chat_text("第一行\n\n第二行\x00") == "第一行\n\n第二行"
