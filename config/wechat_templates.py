"""Which template message tells which kind of notice: wechat_templates.toml, or a file named instead."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Way = Literal["template", "subscription", "mini_subscription"]


class MessageTemplate(BaseModel):
    """One template of the account: its id, the notice kinds it tells, and what fills its fields, in order.

    Attributes:
        channel: the way it goes: 模板消息, or to those who allowed it 订阅通知 or, a template of the mini
            program, 小程序订阅消息.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    channel: Way = "template"
    kinds: tuple[str, ...] = Field(min_length=1)
    fields: dict[str, tuple[str, ...]] = Field(min_length=1)
    words: dict[str, str] = {}

    def values(self, notice_fields: Mapping[str, object]) -> dict[str, str]:
        """Fill the fields from a notice's; a field for which nothing is known is empty."""
        return {name: self._value(choices, notice_fields) for name, choices in self.fields.items()}

    def _value(self, choices: tuple[str, ...], notice_fields: Mapping[str, object]) -> str:
        for choice in choices:
            is_field = choice.startswith("{") and choice.endswith("}")
            given = notice_fields.get(choice[1:-1]) if is_field else choice
            if given not in (None, ""):
                return self.words.get(str(given), str(given))
        return ""


class TemplateBook(BaseModel):
    """All templates by a name of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    templates: dict[str, MessageTemplate] = {}

    @model_validator(mode="after")
    def _one_template_for_a_kind(self) -> Self:
        kinds = [(template.channel, kind) for template in self.templates.values() for kind in template.kinds]
        twice = sorted({kind for way, kind in kinds if kinds.count((way, kind)) > 1})
        if twice:
            raise ValueError(f"同一种通知只能用一个模板：{'、'.join(twice)}")
        return self

    def for_kind(self, kind: str, channel: str = "template") -> MessageTemplate | None:
        """Give the template that tells this kind of notice on this way, if there is one."""
        return next(
            (one for one in self.templates.values() if kind in one.kinds and one.channel == channel), None
        )


def load_templates(file: Path) -> TemplateBook:
    """Read the templates of a file.

    Raises:
        OSError, ValueError: it cannot be read, or has not the shape.
    """
    return TemplateBook.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
