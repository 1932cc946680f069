"""How many machines, how much disk, which quota of WeChat, for so many people: docs/capacity.md.

    python -m bench.capacity             (prints the table)
    python -m bench.capacity --write     (puts it into docs/capacity.md)
    python -m bench.capacity --measure   (bytes of rows, and commits a second, on a PostgreSQL of its own)

The inputs stand in capacity.toml.
"""

import argparse
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

INPUTS = Path(__file__).with_name("capacity.toml")
PAGE = Path("docs/capacity.md")
BEGIN, END = "<!-- begin: python -m bench.capacity --write -->", "<!-- end -->"
_CONNECTIONS_OF_WEB, _CONNECTIONS_OF_WORKER = 20, 42
_OPENING_SECONDS = 600.0
# A push goes out within so long; the night is left out.
_PUSH_HOURS = 4.0


@dataclass(frozen=True)
class Need:
    """What so many people need.

    Attributes:
        callbacks, page_views, notices: a second, in the busiest seconds.
        web_cores, worker_cores: with the load that is planned.
        rows_gigabytes, photo_gigabytes: a year.
        quotas: the share of each quota that the busiest day uses.
    """

    people: int
    complaints_a_year: float
    callbacks: float
    page_views: float
    notices: float
    web_cores: float
    worker_cores: float
    commits: float
    rows_gigabytes: float
    photo_gigabytes: float
    quotas: Mapping[str, float]

    @property
    def webs(self) -> int:
        """Processes; never fewer than two, so that one may go."""
        return max(2, ceil(self.web_cores))

    @property
    def workers(self) -> int:
        """Processes, likewise."""
        return max(2, ceil(self.worker_cores))

    @property
    def connections(self) -> int:
        """Connections to PostgreSQL at most."""
        return self.webs * _CONNECTIONS_OF_WEB + self.workers * _CONNECTIONS_OF_WORKER

    @property
    def binds_first(self) -> str:
        """The quota that is used up first."""
        return max(self.quotas, key=lambda name: self.quotas[name])

    @property
    def accounts(self) -> int:
        """How many accounts, each an installation of its own, reach everybody within a day.

        With one account a push to everybody takes as many days.
        """
        return max(1, ceil(self.quotas[self.binds_first]))


def inputs() -> dict[str, Any]:
    """Read them."""
    return tomllib.loads(INPUTS.read_text(encoding="utf-8"))


def need(people: int, given: Mapping[str, Any]) -> Need:
    """Compute what so many people need."""
    m = {name: one["value"] for name, one in given["measured"].items()}
    a = {name: one["value"] for name, one in given["assumed"].items()}
    followers = people * a["followers"]
    complaints = people * a["complaints"]
    busiest_day = complaints / 365 * a["busy_day"]
    busiest_second = busiest_day * a["busy_hour"] / 3600 * a["burst"]
    callbacks = busiest_second * a["messages"]
    page_views = busiest_second * a["pages"] + followers * a["openers"] / _OPENING_SECONDS
    pushed = followers / (_PUSH_HOURS * 3600)
    notices = busiest_second * a["notices"] + pushed
    notices_a_year = complaints * a["notices"] + followers * a["pushes"] * 12
    used = {
        # Who has no open window gets a template message; on the day of a push that is nearly everybody.
        "template messages (模板消息)": followers + busiest_day * a["notices"],
        "custom messages (客服消息)": busiest_day * a["notices"],
        "photos fetched (media/get)": busiest_day * a["photos"] * a["chat_photos"],
    }
    quotas = {name: used[name] / most for name, most in given["quotas"].items()}
    return Need(
        people=people,
        complaints_a_year=complaints,
        callbacks=callbacks,
        page_views=page_views,
        notices=notices,
        web_cores=(callbacks * m["callback_ms"] + page_views * m["page_ms"]) / 1000 / a["load"],
        worker_cores=notices * m["notice_ms"] / 1000 / a["load"],
        commits=callbacks + notices * 2,
        rows_gigabytes=(complaints * m["complaint_bytes"] + notices_a_year * m["notice_bytes"]) / 1e9,
        photo_gigabytes=complaints * a["photos"] * a["photo_bytes"] / 1e9,
        quotas=quotas,
    )


def table(given: Mapping[str, Any]) -> str:
    """Write the answers, and the inputs they come from, as they stand on the page."""
    found = {name: need(people, given) for name, people in given["places"].items()}
    commits = given["measured"]["commits"]["value"]
    rows = [
        ("People", [f"{one.people:,}" for one in found.values()]),
        ("Complaints a year", [f"{one.complaints_a_year:,.0f}" for one in found.values()]),
        ("Messages a second, at the busiest", [f"{one.callbacks:.1f}" for one in found.values()]),
        ("Pages a second, after a push", [f"{one.page_views:,.0f}" for one in found.values()]),
        ("Notices a second, in a push", [f"{one.notices:,.1f}" for one in found.values()]),
        ("Cores for webs", [f"{one.web_cores:.1f}" for one in found.values()]),
        ("Web processes", [str(one.webs) for one in found.values()]),
        ("Cores for workers", [f"{one.worker_cores:.1f}" for one in found.values()]),
        ("Worker processes", [str(one.workers) for one in found.values()]),
        ("Connections to PostgreSQL", [str(one.connections) for one in found.values()]),
        ("Commits, of what one PostgreSQL bears", [f"{one.commits / commits:.0%}" for one in found.values()]),
        ("Database, a year", [f"{one.rows_gigabytes:,.1f} GB" for one in found.values()]),
        ("Photos, a year", [f"{one.photo_gigabytes:,.0f} GB" for one in found.values()]),
        *(
            (f"Quota of a day: {name}", [f"{one.quotas[name]:.0%}" for one in found.values()])
            for name in next(iter(found.values())).quotas
        ),
        ("Binds first", [one.binds_first for one in found.values()]),
        (
            "Days that a push to everybody takes with one account",
            [str(one.accounts) for one in found.values()],
        ),
    ]
    lines = [f"| | {' | '.join(found)} |", "|---" * (len(found) + 1) + "|"]
    lines += [f"| {what} | {' | '.join(values)} |" for what, values in rows]
    lines += ["", "| Measured | | By |", "|---|---|---|"]
    for name, one in given["measured"].items():
        lines.append(f"| `{name}` | {one['value']:g} | `{one['how']}` |")
    lines += ["", "| Assumed | | |", "|---|---|---|"]
    lines += [f"| `{name}` | {one['value']:g} | {one['words']} |" for name, one in given["assumed"].items()]
    return "\n".join(lines)


def written(page: str, given: Mapping[str, Any]) -> str:
    """Give the page with the table of these inputs."""
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{table(given)}\n\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.capacity", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--measure", action="store_true")
    asked = parser.parse_args()
    if asked.measure:
        from bench.capacity_inputs import measured

        sys.stdout.writelines(f"{name} = {value:.0f}\n" for name, value in measured().items())
    elif asked.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), inputs()), encoding="utf-8")
    else:
        sys.stdout.write(table(inputs()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
