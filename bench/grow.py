"""Fills an empty database with as many complaints as wanted, with events, ratings, photos and search entries.

    python -m bench.grow sqlite:///var/bench.db 100000

Rows go straight into the tables, so that a hundred thousand complaints take a minute or two and not a day.
What they say is made of a few dozen sentences, with places, figures and names as they come in real ones.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import ARRAY, Connection, Text, bindparam, cast, func, insert, text

from bench.office import PEOPLE, Office, open_office
from bench.sentences import ANSWERS, ENDINGS, GIVEN, OPENINGS, RARE, REASON, SURNAMES, THINGS
from domain.search_words import contact_tokens_of, folded, tokens_of
from models.attachment import Attachment
from models.base import Base
from models.complaint import Complaint, ComplaintEvent
from models.complaint_round import ComplaintRound
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import (
    ActorKind,
    AttachmentKind,
    AttachmentState,
    Channel,
    Closing,
    ComplaintKind,
    ComplaintStatus,
    Outcome,
    StepName,
)
from models.migrate import upgrade
from models.rating import Rating

S = ComplaintStatus
Row = dict[str, Any]
_AT_ONCE = 2_000
YEARS = 3
# Of a thousand complaints, all but the last hundred or so are over.
_OLD = ((S.CLOSED, 900), (S.REJECTED, 30), (S.WITHDRAWN, 40), (S.DEFERRED, 30))
_NEW = ((S.SUBMITTED, 10), (S.ASSIGNED, 20), (S.IN_PROGRESS, 40), (S.WAITING, 5), (S.RESOLVED, 25))
_NEWEST = 0.03
_NUMBER_ON = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


def grow(database: Database, count: int, *, now: datetime, seed: int = 7, people: int = PEOPLE) -> None:
    """Add so many complaints, of so many people, to an empty database."""
    random = Random(seed)  # noqa: S311 (made-up complaints, the same each time)
    with database.transaction() as session:
        office = open_office(session, now=now, people=people)
    for start in range(0, count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, count))
        rows = [_complaint(random, office, number, count, now) for number in numbers]
        with database.engine.begin() as connection:
            _write(connection, rows)
    with each_by_itself(database) as connection:
        settle(connection)


def _complaint(
    random: Random, office: Office, number: int, count: int, now: datetime
) -> dict[str, list[Row]]:
    """Make the rows of one complaint, by table."""
    filed = now - timedelta(days=365 * YEARS) * (1 - (number + random.random()) / count)
    choices = _NEW if number > count * (1 - _NEWEST) else _OLD
    status = random.choices([one for one, _ in choices], [weight for _, weight in choices])[0]
    place, team, handler = office.some_place(random)
    thing = random.choice(THINGS)
    said = random.choice(OPENINGS).format(place=place.name, thing=thing) + random.choice(ENDINGS)
    said += random.choice(("", "", "我的电话" + _phone(random) + "。", random.choice(ENDINGS)[1:]))
    said += random.choice(RARE) if random.random() < 0.0005 else ""
    closed = filed + timedelta(hours=random.uniform(2, 90))
    promised = now + timedelta(days=random.randrange(1, 90)) if status is S.DEFERRED else None
    over = status in {S.CLOSED, S.REJECTED, S.WITHDRAWN}
    rated, anonymous = status is S.CLOSED and random.random() < 0.6, random.random() < 0.2
    row: Row = {
        "id": number + 1,
        "number": f"{filed:%Y-%m%d}-{number + 1:07d}",
        "kind": random.choice(list(ComplaintKind)),
        "channel": random.choice([Channel.WECHAT] * 6 + list(Channel)),
        "status": status,
        "text": said,
        "category_id": random.choice(office.category_ids),
        "service_point_id": place.id,
        "urgent": random.random() < 0.02,
        "reporter_id": random.choice(office.person_ids),
        "anonymous": anonymous,
        "contact_name": _name(random) if random.random() < 0.4 else "",
        "contact_phone": _phone(random) if random.random() < 0.4 else "",
        "team_id": None if status is S.SUBMITTED else team,
        "handler_id": None if status in {S.SUBMITTED, S.ASSIGNED} else handler,
        "filed_at": filed,
        "resolved_at": closed if status in {S.CLOSED, S.RESOLVED} else None,
        "closed_at": closed if over else None,
        "closing": (Closing.RATED if rated else Closing.UNRATED) if status is S.CLOSED else None,
        "outcome": Outcome.SOLVED if status in {S.CLOSED, S.RESOLVED} else None,
        "rejection_reason": REASON if status is S.REJECTED else "",
        "deferred_until": promised,
        "resume_status": S.IN_PROGRESS if status in {S.DEFERRED, S.WAITING} else None,
        "supervised_at": closed if random.random() < 0.01 else None,
        "reopen_count": 1 if random.random() < 0.05 else 0,
        "dispatch_due_at": filed + timedelta(minutes=30),
        "answer_due_at": filed + timedelta(days=1),
        "done_due_at": promised or filed + timedelta(days=random.choice((3, 7, 30))),
        "near_due_at": filed + timedelta(days=2),
    }
    events = list(_events(random, row, place.name, thing, closed))
    ratings = [_rating(random, row)] if rated else []
    row["last_stars"] = ratings[0]["stars"] if ratings else None
    return {
        "complaint": [row],
        "event": events,
        "round": [_round(random, row, events)],
        "search": [_entry(row, place.full_name, office.team_names.get(row["team_id"], ""), events)],
        "rating": ratings,
        "photo": [_photo(row) for _ in range(random.choice((0, 0, 0, 1, 2)))],
    }


def _name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2))))


def _phone(random: Random) -> str:
    return f"1{random.choice('3578')}{random.randrange(10**9):09d}"


def _events(random: Random, row: Row, place: str, thing: str, closed: datetime) -> Iterator[Row]:
    def event(step: StepName, status: ComplaintStatus, words: str, staff_id: int | None) -> Row:
        return {
            "complaint_id": row["id"],
            "at": row["filed_at"],
            "step": step,
            "to_status": status,
            "round": 1,
            "actor_kind": ActorKind.STAFF if staff_id else ActorKind.CLOCK,
            "actor_label": "经办人",
            "staff_id": staff_id,
            "words": words,
            "details": {},
        }

    yield event(StepName.SUBMIT, S.SUBMITTED, row["text"], None) | {"actor_kind": ActorKind.REPORTER}
    if row["team_id"] is not None:
        yield event(StepName.ASSIGN, S.ASSIGNED, "按服务点归属自动派单", None)
    if row["handler_id"] is not None:
        yield event(StepName.ACCEPT, S.IN_PROGRESS, "", row["handler_id"])
        for _ in range(random.choice((1, 1, 2, 3))):
            words = random.choice(ANSWERS).format(place=place, thing=thing)
            yield event(StepName.PROGRESS, S.IN_PROGRESS, words, row["handler_id"])
    if row["closed_at"] is not None:
        yield event(StepName.RESOLVE, row["status"], "已处理完毕，请评价。", row["handler_id"]) | {
            "at": closed
        }


def _entry(row: Row, place: str, team: str, events: list[Row]) -> Row:
    fields = [row["number"], place, team, row["text"]]
    fields += [one["words"] for one in events[1:] if one["actor_kind"] is ActorKind.STAFF and one["words"]]
    name, phone = ("", "") if row["anonymous"] else (row["contact_name"], row["contact_phone"])
    tokens = set().union(*map(tokens_of, fields), contact_tokens_of(name, phone))
    return {
        "complaint_id": row["id"],
        "words": "\n".join(folded(field) for field in fields if field),
        "contact_words": "\n".join(folded(field) for field in (name, phone) if field),
        "cut": sorted(tokens),
        "stale": False,
    }


def _round(random: Random, row: Row, events: list[Row]) -> Row:
    answered = any(one["step"] is StepName.PROGRESS for one in events)
    minutes = random.randrange(5, 900) if answered else None
    resolved: datetime | None = row["resolved_at"]
    return {
        "complaint_id": row["id"],
        "round": 1,
        "started_at": row["filed_at"],
        "answer_due_at": row["answer_due_at"],
        "first_answered_at": row["filed_at"] + timedelta(minutes=2.2 * minutes) if minutes else None,
        "resolved_at": resolved,
        "answer_minutes": minutes,
        "done_minutes": random.randrange(60, 5000) if resolved else None,
        "spare_minutes": (row["done_due_at"] - resolved) // timedelta(minutes=1) if resolved else None,
        "answer_length": random.randrange(4, 60) if resolved else None,
        "deferred": row["status"] is S.DEFERRED,
        "unrated": row["closing"] is Closing.UNRATED,
    }


def _rating(random: Random, row: Row) -> Row:
    stars = random.choice((1, 2, 3, 4, 5, 5, 5))
    return {
        "complaint_id": row["id"],
        "round": 1,
        "person_id": row["reporter_id"],
        "solved": stars > 2,
        "stars": stars,
        "rated_at": row["closed_at"],
    }


def _photo(row: Row) -> Row:
    return {
        "complaint_id": row["id"],
        "kind": AttachmentKind.PHOTO,
        "state": AttachmentState.STORED,
        "file_key": f"{row['id']}.jpg",
        "created_at": row["filed_at"],
    }


def _write(connection: Connection, rows: list[dict[str, list[Row]]]) -> None:
    def all_of(table: str) -> list[Row]:
        return [row for complaint in rows for row in complaint[table]]

    tables = (
        (Complaint, "complaint"),
        (ComplaintEvent, "event"),
        (ComplaintRound, "round"),
        (Rating, "rating"),
        (Attachment, "photo"),
    )
    for table, name in tables:
        if rows_of_table := all_of(name):
            connection.execute(insert(table), rows_of_table)
    entries = all_of("search")
    if connection.dialect.name == "sqlite":
        connection.execute(
            insert(ComplaintSearch), [{**row, "tokens": " ".join(row.pop("cut"))} for row in entries]
        )
    else:
        tokens = func.array_to_tsvector(cast(bindparam("cut"), ARRAY(Text)))
        connection.execute(insert(ComplaintSearch).values(tokens=tokens), entries)


@contextmanager
def each_by_itself(database: Database) -> Iterator[Connection]:
    """Give a connection that commits each statement on PostgreSQL, where some bear no transaction."""
    if database.is_sqlite:
        with database.engine.begin() as connection:
            yield connection
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection


def settle(connection: Connection) -> None:
    """Have the database know what is in its tables, as PostgreSQL does after a night; SQLite never looks.

    Args:
        connection: see `each_by_itself`.
    """
    if connection.dialect.name == "sqlite":
        return
    for table in Base.metadata.tables.values():
        if table.autoincrement_column is not None:
            connection.execute(text(_NUMBER_ON.format(table.name)))
    connection.execute(text("VACUUM ANALYZE"))


def main() -> int:
    """Fill the database that the first argument names."""
    if len(sys.argv) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    database = Database(sys.argv[1])
    upgrade(database)
    begun = time.perf_counter()
    grow(database, int(sys.argv[2]), now=datetime.now(UTC))
    sys.stdout.write(f"{sys.argv[2]} complaints in {time.perf_counter() - begun:.0f} s\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
