"""What is written in the mini program waits for WeChat's check, from the phone to the board and back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from domain import board, content_checks
from domain.board import Narrowed
from domain.platform_alerts import open_alerts
from models.attachment import Attachment
from models.complaint import Complaint
from models.content_check import ContentCheck, MediaVerdict
from models.content_check_words import CheckState
from models.enums import ComplaintStatus
from models.platform_alert import PlatformAlert
from tests.support.mini_platform import MiniPlatform
from tests.support.waiting import eventually

TEXT = "/wxa/msg_sec_check"
PHOTO = "/wxa/media_check_async"


def on_board(mini: MiniPlatform) -> list[tuple[str, int]]:
    """The released texts, and how many photos stand with each."""
    with mini.database.reading() as session:
        found = board.items(session, Narrowed(), page=1, per_page=9, now=mini.now())
        return [(item.text, len(item.photo_ids)) for item in found.items]


def publicity(mini: MiniPlatform, number: str) -> str:
    return str(mini.program.get(f"/complaints/{number}")["publicity"])


@pytest.mark.parametrize("fault", [{"errcode": -1}, {"errcode": 45009}, {"kind": "http_502"}])
def test_words_wait_while_the_check_is_down_and_are_published_when_it_is_back(
    mini: MiniPlatform, fault: dict[str, object]
) -> None:
    mini.platform.faults.add(**({"path": TEXT, "kind": "errcode", "times": 2} | fault))  # type: ignore[arg-type]
    filed = mini.program.file(text="窗口排队太久")
    assert filed["publicity"] == "none"

    mini.work()
    mini.released(filed["number"])

    assert mini.checks()[0][0] == "waiting"
    assert (on_board(mini), publicity(mini, filed["number"])) == ([], "checking")
    mini.work(seconds=10)
    assert len(mini.platform.calls.find(path=TEXT, limit=9)) == 1
    mini.work(seconds=30)
    assert on_board(mini) == []
    mini.work(minutes=3)
    assert (mini.checks(), on_board(mini)) == ([("passed", "")], [("高峰时排队太久", 0)])
    assert publicity(mini, filed["number"]) == "public"
    with mini.database.reading() as session:
        assert open_alerts(session) == []


def test_urgent_repair_is_worked_on_whatever_the_check_says(mini: MiniPlatform) -> None:
    mini.platform.faults.add(path=TEXT, kind="errcode", errcode=48001, times=9)
    number = mini.program.file(kind="repair", text="宿舍着火了", place_text="三号楼")["number"]

    mini.work()

    with mini.database.reading() as session:
        filed = session.scalars(select(Complaint).where(Complaint.number == number)).one()
        assert (filed.urgent, filed.status, filed.held) == (True, ComplaintStatus.SUBMITTED, True)
        [alert] = session.scalars(select(PlatformAlert)).all()
        assert (alert.subject, alert.code) == ("content_checks", 48001)
    mini.work(hours=2, minutes=1)
    [(state, reason)] = mini.checks()
    assert (state, reason[:7], reason[-5:]) == ("review", "没有检查成：公", "，请人工看")
    assert publicity(mini, number) == "none"


@pytest.mark.parametrize(
    ("words", "state", "reason"),
    [
        ("他们在赌博", "risky", "微信认为含有违法犯罪"),
        ("他真是傻瓜", "review", "微信认为可能含有辱骂"),
        ("很好" * 1300 + "傻瓜", "review", "微信认为可能含有辱骂"),
    ],
)
def test_what_is_not_passed_stays_for_staff(mini: MiniPlatform, words: str, state: str, reason: str) -> None:
    number = mini.program.file(text=words)["number"]

    mini.work()
    mini.released(number)

    assert (mini.checks(), on_board(mini)) == ([(state, reason)], [])


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (87014, "risky", "微信认为含有违规内容"),
        (61010, "review", "没有检查成：提交人两小时内没有用过小程序，微信不检查，请人工看"),
    ],
)
def test_refusals_that_stay_are_left_to_staff_at_once(
    mini: MiniPlatform, code: int, state: str, reason: str
) -> None:
    mini.platform.faults.add(path=TEXT, kind="errcode", errcode=code)
    mini.program.file(text="窗口排队太久")

    mini.work()

    assert mini.checks() == [(state, reason)]


def test_photos_are_shown_one_by_one_as_their_verdicts_come(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"job_delay": 30.0})
    number = mini.program.file(text="窗口排队太久", uploads=[mini.photo(), mini.photo()])["number"]
    mini.work()
    mini.released(number, photos=True)
    first, second = mini.trace_ids()
    calls = mini.platform.calls.find(path=PHOTO, limit=9)

    assert on_board(mini) == [("高峰时排队太久", 0)]
    assert [mini.push_verdict(first, "pass"), mini.push_verdict(first, "risky")] == [200, 200]
    assert on_board(mini) == [("高峰时排队太久", 1)]
    mini.push_verdict(second, "risky")
    assert (on_board(mini)[0][1], mini.checks()[1:]) == (
        1,
        [("passed", ""), ("risky", "微信认为含有色情")],
    )
    assert mini.pushed() == ["event:wxa_media_check"] * 3
    assert len(calls) == 2


def test_photo_can_be_fetched_by_the_platform_until_it_is_judged(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"job_delay": 30.0})
    mini.program.file(text="", uploads=[mini.photo()])
    mini.work()
    with mini.database.reading() as session:
        key = session.scalars(select(ContentCheck.key)).one()
    address = f"{mini.settings.base_url}wechat/mini/photos/{key}"

    shown = requests.get(address, timeout=5)

    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert requests.get(address[:-2], timeout=5).status_code == 404
    mini.push_verdict(mini.trace_ids()[0], "pass")
    assert requests.get(address, timeout=5).status_code == 404


def test_verdict_that_overtakes_its_number_is_not_lost(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"media_event_before_response": True, "media_outcome": "review"})
    mini.program.file(text="", uploads=[mini.photo()])

    mini.work()

    assert mini.checks() == [("review", "微信认为可能含有色情")]
    assert mini.pushed() == ["event:wxa_media_check"]
    with mini.database.reading() as session:
        assert session.scalars(select(MediaVerdict)).all() == []


@pytest.mark.parametrize("packet_format", ["xml", "json"])
def test_forged_and_strange_verdicts_let_nothing_through(mini: MiniPlatform, packet_format: str) -> None:
    mini.platform.change_settings({"job_delay": 30.0, "mini_format": packet_format})
    mini.program.file(text="", uploads=[mini.photo()])
    mini.work()
    [trace_id] = mini.trace_ids()

    assert mini.push_verdict(trace_id, "pass", fault="wrong_signature") == 403
    assert mini.push_verdict(trace_id, "pass", fault="wrong_app_id") == 403
    assert mini.push_verdict(trace_id, "pass", mode="plain") == 403
    somebody = list(mini.platform.state.users)[1].mini_openid
    assert mini.push_verdict(trace_id, "pass", openid=somebody) == 200
    assert mini.push_verdict("unknown-trace-id", "pass") == 200
    assert mini.push_verdict("x" * 65, "pass") == 200
    assert mini.checks() == [("asked", "")]
    with mini.database.reading() as session:
        assert session.scalars(select(Attachment.held).order_by(Attachment.id.desc())).first()
        assert session.scalars(select(MediaVerdict.trace_id)).all() == ["unknown-trace-id"]

    assert mini.push_verdict(trace_id, "wonderful") == 200
    assert mini.checks() == [("review", "微信的结果看不懂（wonderful）")]


def test_photo_that_could_not_be_fetched_is_asked_about_again(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"media_outcome": "failed"})
    mini.program.file(text="", uploads=[mini.photo()])
    mini.work()
    eventually(lambda: mini.checks() == [("waiting", "微信没能检查照片（-1008）")])
    mini.platform.change_settings({"media_outcome": "pass"})

    mini.work(minutes=31)

    eventually(lambda: mini.checks() == [("passed", "")])


def test_answer_that_never_comes_is_given_up_after_two_hours(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"job_delay": 9999.0})
    number = mini.program.file(text="窗口太慢")["number"]
    mini.work()
    mini.program.post(f"/complaints/{number}/supplement", {"words": "", "uploads": [mini.photo()]})
    mini.work()
    assert mini.checks() == [("passed", ""), ("asked", "")]
    mini.work(minutes=36)
    mini.work(minutes=36)
    assert len(mini.platform.calls.find(path=PHOTO, limit=9)) == 3

    mini.work(hours=1)

    assert mini.checks()[1] == ("review", "没有检查成：微信一直没有给出结果，请人工看")
    assert mini.push_verdict(mini.trace_ids()[0], "pass") == 200
    assert mini.checks()[1][0] == "review"


def test_who_left_is_not_asked_about_and_who_switches_checks_off_leaves_them_to_staff(
    mini: MiniPlatform,
) -> None:
    first = mini.program.file(text="窗口太慢")["number"]
    mini.program.file(text="水管漏水")
    with mini.database.transaction() as session:
        gone = session.scalars(select(Complaint).where(Complaint.number == first)).one()
        gone.reporter_id = None
    with mini.database.transaction() as session:
        [check_id, _] = content_checks.due(session, now=mini.now() + timedelta(hours=1), limit=9)
        assert content_checks.take(session, check_id, now=mini.now()) is None
    off = mini.settings.model_copy(update={"miniprogram_content_checks": False})
    mini.context = replace(mini.context, settings=off)

    mini.work()
    mini.work()

    assert mini.checks() == [
        (CheckState.REVIEW.value, "没有检查成：提交人已经不在小程序里，微信没法检查，请人工看"),
        (CheckState.REVIEW.value, "没有检查成：自动检查已关闭，请人工看"),
    ]
