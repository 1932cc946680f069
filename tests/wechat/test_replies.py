"""Answers: nothing in them breaks out, nothing is cut through."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.packets import from_xml
from wechat.message_fields import clusters
from wechat.replies import MAX_TEXT_BYTES, cdata, fit, link, plain, text_reply, with_links, without_links

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def content_of(text: str) -> str:
    return str(from_xml(text_reply(text, to="o1", sender="gh_1", at=AT))["Content"])


def test_reply_goes_back_to_where_the_message_came_from() -> None:
    assert from_xml(text_reply("好", to="o1", sender="gh_1", at=AT)) == {
        "ToUserName": "o1",
        "FromUserName": "gh_1",
        "CreateTime": "1795399200",
        "MsgType": "text",
        "Content": "好",
    }


@pytest.mark.parametrize("text", ["]]>", "a]]></Content><Evil>b", "]]]]>>", "&lt;&amp;"])
def test_text_cannot_break_out_of_its_element(text: str) -> None:
    assert content_of(text) == text


def test_characters_xml_cannot_hold_are_left_out() -> None:
    assert cdata("a\x00\x0b\ud800\uffffb\t\n") == "<![CDATA[ab\t\n]]>"


@given(st.text(max_size=1500))
def test_any_text_becomes_a_reply_the_platform_takes(text: str) -> None:
    assert len(content_of(text).encode()) <= MAX_TEXT_BYTES


@pytest.mark.parametrize("unit", ["a", "好", "😀", "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "é", "1️⃣"])
def test_cut_never_goes_through_a_character_as_people_see_it(unit: str) -> None:
    for lead in range(len(unit.encode()) + 1):
        kept = fit("x" * lead + unit * 2000).removesuffix("…").lstrip("x")
        assert len(fit("x" * lead + unit * 2000).encode()) <= MAX_TEXT_BYTES
        assert kept == unit * (len(kept) // len(unit))
        assert set(clusters(kept)) == {unit}


def test_text_that_fits_is_left_alone() -> None:
    assert fit("好" * 666) == "好" * 666


def test_cut_never_goes_through_a_link() -> None:
    anchor = '<a href="http://127.0.0.1/h5/enter/abc">2026-1123-0001</a>'
    text = "好" * 650 + anchor
    assert fit(text) == "好" * 650 + "…"


def test_link_gets_its_address_when_we_answer() -> None:
    text = f"见{link('/h5/complaints/1', '详情')}。"
    assert with_links(text, address=lambda path: f"https://x{path}?t=1") == (
        '见<a href="https://x/h5/complaints/1?t=1">详情</a>。'
    )
    assert without_links(text) == "见详情。"


def test_words_of_a_person_cannot_become_a_link() -> None:
    forged = link("/admin", "x")
    assert with_links(plain(forged), address=lambda path: path) == "/adminx"
    assert plain('<a href="http://x">\r\n') == '＜a href="http://x"＞\n'
