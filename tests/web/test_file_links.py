"""Every kind of file, tried by everybody, with addresses that are theirs, somebody else's, old or made up."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import time_machine
from flask.testing import FlaskClient

from domain import complaints
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState
from models.enums import ComplaintStatus as S
from models.person import Person
from models.staff import Staff
from tests.support.file_links import signed
from tests.support.pages import Visitor
from tests.web.h5.conftest import Phone, World, phone, world
from web.file_links import STEP

__all__ = ["phone", "world"]
SHOWN = {
    "photo": (AttachmentKind.PHOTO, "image/jpeg", "jpg"),
    "voice": (AttachmentKind.VOICE, "audio/mpeg", "mp3"),
    "document": (AttachmentKind.DOCUMENT, "application/pdf", "pdf"),
}


@dataclass
class Reader:
    """Somebody with a browser, and what the addresses they are given begin with."""

    client: FlaskClient
    who: Person | Staff | None
    base: str


@pytest.fixture
def readers(
    world: World, phone: Callable[..., Phone], signed_in: Callable[[str], Visitor], visitor: Visitor
) -> dict[str, Reader]:
    office = world.office
    with world.database.transaction() as session:
        stranger = world.make.person(session, "oTestStranger")
    people = {"owner": office.student, "follower": office.friend, "stranger": stranger}
    staff = {"handler": office.handler, "outsider": office.outsider, "inspector": office.inspector}
    return (
        {name: Reader(phone(each).client, each, "/h5") for name, each in people.items()}
        | {name: Reader(signed_in(name).client, each, "/admin") for name, each in staff.items()}
        | {
            "signed out": Reader(visitor.client, None, "/h5"),
            "nobody": Reader(visitor.client, None, "/admin"),
        }
    )


def keep(world: World, photo: bytes) -> dict[str, int]:
    """Put one file of each kind, sent by the person, shown by staff and for staff alone, to a complaint."""
    kinds = {
        f"{name} {whose}": Attachment(
            kind=kind,
            state=AttachmentState.STORED,
            purpose=AttachmentPurpose.REPORT if whose == "sent" else AttachmentPurpose.AFTER,
            public=whose != "internal",
            created_at=world.now,
            file_key=world.app.extensions["banshishi"].file_store.save(photo, ending),
            content_type=content_type,
            name="报告" if ending == "pdf" else "",
        )
        for name, (kind, content_type, ending) in SHOWN.items()
        for whose in ("sent", "shown", "internal")
    }
    number = world.file(S.IN_PROGRESS)
    world.write(number, lambda s, c: complaints.follow(s, c, person=world.office.friend, now=world.now))

    def attach(session: object, complaint: object) -> None:
        for each in kinds.values():
            each.complaint_id = complaint.id  # type: ignore[attr-defined]
            session.add(each)  # type: ignore[attr-defined]

    world.write(number, attach)
    return {name: each.id for name, each in kinds.items()}


def test_a_file_opens_for_its_readers_alone(
    world: World, readers: dict[str, Reader], photo: bytes, clock: time_machine.Traveller
) -> None:
    files = keep(world, photo)
    may = {
        "owner": {name for name in files if "internal" not in name},
        "follower": set(),  # reads what was released, and released photos have addresses of their own
        "handler": set(files),
        "inspector": set(files),
    }
    addresses: dict[tuple[str, str], str] = {}
    for reader_name, reader in readers.items():
        opened = set()
        for name, attachment_id in files.items():
            plain = f"{reader.base}/attachments/{attachment_id}"
            own = signed(world.app, plain, reader.who) if reader.who else plain
            addresses[reader_name, name] = own
            if reader.client.get(own).status_code == 200:
                opened.add(name)
            for bad in (plain, f"{own[:-1]}!", own.replace("t=", "t=9"), f"{plain}?t=", f"{plain}?t=9.x"):
                assert reader.client.get(bad).status_code in {401, 404, 302}, bad
        assert opened == may.get(reader_name, set()), reader_name

    # Copied, an address opens for nobody else, not even for who may open the same file by their own.
    for (whose, name), address in addresses.items():
        for reader_name, reader in readers.items():
            if reader_name != whose and reader.base == address[: len(reader.base)]:
                assert reader.client.get(address).status_code != 200, (whose, reader_name, name)

    owner, address = readers["owner"].client, addresses["owner", "voice sent"]
    clock.shift(STEP)
    part = owner.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, photo[:4])
    clock.shift(STEP)
    assert owner.get(address).status_code == 403
    assert "这个链接已过期" in owner.get(address).get_data(as_text=True)
    assert owner.get(signed(world.app, address.partition("?")[0], world.office.student)).status_code == 200


def test_a_browser_keeps_a_file_for_itself_and_never_runs_it(
    world: World, readers: dict[str, Reader], photo: bytes
) -> None:
    files = keep(world, photo)
    owner = readers["owner"]
    for name, shown_as in (("photo sent", "image/jpeg"), ("document shown", "application/octet-stream")):
        address = signed(world.app, f"/h5/attachments/{files[name]}", owner.who or world.office.student)
        answer = owner.client.get(address)
        assert (answer.content_type, answer.headers["Cache-Control"]) == (shown_as, "private, max-age=600")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        tag = answer.headers["ETag"]
        assert owner.client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=.pdf; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"
    )
