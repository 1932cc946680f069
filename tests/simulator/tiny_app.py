"""The smallest app behind a callback address; it opens packets with wechatpy, not with our code."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import xmltodict
from flask import Flask, Response, request
from wechatpy.crypto import WeChatCrypto
from werkzeug.serving import WSGIRequestHandler, make_server

from simulator import SimulatorConfig


@dataclass
class Received:
    """One request as it came, and the packet inside."""

    query: dict[str, str]
    body: bytes
    content_type: str
    packet: dict[str, Any]


Answerer = Callable[[Received], "str | bytes | tuple[str, int] | Response"]


@dataclass
class TinyApp:
    """What was received; `answer` may be replaced. An echostr is given back unless `echo` is changed."""

    config: SimulatorConfig
    received: list[Received] = field(default_factory=list)
    answer: Answerer = lambda _: "success"
    echo: Callable[[str], str] = lambda echostr: echostr
    verifications: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def crypto(self, aes_key: str | None = None) -> WeChatCrypto:
        """An independent implementation with this account's secrets."""
        return WeChatCrypto(self.config.token, aes_key or self.config.aes_key, self.config.app_id)

    def packets(self, kind: str) -> list[dict[str, Any]]:
        """The packets of one MsgType or Event."""
        return [
            entry.packet
            for entry in self.received
            if kind in {entry.packet.get("MsgType"), entry.packet.get("Event")}
        ]

    def encrypted(self, reply_xml: str, received: Received) -> str:
        """The reply as safe mode wants it."""
        sealed: str = self.crypto().encrypt_message(reply_xml, received.query["nonce"])
        return sealed

    def take(self) -> Any:
        """Answer the request at hand."""
        query = request.args.to_dict()
        if request.method == "GET":
            self.verifications.append(query)
            return self.echo(query["echostr"])
        received = Received(query, request.get_data(), request.mimetype, self._open(query))
        with self.lock:
            self.received.append(received)
        return self.answer(received)

    def _open(self, query: dict[str, str]) -> dict[str, Any]:
        body = request.get_data()
        try:
            if query.get("encrypt_type") == "aes":
                body = self.crypto().decrypt_message(
                    body, query["msg_signature"], query["timestamp"], query["nonce"]
                )
            return xmltodict.parse(body)["xml"] or {}
        except Exception:  # noqa: BLE001 - spoilt packets are recorded too
            return {}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serve() -> Iterator[Callable[[TinyApp], str]]:
    """One server for any number of apps; yields what registers an app and returns its callback address."""
    apps: list[TinyApp] = []
    flask_app = Flask("tiny")
    flask_app.add_url_rule(
        "/<int:number>/wechat", "take", lambda number: apps[number].take(), methods=["GET", "POST"]
    )
    server = make_server("127.0.0.1", 0, flask_app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def register(app: TinyApp) -> str:
        apps.append(app)
        return f"http://127.0.0.1:{server.port}/{len(apps) - 1}/wechat"

    try:
        yield register
    finally:
        server.shutdown()
        thread.join()


def text_reply(received: Received, content: str = "收到") -> str:
    """A plain passive reply of text."""
    packet = received.packet
    return (
        f"<xml><ToUserName><![CDATA[{packet['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{packet['ToUserName']}]]></FromUserName>"
        f"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content></xml>"
    )
