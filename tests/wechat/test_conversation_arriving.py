"""Following, scanning a code, tapping the menu, leaving."""

from models.enums import ComplaintKind
from models.person import Person, ServiceWindow
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

WELCOME = """您好，这里是示例大学后勤处「后勤办实事」。
1. 反映问题、报修：直接发文字、照片或语音，或扫一扫现场的二维码
2. 看办理情况：回复「进度」，还可以「催办」「评价」
3. 遇到危险：先拨 0571-88886110，再发消息给我们"""

SCANNED = """您好，这里是 东校区第二食堂3号窗口。
遇到了什么问题？请直接发文字、照片或语音。"""

EMERGENCY = "请先保证人身安全！紧急电话 0571-88886110，后勤值班 0571-88886120，危及生命请拨 119 / 120。"


def person_of(me: Dialogue) -> Person:
    with me.database.reading() as session:
        return session.query(Person).filter_by(openid=me.openid).one()


def test_follower_is_told_in_three_lines_what_can_be_done(me: Dialogue) -> None:
    assert me.event("subscribe") == WELCOME


def test_follower_from_elsewhere_is_welcomed_plainly(me: Dialogue) -> None:
    assert me.event("subscribe", "last_trade_no_42") == WELCOME


def test_follower_by_a_places_code_is_asked_what_is_wrong_there(me: Dialogue, campus: Campus) -> None:
    reply = me.event("subscribe", f"qrscene_{campus.window.code}", Ticket="gQH")
    assert reply == f"感谢关注「后勤办实事」。\n{SCANNED}"


def test_scan_goes_straight_to_submitting_without_asking_for_the_place(me: Dialogue, campus: Campus) -> None:
    assert me.event("SCAN", campus.window.code, Ticket="gQH") == SCANNED
    assert me.say("饭里有虫子") == "已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    me.say("1")
    assert [(c.text, c.service_point_id) for c in me.complaints()] == [("饭里有虫子", campus.window.id)]


def test_scan_tells_how_many_are_open_at_the_place(me: Dialogue, campus: Campus) -> None:
    for words in ("饭里有虫子", "排队太久"):
        me.event("SCAN", campus.window.code)
        me.say(words)
        me.say("1")
    reply = me.event("SCAN", campus.window.code)
    assert reply.splitlines()[1] == "近 30 天这里有 2 件诉求正在办理。"


def test_unknown_code_is_said_and_the_person_goes_on_without_a_place(me: Dialogue) -> None:
    reply = me.event("SCAN", "torn-off")
    assert reply == (
        "这个二维码已停用，认不出是哪里。没关系，请直接发文字、照片或语音，说说是什么问题、在哪里。"
    )
    assert me.say("饭里有虫子").startswith("已记下。是在哪里？")


def test_retired_code_is_as_good_as_unknown(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        session.merge(campus.window).active = False
    assert me.event("SCAN", campus.window.code).startswith("这个二维码已停用")


def test_scan_elsewhere_moves_the_draft_and_says_so(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    assert me.event("SCAN", campus.room.code) == (
        "地点已改为 东校区3号楼302（原来是 东校区第二食堂3号窗口）。"
        "已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    )
    me.say("1")
    assert me.complaints()[0].service_point_id == campus.room.id


def test_scan_of_the_same_place_changes_nothing(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    assert me.event("SCAN", campus.window.code) == (
        "这里是 东校区第二食堂3号窗口。已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    )


def test_scan_before_anything_was_said_only_moves_the_place(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.room.code)
    assert me.event("SCAN", campus.window.code) == SCANNED
    me.say("饭里有虫子")
    me.say("1")
    assert me.complaints()[0].service_point_id == campus.window.id


def test_scan_while_the_place_is_asked_answers_the_question(me: Dialogue, campus: Campus) -> None:
    me.say("饭里有虫子")
    assert me.event("SCAN", campus.window.code) == (
        "这里是 东校区第二食堂3号窗口。已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    )


def test_submitting_nothing_after_a_scan_asks_for_words(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    assert me.say("1") == "还没有收到内容。请直接发文字、照片或语音，说说是什么问题、在哪里。"
    assert me.complaints() == []


def test_place_scanned_long_ago_is_offered_first_and_not_assumed(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.room.code)
    me.wait(hours=2)
    reply = me.say("饭里有虫子")
    assert reply.splitlines()[:2] == ["已记下。是在哪里？回复序号，或直接打地点名：", "1 东校区3号楼302"]


def test_report_button_tells_how_and_what_follows_is_a_draft(me: Dialogue) -> None:
    assert me.event("CLICK", "REPORT") == (
        "请直接发文字、照片或语音，说说是什么问题、在哪里。可以分几条发，最后回复 1 提交。"
    )
    assert me.say("饭里有虫子").startswith("已记下。是在哪里？")


def test_repair_button_makes_it_a_repair(me: Dialogue) -> None:
    assert me.event("CLICK", "REPAIR").startswith("要报修什么？")
    me.say("椅子腿松了")
    me.say("3号楼302")
    me.say("1")
    assert me.complaints()[0].kind is ComplaintKind.REPAIR


def test_button_while_writing_shows_what_is_not_submitted_yet(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    assert me.event("CLICK", "REPORT") == (
        "您有一条还没提交：已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    )


def test_another_button_before_anything_was_said_changes_the_kind(me: Dialogue) -> None:
    me.event("CLICK", "REPORT")
    assert me.event("CLICK", "REPAIR").startswith("要报修什么？")
    me.say("椅子腿松了")
    me.say("9")
    me.say("1")
    assert me.complaints()[0].kind is ComplaintKind.REPAIR


def test_urgent_button_leads_with_the_telephone_and_submits_on_one_word(me: Dialogue) -> None:
    assert me.event("CLICK", "URGENT").splitlines()[0] == EMERGENCY
    assert me.say("三楼走廊积水很深") == "已记下 1 段文字。回复 1 紧急提交 / 2 按普通诉求提交 / 0 取消"
    assert me.say("1").splitlines()[0] == EMERGENCY
    assert [complaint.urgent for complaint in me.complaints()] == [True]


def test_urgent_button_by_mistake_can_become_an_ordinary_complaint(me: Dialogue) -> None:
    me.event("CLICK", "URGENT")
    me.say("椅子腿松了")
    assert me.say("2").startswith("是在哪里？")
    me.say("9")
    me.say("1")
    assert [complaint.urgent for complaint in me.complaints()] == [False]


def test_unknown_button_gets_help(me: Dialogue) -> None:
    assert me.event("CLICK", "OLD_MENU") == me.event("CLICK", "HELP")
    assert me.replies[-1].startswith("您可以这样用：")


def test_leaving_is_noted_and_answered_with_silence(me: Dialogue, campus: Campus) -> None:
    me.event("subscribe")
    assert me.event("unsubscribe") == ""
    with me.database.reading() as session:
        person = session.get_one(Person, campus.office.student.id)
    assert (person.openid, person.following, person.unfollowed_at) == (None, False, me.now)


def test_coming_back_is_noted(me: Dialogue) -> None:
    me.event("unsubscribe")
    me.event("subscribe")
    person = person_of(me)
    assert (person.following, person.followed_at) == (True, me.now)


def test_who_writes_follows_whatever_we_missed(me: Dialogue) -> None:
    me.event("unsubscribe")
    me.say("你好")
    assert person_of(me).following


def test_message_opens_a_window_of_two_days_and_a_tap_does_not_narrow_it(me: Dialogue) -> None:
    me.say("你好")
    said_at = me.now.replace(microsecond=0)
    me.event("CLICK", "HELP")
    with me.database.reading() as session:
        window = session.query(ServiceWindow).one()
        assert ((window.closes_at - said_at).total_seconds(), window.remaining) == (48 * 3600, 5)


def test_scan_opens_a_window_of_one_minute(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    with me.database.reading() as session:
        window = session.query(ServiceWindow).one()
        assert ((window.closes_at - me.now).total_seconds(), window.remaining) == (60, 3)


def test_other_events_are_silent(me: Dialogue) -> None:
    assert me.event("VIEW", "https://example.edu.cn/", MenuId="1") == ""
    assert me.event("LOCATION", Latitude=23.1, Longitude=113.3, Precision=119.3) == ""
    assert me.event("some_event_of_next_year") == ""
