"""What goes in and out of the API: bases, moments with their offset, and exact numbers in addresses."""

import re
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.json_schema import WithJsonSchema

from domain.report_checks import plain
from domain.working_time import LOCAL

T = TypeVar("T")


class Asked(BaseModel):
    """What a program sends: exact types, and nothing that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """What stands behind the ? of an address; texts, as addresses know nothing else."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Shown(BaseModel):
    """What we answer; programs must put up with members that are added later."""

    model_config = ConfigDict(frozen=True)


class PageOf(Shown, Generic[T]):
    """A part of a list."""

    items: list[T] = Field(description="这一页的内容")
    next_cursor: str | None = Field(
        description="取下一页时原样放进 cursor；null 表示没有了", examples=["b3BhcXVl…"]
    )


def _in_local_time(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


Moment = Annotated[
    datetime,
    PlainSerializer(_in_local_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-23T10:00:00+08:00"]}),
]


def _exact_integer(value: object) -> object:
    # Left alone, pydantic would read "1.0" and " 1" as well, which the document does not promise.
    if isinstance(value, str) and not re.fullmatch(r"-?(0|[1-9]\d{0,17})", value, re.ASCII):
        raise ValueError("应为整数")
    return value


def _exact_number(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", value, re.ASCII):
        raise ValueError("应为数字")
    return value


def _exact_boolean(value: object) -> object:
    if isinstance(value, str):
        if value not in {"true", "false"}:
            raise ValueError("应为 true 或 false")
        return value == "true"
    return value


QueryInteger = Annotated[int, BeforeValidator(_exact_integer)]
QueryNumber = Annotated[float, BeforeValidator(_exact_number)]
QueryBoolean = Annotated[bool, BeforeValidator(_exact_boolean)]
# Marks that turn the reading direction, and the one character that PostgreSQL cannot keep, are taken out.
Words = Annotated[str, AfterValidator(plain)]

Limit = Annotated[QueryInteger, Field(ge=1, le=50, description="一页最多几条（1–50）", examples=[20])]
Cursor = Annotated[
    str, Field(max_length=600, description="上一页的 next_cursor；第一页不填", examples=["b3BhcXVl…"])
]


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Build an example of a model from the examples of its fields.

    Raises:
        ValueError: a field has neither an example nor a default, nor is made of models that have.
    """
    return {name: _example_of_field(model, name) for name in model.model_fields}


def _example_of_field(model: type[BaseModel], name: str) -> Any:  # noqa: ANN401 (JSON)
    field = model.model_fields[name]
    if field.examples:
        return field.examples[0]
    found = _example_of_type(field.annotation)
    if found is not None:
        return found
    if not field.is_required():
        return field.get_default(call_default_factory=True)
    raise ValueError(f"{model.__name__}.{name} has no example")


def _example_of_type(kind: Any) -> Any:  # noqa: ANN401 (a type)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return example_of(kind)
    inner = [each for each in getattr(kind, "__args__", ()) if each is not type(None)]
    found = _example_of_type(inner[0]) if inner else None
    if found is not None and getattr(kind, "__origin__", None) is list:
        return [found]
    return found
