"""The API's processes killed before the answer leaves: who sends the same request again has it done once."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image
from sqlalchemy import func, select

from config.settings import Settings
from models.api_session import IdempotentRequest
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.database import Database
from models.enums import StepName
from tests.support.api_program import token_of
from tests.support.factories import Factory
from tests.support.forking_server import AFTER_COMMIT, BEFORE_COMMIT, DIE
from tests.support.killed_server import FORKING, Server, settings_for, started

pytestmark = pytest.mark.slow

# Each dies of another's wish too, in the midst of whatever it does: a process serves several at once.
MOMENTS = (BEFORE_COMMIT, AFTER_COMMIT, "")
PEOPLE, ROUNDS = 3, 3
AT_ONCE = 6


def _photo() -> bytes:
    data = BytesIO()
    Image.new("RGB", (16, 12), (90, 120, 60)).save(data, "JPEG")
    return data.getvalue()


@dataclass
class Phone:
    """A program that sends until it is answered, as the documentation says."""

    server: Server
    token: str
    lost: int = field(default=0)

    def send(self, path: str, *, key: str = "", die: str = "", **content: Any) -> Mapping[str, Any]:
        """Send, and again whenever no answer comes; `die` is when the first try is to kill its process."""
        for _ in range(200):
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, DIE: die}
            try:
                answer = requests.post(
                    f"http://127.0.0.1:{self.server.port}/api/v1{path}",
                    headers={name: value for name, value in headers.items() if value},
                    timeout=20,
                    **content,
                )
            except requests.RequestException:
                self.lost, die = self.lost + 1, ""
                time.sleep(0.02)
                continue
            if answer.status_code < 400:
                told: Mapping[str, Any] = answer.json()
                return told
            assert answer.json()["code"] == "busy", answer.text
            time.sleep(0.05)
        raise TimeoutError("the server does not answer")

    def live(self, person: int, place: str) -> list[str]:
        """File and urge again and again, each time losing answers; gives the numbers that were told."""
        numbers = []
        for turn in range(ROUNDS):
            die, name = MOMENTS[turn % len(MOMENTS)], f"{person:08d}-{turn:08d}"
            photo = self.send("/uploads", die=die, files={"file": ("a.jpg", _photo())})
            body = {
                "kind": "complaint",
                "text": f"第 {turn} 次",
                "service_point": place,
                "uploads": [photo["id"]],
            }
            filed = self.send("/complaints", key=f"file-{name}", die=die, json=body)
            self.send(f"/complaints/{filed['number']}/urge", key=f"urge-{name}", die=die, json={})
            numbers.append(str(filed["number"]))
        return numbers


def _at_once(phone: Phone) -> set[str]:
    """Send the same request from several threads at the same moment; gives the numbers that were told."""
    start = threading.Barrier(AT_ONCE)

    def send(_: int) -> str:
        start.wait()
        return str(phone.send("/complaints", key="k" * 16, json={"kind": "praise", "text": "好"})["number"])

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return set(threads.map(send, range(AT_ONCE)))


def test_request_sent_again_after_its_process_was_killed_is_done_once(
    make_settings: Callable[..., Settings], database: Database
) -> None:
    make = Factory(datetime.now(UTC))
    with database.transaction() as session:
        place = make.office(session).canteen.code
        people = [make.person(session) for _ in range(PEOPLE)]
    with started(settings_for(make_settings, database), FORKING) as server:
        phones = [Phone(server, token_of(database, person)) for person in people]
        with ThreadPoolExecutor(PEOPLE) as threads:
            told = list(threads.map(Phone.live, phones, range(PEOPLE), [place] * PEOPLE))
        twins = _at_once(phones[0])

    numbers = [number for one in told for number in one]
    with database.reading() as session:
        filed = set(session.scalars(select(Complaint.number)))
        photos = session.scalars(
            select(func.count()).group_by(Attachment.complaint_id).select_from(Attachment)
        )
        urged = select(func.count()).where(ComplaintEvent.step == StepName.URGE)
        assert (len(twins), len(numbers)) == (1, PEOPLE * ROUNDS)
        assert filed == {*numbers, *twins}
        assert len(filed) == PEOPLE * ROUNDS + 1
        assert list(photos) == [1] * PEOPLE * ROUNDS
        assert session.scalar(urged) == PEOPLE * ROUNDS
        assert session.scalar(select(func.count(IdempotentRequest.key))) == 2 * PEOPLE * ROUNDS + 1
    # In two rounds of three, each of the three requests lost at least its first answer.
    assert sum(phone.lost for phone in phones) >= PEOPLE * ROUNDS * 2
