"""Template messages: field rules, idempotency, the card, and the result event."""

from typing import Any

import pytest

from simulator.default_templates import make_template
from simulator.errors import ApiError
from simulator.template_rules import check_data, fields_of, shown_fields
from tests.simulator.conftest import Platform, Starter, wait_until

SEND = "/cgi-bin/message/template/send"
DATA = {
    "character_string1": {"value": "2026-1121-0007"},
    "thing2": {"value": "3号楼302室漏水"},
    "thing3": {"value": "维修服务中心"},
    "time4": {"value": "2026-11-21 09:30"},
}


def message(openid: str, **more: Any) -> dict[str, Any]:
    return {"touser": openid, "template_id": "SIMTPL_ACCEPTED", "data": DATA} | more


def test_card_reaches_the_chat(platform: Platform) -> None:
    openid = platform.user()
    answer = platform.api(SEND, message(openid, url="https://x.example/c/7", client_msg_id="e7"))
    assert answer == {"errcode": 0, "errmsg": "ok", "msgid": answer["msgid"]}
    (line,) = platform.lines(openid)
    assert (line["type"], line["via"], line["msgid"]) == ("template", "template", answer["msgid"])
    assert line["client_msg_id"] == "e7"
    assert line["template"] == {
        "title": "诉求受理通知",
        "fields": [
            {"label": "诉求编号", "value": "2026-1121-0007"},
            {"label": "诉求内容", "value": "3号楼302室漏水"},
            {"label": "受理单位", "value": "维修服务中心"},
            {"label": "受理时间", "value": "2026-11-21 09:30"},
        ],
        "url": "https://x.example/c/7",
        "miniprogram": None,
    }
    (kept,) = platform.get("/messages", openid=openid)
    assert (kept["kind"], kept["msgid"], kept["client_msg_id"], kept["delivered"]) == (
        "template",
        answer["msgid"],
        "e7",
        True,
    )


def test_result_follows_as_an_event(platform: Platform) -> None:
    openid = platform.user()
    msgid = platform.api(SEND, message(openid))["msgid"]
    wait_until(lambda: platform.app.packets("TEMPLATESENDJOBFINISH"))
    (packet,) = platform.app.packets("TEMPLATESENDJOBFINISH")
    assert (packet["MsgID"], packet["Status"], packet["FromUserName"]) == (str(msgid), "success", openid)


def test_result_may_come_before_the_answer(start: Starter) -> None:
    platform = start(template_event_before_response=True)
    openid = platform.user()
    platform.api(SEND, message(openid))
    assert len(platform.app.packets("TEMPLATESENDJOBFINISH")) == 1


def test_result_comes_after_the_delay(start: Starter) -> None:
    platform = start(template_event_delay=0.3)
    openid = platform.user()
    platform.api(SEND, message(openid))
    assert platform.app.packets("TEMPLATESENDJOBFINISH") == []
    wait_until(lambda: platform.app.packets("TEMPLATESENDJOBFINISH"))


def test_user_who_switched_receiving_off_is_an_event_not_an_error(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}", receive_off=True)
    assert platform.code(SEND, message(openid)) == 0
    wait_until(lambda: platform.app.packets("TEMPLATESENDJOBFINISH"))
    assert platform.app.packets("TEMPLATESENDJOBFINISH")[0]["Status"] == "failed:user block"
    assert platform.lines(openid) == []
    assert [kept["delivered"] for kept in platform.get("/messages")] == [False]


def test_same_client_msg_id_is_sent_once_in_ten_minutes(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/clock", freeze=1_790_000_000)
    first = platform.api(SEND, message(openid, client_msg_id="e1"))
    platform.advance(599)
    assert platform.api(SEND, message(openid, client_msg_id="e1")) == first
    assert len(platform.lines(openid)) == 1
    platform.advance(1)
    assert platform.api(SEND, message(openid, client_msg_id="e1"))["msgid"] != first["msgid"]
    assert len(platform.lines(openid)) == 2


def test_client_msg_id_counts_for_each_user_alone(platform: Platform) -> None:
    one, two = platform.user(0), platform.user(1)
    first = platform.api(SEND, message(one, client_msg_id="e1"))
    assert platform.api(SEND, message(two, client_msg_id="e1"))["msgid"] != first["msgid"]
    assert platform.api(SEND, message(one, client_msg_id="e2"))["msgid"] != first["msgid"]
    assert len(platform.get("/messages")) == 3


def test_messages_without_client_msg_id_are_all_sent(platform: Platform) -> None:
    openid = platform.user()
    assert platform.api(SEND, message(openid))["msgid"] != platform.api(SEND, message(openid))["msgid"]


def test_recipient_must_follow(platform: Platform) -> None:
    openid = platform.get("/users")[0]["openid"]
    assert platform.code(SEND, message(openid)) == 43004
    assert platform.code(SEND, message("oNobody")) == 40003
    assert platform.code(SEND, message("")) == 41009


@pytest.mark.parametrize(
    ("template_id", "code"), [("", 40036), ("x" * 65, 40036), (7, 40036), ("NONE", 40037)]
)
def test_template_must_exist(platform: Platform, template_id: Any, code: int) -> None:
    assert platform.code(SEND, message(platform.user(), template_id=template_id)) == code


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thing2": {"value": ""}}, "argument invalid! data.thing2.value is emtpy"),
        ({"thing2": {}}, "argument invalid! data.thing2.value is emtpy"),
        ({"thing2": None}, "argument invalid! data.thing2.value is emtpy"),
        ({"thing2": {"value": "字" * 21}}, "argument invalid! data.thing2.value invalid"),
        ({"thing2": {"value": "一\n二"}}, "argument invalid! data.thing2.value invalid"),
        ({"thing9": {"value": "x"}}, "argument invalid! data.thing9 invalid"),
        ({"character_string1": {"value": "编号7"}}, "argument invalid! data.character_string1.value invalid"),
        ({"time4": {"value": "昨天"}}, "argument invalid! data.time4.value invalid"),
    ],
)
def test_field_that_does_not_fit_is_named(platform: Platform, changes: dict[str, Any], words: str) -> None:
    answer = platform.api(SEND, message(platform.user(), data=DATA | changes))
    assert answer["errcode"] == 47003
    assert answer["errmsg"].split(" rid: ")[0] == words


def test_missing_field_is_named(platform: Platform) -> None:
    data = {key: value for key, value in DATA.items() if key != "thing3"}
    answer = platform.api(SEND, message(platform.user(), data=data))
    assert answer["errmsg"].startswith("argument invalid! data.thing3.value is emtpy")


FITTING = [
    ("thing", "字" * 20),
    ("thing", "a&b：1、😀"),
    ("short_thing", "字" * 10),
    ("number", "12.5"),
    ("letter", "ABCxyz"),
    ("symbol", "+-*/"),
    ("character_string", "2026-1121-0007"),
    ("character_string", "A" * 32),
    ("time", "15:01"),
    ("time", "2019年10月1日 15:01"),
    ("time", "2026-11-21 09:30"),
    ("time", "2026-11-21 09:30~2026-11-21 10:30"),
    ("date", "2019年10月1日"),
    ("date", "2019年10月1日 15:01"),
    ("amount", "¥100.5元"),
    ("phone_number", "+86-0766-66888866"),
    ("car_number", "粤A8Z888挂"),
    ("name", "王芳"),
    ("name", "Wang Fang-Lee"),
    ("phrase", "处理中"),
    ("const", "待受理"),
]
UNFITTING = [
    ("thing", "字" * 21),
    ("short_thing", "字" * 11),
    ("number", "12a"),
    ("number", "1" * 33),
    ("letter", "A1"),
    ("symbol", "++++++"),
    ("character_string", "汉字"),
    ("character_string", "A" * 33),
    ("time", "now"),
    ("date", "15:01"),
    ("amount", "一百元"),
    ("phone_number", "1" * 18),
    ("car_number", "粤A8Z8888888"),
    ("name", "字" * 11),
    ("name", "a" * 21),
    ("phrase", "处理中的工单"),
    ("phrase", "done"),
    ("phrase", "处理中1"),
    ("const", "别的"),
]


@pytest.mark.parametrize(("prefix", "value"), FITTING)
def test_fitting_value_is_taken(prefix: str, value: str) -> None:
    template = make_template("T", "t", fields=[(f"{prefix}1", "标签")], options={"const1": ["待受理"]})
    assert check_data(template, {f"{prefix}1": {"value": value}}) == {f"{prefix}1": value}


@pytest.mark.parametrize(("prefix", "value"), UNFITTING)
def test_unfitting_value_is_refused(prefix: str, value: str) -> None:
    template = make_template("T", "t", fields=[(f"{prefix}1", "标签")], options={"const1": ["待受理"]})
    with pytest.raises(ApiError, match=rf"data\.{prefix}1\.value invalid"):
        check_data(template, {f"{prefix}1": {"value": value}})


def test_phone_drops_first_and_remark_and_rows_without_a_label_and_emoji() -> None:
    content = "{{first.DATA}}\n诉求：{{keyword1.DATA}}\n{{keyword2.DATA}}\n备注:{{remark.DATA}}"
    template = make_template("T", "t", fields=[])
    template.fields = fields_of(content)
    values = {"first": "您好", "keyword1": "漏水😀" + "字" * 30, "keyword2": "没有标签", "remark": "谢谢"}
    assert check_data(template, {key: {"value": value} for key, value in values.items()}) == values
    assert shown_fields(template, values) == [{"label": "诉求", "value": "漏水" + "字" * 18}]


def test_old_style_fields_may_be_left_out() -> None:
    template = make_template("T", "t", fields=[("keyword1", "一"), ("keyword2", "二")])
    assert check_data(template, {"keyword1": {"value": "x"}}) == {"keyword1": "x"}


def test_templates_are_listed_as_wechat_lists_them(platform: Platform) -> None:
    listed = platform.api("/cgi-bin/template/get_all_private_template")["template_list"]
    accepted = next(row for row in listed if row["template_id"] == "SIMTPL_ACCEPTED")
    assert accepted == {
        "template_id": "SIMTPL_ACCEPTED",
        "title": "诉求受理通知",
        "primary_industry": "政务民生",
        "deputy_industry": "信息查询",
        "content": "诉求编号:{{character_string1.DATA}}\n诉求内容:{{thing2.DATA}}\n"
        "受理单位:{{thing3.DATA}}\n受理时间:{{time4.DATA}}\n",
        "example": "诉求编号:2026-1121-0007\n诉求内容:3号楼302室漏水\n受理单位:3号楼302室漏水\n"
        "受理时间:2026-11-21 09:30\n",
    }
    assert len(listed) >= 12


def test_template_can_be_deleted(platform: Platform) -> None:
    path = "/cgi-bin/template/del_private_template"
    assert platform.code(path, {"template_id": "SIMTPL_SURVEY"}) == 0
    assert platform.code(path, {"template_id": "SIMTPL_SURVEY"}) == 40037


def test_templates_can_be_defined_by_content_or_by_fields(platform: Platform) -> None:
    one = {
        "template_id": "T1",
        "title": "一",
        "content": "状态：{{const1.DATA}}",
        "options": {"const1": ["好"]},
    }
    two = {"template_id": "T2", "title": "二", "fields": [{"key": "thing1", "label": "事项"}]}
    defined = platform.control("POST", "/templates", json=[one, two])
    assert [row["fields"] for row in defined[-2:]] == [[["const1", "状态"]], [["thing1", "事项"]]]
    openid = platform.user()
    body = {"touser": openid, "template_id": "T1", "data": {"const1": {"value": "好"}}}
    assert platform.code(SEND, body) == 0
    assert platform.code(SEND, body | {"data": {"const1": {"value": "坏"}}}) == 47003


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"template_id": "T", "title": "t"}, "a template needs content, or fields as a list of objects"),
        ({"template_id": "T", "title": "t", "content": "x"}, "content has no {{key.DATA}} in it"),
        ({"title": "t"}, "template_id must be a text"),
        ([7], "a template is an object with template_id, title and content or fields"),
    ],
)
def test_template_without_fields_is_explained(platform: Platform, row: Any, error: str) -> None:
    assert platform.control("POST", "/templates", json=row) == {"error": error}
