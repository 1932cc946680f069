"""One person's side of the chat: says something as the platform would deliver it, and reads the answer."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from config.settings import Settings
from models.complaint import Complaint
from models.database import Database
from simulator.crypto import signature
from simulator.packets import from_xml, to_xml
from wechat.callback import Answer, receive

ACCOUNT = "gh_sim0001"
_message_ids = count(9_000_000_000_000_000)


def signed_query(settings: Settings, *, now: datetime, nonce: str = "n0nce") -> dict[str, str]:
    """The parameters of a plain delivery at this moment."""
    timestamp = str(int(now.timestamp()))
    signed = signature(settings.wechat_token.get_secret_value(), timestamp, nonce)
    return {"signature": signed, "timestamp": timestamp, "nonce": nonce}


@dataclass
class Dialogue:
    """A chat between one person and the account, in plain mode, over the whole way in.

    Attributes:
        now: moves on by ten seconds before each message, as if the person read and typed.
        replies: all texts answered so far.
    """

    settings: Settings
    database: Database
    now: datetime
    openid: str = "oTestStudent0000000000000001"
    pause: timedelta = timedelta(seconds=10)
    replies: list[str] = field(default_factory=list)

    def say(self, text: str, **changes: object) -> str:
        """Send a text and give the text answered; empty for no answer."""
        return self.send("text", Content=text, **changes)

    def photo(self, **changes: object) -> str:
        """Send a photo."""
        return self.send(
            "image", PicUrl="http://mmbiz.qpic.cn/x", MediaId=f"m{next(_message_ids)}", **changes
        )

    def voice(self, recognition: str = "") -> str:
        """Send a voice message."""
        media_id = f"m{next(_message_ids)}"
        return self.send("voice", MediaId=media_id, Format="amr", MediaId16K="x", Recognition=recognition)

    def position(self, label: str = "位置信息") -> str:
        """Send a position."""
        return self.send("location", Location_X=30.3, Location_Y=120.1, Scale=20, Label=label)

    def event(self, name: str, key: str = "", **changes: object) -> str:
        """Let something happen: subscribe, SCAN, CLICK…"""
        return self.send("event", Event=name, EventKey=key, MsgId=None, **changes)

    def send(self, kind: str, **fields: object) -> str:
        """Send a message of any kind; a field that is None is left out."""
        self.now += self.pause
        return self.deliver(self.packet(kind, **fields))

    def packet(self, kind: str, **fields: object) -> dict[str, object]:
        """Make a message as the platform would."""
        packet: dict[str, object] = {
            "ToUserName": ACCOUNT,
            "FromUserName": self.openid,
            "CreateTime": int(self.now.timestamp()),
            "MsgType": kind,
            "MsgId": next(_message_ids),
        } | fields
        return {name: value for name, value in packet.items() if value is not None}

    def deliver(self, packet: dict[str, object]) -> str:
        """Deliver a packet, as often as it is called, and give the text answered."""
        text = text_of(self.answer_to(packet))
        self.replies.append(text)
        return text

    def answer_to(self, packet: dict[str, object]) -> Answer:
        """Deliver a packet and give the whole answer."""
        query = signed_query(self.settings, now=self.now)
        return receive(self.settings, self.database, query, to_xml(packet).encode(), now=self.now)

    def complaints(self) -> list[Complaint]:
        """All complaints there are, oldest first."""
        with self.database.reading() as session:
            query = select(Complaint).options(joinedload(Complaint.service_point)).order_by(Complaint.id)
            return list(session.scalars(query))

    def wait(self, **duration: float) -> None:
        """Let time go by."""
        self.now += timedelta(**duration)


def text_of(answer: Answer) -> str:
    """The text of an answer that came in plain; empty for `success`."""
    assert answer.status == 200, answer
    return "" if answer.body == "success" else str(from_xml(answer.body)["Content"])


def numbers_in(text: str) -> list[str]:
    """The complaint numbers named in a text, in order."""
    return re.findall(r"\d{4}-\d{4}-\d{4}", text)
