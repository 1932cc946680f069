"""What a developer asks when something does not work: the network, a request id, one path's quota."""

import pytest

from tests.simulator.conftest import Platform, Starter


def test_request_id_of_an_error_leads_back_to_the_call(platform: Platform) -> None:
    answer = platform.api("/cgi-bin/user/info", openid="oNobody")
    rid = answer["errmsg"].split("rid: ")[1]
    told = platform.api("/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert (told["request_url"], told["client_ip"]) == ("openid=oNobody", "127.0.0.1")
    assert '"errcode": 40003' in told["response_body"]
    platform.advance(7 * 86_400 + 1)
    assert platform.code("/cgi-bin/openapi/rid/get", {"rid": rid}) == 76004


@pytest.mark.parametrize(("rid", "code"), [("x", 76002), ("0" * 8 + "-00000000-00000000", 76001)])
def test_unknown_request_id_is_refused(platform: Platform, rid: str, code: int) -> None:
    assert platform.code("/cgi-bin/openapi/rid/get", {"rid": rid}) == code


def test_callback_is_looked_up_and_tried(platform: Platform) -> None:
    path = "/cgi-bin/callback/check"
    answer = platform.api(path, {"action": "all", "check_operator": "DEFAULT"})
    assert answer["dns"] == [{"ip": "127.0.0.1", "real_operator": "DEFAULT"}]
    (ping,) = answer["ping"]
    assert (ping["ip"], ping["package_loss"]) == ("127.0.0.1", "0%")
    platform.post("/settings", callback_url="http://127.0.0.1:9/wechat")
    (ping,) = platform.api(path, {"action": "ping", "check_operator": "CAP"})["ping"]
    assert (ping["from_operator"], ping["package_loss"]) == ("CAP", "100%")
    assert platform.code(path, {"action": "dance"}) == 40202
    assert platform.code(path, {"action": "dns", "check_operator": "MOON"}) == 40203
    platform.post("/settings", callback_url="http:///wechat")
    assert platform.code(path, {"action": "dns"}) == 40201


def test_quota_of_one_path_is_cleared_without_the_others(start: Starter) -> None:
    limits = {"/cgi-bin/getcallbackip": 1, "/cgi-bin/get_api_domain_ip": 1}
    platform = start(limits=limits)
    for path in limits:
        assert [platform.code(path), platform.code(path)] == [0, 45009]
    clear = "/cgi-bin/openapi/quota/clear"
    assert platform.code(clear, {"cgi_path": "/cgi-bin/getcallbackip"}) == 0
    assert [platform.code(path) for path in limits] == [0, 45009]
    assert platform.code(clear, {"cgi_path": "/cgi-bin/nothing"}) == 76021
    assert platform.code(clear, {"cgi_path": "/sns/auth"}) == 76022
    for _ in range(48):
        platform.simulator.quotas.clear_path("/cgi-bin/getcallbackip")
    codes = [platform.code(clear, {"cgi_path": "/cgi-bin/getcallbackip"}) for _ in range(2)]
    assert codes == [0, 48006]
