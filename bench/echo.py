"""The least that an account can do: decrypt, read, answer what came, encrypt. It remembers nothing.

granian --interface wsgi bench.echo:application
"""

import os

from flask import Flask, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

application = Flask(__name__)
_crypto = WeChatCrypto(os.environ["WECHAT_TOKEN"], os.environ["WECHAT_AES_KEY"], os.environ["WECHAT_APP_ID"])


@application.post("/wechat")
def echo() -> str:
    """Answer a text with itself."""
    query = request.args
    signed = (query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(_crypto.decrypt_message(request.data, *signed))
    reply = create_reply(message.content, message).render()
    return str(_crypto.encrypt_message(reply, query["nonce"], query["timestamp"]))
