"""The full-text index over complaints: writing it with each step, and asking it.

Found are number, place, team, text and what staff and people said later; name and telephone by those who may
see them; and by everybody, on the board, what was released and nothing else. An entry is written in the
transaction of the step it tells of.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    any_,
    cast,
    column,
    event,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Mapper, Session, joinedload, selectinload
from sqlalchemy.orm.attributes import get_history

from domain.permissions import contact_shown_to, may_see_contacts
from domain.search_words import SearchWord, contact_tokens_of, folded, is_pair, released_tokens_of, tokens_of
from models.complaint import Complaint, ComplaintEvent
from models.complaint_search import FULL_TEXT_TABLE, ComplaintSearch
from models.enums import ActorKind, StepName
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from models.upsert import insert_into

# Beyond this many characters a complaint's later words are not found; none that people wrote comes near it.
_LONGEST = 30_000
# Of the index of words, written anew within one transaction.
_PAGES_AT_ONCE = 200
# By SQLite's own account: fewer changes say that all is merged.
_SOMETHING_DONE = 2
# Written as the partial index has it: SQLite does not find an index of `stale` by asking for `stale = 1`.
_STALE = text("complaint_search.stale")


def write_entry(session: Session, complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    """Write what a complaint is found by; one statement, which changes nothing when nothing changed.

    Args:
        session: of the transaction that changes the complaint.
        complaint: with place and team as they are now.
        events: all of its events; by words that are hidden nothing is found.
    """
    fields = _fields_of(complaint, events)
    shown = not complaint.anonymous
    name, phone = (complaint.contact_name, complaint.contact_phone) if shown else ("", "")
    tokens = set().union(*map(tokens_of, fields), contact_tokens_of(name, phone))
    tokens |= released_tokens_of(complaint.public_text) | released_tokens_of(complaint.public_answer)
    values = {
        "complaint_id": complaint.id,
        "words": "\n".join(map(folded, fields)),
        "contact_words": "\n".join(folded(field) for field in (name, phone) if field),
        "tokens": _stored(session, tokens),
        "stale": False,
    }
    new = insert_into(session, ComplaintSearch).values(**values)
    changed = or_(
        ComplaintSearch.words != new.excluded.words,
        ComplaintSearch.contact_words != new.excluded.contact_words,
        ComplaintSearch.tokens != new.excluded.tokens,
        ComplaintSearch.stale,
    )
    replaced = {name: new.excluded[name] for name in values if name != "complaint_id"}
    session.execute(new.on_conflict_do_update(index_elements=["complaint_id"], set_=replaced, where=changed))


def _fields_of(complaint: Complaint, events: Sequence[ComplaintEvent]) -> list[str]:
    place, team = complaint.service_point, complaint.team
    fields = [complaint.number, place.full_name if place else "", complaint.place_text]
    fields += [team.name if team else "", complaint.text]
    fields += [one.words for one in events if is_searched(one)]
    left = _LONGEST
    kept: list[str] = []
    for field in filter(None, fields):
        kept.append(field[:left])
        left -= len(kept[-1])
    return [field for field in kept if field]


def is_searched(event: ComplaintEvent) -> bool:
    """Tell whether a complaint is found by the words of this event: all that a human added later."""
    if event.hidden_reason:
        return False
    return bool(event.words) and event.step is not StepName.SUBMIT and event.actor_kind is not ActorKind.CLOCK


def _stored(session: Session, tokens: Iterable[str]) -> Any:  # noqa: ANN401 (a text, or an expression that makes one)
    if _is_sqlite(session):
        return " ".join(sorted(tokens))
    return func.array_to_tsvector(cast(sorted(tokens), ARRAY(Text)))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def has_words(session: Session, words: Sequence[SearchWord], *, staff: Staff) -> ColumnElement[bool]:
    """Give the condition on ComplaintSearch that all words are there, in text or contact.

    It goes with `words_shown_to`, which leaves out what was found by a contact that is not for this person.

    Args:
        words: at least one.
        staff: who asks.
    """
    exactly = [_has_word(session, word, staff) for word in words]
    ways = [_ways_to_find(word, staff) for word in words if word.tokens]
    if len(ways) > 1:
        # Asked for all at once, the index begins with the rarest word and looks the others up only there.
        exactly.insert(0, _has_one_of_each(session, ways))
    return and_(true(), *exactly)


def _ways_to_find(word: SearchWord, staff: Staff) -> list[Sequence[str]]:
    """Give the tokens of a word, and those that it would have in name or telephone."""
    return [word.tokens, word.contact_tokens] if _finds_contacts(word, staff) else [word.tokens]


def _finds_contacts(word: SearchWord, staff: Staff) -> bool:
    """Tell whether a word may be a name or telephone, for somebody who may search by them."""
    return bool(word.contact_tokens) and may_see_contacts(staff)


def _has_word(session: Session, word: SearchWord, staff: Staff) -> ColumnElement[bool]:
    said = [_has_tokens(session, word.tokens)] if word.tokens else []
    if not word.exact:
        said.append(_reads(word))
    if not _finds_contacts(word, staff):
        return and_(*said)
    in_contact = [_has_tokens(session, word.contact_tokens)]
    if len(word.contact_tokens) > 1:
        in_contact.append(ComplaintSearch.contact_words.contains(word.text, autoescape=True))
    return or_(and_(*said), and_(*in_contact))


def words_shown_to(words: Sequence[SearchWord], staff: Staff) -> ColumnElement[bool]:
    """Give the condition on ComplaintSearch that each word is in what this person may see."""
    if not may_see_contacts(staff):
        return true()
    # Only where a word was not said is the complaint looked at; the OFFSET keeps it to those.
    of_entry = select(Complaint.id).where(
        Complaint.id == ComplaintSearch.complaint_id, contact_shown_to(staff)
    )
    with_contact = of_entry.correlate(ComplaintSearch).offset(0).exists()
    return and_(true(), *(or_(_reads(word), with_contact) for word in words if word.contact_tokens))


def may_be_released(session: Session, words: Sequence[SearchWord]) -> ColumnElement[bool] | None:
    """Give the condition on ComplaintSearch that an entry may be of what everybody finds by these words.

    It goes with a look at what was released itself. None where the index does not help: a word is of signs
    only, or entries wait to be written.
    """
    if not all(word.tokens for word in words) or is_filling(session):
        return None
    ways = [
        [word.released_tokens, word.tokens] if word.text[0].isdigit() else [word.released_tokens]
        for word in words
    ]
    return _has_one_of_each(session, ways)


def each_with(
    session: Session,
    first: type[Complaint] | type[ComplaintSearch],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[int]:
    """Give ids of complaints, looking at one table first and, row by row, at the conditions on the other.

    Where there are none on the other, it is not looked at.
    """
    beside = Complaint.id == ComplaintSearch.complaint_id
    id_of = Complaint.id if first is Complaint else ComplaintSearch.complaint_id
    if not conditions:
        return select(id_of)
    if _is_sqlite(session):
        return select(id_of).select_from(Complaint).join(ComplaintSearch, beside).where(*conditions)
    # The OFFSET keeps PostgreSQL from turning this round again.
    row = select(literal(1)).where(beside, *conditions).correlate(first.__table__).offset(0).lateral()
    return select(id_of).join(row, true())


def is_found(session: Session, conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Give the condition on Complaint that its entry fulfils these; all that do are looked up beforehand."""
    ids = select(ComplaintSearch.complaint_id).where(*conditions)
    if _is_sqlite(session):
        return Complaint.id.in_(ids)
    # PostgreSQL takes an array for a short one, and so never compares it with all that it walks by.
    return Complaint.id == any_(func.array(ids.scalar_subquery()))


def reads_as(words: Sequence[SearchWord]) -> ColumnElement[bool]:
    """Give the condition on ComplaintSearch that all words are in the text; it asks no index."""
    return and_(true(), *map(_reads, words))


def _reads(word: SearchWord) -> ColumnElement[bool]:
    return ComplaintSearch.words.contains(word.text, autoescape=True)


def _has_tokens(session: Session, tokens: Sequence[str]) -> ColumnElement[bool]:
    return _has_one_of_each(session, [[tokens]])


def _has_one_of_each(session: Session, words: Sequence[Sequence[Sequence[str]]]) -> ColumnElement[bool]:
    """Give the condition that of each word the tokens of one of its ways are there."""
    for_sqlite = _is_sqlite(session)
    both, either, begins, quote = (" AND ", " OR ", " *", '"') if for_sqlite else (" & ", " | ", ":*", "'")

    def all_of(tokens: Sequence[str]) -> str:
        # Tokens are letters and figures only, so that none can end the quotes. Where more may follow, the
        # index is read through from there on; behind a pair nothing does.
        ending = "" if is_pair(tokens[-1]) else begins
        return both.join(f"{quote}{token}{quote}" for token in tokens) + ending

    query = both.join(f"({either.join(f'({all_of(tokens)})' for tokens in ways)})" for ways in words)
    if not for_sqlite:
        return ComplaintSearch.tokens.bool_op("@@")(cast(query, TSQUERY))
    found = table(FULL_TEXT_TABLE, column("rowid"))
    ids = select(found.c.rowid).where(literal_column(FULL_TEXT_TABLE).op("MATCH")(literal(query)))
    return ComplaintSearch.complaint_id.in_(ids)


def is_filling(session: Session) -> bool:
    """Tell whether complaints wait to be put into the index, so that a search may miss some."""
    return session.scalar(select(ComplaintSearch.complaint_id).where(_STALE).limit(1)) is not None


def fill_stale(session: Session, *, limit: int) -> int:
    """Write the entries that are missing or out of date, of so many complaints at most.

    Returns:
        How many were written; fewer than `limit` when none are left that nobody else holds.
    """
    waiting = select(ComplaintSearch.complaint_id).where(_STALE)
    # Held as advance() holds them, so that no step's words are written over by older ones.
    query = select(Complaint).where(
        Complaint.id.in_(waiting.order_by(ComplaintSearch.complaint_id).limit(limit))
    )
    query = query.with_for_update(of=Complaint, skip_locked=True).options(
        joinedload(Complaint.service_point), joinedload(Complaint.team), selectinload(Complaint.events)
    )
    complaints = session.scalars(query).unique().all()
    for complaint in complaints:
        write_entry(session, complaint, complaint.events)
    return len(complaints)


def forget_words(session: Session) -> bool:
    """Have SQLite take a part of the words out of its index that no complaint has any more.

    A word that is deleted there is only crossed out, until the piece of the index that holds it is written
    anew. (PostgreSQL does so by itself, in its own time.)

    Returns:
        Whether there was something to do, so that it is worth being called again.
    """
    before = session.scalar(text("SELECT total_changes()")) or 0
    merge = text(f"INSERT INTO {FULL_TEXT_TABLE}({FULL_TEXT_TABLE}, rank) VALUES('merge', :pages)")  # nosec B608 # our own name
    # A negative number first lets all pieces be merged into one; a positive one goes on with that.
    session.execute(merge, {"pages": -_PAGES_AT_ONCE})
    after = session.scalar(text("SELECT total_changes()")) or 0
    return after - before >= _SOMETHING_DONE


def _note_renaming(mapper: Mapper[Any], connection: Connection, target: ServicePoint | Team) -> None:
    """Have the entries of a renamed place or team written anew by the worker."""
    del mapper
    is_place = isinstance(target, ServicePoint)
    if get_history(target, "full_name" if is_place else "name").has_changes():
        theirs = (Complaint.service_point_id if is_place else Complaint.team_id) == target.id
        entries = update(ComplaintSearch).where(
            ComplaintSearch.complaint_id.in_(select(Complaint.id).where(theirs))
        )
        connection.execute(entries.values(stale=True))


event.listen(ServicePoint, "after_update", _note_renaming)
event.listen(Team, "after_update", _note_renaming)
