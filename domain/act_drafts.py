"""What staff have typed into the form of an act and not sent yet: kept while they type, gone with the act."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.complaint import Complaint, ComplaintEvent
from models.desk import ActDraft
from models.enums import StepName
from models.staff import Staff
from models.upsert import insert_into

MOST_FIELDS = 20
LONGEST_VALUE = 10_000
# A form that holds nothing but choices is as quickly filled in again.
_WRITTEN = frozenset({"words", "public_text", "no_photo_reason", "into", "place"})


def keep(
    session: Session,
    staff: Staff,
    complaint: Complaint,
    step: StepName,
    *,
    fields: Mapping[str, str],
    opened_at: datetime,
    now: datetime,
) -> bool:
    """Keep what is in the form now, in place of what was kept before; nothing written leaves nothing.

    Args:
        opened_at: when the form was drawn. What arrives after the act was done is late, and not kept.

    Returns:
        Whether there is a draft now.
    """
    written = any(fields.get(name, "").strip() for name in _WRITTEN)
    if not written or _done_since(session, staff, complaint, step, opened_at):
        drop(session, staff, complaint, step)
        return False
    values = {name[:40]: _storable(value) for name, value in list(fields.items())[:MOST_FIELDS]}
    row = insert_into(session, ActDraft).values(
        staff_id=staff.id, complaint_id=complaint.id, step=step, fields=values, changed_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["staff_id", "complaint_id", "step"],
            set_={"fields": row.excluded.fields, "changed_at": row.excluded.changed_at},
        )
    )
    return True


def find(session: Session, staff: Staff, complaint: Complaint, step: StepName) -> ActDraft | None:
    """Give what was kept of this form, if anything was."""
    return session.get(ActDraft, (staff.id, complaint.id, step), populate_existing=True)


def steps_begun(session: Session, staff: Staff, complaint: Complaint) -> frozenset[StepName]:
    """Tell for which acts on this complaint there are drafts."""
    mine = select(ActDraft.step).where(ActDraft.staff_id == staff.id, ActDraft.complaint_id == complaint.id)
    return frozenset(session.scalars(mine))


def drop(session: Session, staff: Staff, complaint: Complaint, step: StepName) -> None:
    """Forget what was kept of this form: the act is done, or nobody wants it."""
    mine = delete(ActDraft).where(
        ActDraft.staff_id == staff.id, ActDraft.complaint_id == complaint.id, ActDraft.step == step
    )
    session.execute(mine.execution_options(synchronize_session=False))


def _done_since(
    session: Session, staff: Staff, complaint: Complaint, step: StepName, opened_at: datetime
) -> bool:
    done = select(ComplaintEvent.id).where(
        ComplaintEvent.complaint_id == complaint.id,
        ComplaintEvent.staff_id == staff.id,
        ComplaintEvent.step == step,
        ComplaintEvent.at >= opened_at,
    )
    return session.scalar(done.limit(1)) is not None


def _storable(value: str) -> str:
    return value.replace("\0", "").replace("\r\n", "\n")[:LONGEST_VALUE]
