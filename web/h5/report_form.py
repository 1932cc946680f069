"""What the form for raising something says, and how a refusal of it is answered."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from domain import report_checks
from domain.report_checks import plain
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState, ComplaintKind
from models.person import Person
from web.clock import now

# Made with each form, so that the same form sent twice files one complaint.
_KEY = re.compile(r"[\w-]{16,40}", re.ASCII)


@dataclass(frozen=True)
class Report:
    """What the form says.

    Attributes:
        place_code: the place that was chosen; empty for none.
        place_words: where it is in their own words.
        latitude, longitude: where they stand (GCJ-02), if they let WeChat tell and chose no place.
    """

    key: str
    kind: ComplaintKind
    words: str = ""
    place_code: str = ""
    place_words: str = ""
    latitude: float | None = None
    longitude: float | None = None
    anonymous: bool = False
    contact_name: str = ""
    contact_phone: str = ""

    @classmethod
    def from_form(cls, code: str = "") -> "Report":
        """Read the form; a kind or key that is none is replaced.

        Args:
            code: the place of the page that the form was on.
        """
        form = request.form
        key = form.get("key", "")
        anonymous = form.get("anonymous") == "yes"
        # The place that stands in the form comes first, one picked from a list behind it.
        codes = [each for each in form.getlist("place") if each] if "place" in form else [code]
        return cls(
            key=key if _KEY.fullmatch(key) else new_key(),
            kind=kind_named(form.get("kind", "")),
            words=plain(form.get("words", "")),
            place_code=codes[-1][:40] if codes else "",
            place_words=plain(form.get("place_words", "")),
            latitude=_degrees("latitude", 90),
            longitude=_degrees("longitude", 180),
            anonymous=anonymous,
            # A name would undo what was promised to who asked not to be known.
            contact_name="" if anonymous else plain(form.get("contact_name", "")),
            contact_phone="" if anonymous else plain(form.get("contact_phone", "")),
        )

    def submission_key(self, person: Person) -> str:
        """Name this form for `Submission`; nobody can name that of another."""
        return f"h5:{person.id}:{self.key}"

    def check(self, *, has_files: bool) -> None:
        """Refuse what cannot be taken; asked before files are kept, so that a refusal leaves none behind.

        Raises:
            Invalid: with the field at fault.
        """
        report_checks.check_place(self.place_words, kind=self.kind, is_chosen=bool(self.place_code))
        report_checks.check_words(self.words, kind=self.kind, has_files=has_files)
        report_checks.check_contact(self.contact_name, self.contact_phone)

    def position(self) -> Sequence[Attachment]:
        """Give where they stand as an attachment; none when a place says it better."""
        if self.place_code or self.latitude is None or self.longitude is None:
            return []
        row = Attachment(
            kind=AttachmentKind.LOCATION,
            state=AttachmentState.STORED,
            latitude=self.latitude,
            longitude=self.longitude,
            label=self.place_words,
            created_at=now(),
        )
        return [row]


def new_key() -> str:
    """Make the key of a new form."""
    return secrets.token_urlsafe(16)


def kind_named(value: str) -> ComplaintKind:
    """Give the kind that a form or link names; a complaint where it names none."""
    return next((kind for kind in ComplaintKind if kind.value == value), ComplaintKind.COMPLAINT)


def _degrees(name: str, most: int) -> float | None:
    value = request.form.get(name, type=float)
    return value if value is not None and -most <= value <= most else None
