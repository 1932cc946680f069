"""Everything that we say about speed, measured in one go.

    python -m bench [SECTION ...] [--write FILE]

Each section prints a line for each number: the ratio to its peer, the spread over the rounds, the aim. With
`--write` all of it becomes a page of docs/. The exit status is 1 when an aim is missed.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import callback, campus, footprint, growth, machines, making, notices
from bench.comparison import Comparison, say, say_all

# In the order of the page: title and what measures it.
SECTIONS: dict[str, tuple[str, Callable[[], list[Comparison]]]] = {
    "callback": ("Messages of the platform", callback.measure),
    "notices": ("Notices", notices.measure),
    "growth": ("A hundred times as many complaints", growth.measure),
    "campus": ("A push to the whole campus", campus.measure),
    "making": ("Making things", making.measure),
    "footprint": ("Start and footprint", footprint.measure),
    "machines": ("Many machines", machines.measure),
}
_HEAD = """# Speed, beside others

Written by `make bench` on {day} ({machine}) in {minutes:.0f} minutes. Every claim is a ratio: ours and the
peer took turns in one run, and the middle ratio of the rounds is given with the least and the greatest. What
stands behind it shows the order of size on that machine, nothing more. Nothing was made less durable for it:
every commit is written through to the disk, on both databases.
"""


def page(sections: Sequence[tuple[str, list[Comparison]]], *, minutes: float) -> str:
    """Write the page."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    parts = [_HEAD.format(day=datetime.now(UTC).strftime("%d %B %Y"), machine=machine, minutes=minutes)]
    for title, found in sections:
        rows = [
            f"| {one.what} | {one.ratio:.2f} | {one.spread} | {one.verdict} | {one.ours} "
            f"| {one.peer}: {one.peers} |"
            for one in found
        ]
        notes = [f"- {one.what}: {one.note}" for one in found if one.note]
        parts.append(
            "\n".join(
                [
                    f"## {title}\n",
                    "| What | Ratio | Spread | Aim | Ours | Peer |\n|---|---|---|---|---|---|",
                    *rows,
                    *(["", *notes] if notes else []),
                    "",
                ]
            )
        )
    return "\n".join(parts)


def main() -> int:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="these alone")
    parser.add_argument("--write", type=Path, help="the page that is written")
    given = parser.parse_args()
    began, sections = time.monotonic(), []
    for name in given.sections or SECTIONS:
        title, measure = SECTIONS[name]
        say(f"\n{title}")
        found = measure()
        say_all(found)
        sections.append((title, found))
    minutes = (time.monotonic() - began) / 60
    say(f"\n{minutes:.1f} minutes")
    if given.write is not None:
        given.write.write_text(page(sections, minutes=minutes), encoding="utf-8")
    return 0 if all(one.is_reached is not False for _, found in sections for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
