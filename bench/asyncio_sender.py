"""What can be had where nothing is remembered: asyncio, so many calls at once, and no state at all.

    python -m bench.asyncio_sender BASE COUNT IN_FLIGHT

Each of its connections sends one message after the other and waits for the answer: HTTP/1.1 written by hand
on asyncio's streams, which is quicker than any client library. Killed, it knows nothing of who has heard. It
sends what our notices send: in turn a 客服消息 and a template message.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bench.outgoing import openid_of
from bench.sequential_sender import DATA, TEMPLATE, TEXT, URL

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def _request(host: str, number: int) -> bytes:
    body: dict[str, Any] = {"touser": openid_of(number)}
    if number % 2:
        path = "template/send"
        body |= {"template_id": TEMPLATE, "url": URL, "data": DATA, "client_msg_id": str(number)}
    else:
        path = "custom/send"
        body |= {"msgtype": "text", "text": {"content": TEXT.format(url=URL)}}
    data = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST /cgi-bin/message/{path}?access_token=token-of-the-slow-platform HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


async def _send(base: str, numbers: Iterator[int]) -> None:
    address = urlsplit(base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for number in numbers:
        writer.write(_request(address.netloc, number))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        answer = json.loads(await reader.readexactly(int(length[1]) if length else 0))
        if answer["errcode"] != 0:
            raise RuntimeError(f"refused: {answer}")
    writer.close()


async def _send_all(base: str, count: int, in_flight: int) -> None:
    numbers = iter(range(count))
    await asyncio.gather(*(_send(base, numbers) for _ in range(in_flight)))


if __name__ == "__main__":
    asyncio.run(_send_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
