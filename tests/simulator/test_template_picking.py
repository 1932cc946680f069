"""Templates picked out of the public library, for template messages and for 订阅通知."""

from typing import Any

import pytest

from tests.simulator.conftest import Platform

NEW = "/wxaapi/newtmpl"
ADD, MESSAGE = f"{NEW}/addtemplate", "/cgi-bin/template/api_add_template"
PICK = {"tid": 47124, "kidList": [2, 5, 4], "sceneDesc": "办理进度"}


def test_library_is_browsed_by_category(platform: Platform) -> None:
    categories = platform.api(f"{NEW}/getcategory")["data"]
    assert {"id": 675, "name": "物业管理"} in categories
    page = platform.api(f"{NEW}/getpubtemplatetitles", ids="616,675", start=1, limit=2)
    assert (page["count"], [row["tid"] for row in page["data"]]) == (6, [47123, 47124])
    keywords = platform.api(f"{NEW}/getpubtemplatekeywords", tid=47124)["data"]
    assert keywords[2] == {"kid": 5, "name": "当前状态", "example": "处理中", "rule": "phrase"}
    assert platform.code(f"{NEW}/getpubtemplatetitles", start=0, limit=30) == 200018
    assert platform.code(f"{NEW}/getpubtemplatetitles", ids=616, start=0, limit=31) == 200022
    assert platform.code(f"{NEW}/getpubtemplatekeywords", tid=1) == 200014


def test_picked_template_is_listed_used_and_thrown_away(platform: Platform) -> None:
    openid = platform.user()
    template_id = platform.api(ADD, PICK)["priTmplId"]
    (listed,) = platform.api(f"{NEW}/gettemplate")["data"]
    assert (listed["priTmplId"], listed["title"]) == (template_id, "工单进度通知")
    content = "工单内容:{{thing2.DATA}}\n当前状态:{{phrase5.DATA}}\n时间:{{time4.DATA}}"
    assert listed["content"] == content
    platform.post(f"/users/{openid}/subscribe", template_id=template_id)
    data = {
        "thing2": {"value": "漏水"},
        "phrase5": {"value": "处理中"},
        "time4": {"value": "2026-11-21 10:00"},
    }
    body = {"touser": openid, "template_id": template_id, "data": data}
    assert platform.code("/cgi-bin/message/subscribe/bizsend", body) == 0
    labels = [field["label"] for field in platform.lines(openid)[-1]["template"]["fields"]]
    assert labels == ["工单内容", "当前状态", "时间"]
    messages = platform.api("/cgi-bin/template/get_all_private_template")["template_list"]
    assert template_id not in {row["template_id"] for row in messages}
    assert platform.code(f"{NEW}/deltemplate", {"priTmplId": template_id}) == 0
    assert platform.code(f"{NEW}/deltemplate", {"priTmplId": template_id}) == 40037


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tid": 1}, 200014),
        ({"kidList": [2]}, 200020),
        ({"kidList": [2, 2]}, 200020),
        ({"kidList": [2, 9]}, 200020),
        ({"kidList": "2,5"}, 200020),
        ({"sceneDesc": "字" * 16}, 200021),
    ],
)
def test_pick_that_does_not_fit_is_refused(platform: Platform, changes: dict[str, Any], code: int) -> None:
    assert platform.code(ADD, PICK | changes) == code


def test_list_is_full_at_twenty_five(platform: Platform) -> None:
    codes = [platform.code(ADD, PICK) for _ in range(26)]
    assert codes == [0] * 25 + [200012]


def test_template_message_is_picked_by_names_of_fields(platform: Platform) -> None:
    openid = platform.user()
    pick = {"template_id_short": "47123", "keyword_name_list": ["工单内容", "时间"]}
    template_id = platform.api(MESSAGE, pick)["template_id"]
    data = {"thing2": {"value": "漏水"}, "time4": {"value": "2026-11-21 10:00"}}
    body = {"touser": openid, "template_id": template_id, "data": data}
    assert platform.code("/cgi-bin/message/template/send", body) == 0
    assert platform.code(MESSAGE, pick | {"keyword_name_list": ["颜色"]}) == 40246
    assert platform.code(MESSAGE, {"template_id_short": "47123"}) == 40246
    assert platform.code(MESSAGE, pick | {"template_id_short": "TM00015"}) == 40247
    assert platform.code(MESSAGE, pick | {"template_id_short": "1"}) == 40037
