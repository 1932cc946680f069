"""The table of templates: what fills the fields, and that it covers what we send."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.wechat_templates import load_templates
from domain.notices import PUSHED
from models.enums import NoticeKind
from simulator.default_templates import default_templates

OURS = Path("config/wechat_templates.toml")
# Told in the chat while it is open, else on the page only; what is told to many may not be told by template.
WITHOUT_TEMPLATE = {NoticeKind.DRAFT_WAITING, NoticeKind.CHAT_REPLY, *PUSHED}


def test_every_kind_of_notice_has_a_template_but_those_of_the_chat_and_pushes() -> None:
    book = load_templates(OURS)
    assert {kind for kind in NoticeKind if book.for_kind(kind) is None} == WITHOUT_TEMPLATE
    told = {kind for template in book.templates.values() for kind in template.kinds}
    assert told <= {kind.value for kind in NoticeKind}


def test_fields_are_those_of_the_platforms_templates_in_order() -> None:
    known = {template.template_id: [key for key, _ in template.fields] for template in default_templates()}
    assert {template.id: list(template.fields) for template in load_templates(OURS).templates.values()} == {
        template.id: known[template.id] for template in load_templates(OURS).templates.values()
    }


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "templates.toml"
    file.write_text(text, encoding="utf-8")
    return file


ONE = """
[templates.one]
id = "real-id"
kinds = ["received"]
fields = { thing1 = ["{team}", "{place}", "待定"], const2 = ["{status}"], time3 = ["{time}"] }
words = { "已办结（待评价）" = "已办结" }
"""


def test_first_value_that_is_known_fills_the_field(tmp_path: Path) -> None:
    template = load_templates(written(tmp_path, ONE)).for_kind("received")
    assert template is not None
    assert template.id == "real-id"
    assert template.values({"team": "", "place": "一食堂", "status": "已办结（待评价）"}) == {
        "thing1": "一食堂",
        "const2": "已办结",
        "time3": "",
    }
    assert template.values({})["thing1"] == "待定"


@pytest.mark.parametrize(
    "text",
    [
        ONE + ONE.replace("templates.one", "templates.two"),
        ONE.replace('"real-id"', '""'),
        ONE.replace("kinds", "kind"),
        ONE.replace("id =", "id"),
    ],
    ids=["one kind twice", "no id", "unknown name", "not TOML"],
)
def test_table_with_a_mistake_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises((ValidationError, ValueError)):
        load_templates(written(tmp_path, text))
