"""Connected systems for tests: with every right, with a webhook, with something they filed."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy.orm import Session

from domain import connected_reports, connected_systems, webhook_outbox, webhook_settings
from domain.connected_reports import Report
from domain.connected_systems import Rights
from domain.secret_box import SecretBox
from domain.webhook_addresses import AddressRules
from domain.webhook_outbox import Fate, Outcome, Parcel
from models.complaint import Complaint
from models.connected_system import ConnectedSystem, Webhook
from models.staff import Staff
from tests.support.factories import Office
from tests.support.story import Story

TAKEN = Outcome(fate=Fate.TAKEN, milliseconds=12, status=204)
ALL_RIGHTS = Rights(read=True, submit=True, hook=True)
BOX = SecretBox("for-tests-only-" + "0" * 32)
LOCAL_RULES = AddressRules(allow_http=True, private_hosts=frozenset({"127.0.0.1", "localhost"}))


def connect(
    session: Session, admin: Staff, name: str = "市热线", *, now: datetime, rights: Rights = ALL_RIGHTS
) -> tuple[ConnectedSystem, str]:
    """Add a system, and give its key."""
    return connected_systems.add(
        session, name=name, contact="李老师 87654321", rights=rights, staff=admin, now=now
    )


def hooked(
    session: Session,
    admin: Staff,
    name: str = "市热线",
    *,
    now: datetime,
    box: SecretBox = BOX,
    url: str = "http://127.0.0.1:9/hook",
    rights: Rights = ALL_RIGHTS,
) -> ConnectedSystem:
    """Add a system that is told at an address; see `secret_of`."""
    system, _ = connect(session, admin, name, now=now, rights=rights)
    webhook_settings.set_address(session, system, url=url, rules=LOCAL_RULES, box=box, staff=admin, now=now)
    return system


def filed_by(
    session: Session, system: ConnectedSystem, office: Office, *, now: datetime, **changes: Any
) -> Complaint:
    """Let a system file something at the canteen."""
    values: dict[str, Any] = {
        "service_code": office.category.code,
        "description": "汤是凉的",
        "place_code": office.canteen.code,
    }
    report = Report(**(values | changes))
    return connected_reports.file(session, system, report, key="", now=now)


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Verify a webhook as docs/integration.md tells the other side to, but for the clock."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(right, given) for given in headers["webhook-signature"].split())


@dataclass
class Receiver:
    """The other side, over real HTTP; what it answers may be changed at any time.

    Attributes:
        got: headers and body of what came, in order.
    """

    url: str
    status: int = 204
    words: bytes = b""
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            there.got.append((headers, self.rfile.read(length)))
            self.send_response(there.status)
            if there.location:
                self.send_header("Location", there.location)
            self.send_header("Content-Length", str(len(there.words)))
            self.end_headers()
            self.wfile.write(there.words)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def furnish_connected(session: Session, office: Office, *, public: str, now: datetime) -> dict[str, Any]:
    """Put up a system with a webhook and something it is told, and give what their URLs take.

    Args:
        public: number of a complaint that everybody may read.
    """
    system = hooked(session, office.admin, now=now)
    told = webhook_settings.send_test(session, system, staff=office.admin, now=now)
    return {
        "system_id": system.id,
        "delivery_id": told.id,
        "service_code": office.category.code,
        "request_id": public,
        "form": "json",
        "open311_requests.of_token.token": public,
    }


def claim(story: Story, worker: str = "w1") -> Parcel | None:
    """Take the next one to send."""
    return webhook_outbox.claim(story.session, worker=worker, box=BOX, now=story.now)


def try_one(story: Story, outcome: Outcome) -> str:
    """Send the next one with this outcome; give the type of its event, or nothing when none was due."""
    parcel = claim(story)
    assert webhook_outbox.anything_due(story.session, now=story.now) is False
    if parcel is None:
        return ""
    webhook_outbox.record(story.session, parcel, outcome, now=story.now)
    return str(json.loads(parcel.body)["type"]).partition(".")[2]


def hook_of(story: Story, system: ConnectedSystem) -> Webhook:
    """Give the webhook of a system."""
    return story.session.get_one(Webhook, system.id)
