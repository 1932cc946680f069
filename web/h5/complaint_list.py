"""我的诉求: what the person raised or follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import notices
from domain.acts import cleaned
from domain.disclosure import Closeness, text_for_follower
from domain.notice_texts import place_of
from domain.person_complaints import Narrowed, PersonTab, Whose, page_of, tab_counts, with_news
from models.complaint import Complaint
from models.person import Person
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint
from web.h5.status_look import Tone, status_words, tone_of

PER_PAGE = 10
_SUBJECT = 60
_LONGEST_SEARCH = 40
# So many can be looked through without searching.
_SEARCHED_FROM = 11

blueprint: Blueprint = phone_blueprint("h5_complaint_list", __name__)


@dataclass(frozen=True)
class Row:
    """One complaint in the list."""

    complaint: Complaint
    subject: str
    place: str
    status: str
    tone: Tone
    own: bool
    has_news: bool


@blueprint.get("/")
def home() -> Response:
    """Send on to the list."""
    return redirect(url_for("h5_complaint_list.complaints"))


@blueprint.get("/complaints")
def complaints() -> str:
    """Show one page of one tab; the script adds further pages below, without it each is a page of its own."""
    session, person = current_session(), current_person()
    tab, narrowed = _wanted_tab(), _narrowed()
    counts = tab_counts(session, person, narrowed=narrowed)
    everything = tab_counts(session, person)[PersonTab.ALL] if narrowed else counts[PersonTab.ALL]
    page = request.args.get("page", 1, type=int)
    found = page_of(
        session, person, tab=tab, total=counts[tab], page=page, per_page=PER_PAGE, narrowed=narrowed
    )
    return render_template(
        "h5/complaints.html",
        rows=_rows(session, person, found.items),
        found=found,
        tab=tab,
        tabs=[(each, counts[each]) for each in PersonTab],
        narrowed=narrowed,
        asked=_asked(narrowed),
        whose=tuple(Whose),
        may_search=everything >= _SEARCHED_FROM or bool(narrowed),
        raised_nothing=everything == 0,
        unread=notices.unread_count(session, person=person),
        duty_phone=catalogue().duty_phone,
    )


def _narrowed() -> Narrowed:
    wanted = request.args.get("whose", "")
    words = cleaned(request.args.get("q", ""))[:_LONGEST_SEARCH]
    return Narrowed(words, next((whose for whose in Whose if whose.value == wanted), Whose.ALL))


def _asked(narrowed: Narrowed) -> dict[str, str]:
    """Give the parts of the address that keep what is looked for."""
    parts = {"q": narrowed.words, "whose": narrowed.whose.value if narrowed.whose is not Whose.ALL else ""}
    return {name: value for name, value in parts.items() if value}


def _wanted_tab() -> PersonTab:
    wanted = request.args.get("tab", "")
    return next((tab for tab in PersonTab if tab.value == wanted), PersonTab.ALL)


def _rows(session: Session, person: Person, found: Sequence[Complaint]) -> list[Row]:
    news = with_news(session, person, found)
    return [_row(complaint, person, has_news=complaint.id in news) for complaint in found]


def _row(complaint: Complaint, person: Person, *, has_news: bool) -> Row:
    own = complaint.reporter_id == person.id
    text = complaint.text if own else text_for_follower(complaint)
    subject = " ".join(text.split()) or ("（照片或语音）" if own else "（内容没有公开）")
    return Row(
        complaint=complaint,
        subject=subject if len(subject) <= _SUBJECT else subject[: _SUBJECT - 1] + "…",
        place=place_of(complaint, Closeness.REPORTER if own else Closeness.JOINED),
        status=status_words(complaint.status, own=own),
        tone=tone_of(complaint.status, own=own),
        own=own,
        has_news=has_news,
    )
