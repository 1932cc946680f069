"""Reading what a program sends, and telling it exactly what is wrong with it."""

import re
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from web.problems import ApiProblem, FieldError

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"
_KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
KEY_HEADER = "Idempotency-Key"
# The longest text there is, with every letter written as \uXXXX, and as much again for the rest.
LARGEST_BODY = 256 * 1024
_MOST_ERRORS = 20

# What pydantic's kinds of error mean to who writes the program, and mostly to their users too.
_WORDS = {
    "missing": "没有填写",
    "extra_forbidden": "没有这一项",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_type": "应为文字",
    "string_pattern_mismatch": "格式不对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为数组",
    "too_long": "最多 {max_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "enum": "只能是 {expected} 之一",
    "literal_error": "只能是 {expected} 之一",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
}


def read_query(model: type[M]) -> M:
    """Read what stands behind the ? of the address.

    Raises:
        ApiProblem: a parameter is wrong, missing, or given twice.
    """
    given = request.args.to_dict(flat=False)
    twice = [name for name in model.model_fields if len(given.get(name, [])) > 1]
    if twice:
        raise _invalid([FieldError(name, f"{name}：只能填一次") for name in twice])
    try:
        return model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise _invalid([_field_error(each) for each in error.errors(include_url=False)]) from None


def read_body(model: type[M]) -> M:
    """Read the JSON of the request.

    Raises:
        ApiProblem: it is called something else, is packed, is no JSON, or holds what the model does not take.
        RequestEntityTooLarge: it is longer than any that the API takes.
    """
    if request.mimetype != JSON:
        raise ApiProblem("unsupported_media_type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiProblem("unsupported_media_type", "请求体不能压缩，请去掉请求头 Content-Encoding。")
    request.max_content_length = LARGEST_BODY
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        found = error.errors(include_url=False)
    if any(each["type"] == "json_invalid" for each in found):
        raise ApiProblem("bad_request")
    raise _invalid([_field_error(each) for each in found])


def read_key(*, required: bool) -> str | None:
    """Read the header that tells a repeated request from a new one.

    Raises:
        ApiProblem: it is missing or of another form.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None and not required:
        return None
    if key is None:
        message = "请求头 Idempotency-Key 没有填写：每次提交用一个新的，重发时用原来的。"
    elif _KEY.fullmatch(key):
        return key
    else:
        message = "请求头 Idempotency-Key 应为 16–64 位字母、数字、下划线或连字符。"
    raise ApiProblem("invalid", message, errors=[FieldError(KEY_HEADER, message)])


def _invalid(errors: list[FieldError]) -> ApiProblem:
    return ApiProblem("invalid", errors[0].message, errors=errors[:_MOST_ERRORS])


def _field_error(fault: ErrorDetails) -> FieldError:
    name = ".".join(str(part) for part in fault["loc"])
    context: dict[str, Any] = dict(fault.get("ctx", {}))
    if "expected" in context:  # 'one', 'two' or 'three'
        context["expected"] = "、".join(re.findall(r"'([^']*)'", str(context["expected"])))
    words = _WORDS.get(fault["type"])
    message = words.format(**context) if words else fault["msg"].removeprefix("Value error, ")
    return FieldError(name, f"{name}：{message}" if name else f"请求体{message}")
