"""Makes matters of the small office, and takes them where they are wanted by the verbs that people use."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from domain import joint_meetings, matter_requests, matter_work, matters
from domain.actors import Actor
from domain.file_store import FileStore
from domain.joint_meetings import MeetingWish
from domain.matter_fields import MatterFields
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentState
from models.matter import Matter
from models.matter_words import MatterStatus
from tests.support.factories import Office


def fields(office: Office, **changes: Any) -> MatterFields:
    """What a matter of the team says, complete."""
    values: dict[str, Any] = {
        "title": "食堂窗口保温",
        "goal": "饭菜送到窗口时不低于 60 度",
        "problem": "冬天饭菜凉得快",
        "cause": "保温台老化",
        "measures": "更换保温台",
        "team_id": office.team.id,
        "lead_staff_id": office.leader.id,
        "category_id": office.category.id,
        "deadline": date(2026, 12, 20),
        "places": (office.canteen.id,),
    }
    return MatterFields(**(values | changes))


def matter(
    session: Session,
    office: Office,
    status: MatterStatus = MatterStatus.PLANNED,
    *,
    now: datetime,
    public: bool = True,
    **changes: Any,
) -> Matter:
    """A matter that the desk listed, brought to the status."""
    listing = {
        name: changes.pop(name) for name in ("complaints", "attachments", "source_key") if name in changes
    }
    made = matters.list_matter(
        session,
        fields(office, **changes),
        staff=office.dispatcher,
        now=now,
        public_text="更换保温台" if public else None,
        **listing,
    )
    handler, leader = Actor.of_staff(office.handler), Actor.of_staff(office.leader)
    if status is MatterStatus.PLANNED:
        return made
    if status is MatterStatus.CANCELLED:
        matter_work.cancel(session, made, words="与另一件重复", actor=leader, now=now)
        return made
    matter_work.start(session, made, actor=handler, now=now)
    if status is MatterStatus.DEFERRED:
        until = date(2027, 3, 1)
        matter_requests.request_deferral(session, made, reason="等预算", until=until, actor=handler, now=now)
        matter_requests.approve_deferral(session, made, actor=leader, now=now)
    elif status is not MatterStatus.IN_PROGRESS:
        matter_requests.submit(
            session, made, words="已更换", no_photo_reason="设备在后厨", actor=handler, now=now
        )
        if status is MatterStatus.CLOSED:
            matter_requests.accept(session, made, words="实测 65 度", actor=leader, now=now)
    return made


def furnish_matter(
    session: Session, office: Office, complaints: Sequence[Complaint], files: FileStore, *, now: datetime
) -> dict[str, Any]:
    """A public matter with a photo, and a meeting; gives what stands for the parameters of their URLs."""
    photo = Attachment(
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=now,
        file_key=files.save(_small_jpeg(), "jpg"),
        content_type="image/jpeg",
    )
    made = matter(session, office, now=now, complaints=complaints, attachments=[photo])
    pages = ["admin_matter.page"]
    acts = ("form", "perform", "keep_draft", "drop_draft")
    pages += [f"admin_matter_acts.{name}" for name in acts]
    pages += ["admin_matter_form.edit", "admin_matter_form.change"]
    pages += ["h5_matters.matter", "h5_matter_acts.enter", "h5_matter_acts.mark"]
    values: dict[str, Any] = {f"{page}.number": made.number for page in pages}
    meeting = joint_meetings.call(session, _wish(office, now), staff=office.dispatcher, now=now)
    sections = ("form", "save", "keep_draft", "drop_draft", "compare", "write_anew")
    values |= {f"admin_meeting_sections.{name}.section_id": meeting.sections[0].id for name in sections}
    return values | {"matter": made.number, "photo_id": photo.id, "what": "follow", "meeting_id": meeting.id}


def _wish(office: Office, now: datetime) -> MeetingWish:
    day = now.date()
    return MeetingWish(title="联席会", held_on=day, first_day=day, last_day=day, team_ids=[office.team.id])


def _small_jpeg() -> bytes:
    output = BytesIO()
    Image.new("RGB", (40, 30), (60, 90, 120)).save(output, "JPEG")
    return output.getvalue()
