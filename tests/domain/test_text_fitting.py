"""Words in a box: all of them, as large as they go, broken where Chinese may be broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text_fitting import LINE, fit


def measure(words: str) -> float:
    return sum(0.55 if letter.isascii() else 1.0 for letter in words)


@pytest.mark.parametrize(
    ("words", "width", "height", "lines"),
    [
        ("图书馆", 40, 10, ["图书馆"]),
        ("三层东侧多功能报告厅及公共卫生间", 30, 10, ["三层东侧多功能报", "告厅及公共卫生间"]),
        ("东区3号楼A座12层1206室", 20, 20, ["东区3号楼", "A座12层", "1206室"]),
        ("（含母婴室、无障碍设施）", 20, 8, ["（含母婴室、", "无障碍设施）"]),
        ("Sino-German College 302", 30, 10, ["Sino-German", "College 302"]),
        ("  一  食堂 \n 二楼 ", 60, 5, ["一 食堂 二楼"]),
        ("W" * 40, 11, 12, ["W" * 10] * 4),
        ("", 10, 10, []),
    ],
)
def test_words_are_broken_where_people_would(
    words: str, width: float, height: float, lines: list[str]
) -> None:
    assert list(fit(words, width=width, height=height, largest=5, measure=measure).lines) == lines


@given(
    st.text(alphabet="食堂一二（）「」、。A1b2- ·号楼", max_size=200),
    st.floats(5, 200),
    st.floats(2, 100),
    st.floats(1, 30),
)
def test_nothing_is_cut_off_and_everything_fits(
    words: str, width: float, height: float, largest: float
) -> None:
    fitted = fit(words, width=width, height=height, largest=largest, measure=measure)
    assert "".join("".join(fitted.lines).split()) == "".join(words.split())
    assert fitted.height <= height + 1e-6
    assert all(measure(line) * fitted.size <= width + 1e-6 for line in fitted.lines)
    assert fitted.height == len(fitted.lines) * fitted.size * LINE
