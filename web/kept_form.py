"""What somebody wrote in a form that could not be taken in, for the page that says so."""

import re
from dataclasses import dataclass

from flask import request
from werkzeug.exceptions import HTTPException

# A form with one of these is filled in anew: what is in it must not lie in a page.
_SECRET = re.compile(r"password|secret|(^|_)code$|token$")
_TOKEN_OF_THE_FORM = "csrf_token"  # noqa: S105 (the name of a field)
# More than any page of ours has; a page of megabytes would not help.
_MOST_CHARACTERS = 200_000


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent.

    Attributes:
        address: where it goes.
        fields: all there were, files excepted.
        words: what a person wrote in it, to be read and copied.
        had_files: whether files came with it, which only the person can choose again.
    """

    address: str
    fields: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    had_files: bool


def kept_form() -> KeptForm | None:
    """Give the form of this request; None when there was none, or it held a secret."""
    if request.method != "POST":
        return None
    try:
        fields = tuple((name, value) for name, value in request.form.items(multi=True))
        had_files = any(file.filename for file in request.files.values())
    except (HTTPException, OSError):  # too large, cut off, or no room even for its files
        return None
    names = {name for name, _ in fields} - {_TOKEN_OF_THE_FORM}
    if not names or any(_SECRET.search(name) for name in names):
        return None
    if sum(len(value) for _, value in fields) > _MOST_CHARACTERS:
        return None
    address = request.full_path.rstrip("?")
    return KeptForm(address, fields, _written(fields), had_files)


def _written(fields: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Give what a person wrote, as against what the page itself put in, which is never Chinese."""
    return tuple(value.strip() for _, value in fields if not value.isascii())
