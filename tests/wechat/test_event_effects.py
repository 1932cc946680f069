"""What single events lead to, on both kinds of database."""

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain import article_approval as approval
from domain import articles
from domain.article_limits import ArticleText
from domain.platform_alerts import open_alerts
from domain.qr_codes import keep_code
from models.article import Article
from models.enums import ArticleState
from models.person import ServiceWindow
from tests.support.campus import Campus
from tests.support.chat import SystemEvent
from tests.support.dialogue import Dialogue

SCANNED = "您好，这里是 东校区第二食堂3号窗口。\n遇到了什么问题？请直接发文字、照片或语音。"
FOREIGN = "这不是我们张贴的二维码，认不出是哪里。没关系，请直接发文字、照片或语音，说说是什么问题、在哪里。"


def scan(me: Dialogue, result: str, *, scan_type: str = "qrcode", name: str = "scancode_waitmsg") -> str:
    return me.event(name, "CODE", ScanCodeInfo={"ScanType": scan_type, "ScanResult": result})


def alerts(me: Dialogue) -> list[tuple[str, str]]:
    with me.database.reading() as session:
        return sorted((alert.subject, alert.words) for alert in open_alerts(session))


def submitted_article(me: Dialogue, place: Campus, *, msg_id: str = "", publish_id: str = "") -> int:
    """Bring an article on its way; the platform's number says which way."""
    office = place.office
    text = ArticleText(title="本周办实事清单", html="<p>三号楼的水管修好了。</p>", author="后勤处")
    with me.database.transaction() as session:
        written = approval.write(session, text, staff=office.dispatcher, now=me.now)
        approval.note_draft(session, written, media_id="d", seen=1)
        approval.note_preview(session, written, seen=1, now=me.now)
        approval.ask(session, written, staff=office.dispatcher, seen=1, now=me.now)
        approval.approve(session, written, staff=office.leader, seen=1, now=me.now)
        if msg_id:
            articles.claim_mass_send(session, written, seen=1, now=me.now)
            articles.note_submitted(session, written, msg_id=msg_id)
        else:
            articles.claim_publishing(session, written, seen=1, now=me.now)
            articles.note_submitted(session, written, publish_id=publish_id)
        return written.id


def article(me: Dialogue, article_id: int) -> Article:
    with me.database.reading() as session:
        return session.get_one(Article, article_id)


@pytest.mark.parametrize(
    "drawn",
    [
        "http://127.0.0.1:8000/h5/p/{code}",
        "https://repair.example.edu.cn/banshishi/h5/p/{code}?from=poster",
        "{code}",
        "http://weixin.qq.com/q/02abc",
    ],
)
def test_scan_by_the_menu_goes_to_the_place_whatever_its_code_says(
    me: Dialogue, campus: Campus, drawn: str
) -> None:
    with me.database.transaction() as session:
        url = "http://weixin.qq.com/q/02abc"
        keep_code(session, campus.window.code, url=url, app_id="wx1", now=me.now)
    assert scan(me, drawn.format(code=campus.window.code)) == SCANNED


def test_bar_code_with_the_code_of_a_place_is_as_good(me: Dialogue, campus: Campus) -> None:
    assert scan(me, f"CODE_128,{campus.window.code}", scan_type="barcode") == SCANNED


@pytest.mark.parametrize("drawn", ["https://example.com/", "CODE_128,69012345", "bind:7f3a", ""])
def test_scan_of_a_foreign_code_says_so(me: Dialogue, drawn: str) -> None:
    assert scan(me, drawn) == FOREIGN


def test_scan_of_a_place_no_longer_in_use_says_so(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        session.merge(campus.window).active = False
    assert scan(me, f"https://x/h5/p/{campus.window.code}").startswith("这个二维码已停用")


def test_scan_that_waits_for_no_answer_gets_none_and_opens_the_window(me: Dialogue, campus: Campus) -> None:
    assert scan(me, campus.window.code, name="scancode_push") == ""
    with me.database.reading() as session:
        window = session.scalars(select(ServiceWindow)).one()
    assert ((window.closes_at - me.now).total_seconds(), window.remaining) == (60, 3)


def test_photos_and_positions_chosen_by_the_menu_open_no_window_themselves(me: Dialogue) -> None:
    for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select", "LOCATION", "VIEW"):
        assert me.event(name, "X") == ""
    with me.database.reading() as session:
        assert session.scalars(select(ServiceWindow)).all() == []


def test_mass_send_ends_as_the_platform_tells(student: Dialogue, place: Campus, system: SystemEvent) -> None:
    ours = submitted_article(student, place, msg_id="1000001625")
    items = [
        {"ArticleIdx": 1, "ArticleUrl": "https://mp/s/1"},
        {"ArticleIdx": 2, "ArticleUrl": "https://mp/s/2"},
    ]
    counts = {"TotalCount": 100, "FilterCount": 90, "SentCount": 88, "ErrorCount": 2}
    listed = {"Count": 2, "ResultList": {"item": items}}
    fields = {"MsgID": 1000001625, "Status": "send success", **counts, "ArticleUrlResult": listed}
    assert system("MASSSENDJOBFINISH", **fields) == ""
    found = article(student, ours)
    assert found.state is ArticleState.MASS_SENT
    assert found.results == {
        "status": "send success",
        "counts": counts,
        "urls": ["https://mp/s/1", "https://mp/s/2"],
    }


def test_mass_send_that_was_stopped_says_why(student: Dialogue, place: Campus, system: SystemEvent) -> None:
    ours = submitted_article(student, place, msg_id="7")
    system("MASSSENDJOBFINISH", MsgID=7, Status="err(10001)", TotalCount="many")
    found = article(student, ours)
    assert (found.state, found.remark) == (ArticleState.FAILED, "涉嫌广告（10001）")
    assert found.results["counts"] == {}


def test_publishing_ends_as_the_platform_tells(student: Dialogue, place: Campus, system: SystemEvent) -> None:
    ours = submitted_article(student, place, publish_id="2247503051")
    told = {
        "publish_id": 2247503051,
        "publish_status": 0,
        "article_id": "b5O2",
        "article_detail": {"count": 1, "item": {"idx": 1, "article_url": "https://mp/s/1"}},
    }
    assert system("PUBLISHJOBFINISH", PublishEventInfo=told) == ""
    found = article(student, ours)
    assert found.state is ArticleState.PUBLISHED
    assert found.results == {"status": 0, "article_id": "b5O2", "urls": ["https://mp/s/1"]}


def test_publishing_that_failed_says_why(student: Dialogue, place: Campus, system: SystemEvent) -> None:
    ours = submitted_article(student, place, publish_id="22")
    told = {"publish_id": 22, "publish_status": 4, "fail_idx": [1, 2]}
    system("PUBLISHJOBFINISH", PublishEventInfo=told)
    found = article(student, ours)
    assert (found.state, found.remark) == (ArticleState.FAILED, "平台审核不通过")


@pytest.mark.parametrize(
    ("name", "fields", "logged"),
    [
        ("MASSSENDJOBFINISH", {"MsgID": 99, "Status": "send success"}, "result_of_no_article_of_ours"),
        (
            "PUBLISHJOBFINISH",
            {"PublishEventInfo": {"publish_id": 99, "publish_status": 0}},
            "result_of_no_article_of_ours",
        ),
        ("PUBLISHJOBFINISH", {"PublishEventInfo": "broken"}, "publish_status_unreadable"),
    ],
)
def test_result_of_what_others_sent_is_logged_and_left(
    student: Dialogue, place: Campus, system: SystemEvent, name: str, fields: dict[str, object], logged: str
) -> None:
    ours = submitted_article(student, place, msg_id="7")
    with capture_logs() as logs:
        assert system(name, **fields) == ""
    assert [entry["event"] for entry in logs] == [logged]
    assert article(student, ours).state is ArticleState.SUBMITTED


def test_verification_that_ends_alerts_the_administrators(student: Dialogue, system: SystemEvent) -> None:
    system("annual_renew", ExpiredTime=1800000000)
    assert alerts(student) == [
        (
            "verification",
            "公众号认证将于 2027年1月15日 到期，请尽快登录微信公众平台办理年审，否则通知和菜单会停用。",
        )
    ]
    system("verify_expired", ExpiredTime=1800000000)
    assert alerts(student) == [
        (
            "verification",
            "公众号认证已于 2027年1月15日 过期，请登录微信公众平台重新认证，否则通知和菜单不能用。",
        )
    ]
    system("qualification_verify_success", ExpiredTime=1830000000)
    assert alerts(student) == []


def test_verification_that_failed_tells_the_reason_until_it_succeeds(
    student: Dialogue, system: SystemEvent
) -> None:
    system("qualification_verify_fail", FailTime=1790000000, FailReason="材料不全")
    system("naming_verify_fail", FailTime="?", FailReason="")
    assert alerts(student) == [
        ("naming", "公众号名称认证未通过：平台没有说明原因。请登录微信公众平台处理。"),
        ("verification", "公众号资质认证于 2026年9月21日 未通过：材料不全。请登录微信公众平台处理。"),
    ]
    system("naming_verify_success")
    system("qualification_verify_success")
    assert alerts(student) == []
