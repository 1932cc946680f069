"""Who asks for much at once waits for themselves: their requests take turns, and others' go on beside them.

A process has one interpreter and a few threads. Without turns, twelve requests of one browser get twelve
shares of it while somebody else's single one gets one. Whoever shows nothing that we gave out stands in the
line of strangers besides: at a link that leaked, thousands of addresses take no more of it than a few. A wait
is short and refuses nobody, so that a campus behind one address loses nothing by it. Only who was refused for
asking too often, and asks again at once, rests before each turn: to be refused costs us as much as a page.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock, Semaphore
from time import monotonic, sleep

from flask import Flask, Response, current_app, g, request

from config.limits import AT_ONCE, MOST_RESTING, REST_SECONDS, STRANGERS_AT_ONCE, TURN_SECONDS

_NAME = "turns"
# The line of them all; who calls their cookie so stands in it, and nothing is gained by that.
STRANGERS = "strangers"
# Answered from memory or the disk, in less time than a turn takes.
_WITHOUT = frozenset({"static", "health.process_up", "health.ready"})


@dataclass
class _Line:
    """Requests of one asker: those in hand, and those that wait.

    Attributes:
        free: as many as may still be taken in hand.
        requests: of both together; nobody's line is kept once it is empty.
        rests_until: by the steady clock, when the next turn begins at the soonest.
    """

    free: Semaphore
    requests: int = 0
    rests_until: float = 0.0


@dataclass
class Turns:
    """Turns of one process.

    Attributes:
        at_once: requests of one asker in hand at a time.
        strangers: requests of all strangers in hand at a time.
        seconds: the longest that one waits for its turn.
    """

    at_once: int = AT_ONCE
    strangers: int = STRANGERS_AT_ONCE
    seconds: float = TURN_SECONDS
    lines: dict[str, _Line] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def take(self, who: str) -> bool:
        """Wait for a turn; False when it did not come in time, and the request goes on without.

        Either way `give_back` must follow.
        """
        with self._guard:
            most = self.strangers if who == STRANGERS else self.at_once
            line = self.lines.setdefault(who, _Line(Semaphore(most)))
            line.requests += 1
        taken = line.free.acquire(timeout=self.seconds)
        if taken and line.requests <= MOST_RESTING:
            sleep(max(0.0, line.rests_until - monotonic()))
        return taken

    def give_back(self, who: str, *, taken: bool, rests: bool = False) -> None:
        """End a request, and let the next of the same asker have its turn.

        Args:
            taken: what `take` said.
            rests: whether the next of them is to rest before its own.
        """
        with self._guard:
            line = self.lines[who]
            if rests:
                line.rests_until = monotonic() + REST_SECONDS
            if taken:
                line.free.release()
            line.requests -= 1
            if not line.requests:
                del self.lines[who]


def step_aside() -> None:
    """Let others have this request's turn, before it waits for something that is not ours to hasten."""
    for who, taken in g.pop("turns", []):
        # All strangers need not wait for one of them.
        _turns().give_back(who, taken=taken, rests=g.get("refused", False) and who != STRANGERS)


def _turns() -> Turns:
    turns: Turns = current_app.extensions[_NAME]
    return turns


def _askers() -> list[str]:
    """Tell one asker from another without asking who they are: nothing is allowed to anybody for it.

    Returns:
        The lines that a request stands in, one after the other.
    """
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"])
    shown = cookie or request.headers.get("Authorization")
    return [shown] if shown else [request.remote_addr or "", STRANGERS]


def _begin() -> None:
    if request.endpoint not in _WITHOUT:
        g.turns = []
        for who in _askers():
            g.turns.append((who, _turns().take(who)))


def _note(response: Response) -> Response:
    g.refused = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return response


def _end(_error: BaseException | None) -> None:
    step_aside()


def init_app(app: Flask) -> None:
    """Have the requests of the application take turns."""
    app.extensions[_NAME] = Turns()
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)
