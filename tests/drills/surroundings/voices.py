"""Those who use the installation meanwhile: each says things, and remembers what was answered."""

import contextlib
import threading
import time
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import requests
from bs4 import BeautifulSoup
from PIL import Image

from models.person import Person
from simulator.deliveries import Delivery
from tests.drills.surroundings.installation import Installation
from tests.support.factories import PASSWORD

# Longer than any page may take; what takes longer counts as no answer.
PATIENCE = 20.0
PAUSE, PAUSE_BEFORE_AGAIN = 0.6, 1.0
# Then somebody else speaks.
THINGS_EACH = 3


@dataclass
class Answer:
    """One answer: 0 for none at all."""

    at: float
    status: int
    seconds: float
    words: str = ""


@dataclass
class Said:
    """One thing that was said, until it was taken in.

    Attributes:
        taken: whether somebody was told that it is kept.
        parcel: what is needed to say the very same again.
    """

    words: str
    taken: bool = False
    answers: list[Answer] = field(default_factory=list)
    parcel: Any = None


class Voice:
    """One who says things, each until it is taken in."""

    name = ""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.said: list[Said] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=self.name, daemon=True)

    def begin(self) -> None:
        """Do what has to be done once, and start."""
        self.come_in()
        self._thread.start()

    def end(self) -> None:
        """Say nothing new; what is not taken in yet is said until it is, for a while."""
        self._stop.set()
        self._thread.join(60)

    def _go_on(self) -> None:
        while not self._stop.is_set():
            said = Said(f"{self.name}说的第 {len(self.said)} 件事，灯坏了。")
            self.said.append(said)
            tries_left = 12
            while not said.taken and tries_left:
                tries_left -= self._stop.is_set()
                began, status, words = time.monotonic(), 0, ""
                with contextlib.suppress(requests.RequestException):
                    status, words = self.say(said)
                said.answers.append(Answer(began, status, time.monotonic() - began, words))
                time.sleep(PAUSE if said.taken else PAUSE_BEFORE_AGAIN)

    @property
    def number(self) -> int:
        """Which of those that belong to this voice speaks now."""
        return (len(self.said) - 1) // THINGS_EACH % len(self.installation.people)

    @property
    def speaker(self) -> Person:
        """Who that is."""
        return self.installation.people[self.number]

    def come_in(self) -> None:
        """Sign in, or whatever it takes."""

    def say(self, said: Said) -> tuple[int, str]:
        """Say it, note whether it was taken, and give status and words of the answer."""
        raise NotImplementedError


class Chat(Voice):
    """Somebody who writes to the account; the platform tries each message up to four times."""

    name = "公众号里的同学"

    def come_in(self) -> None:
        """Be those who follow."""
        self.tries: list[Answer] = []

    def say(self, said: Said) -> tuple[int, str]:
        """Send it by the platform, the same message again when all its tries failed."""
        platform = self.installation.platform.simulator
        if said.parcel is None:
            openid = self.speaker.openid or ""
            delivery: Delivery = platform.actions.send_text(openid, said.words)
            said.parcel = openid, dict(delivery.packet)
        else:
            openid, packet = said.parcel
            delivery = platform.dispatch.raw(openid=openid, packet=dict(packet))
        now = time.monotonic()
        self.tries += [Answer(now, one.status or 0, one.elapsed_ms / 1000) for one in delivery.attempts]
        last = delivery.attempts[-1]
        said.taken = last.outcome in {"replied", "success"}
        return last.status or 0, str((delivery.reply or {}).get("Content", ""))


class Phone(Voice):
    """Somebody with the form on the phone, and a photo; without scripts, as the strictest case."""

    name = "手机页面的同学"

    def come_in(self) -> None:
        """Open a link from the chat, each for himself."""
        self._browsers = [requests.Session() for _ in self.installation.people]
        for browser, person in zip(self._browsers, self.installation.people, strict=True):
            page = browser.get(self.installation.enter(person), timeout=PATIENCE)
            entering = _fields(page.text, "form")
            browser.post(self.installation.base + "/h5/enter", data=entering, timeout=PATIENCE)
        photo = BytesIO()
        Image.effect_noise((240, 180), 60).convert("RGB").save(photo, "JPEG")
        self._photo = photo.getvalue()

    def say(self, said: Said) -> tuple[int, str]:
        """Open the form, fill it in and send it; the same form again until it is taken in."""
        address = self.installation.base + "/h5/report"
        browser = self._browsers[self.number]
        if said.parcel is None:
            page = browser.get(address, timeout=PATIENCE)
            if page.status_code != 200:
                return page.status_code, _words(page.text)
            form = _fields(page.text, "form[method=post]")
            said.parcel = form | {"words": said.words, "place_words": "三号楼门口", "kind": "repair"}
        answer = browser.post(
            address,
            data=said.parcel,
            files={"attachments": ("灯.jpg", self._photo, "image/jpeg")},
            allow_redirects=False,
            timeout=PATIENCE,
        )
        said.taken = answer.status_code == 303 and "/filed" in answer.headers["Location"]
        if answer.status_code in {400, 401}:
            said.parcel = None  # the page is out of date: opened anew, as the browser does
        return answer.status_code, _words(answer.text)


class Program(Voice):
    """A mini program, which sends the same key until it is answered."""

    name = "小程序里的同学"

    def come_in(self) -> None:
        """Sign in, each for himself."""
        self._tokens = [self.installation.token(person) for person in self.installation.people]

    def say(self, said: Said) -> tuple[int, str]:
        """Call the API."""
        answer = requests.post(
            self.installation.base + "/api/v1/complaints",
            json={"kind": "suggestion", "text": said.words},
            headers={
                "Authorization": f"Bearer {self._tokens[self.number]}",
                "Idempotency-Key": f"drill-{len(self.said):012d}",
            },
            timeout=PATIENCE,
        )
        said.taken = answer.status_code == 201
        kind = answer.headers.get("Content-Type", "")
        is_problem = kind.startswith("application/") and "json" in kind
        return answer.status_code, str(answer.json().get("detail", "")) if is_problem else answer.text[:200]


class Colleague(Voice):
    """Somebody at a desk who writes notes on one complaint."""

    name = "受理员"

    def come_in(self) -> None:
        """Sign in with a password."""
        self._browser = requests.Session()
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in, also a second time."""
        address = self.installation.base + "/admin/sign-in"
        form = _fields(self._browser.get(address, timeout=PATIENCE).text, "form[method=post]")
        name = self.installation.office.dispatcher.username
        self._browser.post(address, data=form | {"username": name, "password": PASSWORD}, timeout=PATIENCE)

    def say(self, said: Said) -> tuple[int, str]:
        """Write a note; where the desk is shown as it was, look at it first."""
        address = f"{self.installation.base}/admin/complaints/{self.installation.number}/acts/note"
        page = self._browser.get(address, timeout=PATIENCE)
        if page.url.split("?")[0].endswith("/sign-in") and page.status_code == 200:
            self.sign_in()
            return 401, "要重新登录"
        if page.status_code != 200:
            return page.status_code, _words(page.text)
        form = _fields(page.text, "form.act-form") | {"words": said.words}
        answer = self._browser.post(address, data=form, allow_redirects=False, timeout=PATIENCE)
        said.taken = answer.status_code == 303
        return answer.status_code, _words(answer.text)


def _fields(html: str, form: str) -> dict[str, str]:
    """Read the hidden fields of a form."""
    found = BeautifulSoup(html, "html.parser").select_one(form)
    hidden = found.select("input[type=hidden]") if found else []
    return {str(one["name"]): str(one.get("value", "")) for one in hidden if one.get("name")}


def _words(html: str) -> str:
    page = BeautifulSoup(html, "html.parser").select_one("main")
    return " ".join(page.get_text(" ", strip=True).split())[:400] if page else ""


VOICES = (Chat, Phone, Program, Colleague)
