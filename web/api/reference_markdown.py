"""Writes docs/api.md from the declared operations: `python -m web.api.reference_markdown > docs/api.md`."""

import sys
from collections.abc import Iterator, Sequence

from web.api.conventions import SUMMARY, TEXT, TITLE, VERSION
from web.api.reference import Entry, Row, problem_rows, sections, shapes

_HEAD = (
    "由 `make docs` 从代码写出，请不要直接改。运行中的系统在 `/api/docs` 显示同样的内容，"
    "`/api/openapi.json` 是 OpenAPI 3.1 文档。"
)


def markdown() -> str:
    """Write the whole reference; it ends with one line break."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield from (f"# {TITLE} {VERSION}", "", f"{SUMMARY}{_HEAD}", "", TEXT, "")
    for section in sections():
        yield from (f"## {section.tag}：{section.words}", "")
        for entry in section.entries:
            yield from _operation(entry)
    yield from ("## 对象", "", "“必填”只对请求有意义；回答里的成员都会出现，除非写明。", "")
    for shape in shapes():
        yield from (f"### {shape.name}", "", *_table(shape.rows), "")
    yield from ("## 错误代码", "", "| 状态 | code | 含义 | 程序应该 |", "|---|---|---|---|")
    for row in problem_rows():
        yield f"| {row.status} | `{row.code}` | {row.title} | {row.advice} |"


def _operation(entry: Entry) -> Iterator[str]:
    yield from (f"### {entry.summary}", "", f"`{entry.method} {entry.path}`", "")
    open_to_all = "不用登录。" if entry.is_open and "不用登录" not in entry.description else ""
    if words := f"{entry.description}{open_to_all}{entry.limit}":
        yield from (words, "")
    if entry.parameters:
        yield from ("| 参数 | 在哪里 | 类型 | 必填 | 说明 |", "|---|---|---|---|---|")
        for row in entry.parameters:
            yield f"| `{row.name}` | {row.where} | {_cell(row.kind)} | {_must(row)} | {_cell(row.words)} |"
        yield ""
    if entry.body:
        yield from (f"请求体：{_link(entry.body)}", "", "```json", entry.body_example, "```", "")
    if entry.files:
        yield from (f"请求体：`multipart/form-data`，文件的名字是 `{'`、`'.join(entry.files)}`", "")
    yield from _answer(entry)
    codes = "、".join(f"{row.status} `{row.code}`" for row in entry.problems)
    yield from (f"错误：{codes}", "")


def _answer(entry: Entry) -> Iterator[str]:
    if entry.answer:
        yield from (f"回答 {entry.status}：{_link(entry.answer)}", "")
        yield from ("```json", entry.answer_example, "```", "")
    elif entry.media:
        yield from (f"回答 {entry.status}：文件（{'、'.join(entry.media)}）", "")
    else:
        yield from (f"回答 {entry.status}，没有内容", "")


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| 成员 | 类型 | 必填 | 说明 |", "|---|---|---|---|")
    for row in rows:
        kind = _cell(row.kind).replace(row.shape, _link(row.shape)) if row.shape else _cell(row.kind)
        yield f"| `{row.name}` | {kind} | {_must(row)} | {_cell(row.words)} |"


def _link(shape: str) -> str:
    return f"[{shape}](#{shape.lower()})"


def _must(row: Row) -> str:
    return "是" if row.required else ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write it to standard output."""
    sys.stdout.write(markdown())


if __name__ == "__main__":
    main()
