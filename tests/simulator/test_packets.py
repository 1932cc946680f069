"""WeChat's XML, written and read."""

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from simulator.packets import BadXmlError, from_xml, to_xml

# Characters XML itself can hold, without the carriage return that every parser turns into a newline.
CONTENT = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), min_size=1
)


def test_strings_stand_in_cdata_and_numbers_bare() -> None:
    packet = {"MsgType": "text", "CreateTime": 1790000000, "Location_X": 23.5}
    assert to_xml(packet) == (
        "<xml><MsgType><![CDATA[text]]></MsgType><CreateTime>1790000000</CreateTime>"
        "<Location_X>23.5</Location_X></xml>"
    )


def test_nesting_and_lists_become_nested_and_repeated_elements() -> None:
    packet = {"Popup": {"List": [{"TemplateId": "a"}, {"TemplateId": "b"}]}}
    assert from_xml(to_xml(packet)) == packet


@given(CONTENT)
def test_any_text_survives_also_the_end_mark_of_cdata(content: str) -> None:
    text = content + "]]>" + content
    written = to_xml({"Content": text})
    assert from_xml(written) == {"Content": text}
    assert xmltodict.parse(written, strip_whitespace=False)["xml"]["Content"] == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("success", "not XML"),
        ("<xml><a></xml>", "not XML"),
        ("<html></html>", "root"),
        ('<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>', "entities"),
        (b"\xff\xfe\x00", "not XML"),
    ],
)
def test_anything_else_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(BadXmlError, match=reason):
        from_xml(text)


def test_empty_document_has_no_fields() -> None:
    assert from_xml("<xml></xml>") == {}
