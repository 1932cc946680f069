"""Where a webhook may lead: out into the world, and into our network only where the settings say so."""

from ipaddress import ip_address

import pytest

from domain.errors import Invalid
from domain.webhook_addresses import AddressRules, check_url, is_allowed, is_public

RULES = AddressRules()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "2002:7f00:1::", "2002:0a00:0001::", "64:ff9b::10.0.0.1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ],
)  # fmt: skip
def test_addresses_of_our_own_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "64:ff9b::8.8.8.8"])
def test_addresses_of_the_world_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_host_that_the_settings_name_may_lie_inside() -> None:
    rules = AddressRules.of(allow_http=False, private_hosts=["Portal.Campus", "10.0.0.7"])
    inside = ip_address("10.0.0.7")

    assert is_allowed("portal.campus", inside, rules=rules)
    assert not is_allowed("other.campus", inside, rules=rules)
    assert check_url("https://10.0.0.7/hook", rules=rules) == "https://10.0.0.7/hook"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "请填写推送网址"),
        ("https://a.example/" + "a" * 500, "请填写推送网址"),
        ("https://例子.中国/", "网址里不能有空格和中文"),
        ("https://a.example/a b", "网址里不能有空格和中文"),
        ("a.example", "请填写完整的网址"),
        ("ftp://a.example/", "请填写完整的网址"),
        ("https://a.example:99999/", "请填写完整的网址"),
        ("https:///hook", "请填写完整的网址"),
        ("http://a.example/", "只推送到 https://"),
        ("https://user@a.example/", "网址里不要写用户名"),
        ("https://user:word@a.example/", "网址里不要写用户名"),
        ("https://a.example/#part", "网址里不要写用户名"),
        ("https://10.0.0.7/", "这个地址在内部网络里"),
        ("https://[::1]/", "这个地址在内部网络里"),
        ("https://[::ffff:10.0.0.7]:8443/", "这个地址在内部网络里"),
    ],
)
def test_address_that_we_do_not_call_is_refused(url: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url, rules=RULES)

    assert (refused.value.message.startswith(words), refused.value.field) == (True, "url")


def test_usable_address_is_kept_as_it_is() -> None:
    for url in ("https://a.example/hook?x=1", "https://8.8.8.8:8443/"):
        assert check_url(f" {url} ", rules=RULES) == url
    assert check_url("http://a.example", rules=AddressRules(allow_http=True)) == "http://a.example"
