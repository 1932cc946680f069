"""Articles as they are typed: a few signs of Markdown, made into the HTML of an article and back.

    # 大标题   ## 小标题   ### 更小的标题        **加粗**        [文字](https://…)        ![说明](图1)
    - 一条       1. 第一条      > 引用      | 表 | 格 |      ---（分隔线）      符号前的 \\ 让它照原样

Every line end is kept, as writers here expect. No Markdown library is used: by the common rules
`**注意：**请` is not bold, as they look for blanks around words and Chinese has none.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

Address = Callable[[str], str]

_HEADINGS = {1: "h2", 2: "h3", 3: "h4"}
_HEADING = re.compile(r"(#{1,3})\s+(\S.*)")
_RULE = re.compile(r"(?:-{3,}|\*{3,}|—{2,})")
_BULLET = re.compile(r"[-*•]\s+(\S.*)")
_NUMBER = re.compile(r"(\d{1,3})\.\s+(\S.*)")
_QUOTE, _ROW = re.compile(r">.*"), re.compile(r"\|.*")
_TABLE_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|?)+")
_INLINE = re.compile(
    r"\\(?P<plain>[\\*#\[\]()!|>•.-])"
    r"|!\[(?P<alt>[^\[\]\n]{0,200})\]\((?P<picture>[^()\s]{1,1000})\)"
    r"|\[(?P<text>[^\[\]\n]{1,200})\]\((?P<link>[^()\s]{1,1000})\)"
    r"|\*\*(?=\S)(?P<bold>(?:[^*\n]|\*(?!\*))+)(?<=\S)\*\*"
)
# What the blocks of a text begin with; a paragraph ends before any of them.
_BLOCKS = (_HEADING, _RULE, _BULLET, _NUMBER, _QUOTE, _ROW)


def html_of(words: str, *, picture: Address) -> str:
    """Make the HTML of what was typed. It is not to be trusted yet: `article_html.clean` comes after it.

    Args:
        picture: gives the address of a picture by what stands in the brackets, such as 图1.
    """
    return "".join(_blocks(words, picture))


def _blocks(words: str, picture: Address) -> Iterator[str]:
    lines = [line.strip() for line in words.replace("\0", "").splitlines()]
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        kind = next((block for block in _BLOCKS if block.fullmatch(lines[at])), None)
        end = at + 1
        while end < len(lines) and _goes_on(kind, lines[end]):
            end += 1
        yield _block(kind, lines[at:end], picture)
        at = end


def _goes_on(kind: re.Pattern[str] | None, line: str) -> bool:
    if kind is None:
        return bool(line) and not any(block.fullmatch(line) for block in _BLOCKS)
    return kind in {_BULLET, _NUMBER, _QUOTE, _ROW} and kind.fullmatch(line) is not None


def _block(kind: re.Pattern[str] | None, lines: list[str], picture: Address) -> str:
    if kind is _RULE:
        return "<hr>"
    if kind is _QUOTE:
        # A quotation within one would be as deep as somebody likes; the second sign is a sign no more.
        said = (line[1:].strip() for line in lines)
        inside = "\n".join(f"\\{line}" if line.startswith(">") else line for line in said)
        return f"<blockquote>{''.join(_blocks(inside, picture))}</blockquote>"
    if kind is _ROW:
        return _table(lines, picture)
    if kind in {_BULLET, _NUMBER}:
        return _list(lines, picture)
    heading = _HEADING.fullmatch(lines[0])
    if heading:
        tag = _HEADINGS[len(heading[1])]
        return f"<{tag}>{_inline(heading[2], picture)}</{tag}>"
    return f"<p>{'<br>'.join(_inline(line, picture) for line in lines)}</p>"


def _list(lines: list[str], picture: Address) -> str:
    numbers = [_NUMBER.fullmatch(line) for line in lines]
    bullets = [_BULLET.fullmatch(line) for line in lines]
    said = [number[2] for number in numbers if number] or [bullet[1] for bullet in bullets if bullet]
    items = "".join(f"<li>{_inline(each, picture)}</li>" for each in said)
    if numbers[0] is None:
        return f"<ul>{items}</ul>"
    first = int(numbers[0][1])
    return f"<ol>{items}</ol>" if first == 1 else f'<ol start="{first}">{items}</ol>'


def _table(lines: list[str], picture: Address) -> str:
    has_head = len(lines) > 1 and _TABLE_RULE.fullmatch(lines[1]) is not None
    rows = []
    for number, line in enumerate(lines):
        if _TABLE_RULE.fullmatch(line):
            continue
        tag = "th" if has_head and number == 0 else "td"
        cells = re.split(r"(?<!\\)\|", line.removeprefix("|").removesuffix("|"))
        written = (f"<{tag}>{_inline(cell.strip(), picture)}</{tag}>" for cell in cells)
        rows.append(f"<tr>{''.join(written)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _inline(words: str, picture: Address) -> str:
    written, done = [], 0
    for found in _INLINE.finditer(words):
        written += [escape(words[done : found.start()], quote=False), _marked(found, picture)]
        done = found.end()
    return "".join([*written, escape(words[done:], quote=False)])


def _marked(found: re.Match[str], picture: Address) -> str:
    if found["plain"]:
        return escape(found["plain"], quote=False)
    if found["picture"]:
        return f'<img src="{escape(picture(found["picture"]))}" alt="{escape(found["alt"])}">'
    if found["link"]:
        return f'<a href="{escape(found["link"])}">{_inline(found["text"], picture)}</a>'
    return f"<strong>{_inline(found['bold'], picture)}</strong>"
