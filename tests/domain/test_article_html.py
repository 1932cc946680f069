"""What may stand in an article."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from domain.article_html import clean, pictures_in, plain_text, shown_address, web_address

ALLOWED = (
    *("a", "b", "code", "del", "em", "i", "s", "span", "strong", "sub", "sup", "u", "br", "hr", "img"),
    *("blockquote", "div", "figcaption", "figure", "h1", "h2", "h3", "h4", "p", "pre", "section"),
    *("li", "ol", "ul", "caption", "table", "tbody", "td", "th", "thead", "tr"),
)


def cleaned(html: str) -> str:
    return clean(html, picture=shown_address)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>三号楼<b>漏水</b></p>", "<p>三号楼<b>漏水</b></p>"),
        ("<p>前<script>alert('<p>')</script>后</p>", "<p>前后</p>"),
        ("<script/>alert(1)</script>后", "后"),
        ("<SCRIPT>x</SCRIPT><style>p{}</style>后", "后"),
        ("<p onclick='x()' style='color:red' class=a>字</p>", "<p>字</p>"),
        ('<a href="https://x/?a=1&amp;b=2">看</a>', '<a href="https://x/?a=1&amp;b=2">看</a>'),
        ('<a href=" javascript:alert(1)">看</a>', "看"),
        ('<a href="java\nscript:alert(1)">看</a>', "看"),
        ('<a href="data:text/html,x">看</a>', "看"),
        ("<a>看</a>", "看"),
        (
            '<img src="https://x/a.jpg" alt="一张&quot;图" onerror="x()">',
            '<img src="https://x/a.jpg" alt="一张&quot;图">',
        ),
        ('<img src="/files/7">', '<img src="/files/7" alt="">'),
        ('<img src="//x/a.jpg"><img src="data:image/png;base64,x"><img>', ""),
        ('<form action="/x"><input value="1">字<button>发</button></form>', "字发"),
        ("<iframe src='https://x/'>里</iframe>后", "后"),
        ("<svg><script>x</script></svg>后", "后"),
        ("<svg/>后", "后"),
        ("<p>没有结束", "<p>没有结束</p>"),
        ("<b><i>错</b>开</i>", "<b><i>错</i></b>开"),
        ("</p>字", "字"),
        ("<!-- 注释 --><!DOCTYPE x><?php x ?>字", "字"),
        ("前<![\x01[x]>后<![endif]>", "前后"),
        ("前<![CDATA[x]]>后", "前后"),
        ("<p>前</p></<![\x01", "<p>前</p>&lt;/&lt;![\x01"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ('<td colspan="2" rowspan="x">字</td>', '<td colspan="2">字</td>'),
        (f'<ol start="{"9" * 5000}"><li>字</li></ol>', "<ol><li>字</li></ol>"),
        ('<ol start="٣"><li>字</li></ol>', "<ol><li>字</li></ol>"),
        ('<p colspan="2">字</p>', "<p>字</p>"),
        ("一\0二", "一二"),
        ("换<br/>行", "换<br>行"),
    ],
)
def test_only_what_is_allowed_stays(html: str, expected: str) -> None:
    assert cleaned(html) == expected


MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<a href='javascript:x'>",
            "<a href='https://x/'>",
            "</a>",
            "<script>",
            "</script>",
            "<svg>",
            "</svg>",
            "<img src=x onerror=y>",
            "<img src='/a'>",
            "<iframe",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "&lt;script&gt;",
            "&#60;",
            '"',
            "'",
            ">",
            "<",
            "字",
            "<td colspan=2>",
        ]
    )
    | st.text(max_size=5)
).map("".join)


@given(MARKUP)
@example("<" * 300)
@example("<div>" * 300)
def test_whatever_comes_in_nothing_else_comes_out(html: str) -> None:
    soup = BeautifulSoup(cleaned(html), "html.parser")
    for tag in soup.find_all(True):
        assert tag.name in ALLOWED
        assert set(tag.attrs) <= {"href", "src", "alt", "colspan", "rowspan"}
        assert str(tag.get("href", "https://")).startswith(("https://", "http://"))


@given(MARKUP)
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    assert cleaned(cleaned(html)) == cleaned(html)


def test_pictures_are_listed_once_and_in_order() -> None:
    html = '<img src="/b"><p><img src="https://x/a"></p><img src="/b"><script><img src="/c"></script>'
    assert pictures_in(html) == ["/b", "https://x/a"]


def test_picture_may_get_another_address() -> None:
    html = '<img src="/b" alt="图"><img src="/c">'
    assert clean(html, picture={"/b": "https://mmbiz/1"}.get) == '<img src="https://mmbiz/1" alt="图">'


def test_words_alone_stand_in_one_line() -> None:
    assert plain_text("<p>一 </p>\n<p>二&amp;<script>x</script></p>") == "一 二&"


@pytest.mark.parametrize(
    "address", ["ftp://x/", "https://", "//x/", "http://[x", "https://x/\u202e", "mailto:a@b", ""]
)
def test_other_addresses_are_none(address: str) -> None:
    assert web_address(address) is None
