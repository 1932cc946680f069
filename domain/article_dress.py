"""How an article looks inside WeChat, which knows no style sheets: each tag carries its own style.

Only fixed words of ours go in, after the text was cleaned; what somebody pasted never brings a style along.
Our own pages show the same by a style sheet (`static/article.css`), as they allow no styles in tags.
"""

import re

_GREEN, _LINE = "#0b6e4f", "#d8dedb"
_STYLES = {
    "h1": (
        f"margin:1.5em 0 .6em;padding-left:.5em;border-left:4px solid {_GREEN};"
        "font-size:18px;font-weight:bold"
    ),
    "h3": f"margin:1.3em 0 .4em;font-size:16px;font-weight:bold;color:{_GREEN}",
    "h4": "margin:1.2em 0 .3em;font-size:15px;font-weight:bold",
    "p": "margin:0 0 1em;line-height:1.75",
    "ul": "margin:0 0 1em;padding-left:1.5em;line-height:1.75",
    "blockquote": (
        f"margin:0 0 1em;padding:.7em 1em .01em;border-left:3px solid {_LINE};background:#f6f8f7;color:#555"
    ),
    "img": "display:block;max-width:100%;height:auto;margin:0 auto",
    "table": "width:100%;border-collapse:collapse;margin:0 0 1em;font-size:14px;line-height:1.5",
    "td": f"padding:.4em .5em;border:1px solid {_LINE}",
    "th": f"padding:.4em .5em;border:1px solid {_LINE};background:#f0f4f2",
    "hr": f"margin:1.5em 0;border:0;border-top:1px solid {_LINE}",
}
_STYLES |= {"h2": _STYLES["h1"], "ol": _STYLES["ul"]}
_TAG = re.compile(rf"<({'|'.join(_STYLES)})((?: [^<>]*)?)>")


def dressed(html: str) -> str:
    """Give clean HTML (`article_html.clean`) with a style in each tag that has one."""
    return _TAG.sub(lambda tag: f'<{tag[1]}{tag[2]} style="{_STYLES[tag[1]]}">', html)
