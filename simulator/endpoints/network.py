"""The platform's own addresses.

https://developers.weixin.qq.com/doc/subscription/api/base/api_getcallbackip.html
"""

from simulator.pipeline import Answer, Call, Endpoint


def list_callback_addresses(_: Call) -> Answer:
    """Where callbacks come from."""
    return {"ip_list": ["127.0.0.1", "127.0.0.0/8"]}


def list_api_addresses(_: Call) -> Answer:
    """Where the API lives."""
    return {"ip_list": ["127.0.0.1"]}


ENDPOINTS = (
    Endpoint("GET", "/cgi-bin/getcallbackip", list_callback_addresses),
    Endpoint("GET", "/cgi-bin/get_api_domain_ip", list_api_addresses),
)
