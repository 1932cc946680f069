"""Three web and three worker machines: what more of them bring, and what is left when one goes.

    python -m bench.machines

Each machine is a network namespace (root and iproute2) with one process of ours; without root they are
addresses of this machine, and the cut network is left out. To see what more webs bring on few cores, each is
given a small share of a core and no more.
"""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from PIL import Image

from bench.comparison import Comparison, say_all
from bench.machine_field import Machine, cpu_seconds, eventually
from bench.machine_office import WEBS, WRITERS, Office, ask, office_in
from bench.machine_services import balancer
from bench.platform_messages import make_requests
from config.settings import load_settings
from models.database import Database
from models.person import Person
from web.application import create_web
from web.guards import sign_in_person

SHARE = 0.2
ROUNDS, ROUND_SECONDS = 3, 3.0
# As many for each web, so that one of three is asked as much as one alone.
CALLERS = 6
# A share used to this part is used up: between two periods there is always a moment left.
_USED_UP = 0.85
PATIENCE_SECONDS = 15.0
KILLS, CUTS = 2, 2
_PAGE = "/admin/sign-in"
_PIECE = 64 * 1024


def measure() -> list[Comparison]:
    """Measure all of it; what was started is gone afterwards."""
    with TemporaryDirectory(prefix="banshishi-bench-") as name, office_in(Path(name)) as office:
        found = [_photo(office), *_throughput(office)]
        found += _leaders(office)
        with suppress(FileNotFoundError):  # without nginx
            found.append(_rolling_restart(office))
        return found


# -- a photo in pieces


def _photo(office: Office) -> Comparison:
    drawn = BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(drawn, "JPEG", quality=90)
    data, headers = drawn.getvalue(), _signed_in(office)
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    status, said = office.ask(
        office.webs[0], "POST", "/h5/uploads", body=f"size={len(data)}&name=a.jpg", headers=form
    )
    where, pieces, failed = _id_in(said), range(0, len(data), _PIECE), int(status != 201)
    for number, start in enumerate(pieces, start=1):
        status, _ = office.ask(
            office.webs[number % WEBS],
            "POST",
            f"/h5/uploads/{where}/chunks",
            body=data[start : start + _PIECE],
            headers=headers | {"Upload-Offset": str(start), "Content-Type": "application/octet-stream"},
        )
        failed += status != 200
    status, _ = office.ask(office.webs[1], "POST", f"/h5/uploads/{where}/finish", headers=headers)
    failed += status != 200
    seen = [office.ask(web, "GET", f"/h5/uploads/{where}/small", headers=headers) for web in office.webs]
    failed += sum(status != 200 for status, _ in seen) + len({picture for _, picture in seen}) - 1
    return Comparison(
        f"a photo in {len(pieces)} pieces through {WEBS} webs in turn, seen through each: what failed",
        "nothing",
        (float(failed),),
        aim=0,
        least_is_best=True,
        note="pieces and photo lie in the bucket; no two machines share a disk",
    )


def _id_in(said: bytes) -> str:
    with suppress(ValueError, KeyError):
        return str(json.loads(said)["id"])
    return "none"


def _signed_in(office: Office) -> dict[str, str]:
    """Make the cookie that any web of the same SECRET_KEY takes."""
    values: dict[str, object] = {name.lower(): value for name, value in office.environment.items()}
    settings = load_settings(**{name: value for name, value in values.items() if name != "env_file"})
    database = Database(settings.database_url)
    app = create_web(settings, database)
    with database.reading() as reading, app.test_request_context("/h5/"):
        person = reading.get_one(Person, 1)
        sign_in_person(person)
        token, signer = generate_csrf(), app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        value = signer.dumps(dict(cookie))
    database.close()
    return {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={value}", "X-CSRFToken": token}


# -- throughput


def _throughput(office: Office) -> list[Comparison]:
    for web in office.webs:  # nobody pays for what only the first request costs
        _load(office, [web], callbacks=True, seconds=0.5)
        _load(office, [web], callbacks=False, seconds=0.5)
    shared = [web.share(SHARE) for web in office.webs] == [True] * WEBS
    rates: dict[tuple[bool, int], list[float]] = {}
    used = [0.0, 0.0]
    for _ in range(ROUNDS):
        for number in range(1, WEBS + 1):
            for callbacks in (True, False):
                before = _cpu(office)
                rate = _load(office, office.webs[:number], callbacks=callbacks, seconds=ROUND_SECONDS)
                rates.setdefault((callbacks, number), []).append(rate)
                if number == WEBS:
                    used = [
                        was + now - then for was, now, then in zip(used, _cpu(office), before, strict=True)
                    ]
    for web in office.webs:
        web.share_no_more()
    lasted = 2 * ROUNDS * ROUND_SECONDS
    note = (
        _what_binds(used[0] / lasted, used[1] / lasted)
        if shared
        else ("no share of a core could be given: all webs share the cores of this machine")
    )
    found = []
    for callbacks, what in ((True, "callbacks"), (False, "pages")):
        one = rates[callbacks, 1]
        for number in range(2, WEBS + 1):
            many = rates[callbacks, number]
            found.append(
                Comparison(
                    f"{what} through {number} webs",
                    "one web",
                    tuple(ours / peer for ours, peer in zip(many, one, strict=True)),
                    aim=0.8 * number if shared else None,
                    ours=f"{sum(many) / len(many):.0f}/s",
                    peers=f"{sum(one) / len(one):.0f}/s",
                    note=note if number == WEBS and callbacks else "",
                )
            )
    return found


def _what_binds(webs: float, database: float) -> str:
    """Say what the cores were used for while all webs were asked."""
    used_up = webs >= WEBS * SHARE * _USED_UP
    words = (
        "what binds is the CPU of the webs" if used_up else "the webs waited, and did not use what they may"
    )
    return (
        f"each web may use {SHARE:.0%} of a core; {WEBS} together used {webs:.0%} "
        f"of their {WEBS * SHARE:.0%}, PostgreSQL {database:.0%}: {words}"
    )


def _cpu(office: Office) -> list[float]:
    """Give what the webs and PostgreSQL have used so far, in seconds of a core."""
    lines = (office.folder / "postgresql" / "postmaster.pid").read_text().splitlines()
    children = Path(f"/proc/{lines[0]}/task/{lines[0]}/children").read_text().split()
    return [
        sum(web.cpu_seconds() for web in office.webs),
        sum(cpu_seconds(int(pid)) for pid in (lines[0], *children)),
    ]


def _load(office: Office, webs: Sequence[Machine], *, callbacks: bool, seconds: float) -> float:
    """Let callers ask these webs as fast as they are answered; give answers a second."""
    answered, until = [0] * (CALLERS * len(webs)), time.monotonic() + seconds

    def call(number: int) -> None:
        web = webs[number % len(webs)]
        connection = http.client.HTTPConnection(web.address, office.ports[web.name], timeout=60)
        while time.monotonic() < until:
            method, path, body = _message(office.environment) if callbacks else ("GET", _PAGE, None)
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            answer.read()
            answered[number] += answer.status == 200
        connection.close()

    _together(call, range(len(answered)))
    return sum(answered) / seconds


def _message(environment: dict[str, str]) -> tuple[str, str, bytes]:
    head, _, body = make_requests(environment, "/wechat", 1, writers=WRITERS)[0].partition(b"\r\n\r\n")
    return "POST", head.split()[1].decode(), body


def _together(call: Callable[[int], None], numbers: Sequence[int]) -> None:
    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- the leader goes


def _leaders(office: Office) -> list[Comparison]:
    killed = [_killed(office) for _ in range(KILLS)]
    cut = [_cut_off(office) for _ in range(CUTS)] if office.ground.has_networks else []
    ticks, late = office.ticks(), 0
    for at, name in office.changes:
        others = [moment for moment, who in ticks if who != name and moment > at]
        # Somebody else has begun: from here on the old one must be silent until it leads anew.
        end = next((moment for moment, who in office.changes if moment > at), ticks[-1][0] + 1)
        late += sum(who == name and others[0] < moment < end for moment, who in ticks)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(ticks)]
    found = [_taken_over("killed (SIGKILL)", killed)]
    if cut:
        found.append(_taken_over("cut off from the network", cut))
    found.append(
        Comparison(
            "rounds of the schedule by who leads no more, after another has begun",
            "none",
            (float(late),),
            aim=0,
            least_is_best=True,
            note=f"a job due every second was done {len(ticks)} times; its longest pause: {max(gaps):.1f} s",
        )
    )
    return found


def _taken_over(how: str, seconds: Sequence[float]) -> Comparison:
    return Comparison(
        f"leader {how}: until another does its work",
        f"{PATIENCE_SECONDS:.0f} s",
        tuple(one / PATIENCE_SECONDS for one in seconds),
        aim=1.0,
        least_is_best=True,
        ours=f"{min(seconds):.1f}–{max(seconds):.1f} s",
        peers=f"{PATIENCE_SECONDS:.0f} s",
    )


def _killed(office: Office) -> float:
    leader = office.leader()
    at = time.time()
    office.changes.append((at, leader.name))
    leader.kill()
    lasted = _until_another(office, leader, at)
    office.start_worker(leader)
    return lasted


def _cut_off(office: Office) -> float:
    leader = office.leader()
    at = time.time()
    office.changes.append((at, leader.name))
    leader.cut()
    try:
        lasted = _until_another(office, leader, at)
        time.sleep(2)
    finally:
        leader.join()
    time.sleep(4)  # back again, it must not go on where it was
    return lasted


def _until_another(office: Office, leader: Machine, at: float) -> float:
    def first() -> float | None:
        return next((moment for moment, who in office.ticks() if moment > at and who != leader.name), None)

    eventually(first, seconds=60, what="another leads")
    return (first() or at) - at


# -- one web after the other is started anew


def _rolling_restart(office: Office) -> Comparison:
    over, counts, failed = threading.Event(), [0] * 4, [0] * 4
    addresses = [f"{web.address}:{office.ports[web.name]}" for web in office.webs]
    with balancer(office.ground.home, addresses, office.folder) as port:

        def call(number: int) -> None:
            while not over.is_set():
                method, path, body = _message(office.environment) if number % 2 else ("GET", _PAGE, None)
                status, _ = ask(office.ground.home, port, method, path, body=body)
                counts[number] += 1
                failed[number] += status != 200
                over.wait(0.02)

        callers = threading.Thread(target=_together, args=(call, range(4)))
        callers.start()
        try:
            for web in office.webs:
                process = web.processes.pop()
                process.terminate()
                process.wait(60)
                office.start_web(web)
                office.wait_for_web(web)
        finally:
            over.set()
            callers.join()
    return Comparison(
        "all webs started anew, one after the other, behind nginx: requests that failed",
        "none",
        (float(sum(failed)),),
        aim=0,
        least_is_best=True,
        ours=f"of {sum(counts)}",
        note="pages and callbacks in turn; nginx hands on as in deploy/nginx, and knows of no restart",
    )


if __name__ == "__main__":
    say_all(measure())
