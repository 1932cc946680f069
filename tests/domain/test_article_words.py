"""What is typed becomes an article and words again, and is dressed for WeChat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.article_dress import dressed
from domain.article_html import clean, shown_address
from domain.article_unwritten import words_of
from domain.article_words import html_of


def html(words: str) -> str:
    return html_of(words, picture=lambda name: f"/p/{name}")


def back(html: str) -> str:
    return words_of(html, picture=lambda address: address.removeprefix("/p/"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("第一行\n第二行\n\n第二段", "<p>第一行<br>第二行</p><p>第二段</p>"),
        ("# 大\n## 小\n### 更小\n正文", "<h2>大</h2><h3>小</h3><h4>更小</h4><p>正文</p>"),
        ("#不是标题\n####### 也不是", "<p>#不是标题<br>####### 也不是</p>"),
        (
            "**注意：**请看**好**",
            "<p><strong>注意：</strong>请看<strong>好</strong></p>",
        ),
        ("2 ** 3 与 **没有完", "<p>2 ** 3 与 **没有完</p>"),
        ("- 一\n* 二\n• 三\n正文", "<ul><li>一</li><li>二</li><li>三</li></ul><p>正文</p>"),
        (
            "1. 一\n2. 二\n\n图\n3. 三",
            '<ol><li>一</li><li>二</li></ol><p>图</p><ol start="3"><li>三</li></ol>',
        ),
        ("3.5 元\n1、老写法", "<p>3.5 元<br>1、老写法</p>"),
        (
            "> 热了\n>\n> - 真的\n>> 深",
            "<blockquote><p>热了</p><ul><li>真的</li></ul><p>&gt; 深</p></blockquote>",
        ),
        ("> 甲 > \\> 乙", "<blockquote><p>甲 &gt; &gt; 乙</p></blockquote>"),
        ("上\n\n---\n下", "<p>上</p><hr><p>下</p>"),
        (
            "| 单位 | 办结 |\n|---|---|\n| 饮食 | 4\\|1 |",
            "<table><tr><th>单位</th><th>办结</th></tr><tr><td>饮食</td><td>4|1</td></tr></table>",
        ),
        ("| 甲 | 乙", "<table><tr><td>甲</td><td>乙</td></tr></table>"),
        ("![食堂](图1)", '<p><img src="/p/图1" alt="食堂"></p>'),
        (
            "见[**全文**](https://x/?a=1&b=2)。",
            '<p>见<a href="https://x/?a=1&amp;b=2"><strong>全文</strong></a>。</p>',
        ),
        (r"\# 一 \*\*二\*\* \[三](四)", "<p># 一 **二** [三](四)</p>"),
        ('<b>"&', '<p>&lt;b&gt;"&amp;</p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ],
)
def test_signs_become_tags(words: str, expected: str) -> None:
    assert html(words) == expected


def test_address_that_is_no_web_address_does_not_survive() -> None:
    assert clean(html("[点](javascript:x)"), picture=shown_address) == "<p>点</p>"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<h1>通报</h1><div>一段</div>再一段", "# 通报\n\n一段\n\n再一段"),
        ("<ul><li><p>一</p></li><li>二<ul><li>深</li></ul></li></ul>", "- 一\n- 二\n- 深"),
        ('<ol start="998"><li>甲</li><li>乙</li><li>丙</li></ol>', "998. 甲\n999. 乙\n999. 丙"),
        ('<ol start="3"><li>三</li></ol><p>后</p>', "3. 三\n\n后"),
        ("<blockquote><p>一</p><p>二<br>三</p></blockquote>", "> 一\n> 二\n> 三"),
        (
            "<table><caption>表</caption><tr><th>甲</th><th>乙</th></tr><tr><td>1<br>2</td><td>a|b</td></tr></table>",
            "表\n\n| 甲 | 乙 |\n| --- | --- |\n| 1 2 | a\\|b |",
        ),
        ("<table><tr><td>---</td><td>:--</td></tr></table>", "| \\--- | :\\-- |"),
        ("<p># 一</p><p>1. 二</p><p>**三** [四](五)</p>", "\\# 一\n\n1\\. 二\n\n\\*\\*三\\*\\* \\[四](五)"),
        ('<p>看<a href="https://x/">这里</a><b>重</b></p><hr>', "看[这里](https://x/)**重**\n\n---"),
        ('<figure><img src="/p/图2" alt="[旧]"><figcaption>图</figcaption></figure>', "![ 旧 ](图2)\n\n图"),
        ("</li></a></td></ul><li>单独</li>", "- 单独"),
    ],
)
def test_html_of_others_becomes_words(html: str, words: str) -> None:
    assert back(html) == words


_BLOCKS = ["# 题", "字", "| \\--- |", "- 甲", "1. 乙", "> 引", "| 格 | 子 |", "---", ""]
_MARKS = ["**粗**重", "[链](https://x/)", "![图](图1)", "\\*星\\*"]


@given(st.lists(st.sampled_from([*_BLOCKS, *_MARKS]), max_size=12))
def test_words_and_html_say_the_same(lines: list[str]) -> None:
    made = html("\n".join(lines))
    again = html(back(made))
    plain = str.maketrans("", "", " ")
    assert clean(again, picture=str).translate(plain) == clean(made, picture=str).translate(plain)


def test_each_tag_is_dressed_once_and_words_are_left_alone() -> None:
    assert dressed('<p>1 &lt;p&gt;</p><ol start="3"><li>x</li></ol><pre>y</pre>') == (
        '<p style="margin:0 0 1em;line-height:1.75">1 &lt;p&gt;</p>'
        '<ol start="3" style="margin:0 0 1em;padding-left:1.5em;line-height:1.75"><li>x</li></ol><pre>y</pre>'
    )
