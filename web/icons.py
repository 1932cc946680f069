"""Icons written into the page, so that they take the colour of the text around them."""

from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).with_name("static") / "vendor" / "icons"


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """Give Tabler's outline icon of this name; nothing when `python -m web.vendor` did not copy it.

    Icons are decoration: the words beside them say what is meant, so screen readers skip them.
    """
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        return Markup("")
    drawing = path.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :].strip()
    # The files come from our own set-up, not from people.
    return Markup(drawing.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704
