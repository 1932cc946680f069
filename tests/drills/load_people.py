"""People of the mixed load: they write in the chat, rate, and file on phone pages and by the mini program."""

import queue
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import requests

from domain.photos import clean_photo
from tests.drills.browser_of_drills import Browser, GaveUp, fields_of
from tests.drills.courier import Courier
from tests.drills.fault_product import ChatPhoto, Product, photo
from tests.drills.ledger import Ledger
from tests.support.dialogue import numbers_in

_LINK = re.compile(r"/h5/enter/([\w-]+)")
# Nobody says the same thing for ever.
SAYS = 8


@dataclass(frozen=True)
class Raised:
    """A complaint whose number somebody was told; `for_desk` when no team answers for its place."""

    number: str
    openid: str
    for_desk: bool


class Chatter:
    """People who write in the chat.

    Args:
        raised: where the numbers go that they were told.
    """

    def __init__(self, product: Product, ledger: Ledger, raised: "queue.Queue[Raised]") -> None:
        self._ledger, self._raised = ledger, raised
        self._courier = Courier(product.settings, ledger)
        self._here = product.inhabitants
        self._writers: queue.SimpleQueue[str] = queue.SimpleQueue()
        for openid in self._here.writers:
            self._writers.put(openid)
        self._photos: queue.SimpleQueue[ChatPhoto] = queue.SimpleQueue()
        for one in self._here.photos:
            self._photos.put(one)

    def tell_one_thing(self) -> None:
        """Be somebody new: scan a place, tell something in pieces, submit it, and remember the number."""
        openid, turn = self._writers.get(timeout=1), self._ledger.name("turn")
        self._writers.put(openid)  # comes back hours later
        even = int(turn.removeprefix("turn")) % 2
        code = self._here.placed if even else self._here.unplaced
        self.event(openid, "SCAN", code)
        told = [self.tell(openid, f"第 {piece + 1} 段，饭菜送到的时候是凉的") for piece in range(2)]
        if even:
            told.append(self.send_photo(openid))
        number = self.submit(openid) if any(told) else ""
        if number:
            self._raised.put(Raised(number, openid, for_desk=not even))

    def event(self, openid: str, event: str, key: str) -> str | None:
        """Let something happen."""
        name = self._ledger.name("e")
        return self._courier.bring(name, openid, "event", Event=event, EventKey=key)

    def tap(self) -> None:
        """Tap the menu, as somebody who does nothing else."""
        name = self._ledger.name("e")
        openid = self._here.writers[-1 - int(name[1:]) % 50]
        self._courier.bring(name, openid, "event", Event="CLICK", EventKey="HELP")

    def tell(self, openid: str, words: str) -> str | None:
        """Say words that stand for themselves; what was not answered is said anew, as another message."""
        for _ in range(SAYS):
            name = self._ledger.name("m")
            reply = self._courier.bring(name, openid, "text", Content=f"{words}（{name}）")
            if reply is not None:
                return reply
        return None

    def send_photo(self, openid: str) -> str | None:
        """Send a photo."""
        one = self._photos.get()
        self._photos.put(one)
        name = self._ledger.name("p")
        self._ledger.note(name, media_id=one.media_id, digest=_digest(one.data))
        fields = {"PicUrl": "http://mmbiz.qpic.cn/x", "MediaId": one.media_id}
        return self._courier.bring(name, openid, "image", **fields)

    def say(self, openid: str, words: str) -> str | None:
        """Say a word that the chat knows."""
        return self._courier.bring(self._ledger.name("w"), openid, "text", Content=words)

    def submit(self, openid: str) -> str:
        """Submit, and give the number; empty when nobody said one."""
        for _ in range(SAYS):
            reply = self.say(openid, "提交")
            if reply is None:
                # It may have gone through all the same.
                reply = self.say(openid, "进度")
            if reply and numbers_in(reply):
                self._ledger.note(
                    self._ledger.name("r"), kind="receipt", openid=openid, number=numbers_in(reply)[0]
                )
                return numbers_in(reply)[0]
        return ""

    def link_for(self, openid: str) -> str:
        """Ask how things stand, and give the key of the link in the answer."""
        for _ in range(SAYS):
            found = _LINK.search(self.say(openid, "进度") or "")
            if found:
                return found[1]
        raise GaveUp(f"no link for {openid}")


def _digest(data: bytes) -> str:
    """Give the digest of the file that a photo becomes."""
    return sha256(clean_photo(data).data).hexdigest()


class Phone:
    """Somebody's phone with our pages on it, entered by a link from the chat."""

    def __init__(self, product: Product, ledger: Ledger, chatter: Chatter, openid: str) -> None:
        self._ledger, self._chatter, self._openid = ledger, chatter, openid
        self._browser = Browser(product.base, ledger, Accept="text/html")
        self._here = product.inhabitants

    def enter(self) -> None:
        """Come in; when the answer is lost the link is used up, and another is asked for."""
        for _ in range(SAYS):
            token = self._chatter.link_for(self._openid)
            page = self._browser.page(f"/h5/enter/{token}")
            fields = fields_of(page.select_one("form[data-send-at-once]"))
            if not fields:
                continue
            _, answer = self._browser.ask("POST", "/h5/enter", data=fields)
            if answer is not None and answer.status_code == 303:
                return
        raise GaveUp("the door stays shut")

    def rate(self, number: str, *, solved: bool) -> None:
        """Judge what was done."""
        fields = fields_of(self._browser.page(f"/h5/complaints/{number}/rate").select_one("form.rate"))
        if not fields:
            return
        name = self._ledger.name("j")
        fields |= {
            "solved": "yes" if solved else "no",
            "stars": "5" if solved else "1",
            "words": f"（{name}）",
        }
        self._browser.until_answered(
            name,
            lambda: self._browser.ask("POST", f"/h5/complaints/{number}/rate", data=fields),
            kind="rating",
            number=number,
            round=int(fields["round"]),
        )

    def file_with_photo(self) -> str:
        """Raise something with a photo that was sent before the form; gives its number."""
        page = self._browser.page(f"/h5/p/{self._here.unplaced}/report")
        fields = fields_of(page.select_one("form.report"))
        if not fields:
            return ""
        name = self._ledger.name("h")
        data = photo(int(name[1:]) % 5000 + 100)
        fields |= {"words": f"地上有水（{name}）", "uploads": self._upload(name, data, fields["csrf_token"])}
        answer = self._browser.until_answered(
            name,
            lambda: self._browser.ask(
                "POST",
                f"/h5/p/{self._here.unplaced}/report",
                data=fields,
                headers={"Accept": "application/json"},
            ),
            kind="filed",
            digest=_digest(data),
        )
        number = numbers_in(str(answer.json().get("to", ""))) if answer.status_code == 200 else []
        self._ledger.note(name, number=number[0] if number else "", said=answer.text[:200])
        return number[0] if number else ""

    def _upload(self, name: str, data: bytes, csrf: str) -> str:
        """Send a photo as the page's script does: on from where it stopped."""
        head = {"X-CSRFToken": csrf}

        def again(method: str, path: str, **content: Any) -> requests.Response:
            headers = head | content.pop("headers", {})
            return self._browser.until_answered(
                self._ledger.name("u"),
                lambda: self._browser.ask(method, path, headers=headers, **content),
                kind="upload",
            )

        begun = again("POST", "/h5/uploads", data={"name": f"{name}.jpg", "size": len(data)}).json()
        upload = str(begun["id"])
        sent = 0
        while sent < len(data):
            piece = {"Upload-Offset": str(sent), "Content-Type": "application/octet-stream"}
            middle = max(len(data) // 2, 1)
            again("POST", f"/h5/uploads/{upload}/chunks", data=data[sent : sent + middle], headers=piece)
            sent = int(again("GET", f"/h5/uploads/{upload}").json()["offset"])
        again("POST", f"/h5/uploads/{upload}/finish")
        return upload


class Programs:
    """Mini programs, which name each request by a key of its own."""

    def __init__(self, product: Product, ledger: Ledger) -> None:
        self._ledger = ledger
        self._place = product.inhabitants.placed
        self._browsers = [
            Browser(product.base, ledger, Authorization=f"Bearer {token}")
            for token in product.inhabitants.tokens
        ]
        self._turn = 0

    def file_and_urge(self) -> None:
        """Raise something and ask to hurry."""
        self._turn += 1
        browser = self._browsers[self._turn % len(self._browsers)]
        name = self._ledger.name("a")
        body = {"kind": "complaint", "text": f"窗口排队太久（{name}）", "service_point": self._place}
        filed = self._post(browser, name, "/complaints", body, kind="filed")
        number = str(filed.json().get("number", "")) if filed.status_code < 300 else ""
        self._ledger.note(name, number=number, said=filed.text[:200])
        if number:
            urged = self._ledger.name("g")
            words = {"words": f"请快一点（{urged}）"}
            self._post(browser, urged, f"/complaints/{number}/urge", words, kind="act", number=number)

    @staticmethod
    def _post(
        browser: Browser, name: str, path: str, body: dict[str, str], **about: object
    ) -> requests.Response:
        key = {"Idempotency-Key": f"{name:0>24}"}
        return browser.until_answered(
            name, lambda: browser.ask("POST", f"/api/v1{path}", json=body, headers=key), **about
        )
