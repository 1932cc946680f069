"""Who had themselves deleted, in a file beside the database: so that no backup brings them back.

An archive from before still holds them. `app.py restore` reads this file and deletes them again; see
docs/decisions/0029-personal-data.md. A line holds a moment and the mark of `domain.former_people`, which
leads back to nobody.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import former_people
from domain.secret_box import SecretBox
from models.api_session import MiniProgramIdentity
from models.person import Person

_HEAD = "# 注销过的账号（只有记号，认不出是谁）。恢复备份时用它再注销一次，请和备份一起保存，不要删改。\n"

_NEVER = datetime.min.replace(tzinfo=UTC)


def add(file: Path, marks: Iterable[str], *, now: datetime) -> None:
    """Note that somebody left, on the disk before this returns.

    Raises:
        OSError: it could not be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{now.isoformat(timespec='seconds')}\t{mark}\n" for mark in marks)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        head = _HEAD if os.fstat(handle).st_size == 0 else ""
        # One write, so that lines of two processes do not mix.
        os.write(handle, (head + lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read(file: Path) -> Mapping[str, datetime]:
    """Give when each mark was last noted; a line that was cut off is passed over."""
    if not file.exists():
        return {}
    found: dict[str, datetime] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        moment, _, mark = line.partition("\t")
        if line.startswith("#") or len(mark) != 64:
            continue
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            continue
        found[mark] = max(at, found.get(mark, at))
    return found


def complete(file: Path, left: Mapping[str, datetime]) -> int:
    """Add those who left and are not in the file, because a process ended at that very moment.

    Returns:
        How many were added.
    """
    known = read(file) if left else {}
    missing = [
        mark for mark, at in left.items() if mark not in known or known[mark] < at.replace(microsecond=0)
    ]
    for mark in missing:
        add(file, [mark], now=left[mark])
    return len(missing)


def to_delete_again(
    session: Session, file: Path, *, since: datetime, box: SecretBox
) -> list[tuple[int, datetime]]:
    """Name, by id, the people in a restored database who left after it was saved, and when they did.

    Args:
        since: when the archive was made.
        box: makes the marks; with another SECRET_KEY than then nobody is found.
    """
    later = {mark: at for mark, at in read(file).items() if at >= since.replace(microsecond=0)}
    if not later:
        return []
    openids = select(Person.id, Person.openid).where(Person.openid.is_not(None))
    of_mini = select(MiniProgramIdentity.person_id, MiniProgramIdentity.openid)
    found: dict[int, datetime] = {}
    for query in (openids, of_mini):
        for person_id, openid in session.execute(query):
            at = later.get(former_people.mark_of(openid or "", box=box))
            if at is not None:
                found[person_id] = at
    return sorted(found.items())
