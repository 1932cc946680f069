"""The platform as the sender of encrypted messages, made of parts that share nothing with the app."""

from datetime import datetime

from config.settings import Settings
from simulator import crypto
from simulator.packets import from_xml
from wechat.callback import Answer

Query = dict[str, str]
Delivery = tuple[Query, bytes]


class Sender:
    """Makes deliveries as the platform does, in safe mode."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings, self.now = settings, now

    def packet(self, **changes: object) -> dict[str, object]:
        packet: dict[str, object] = {
            "ToUserName": "gh_sim0001",
            "FromUserName": "oTestStudent0000000000000001",
            "CreateTime": int(self.now.timestamp()),
            "MsgType": "text",
            "Content": "饭里有虫子",
            "MsgId": 1234567890123456,
        } | changes
        return {name: value for name, value in packet.items() if value is not None}

    def sealed(
        self, message: str, *, app_id: str = "", key: str = "", at: datetime | None = None
    ) -> Delivery:
        cipher = crypto.encrypt(
            message.encode(),
            encoding_aes_key=key or self.settings.wechat_aes_key.get_secret_value(),
            app_id=app_id or self.settings.wechat_app_id,
        )
        return self.signed(cipher, at=at), f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()

    def signed(self, cipher: str, *, at: datetime | None = None) -> Query:
        timestamp = str(int((at or self.now).timestamp()))
        token = self.settings.wechat_token.get_secret_value()
        return {
            "signature": crypto.signature(token, timestamp, "7"),
            "msg_signature": crypto.signature(token, timestamp, "7", cipher),
            "timestamp": timestamp,
            "nonce": "7",
            "openid": "oTestStudent0000000000000001",
            "encrypt_type": "aes",
        }

    def opened(self, answer: Answer) -> str:
        """The text of an encrypted answer, after checking all that the platform checks."""
        reply = from_xml(answer.body)
        token = self.settings.wechat_token.get_secret_value()
        signed = crypto.signature(token, reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])
        assert signed == reply["MsgSignature"]
        key = self.settings.wechat_aes_key.get_secret_value()
        message, app_id = crypto.decrypt(reply["Encrypt"], encoding_aes_key=key)
        assert app_id == self.settings.wechat_app_id
        return str(from_xml(message)["Content"])
