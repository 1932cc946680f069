"""One complaint, in every status."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from config.catalogue import catalogue
from domain import complaints
from models.enums import ComplaintKind, Outcome
from models.enums import ComplaintStatus as S
from models.notice import Notice
from tests.support.pages import words_of
from tests.web.h5.conftest import CountQueries, Phone, World

TakePhone = Callable[..., Phone]

# Status, what the bar says, what happens next, and which forms there are, on Monday at 10:00.
EXPECTED = [
    (S.SUBMITTED, "提交 派单* 办理 办结 评价", "今天 10:30前派给责任单位", "supplement urge withdraw"),
    (S.ASSIGNED, "提交 派单 办理* 办结 评价", "明天 10:00前给您第一次答复", "supplement urge withdraw"),
    (S.IN_PROGRESS, "提交 派单 办理* 办结 评价", "明天 10:00前给您第一次答复", "supplement urge withdraw"),
    (S.WAITING, "提交 派单 待补充* 办结 评价", "请您补充情况", "supplement withdraw"),
    (S.DEFERRED, "提交 派单 挂账* 办结 评价", "12月14日 17:30前办理", "supplement urge withdraw"),
    (S.RESOLVED, "提交 派单 办理 办结 评价*", "问题解决了吗？请您评价", "supplement"),
    (S.CLOSED, "提交 派单 办理 办结 评价销号", "已销号，谢谢您的评价", "reopen"),
    (S.REJECTED, "提交 不予受理*", "这件诉求不予受理", "appeal"),
    (S.WITHDRAWN, "提交 已撤回*", "您已撤回", ""),
    (S.MERGED, "提交 已并案*", "已与另一件合并办理", ""),
]


@pytest.mark.parametrize(("status", "bar", "title", "forms"), EXPECTED)
def test_page_says_where_it_stands_and_offers_what_is_allowed(
    world: World, phone: TakePhone, status: S, bar: str, title: str, forms: str
) -> None:
    number = world.file(status)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    steps = [
        words_of(step.select_one(".bar-label")).split(" ")[0] + ("*" if step.get("aria-current") else "")
        for step in page.select(".bar li")
    ]
    assert steps == bar.split()
    assert words_of(page.select_one(".next-title")) == title
    assert [str(form["action"]).rsplit("/", 1)[1] for form in page.select("form")] == _in_page_order(forms)
    rate = [str(link["href"]) for link in page.select(".next a")]
    assert (rate == [f"/h5/complaints/{number}/rate"]) is (status is S.RESOLVED)


def _in_page_order(forms: str) -> list[str]:
    order = ["urge", "supplement", "reopen", "appeal", "withdraw"]
    return sorted(forms.split(), key=order.index)


def test_every_status_is_expected_above() -> None:
    assert {row[0] for row in EXPECTED} == set(S)


def test_withdrawn_after_assignment_shows_how_far_it_had_come(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS)
    world.do(number, complaints.withdraw)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert [words_of(step).split(" ")[0] for step in page.select(".bar li")] == ["提交", "派单", "已撤回"]


def test_what_was_asked_stands_above_its_form(world: World, phone: TakePhone) -> None:
    number = world.file(S.WAITING)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    asked = page.select_one(".asked")
    assert asked is not None
    assert words_of(asked.select_one(".said-by-staff")) == "请问是哪一天？"
    assert len(asked.select('form[action$="/supplement"] input[type=file][accept="image/*"][multiple]')) == 1
    assert len(page.select('form[action$="/supplement"]')) == 1


def test_answer_of_this_round_stands_out_and_that_of_the_last_does_not(
    world: World, phone: TakePhone
) -> None:
    number = world.file(S.RESOLVED)
    student = phone(world.office.student)
    page = student.get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".answer h2")) == "办理结果 已解决"
    assert words_of(page.select_one(".answer .said-by-staff")) == "已更换保温设备 （没有照片：不涉及设施）"
    world.do(number, complaints.rate, solved=False, stars=1, words="还是凉的")
    assert student.get(f"/h5/complaints/{number}").select(".answer") == []
    world.do(number, complaints.progress, staff=world.office.handler, words="明天再换一台")
    page = student.get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".answer h2")) == "最新答复"
    assert words_of(page.select_one(".next-detail")).startswith("第 2 次办理，")


@pytest.mark.parametrize(
    ("status", "title", "words"),
    [
        (S.DEFERRED, "为什么暂时办不了", "等待配件"),
        (S.REJECTED, "为什么不受理", catalogue().rejection.reasons[0]),
    ],
)
def test_reason_of_a_refusal_stands_out(
    world: World, phone: TakePhone, status: S, title: str, words: str
) -> None:
    page = phone(world.office.student).get(f"/h5/complaints/{world.file(status)}")
    assert words_of(page.select_one(".answer h2")) == title
    assert words in words_of(page.select_one(".answer .said-by-staff"))


def test_record_names_posts_and_never_staff(world: World, phone: TakePhone) -> None:
    office = world.office
    number = world.file(S.RESOLVED)
    world.do(number, complaints.note, staff=office.handler, words="内部：供货商电话")
    world.do(number, complaints.rate, solved=True, stars=4, words="")
    page = phone(office.student).get(f"/h5/complaints/{number}")
    assert [words_of(each) for each in page.select(".record-title")] == [
        "评价 4 星，销号",
        "办结：已解决",
        "已接单，开始办理",
        "派给饮食服务中心",
        "提交诉求",
    ]
    words = words_of(page.main)
    assert "内部" not in words
    for staff in (office.handler, office.dispatcher):
        assert staff.name not in words
        assert staff.username not in words


def test_late_work_says_sorry(world: World, phone: TakePhone, clock: time_machine.Traveller) -> None:
    submitted, assigned, working = world.file(), world.file(S.ASSIGNED), world.file(S.IN_PROGRESS)
    student = phone(world.office.student)

    def title(number: str) -> str:
        return words_of(student.get(f"/h5/complaints/{number}").select_one(".next-late .next-title"))

    clock.shift(timedelta(days=2))
    assert [title(n) for n in (submitted, assigned, working)] == [
        "正在催办派单",
        "正在催促答复",
        "正在催促答复",
    ]
    clock.shift(timedelta(days=10))
    assert [title(n) for n in (assigned, working)] == ["超期了，正在加紧办理"] * 2


def test_urgent_complaint_offers_the_telephone(world: World, phone: TakePhone) -> None:
    number = world.file(text="走廊漏电")
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".next-title")) == "值班人员已收到，正在安排"
    call = page.select_one(".next a")
    assert call is not None
    assert call["href"] == f"tel:{catalogue().emergency_phone}"
    world.do(number, complaints.withdraw)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert page.select(".next a") == []


def test_after_fifteen_days_a_closed_one_is_not_opened_again(
    world: World, phone: TakePhone, clock: time_machine.Traveller
) -> None:
    number = world.file(S.CLOSED)
    clock.shift(timedelta(days=16))
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert page.select("form") == []
    assert words_of(page.select_one(".next-detail")).startswith("如果又出现，请在公众号里提交新的诉求")


def test_praise_is_thanked_for(world: World, phone: TakePhone) -> None:
    number = world.file(S.ASSIGNED, kind=ComplaintKind.PRAISE, text="阿姨真好")
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".next")) == "已转给饮食服务中心 您的表扬会告诉本人和单位。谢谢您！"


def test_own_contact_is_shown_with_who_else_sees_it(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)
    known = world.file(contact_name="王小明", contact_phone="13800001111")
    facts = words_of(student.get(f"/h5/complaints/{known}").select_one(".facts"))
    assert "王小明 13800001111 （只有办理单位能看到）" in facts
    hidden = world.file(anonymous=True, contact_phone="13800001111")
    facts = words_of(student.get(f"/h5/complaints/{hidden}").select_one(".facts"))
    assert "匿名 工作人员看不到您是谁，进展照样通知您。" in facts
    assert "13800001111" not in facts


def test_words_of_people_stay_words(world: World, phone: TakePhone) -> None:
    marker = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    number = world.file(S.IN_PROGRESS, text=marker, place_text=marker, contact_name=marker)
    world.do(number, complaints.reply, staff=world.office.handler, words=marker)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert page.select("img") == []
    assert words_of(page.select_one(".own-words")) == marker
    assert words_of(page.select_one(".answer .said-by-staff")) == marker


def test_opening_it_marks_its_notices_read(world: World, phone: TakePhone) -> None:
    first, other = world.file(S.RESOLVED), world.file()
    student = phone(world.office.student)

    def unread() -> list[str]:
        with world.database.reading() as session:
            rows = session.query(Notice).filter_by(person_id=world.office.student.id, read_at=None)
            return sorted({notice.path for notice in rows})

    assert unread() == sorted(f"/h5/complaints/{number}" for number in (first, other))
    page = student.get(f"/h5/complaints/{first}")
    assert unread() == [f"/h5/complaints/{other}"]
    assert words_of(page.select_one(".badge")) == "1"


def test_page_asks_the_database_as_often_after_three_replies_as_after_one(
    world: World, phone: TakePhone, count_queries: CountQueries
) -> None:
    number = world.file(S.IN_PROGRESS)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")

    def counted() -> int:
        world.do(number, complaints.reply, staff=world.office.handler, words="在办")
        with count_queries() as sent:
            student.get(f"/h5/complaints/{number}")
        return len(sent)

    after_one = counted()
    counted()
    assert counted() == after_one == 8


def test_rated_unsolved_and_cannot_are_told_plainly(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS)
    world.do(
        number,
        complaints.resolve,
        staff=world.office.handler,
        words="场地归属校外，已转告",
        outcome=Outcome.NOT_OURS,
    )
    world.do(number, complaints.rate, solved=False, stars=2)
    page = phone(world.office.student).get(f"/h5/complaints/{number}")
    assert [words_of(each) for each in page.select(".record-title")][:2] == [
        "评价 2 星，问题没有解决，退回重办",
        "办结：不属后勤职责（已告知归口）",
    ]


def test_page_opens_while_somebody_else_writes(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    with world.database.transaction() as session:
        session.connection()  # holds the one place in which SQLite lets somebody write
        page = student.get(f"/h5/complaints/{number}")
    assert words_of(page.h1) == f"投诉 {number}"
    assert len(student.get("/h5/complaints").select(".row .dot")) == 1  # marked at the next opening
