"""The simplest way to tell many people something: wechatpy in a loop, one call after the other.

    python -m bench.sequential_sender BASE COUNT

It writes nothing down, so that whoever is killed amid it does not know who has heard. It sends what our
notices send: in turn a 客服消息 and a template message.
"""

import sys

from wechatpy import WeChatClient
from wechatpy.session.memorystorage import MemoryStorage

from bench.outgoing import openid_of

TEXT = (
    "【诉求有新进展】\n维修师傅已经出发，大约二十分钟后到。请在宿舍等候，或把钥匙交给值班室。\n"
    "点击查看：{url}"
)
TEMPLATE = "TM00000001"
URL = "http://127.0.0.1:8000/h5/enter/0123456789abcdef0123456789abcdef"
DATA = {
    "character_string1": {"value": "2026-1121-0001"},
    "phrase2": {"value": "处理中"},
    "time3": {"value": "2026年11月21日 09:30"},
}


def main() -> None:
    """Send to so many people."""
    base, count = sys.argv[1], int(sys.argv[2])
    client = WeChatClient("wxsim0000000000001", "secret", session=MemoryStorage())
    client.API_BASE_URL = f"{base}cgi-bin/"
    client.session.set("wxsim0000000000001_access_token", "token-of-the-slow-platform", 7200)
    client.expires_at = None
    for number in range(count):
        if number % 2:
            client.message.send_template(openid_of(number), TEMPLATE, DATA, url=URL)
        else:
            client.message.send_text(openid_of(number), TEXT.format(url=URL))


if __name__ == "__main__":
    main()
