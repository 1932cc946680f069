"""Ready sections of a survey: survey_templates.toml."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class QuestionTemplate(BaseModel):
    """One question; those to choose from have at least two options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["stars", "single", "multiple", "text"]
    title: str = Field(min_length=1, max_length=100)
    required: bool = True
    options: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _options_where_chosen(self) -> Self:
        if (len(self.options) >= 2) != (self.kind in {"single", "multiple"}):
            raise ValueError(f"「{self.title}」的选项不对：单选和多选至少两项，其余没有选项")
        return self


class SectionTemplate(BaseModel):
    """One section, about the area of service whose category has this code; empty: about all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str = Field(min_length=1, max_length=40)
    category: str
    skippable: bool
    questions: tuple[QuestionTemplate, ...] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sections: tuple[SectionTemplate, ...]


@lru_cache(maxsize=1)
def survey_templates() -> tuple[SectionTemplate, ...]:
    """Give the ready sections in their order."""
    file = Path(__file__).with_name("survey_templates.toml")
    return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).sections
