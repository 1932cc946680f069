"""What a colleague who writes for somebody on the telephone is shown while still writing (代录)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.safety_words import safety_word_in
from domain.similar import Similar, similar_to
from domain.submissions import category_of_place, guess_category, guess_kind, team_by_rule
from domain.suggestions import Suggestions, suggest
from models.category import Category
from models.complaint import Complaint
from models.enums import Channel
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team


@dataclass(frozen=True)
class Hints:
    """What the words would do.

    Attributes:
        safety_word: the word that makes it urgent, if any.
        category: the one it would get.
        team: who would have it at once; None when the desk decides.
        suggestions: where it most likely belongs, and why.
        similar: open complaints that may be the same thing.
    """

    safety_word: str | None
    category: Category
    team: Team | None
    suggestions: Suggestions
    similar: Sequence[Similar]


def hints(
    session: Session,
    text: str,
    *,
    place: ServicePoint | None,
    place_text: str,
    category: Category | None,
    staff: Staff,
    now: datetime,
) -> Hints:
    """Look at words that are not filed yet; nothing is stored.

    Args:
        category: the one that was chosen, if any.
        staff: who writes; only complaints they may see are shown.
    """
    decided = category or category_of_place(session, place)
    likely = decided or guess_category(session, text)
    team = team_by_rule(session, place) or (decided.team if decided is not None else None)
    unfiled = Complaint(
        text=text,
        place_text=place_text,
        kind=guess_kind(text),
        channel=Channel.PHONE,
        category=likely,
        category_id=likely.id,
        service_point=place,
        service_point_id=place.id if place is not None else None,
        filed_at=now,
    )
    return Hints(
        safety_word_in(session, text),
        likely,
        team if team is not None and team.active else None,
        suggest(session, unfiled, staff=staff, now=now),
        similar_to(session, unfiled, staff=staff, now=now),
    )
