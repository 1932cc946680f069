"""Runs the scenes, one after the other, and tells what each got through and whether others noticed."""

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.drills.abuse import judging
from tests.drills.abuse.judging import Outcome
from tests.drills.abuse.ordinary import Ordinary
from tests.drills.abuse.photos import photos
from tests.drills.abuse.product import Product, running
from tests.drills.abuse.scenes import (
    Scene,
    chat,
    codes,
    complaints,
    entrance,
    reports,
    searches,
    tokens,
    votes,
)
from tests.drills.abuse.traffic import Tally

SCENES: dict[str, Scene] = {
    "chat": chat,
    "entrance": entrance,
    "codes": codes,
    "votes": votes,
    "photos": photos,
    "reports": reports,
    "complaints": complaints,
    "tokens": tokens,
    "searches": searches,
}
# Seconds before a scene, and of the scene itself: in a long one, each kind is asked for so often that not one
# slow answer alone makes what one in a hundred meets.
LONG, SHORT = (15.0, 45.0), (5.0, 8.0)
_SETTLING = 3.0


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 1 when somebody noticed the abuse, or a limit did not hold."""
    asked = _parser().parse_args(arguments)
    names = [asked.only] if asked.only else list(SCENES)
    before, during = SHORT if asked.short else LONG
    folder = Path(tempfile.mkdtemp(prefix="abuse-"))
    outcomes = []
    try:
        for name in names:
            # Each scene has a product of its own: what one filled up would help or hurt the next.
            scene_folder = folder / name
            scene_folder.mkdir()
            with running(scene_folder, asked.database) as product:
                outcomes.append(play(product, name, before=before, during=during))
            sys.stdout.write(judging.report(outcomes[-1]) + "\n")
            sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(judging.table(outcomes, database=asked.database) + "\n")
    return 0 if all(not outcome.problems for outcome in outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.abuse", description=__doc__)
    parser.add_argument("--short", action="store_true", help="shorter scenes, for a quick look")
    parser.add_argument("--only", choices=sorted(SCENES), help="one scene alone")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser


def play(product: Product, name: str, *, before: float, during: float) -> Outcome:
    """Let ordinary people go on, and the abuser begin after a while."""
    people = Ordinary(product)
    try:
        time.sleep(_SETTLING)
        rows, size = product.size()
        begun = time.monotonic()
        with people.watched() as calm:
            time.sleep(before)
        calm_rows, calm_size = product.size()
        calm_for = time.monotonic() - begun
        begun = time.monotonic()
        with people.watched() as abused:
            tally = _abuse(product, name, during)
        abused_for = time.monotonic() - begun
    finally:
        people.end()
    after_rows, after_size = product.size()
    share = abused_for / calm_for
    return judging.judge(
        name,
        tally=tally,
        calm=calm,
        abused=abused,
        rows=after_rows - calm_rows - round((calm_rows - rows) * share),
        size=after_size - calm_size - round((calm_size - size) * share),
        product=product,
    )


def _abuse(product: Product, name: str, seconds: float) -> Tally:
    """Let the abuser have a process of their own, so that they do not slow down those who measure."""
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    product.database.close()  # no connection of ours is to be shared
    process = context.Process(target=_in_own_process, args=(product, name, seconds, answers))
    process.start()
    try:
        tally: Tally = answers.get(timeout=seconds * 4 + 120)
    finally:
        process.join(timeout=10)
        process.kill()
    return tally


def _in_own_process(product: Product, name: str, seconds: float, answers: Any) -> None:
    answers.put(SCENES[name](product, seconds))


if __name__ == "__main__":
    sys.exit(main())
