"""Putting complaints on the public board, for the tests of everything that shows it."""

from domain import complaints, queries, release
from domain.release import Wish
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from models.enums import ComplaintStatus as S
from tests.support.photo_files import jpeg
from tests.web.h5.conftest import World


def put(
    world: World, status: S = S.IN_PROGRESS, released: str = "高峰时排队太久。", **changes: object
) -> str:
    """File a complaint and release it; give its number."""
    number = world.file(status, **changes)
    answer = {"public_text": released, "public_answer": "已加开两个窗口。"}
    world.do(number, complaints.publish, staff=world.office.dispatcher, **answer)
    return number


def with_photo(world: World, number: str, data: bytes = b"") -> int:
    """Release a photo with a complaint, and give its id."""
    key = world.app.extensions["banshishi"].file_store.save(data or jpeg(64, height=36), "jpg")
    with world.database.transaction() as session:
        complaint = queries.by_number(session, number)
        photo = Attachment(
            complaint_id=complaint.id,
            kind=AttachmentKind.PHOTO,
            state=AttachmentState.STORED,
            created_at=world.now,
            file_key=key,
            content_type="image/jpeg",
        )
        session.add(photo)
        session.flush()
        staff = session.merge(world.office.dispatcher)
        wish = Wish(complaint.public_text, complaint.public_answer, [photo.id])
        release.release(session, complaint, wish, confirmed=True, staff=staff, now=world.now)
        return photo.id
