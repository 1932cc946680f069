"""What belongs to one person or one team, asked for by another of the same kind: nothing of it may be met."""

from collections.abc import Iterator

from sqlalchemy import Column, ForeignKey, select, update
from sqlalchemy.orm import Session

from models.complaint import Complaint
from models.tables import Base
from tests.support.attacks import looking
from tests.support.attacks.marks import text_columns
from tests.support.attacks.office import Attacked
from tests.support.attacks.result import Result
from tests.support.filled_forms import Body, forms_of
from tests.support.restoring import Restored, restoring

State = dict[str, list[tuple[object, ...]]]
# What was written for everybody to read.
PUBLIC = frozenset({"complaint.public_text", "complaint.public_answer"})
# Whoever asks, the other of the same kind whose things are asked for, and below which path.
PAIRS = (("stranger", "person", "/h5"), ("outsider", "handler", "/admin"))


def mark_what_is_theirs(office: Attacked) -> dict[int, str]:
    """Put a mark into every text that hangs on the two complaints of the team, or on the student."""
    student = office.furnished.readers["person"]
    marks = {}
    with office.database.transaction() as session:
        numbers = (office.furnished.named, office.furnished.anonymous)
        owned = {
            "complaint": list(session.scalars(select(Complaint.id).where(Complaint.number.in_(numbers)))),
            "person": [student.id],
        }
        # Numbers that no other attack uses: a kept page may still show the marks of one.
        for number, (name, column) in enumerate(text_columns().items(), start=1000):
            if isinstance(column.type.python_type, type) and column.type.python_type is not str:
                continue
            marks[number] = name
            _mark(session, column, owned, f"zq{number}z")
    return marks


def _mark(session: Session, column: Column[str], owned: dict[str, list[int]], words: str) -> None:
    table = column.table
    for owner, ids in owned.items():
        keys = [one for one in table.columns if any(_is_to(key, owner) for key in one.foreign_keys)]
        if table.name == owner:
            keys = [table.c.id]
        for key in keys:
            session.execute(update(table).where(key.in_(ids)).values({column.name: words}))


def _is_to(key: ForeignKey, owner: str) -> bool:
    return key.column.table.name == owner


def read_what_is_theirs(office: Attacked, *, short: bool = False) -> Result:
    """Let the other one open every address, as it is and as it is held by its owner.

    Args:
        short: only whole pages, not their parts; the API has a test of its own.
    """
    result = Result("things of others, read")
    marks = mark_what_is_theirs(office)
    kept = restoring(office.database)
    for asker, owner, below in PAIRS:
        for _, rule in office.rules("GET"):
            if not rule.rule.startswith(below if short else (below, "/api/v1")):
                continue
            for path in {office.address(asker, rule), office.address(owner, rule)}:
                for more in ({},) if below == "/h5" or short else ({}, {"HX-Request": "true"}):
                    with office.get(asker, path, **more) as answer:
                        words = looking.words_of(answer)
                    met = sorted(
                        {marks.get(int(one), "") for one in looking.MARK.findall(words)} - PUBLIC - {""}
                    )
                    result.add(f"{asker} GET {path}", [f"meets {', '.join(met)}"] if met else [])
        kept.restore()
    kept.close()
    return result


def send_what_is_theirs(office: Attacked) -> Result:
    """Let the other one send each form that the owner's pages offer, as it stands there."""
    result = Result("things of others, changed")
    kept, before = restoring(office.database), _state(office)
    for asker, owner, below in PAIRS:
        offered = forms_of(office.furnished, owner, below=below)
        kept.restore()
        for path, forms in offered.items():
            for body in forms:
                result.add(f"{asker} POST {path}", _sent(office, kept, before, asker, path, body))
    kept.close()
    return result


def _sent(
    office: Attacked, kept: Restored, before: State, asker: str, path: str, body: Body
) -> Iterator[str]:
    token = {"csrf_token": office.furnished.token(asker)}
    with office.furnished.client(asker).post(path, data={**body, **token}) as answer:
        status = answer.status_code
    if status >= 500 and status != 502:  # no platform is there to be asked
        yield f"answers {status}"
    if not kept.was_written():
        return
    after = _state(office)
    kept.restore()
    if after != before:
        changed = sorted({table for table in before if before[table] != after[table]})
        yield f"answers {status} and changes {', '.join(changed)}"


def _state(office: Attacked) -> State:
    """Give all rows that hang on the complaints of the team or on the student."""
    student, found = office.furnished.readers["person"], {}
    with office.database.reading() as session:
        numbers = (office.furnished.named, office.furnished.anonymous)
        ids = list(session.scalars(select(Complaint.id).where(Complaint.number.in_(numbers))))
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                for key in column.foreign_keys:
                    if key.column.table.name in {"complaint", "person"}:
                        owned = ids if key.column.table.name == "complaint" else [student.id]
                        rows = session.execute(select(table).where(column.in_(owned))).all()
                        found[f"{table.name}.{column.name}"] = sorted(map(tuple, rows), key=repr)
        found["complaint"] = sorted(
            map(tuple, session.execute(select(Complaint.__table__).where(Complaint.id.in_(ids))).all()),
            key=repr,
        )
    return found
