"""Judging the result."""

from collections.abc import Callable

import pytest

from domain import complaints
from models.enums import ComplaintStatus as S
from models.enums import Outcome
from models.rating import Rating
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]


def at_the_form(world: World, phone: TakePhone) -> tuple[Phone, str, str]:
    number = world.file(S.RESOLVED)
    student = phone(world.office.student)
    return student, number, f"/h5/complaints/{number}/rate"


def test_form_shows_the_answer_and_says_what_follows(world: World, phone: TakePhone) -> None:
    student, _, path = at_the_form(world, phone)
    page = student.get(path)
    assert words_of(page.select_one(".answer .said-by-staff")) == "已更换保温设备 （没有照片：不涉及设施）"
    assert [words_of(label) for label in page.select(".choice")] == ["解决了", "没解决"]
    assert [words_of(word) for word in page.select(".star-word")] == [
        "1 星 很不满意",
        "2 星 不满意",
        "3 星 一般",
        "4 星 满意",
        "5 星 很满意",
    ]
    assert [words_of(line) for line in page.select(".follows")] == [
        "「解决了」并打 3 星以上：这件诉求销号；问题反复时还可以重新打开。",
        "「没解决」或 1–2 星：退回重办，单位负责人会知道。",
    ]
    assert len(page.select("input[type=radio][required]")) == 7
    assert page.select("input[checked]") == []


@pytest.mark.parametrize(
    ("solved", "stars", "status", "heading"),
    [
        ("yes", "5", S.CLOSED, "谢谢您的评价"),
        ("yes", "3", S.CLOSED, "谢谢您的评价"),
        ("yes", "2", S.IN_PROGRESS, "已退回重办"),
        ("no", "5", S.IN_PROGRESS, "已退回重办"),
    ],
)
def test_judgement_leads_to_what_was_promised(
    world: World, phone: TakePhone, solved: str, stars: str, status: S, heading: str
) -> None:
    student, number, path = at_the_form(world, phone)
    answer = student.submit(student.get(path), "/rate", solved=solved, stars=stars, words="谢谢")
    assert (answer.status_code, answer.location) == (303, f"/h5/complaints/{number}/rated")
    assert world.status(number) is status
    page = student.get(answer.location)
    assert words_of(page.h1) == heading
    assert words_of(page.select_one("blockquote")) == "谢谢"


def test_judgement_sent_twice_counts_once(world: World, phone: TakePhone) -> None:
    student, number, path = at_the_form(world, phone)
    page = student.get(path)
    first = student.submit(page, "/rate", solved="no", stars="2", words="还是凉")
    second = student.submit(page, "/rate", solved="no", stars="2", words="还是凉")
    assert [first.location, second.location] == [f"/h5/complaints/{number}/rated"] * 2
    assert world.count(Rating) == 1
    assert student.leads_to(path) == f"/h5/complaints/{number}/rated"


@pytest.mark.parametrize(
    ("fields", "message", "kept"),
    [
        ({"stars": "4"}, "请先选「解决了」或「没解决」。", ["4"]),
        ({"solved": "yes"}, "请点一下星星，打 1 到 5 星。", ["yes"]),
        ({"solved": "yes", "stars": "6"}, "请点一下星星，打 1 到 5 星。", ["yes"]),
        ({"solved": "perhaps", "stars": "x"}, "请先选「解决了」或「没解决」。", []),
    ],
)
def test_what_is_missing_is_said_and_the_rest_kept(
    world: World, phone: TakePhone, fields: dict[str, str], message: str, kept: list[str]
) -> None:
    student, number, path = at_the_form(world, phone)
    student.get(path)
    page = student.refused(path, {"round": "1", "words": "写好的话", **fields})
    assert words_of(page.select_one("#rate-error")) == message
    assert [str(chosen["value"]) for chosen in page.select("input[checked]")] == kept
    assert words_of(page.select_one("#rate-words")) == "写好的话"
    assert len(page.select('fieldset[aria-describedby="rate-error"]')) == 1
    assert world.status(number) is S.RESOLVED


def test_before_the_result_there_is_nothing_to_judge(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS)
    student = phone(world.office.student)
    assert student.leads_to(f"/h5/complaints/{number}/rate") == f"/h5/complaints/{number}"
    page = student.get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".said")) == "办结以后就可以评价。"
    assert student.leads_to(f"/h5/complaints/{number}/rated") == f"/h5/complaints/{number}"
    fields = {"solved": "yes", "stars": "5", "words": "谢谢", "round": "1"}
    page = student.refused(f"/h5/complaints/{number}/rate", fields, status=403)
    assert words_of(page.select_one("#typed")) == "谢谢"
    assert world.count(Rating) == 0


def test_next_round_is_judged_anew(world: World, phone: TakePhone) -> None:
    student, number, path = at_the_form(world, phone)
    student.submit(student.get(path), "/rate", solved="no", stars="1")
    world.do(
        number, complaints.resolve, staff=world.office.handler, words="又换了一台", outcome=Outcome.SOLVED
    )
    page = student.get(path)
    assert page.select_one("input[name=round]")["value"] == "2"  # type: ignore[index]
    student.submit(page, "/rate", solved="yes", stars="4")
    assert world.status(number) is S.CLOSED
    assert world.count(Rating) == 2


def test_words_that_look_like_code_stay_words(world: World, phone: TakePhone) -> None:
    student, number, path = at_the_form(world, phone)
    marker = "<script>alert(1)</script>"
    student.submit(student.get(path), "/rate", solved="yes", stars="5", words=marker)
    assert words_of(student.get(f"/h5/complaints/{number}/rated").select_one("blockquote")) == marker
    assert marker in words_of(student.get(f"/h5/complaints/{number}").select_one(".record-words"))
