"""What staff have typed into the form of an act and not sent yet: kept while they type, gone with the act."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from models.complaint import Complaint, ComplaintEvent
from models.desk import ActDraft, MatterActDraft
from models.enums import StepName
from models.matter import Matter, MatterEvent
from models.matter_words import MatterStepName
from models.staff import Staff
from models.upsert import insert_into

MOST_FIELDS = 20
LONGEST_VALUE = 10_000
Draft = ActDraft | MatterActDraft
Step = StepName | MatterStepName
# A form that holds nothing but choices is as quickly filled in again.
_WRITTEN = frozenset(
    {"words", "public_text", "no_photo_reason", "into", "place", "needs", "title", "complaint"}
)


def keep(
    session: Session,
    staff: Staff,
    subject: Complaint | Matter,
    step: Step,
    *,
    fields: Mapping[str, str],
    opened_at: datetime,
    now: datetime,
) -> bool:
    """Keep what is in the form now, in place of what was kept before; nothing written leaves nothing.

    Args:
        subject: what the act is done to.
        opened_at: when the form was drawn. What arrives after the act was done is late, and not kept.

    Returns:
        Whether there is a draft now.
    """
    written = any(fields.get(name, "").strip() for name in _WRITTEN)
    if not written or _done_since(session, staff, subject, step, opened_at):
        drop(session, staff, subject, step)
        return False
    values = {name[:40]: _storable(value) for name, value in list(fields.items())[:MOST_FIELDS]}
    table, about = _table_for(subject)
    row = insert_into(session, table).values(
        staff_id=staff.id, step=step, fields=values, changed_at=now, **{about: subject.id}
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["staff_id", about, "step"],
            set_={"fields": row.excluded.fields, "changed_at": row.excluded.changed_at},
        )
    )
    return True


def find(session: Session, staff: Staff, subject: Complaint | Matter, step: Step) -> Draft | None:
    """Give what was kept of this form, if anything was."""
    table, _ = _table_for(subject)
    return session.get(table, (staff.id, subject.id, step), populate_existing=True)


def steps_begun(session: Session, staff: Staff, subject: Complaint | Matter) -> frozenset[Any]:
    """Tell for which acts on this complaint or matter there are drafts."""
    table, _ = _table_for(subject)
    return frozenset(session.scalars(select(table.step).where(_of(staff, subject))))


def drop(session: Session, staff: Staff, subject: Complaint | Matter, step: Step) -> None:
    """Forget what was kept of this form: the act is done, or nobody wants it."""
    table, _ = _table_for(subject)
    mine = delete(table).where(_of(staff, subject), table.step == step)
    session.execute(mine.execution_options(synchronize_session=False))


def _table_for(subject: Complaint | Matter) -> tuple[type[Any], str]:
    """Give where drafts about it are kept, and the column that names it."""
    if isinstance(subject, Matter):
        return MatterActDraft, "matter_id"
    return ActDraft, "complaint_id"


def _of(staff: Staff, subject: Complaint | Matter) -> ColumnElement[bool]:
    if isinstance(subject, Matter):
        return (MatterActDraft.staff_id == staff.id) & (MatterActDraft.matter_id == subject.id)
    return (ActDraft.staff_id == staff.id) & (ActDraft.complaint_id == subject.id)


def _done_since(
    session: Session, staff: Staff, subject: Complaint | Matter, step: Step, opened_at: datetime
) -> bool:
    if isinstance(subject, Matter):
        done = select(MatterEvent.id).where(
            MatterEvent.matter_id == subject.id,
            MatterEvent.staff_id == staff.id,
            MatterEvent.step == step,
            MatterEvent.at >= opened_at,
        )
    else:
        done = select(ComplaintEvent.id).where(
            ComplaintEvent.complaint_id == subject.id,
            ComplaintEvent.staff_id == staff.id,
            ComplaintEvent.step == step,
            ComplaintEvent.at >= opened_at,
        )
    return session.scalar(done.limit(1)) is not None


def _storable(value: str) -> str:
    return value.replace("\0", "").replace("\r\n", "\n")[:LONGEST_VALUE]
