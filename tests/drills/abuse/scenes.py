"""What abusers do: each scene goes on for some seconds, and counts what it got through."""

import time
from collections.abc import Callable
from random import Random

from tests.drills.abuse.product import Product
from tests.drills.abuse.traffic import Chatter, Connection, Tally, at_once, some_address

# From where the abuser comes: the address a whole campus shares.
CAMPUS = "198.51.100.7"
_HANDS = 12

Scene = Callable[[Product, float], Tally]


def chat(product: Product, seconds: float) -> Tally:
    """One person sends 1 000 messages a minute, and in the midst of them a danger."""
    chatter, tally = Chatter(product), Tally()
    pause, due, alarms = 60 / 1000, time.monotonic(), 0
    end = due + seconds
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        due += pause
        is_alarm = alarms == 0 and tally.tried >= 100
        alarms += is_alarm
        words = "三楼漏电冒烟了" if is_alarm else f"喂 {tally.tried}"
        answer, said = chatter.say(product.abuser, Content=words)
        is_told = said.startswith(("您发得太快了", "您今天发来"))
        tally.add(answer, through=bool(said) and not is_told and answer.status == 200)
        if is_told:
            tally.words[said.partition("\n")[0]] += 1
        if is_alarm and "已按紧急件上报" not in said:
            tally.wrong.append(f"the danger was not filed: {said[:60]!r}")
    told = sum(number for words, number in tally.words.items() if words.startswith("您发得太快了"))
    if told > 2 + seconds / 120:
        tally.wrong.append(f"told {told} times")
    return tally


def entrance(product: Product, seconds: float) -> Tally:
    """Thousands of visitors, each from an address of their own, on a leaked link and on made-up sign-ins."""

    def visit(connection: Connection, random: Random, tally: Tally) -> None:
        address = some_address(random)
        for method, path in (
            ("GET", f"/h5/enter/{product.used_link}"),
            ("GET", f"/h5/enter/{random.randbytes(24).hex()[:32]}"),
            ("POST", "/h5/enter"),
            ("GET", f"/h5/oauth/return?code={random.randbytes(8).hex()}&state={random.randbytes(16).hex()}"),
            ("GET", "/h5/complaints"),
        ):
            answer = connection.ask(method, path, address=address)
            # To be led to WeChat, which asks who this is, is no way in.
            came_in = answer.status == 200 or (answer.status in {302, 303} and method == "POST")
            tally.add(answer, through=came_in)

    return _hammer(product, seconds, visit)


def codes(product: Product, seconds: float) -> Tally:
    """The code of a place is opened again and again from one address, and scanned by one person."""
    chatter = Chatter(product)

    def open_it(connection: Connection, random: Random, tally: Tally) -> None:
        which = random.randrange(4)
        if which < 2:
            tally.add(connection.get(f"/h5/p/{product.place}"))
        elif which == 2:
            tally.add(connection.get(f"/h5/board?page={random.randrange(5)}"))
        else:
            tally.add(connection.get(f"/h5/board/{product.number}"))

    tally = _hammer(product, seconds, open_it)
    for _ in range(100):
        event = {"Event": "SCAN", "EventKey": product.place, "Ticket": "t"}
        answer, said = chatter.say(product.abuser, "event", **event)
        tally.add(answer, through=bool(said))
        time.sleep(0.01)
    return tally


def votes(product: Product, seconds: float) -> Tally:
    """One person votes, joins and judges as often as they can, from several hands at once."""

    def vote(connection: Connection, random: Random, tally: Tally) -> None:
        which = random.randrange(3)
        if which == 0:
            wanted = {"wanted": str(random.randrange(2))}
            tally.add(connection.post(f"/h5/matters/{product.matter}/vote", wanted))
        elif which == 1:
            tally.add(connection.post(f"/h5/board/{product.number}/join", {"how": "met"}))
        else:
            tally.add(connection.post(f"/h5/p/{product.place}/rate", {"stars": str(random.randrange(1, 6))}))

    return _hammer(product, seconds, vote, signed_in=True)


def reports(product: Product, seconds: float) -> Tally:
    """Everything on the board is reported as abuse, again and again, by one address and one person."""

    def report(connection: Connection, random: Random, tally: Tally) -> None:
        said = {"about": "text-0", "reason": "false", "words": f"不实 {random.random()}"}
        tally.add(connection.post(f"/h5/board/{product.number}/abuse", said))

    return _hammer(product, seconds, report, signed_in=True)


def complaints(product: Product, seconds: float) -> Tally:
    """One person files complaint after complaint, by the form, by the API and in the chat."""
    chatter = Chatter(product)
    token = {"Authorization": f"Bearer {product.abuser_token}", "Content-Type": "application/json"}

    def file(connection: Connection, random: Random, tally: Tally) -> None:
        words = f"第 {random.randrange(10**9)} 张桌子坏了"
        if random.randrange(2):
            form = {"words": words, "kind": "repair", "key": random.randbytes(12).hex()}
            answer = connection.post(f"/h5/p/{product.place}/report", form, as_json=True)
        else:
            body = f'{{"text": "{words}", "kind": "repair", "place_text": "食堂"}}'.encode()
            headers = {**token, "Idempotency-Key": random.randbytes(12).hex()}
            answer = connection.ask("POST", "/api/v1/complaints", body=body, headers=headers)
        tally.add(answer)

    tally = _hammer(product, seconds, file, signed_in=True)
    for words in ("桌子又坏了", "9", "1") * 6:
        answer, said = chatter.say(product.abuser, Content=words)
        if words == "1":
            tally.add(answer, through="已提交，编号" in said)
            tally.words[said.partition("；")[0][:60]] += "已提交，编号" not in said
    return tally


def tokens(product: Product, seconds: float) -> Tally:
    """The API is hammered with a good token, with made-up ones, and with the key of a connected system."""

    def call(connection: Connection, random: Random, tally: Tally) -> None:
        which = random.randrange(4)
        if which == 0:
            path, headers = "/api/v1/complaints", {"Authorization": f"Bearer {product.abuser_token}"}
        elif which == 1:
            path, headers = "/api/v1/complaints", {"Authorization": f"Bearer {random.randbytes(24).hex()}"}
        elif which == 2:
            path, headers = f"/open311/v2/requests.json?api_key={product.system_key}", {}
        else:
            path, headers = f"/open311/v2/requests.json?api_key={random.randbytes(16).hex()}", {}
        tally.add(connection.get(path, headers))

    return _hammer(product, seconds, call)


def searches(product: Product, seconds: float) -> Tally:
    """Words that nobody searched for before are searched for, so that nothing kept helps."""

    def search(connection: Connection, random: Random, tally: Tally) -> None:
        words = f"{random.choice('桌灯水电门窗')}{random.randrange(10**6)}"
        path = random.choice(("/h5/board?q={}", "/h5/alike?words={}", "/api/v1/board?q={}"))
        tally.add(connection.get(path.format(_quoted(words))))

    return _hammer(product, seconds, search, signed_in=True)


def _quoted(words: str) -> str:
    return "".join(f"%{byte:02X}" for byte in words.encode())


Visit = Callable[[Connection, Random, Tally], None]


def _hammer(product: Product, seconds: float, visit: Visit, *, signed_in: bool = False) -> Tally:
    """Do something from several hands at once, each as fast as it is answered, from the campus's address."""
    tally, end = Tally(), time.monotonic() + seconds

    def hand(number: int) -> None:
        phone = product.abuser_phone if signed_in else None
        connection, random = Connection(product, address=CAMPUS, phone=phone), Random(number)
        while time.monotonic() < end:
            visit(connection, random, tally)

    at_once(_HANDS, hand)
    return tally
