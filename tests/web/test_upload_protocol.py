"""Files that come before their form: in pieces, twice, too early, from somebody else, and bad ones."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from config.limits import Limits, use_limits
from domain import pending_uploads
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind
from models.enums import ComplaintStatus as S
from models.pending_upload import PendingUpload, UploadChunk
from tests.support.file_links import signed
from tests.support.pages import Visitor, words_of
from tests.support.photo_files import bomb, heic, jpeg, png
from tests.web.h5.conftest import Phone, World, phone, world

__all__ = ["phone", "world"]
TakePhone = Callable[..., Phone]
NO_PHOTO = "这不是照片，或者格式不支持。请使用 JPG、PNG、WebP 或 HEIC 照片。"
DAMAGED = "照片不完整或已损坏，请重新选择。"


class Sender:
    """Somebody whose page sends files before its form."""

    def __init__(self, visitor: Visitor, base: str = "/h5/uploads") -> None:
        self.visitor = visitor
        self.base = base
        visitor.get("/admin/notices" if base.startswith("/admin") else "/h5/p/place-2/report")

    def begin(self, size: int, name: str = "a.jpg") -> str:
        """Announce a file and give its id."""
        answer = self.visitor.post(self.base, {"name": name, "size": str(size)})
        assert answer.status_code == 201
        return str(answer.json["id"])

    def chunk(self, upload_id: str, start: int, data: bytes) -> tuple[int, int]:
        """Send a piece; give the status and how far it is."""
        answer = self.visitor.client.post(
            f"{self.base}/{upload_id}/chunks",
            data=data,
            headers={"Upload-Offset": str(start), "X-CSRFToken": self.visitor.token},
            content_type="application/octet-stream",
        )
        return answer.status_code, answer.json.get("offset", -1)

    def finish(self, upload_id: str) -> tuple[int, dict[str, str]]:
        """Have it checked."""
        answer = self.visitor.post(f"{self.base}/{upload_id}/finish")
        return answer.status_code, answer.json

    def send(self, data: bytes, name: str = "a.jpg") -> tuple[str, int, dict[str, str]]:
        """Send a whole file; give its id and what the check said."""
        upload_id = self.begin(len(data), name)
        assert self.chunk(upload_id, 0, data) == (200, len(data))
        return upload_id, *self.finish(upload_id)

    def ready(self, data: bytes, name: str = "a.jpg") -> str:
        """Send a good file and give its id."""
        upload_id, status, said = self.send(data, name)
        assert (status, said["id"]) == (200, upload_id)
        return upload_id


def files_in(app: Flask) -> int:
    return sum(path.is_file() for path in Path(app.extensions["banshishi"].settings.upload_dir).rglob("*"))


def test_a_photo_comes_in_pieces_whatever_is_sent_twice_or_too_early(
    app: Flask, world: World, phone: TakePhone, database: Database
) -> None:
    number = world.file(S.WAITING)
    student, other = Sender(phone(world.office.student)), Sender(phone(world.office.friend))
    data = jpeg(300, noise=True)
    third = len(data) // 3
    upload_id = student.begin(len(data))
    progress = student.visitor.client.get

    assert student.chunk(upload_id, third, data[third:]) == (409, 0)
    assert student.chunk(upload_id, 0, data[:third]) == (200, third)
    assert student.chunk(upload_id, 0, data[:third]) == (409, third)
    assert student.finish(upload_id)[1] == {"error": "照片还没有传完，请稍等。"}
    assert student.chunk(upload_id, third, b"")[0] == 422
    assert student.chunk(upload_id, third, data) == (422, -1)
    assert progress(f"/h5/uploads/{upload_id}").json == {"offset": third, "size": len(data), "ready": False}
    assert progress(f"/h5/uploads/{upload_id}/small").status_code == 404
    # Nobody else finds it, whatever they try.
    assert other.visitor.client.get(f"/h5/uploads/{upload_id}").status_code == 404
    assert other.chunk(upload_id, third, data[third:])[0] == 404
    assert student.chunk(upload_id, third, data[third:]) == (200, len(data))
    early = student.visitor.refused(f"/h5/complaints/{number}/supplement", {"uploads": upload_id})
    assert words_of(early.select_one("[role=alert]")) == "还有照片没有传完，请等传完再提交。"
    assert student.finish(upload_id) == student.finish(upload_id)
    assert student.chunk(upload_id, len(data), b"x") == (409, len(data))
    assert progress(f"/h5/uploads?ids={upload_id},nonsense").json["ready"] == [
        {"id": upload_id, "name": "a.jpg", "small": f"/h5/uploads/{upload_id}/small"}
    ]
    assert progress(f"/h5/uploads/{upload_id}/small").content_type == "image/jpeg"
    assert (files_in(app), world.count(UploadChunk)) == (1, 0)

    stolen = other.visitor.client.get(f"/h5/uploads?ids={upload_id}")
    assert stolen.json == {"ready": []}
    form = {"words": "看照片", "uploads": upload_id}
    to = student.visitor.send(f"/h5/complaints/{number}/supplement", form)
    # The same form again, as its answer was lost; then a form of another tab that still shows the photo.
    assert student.visitor.send(f"/h5/complaints/{number}/supplement", form) == to
    again = student.visitor.refused(f"/h5/complaints/{world.file(S.WAITING)}/supplement", form)
    assert words_of(again.select_one("[role=alert]")) == (
        "有 1 张照片之前已经提交过，已从这里去掉。请看一下再提交。"
    )
    assert again.select("[name=uploads]") == []
    assert student.visitor.post(f"/h5/uploads/{upload_id}/remove").status_code == 204
    with database.reading() as session:
        kept = session.scalars(select(Attachment)).one()
    assert (kept.kind, kept.content_type, files_in(app)) == (AttachmentKind.PHOTO, "image/jpeg", 1)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (heic, ""),
        (lambda: jpeg() + b"<html><script>alert(1)</script></html>", ""),
        (lambda: png(900, 600, frames=3), ""),
        (lambda: heic()[:-40], DAMAGED),
        (lambda: jpeg(200, noise=True)[:-900], DAMAGED),
        (lambda: jpeg(64, progressive=True) + b"\xff\xda" * 200, DAMAGED),
        (bomb, "照片的尺寸太大，请缩小后再上传。"),
        (lambda: png(7000, 6000), "照片的尺寸太大，请缩小后再上传。"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", NO_PHOTO),
        (lambda: b"PK\x03\x04" + os.urandom(500), NO_PHOTO),
        (lambda: b"%PDF-1.7 for staff alone", NO_PHOTO),
    ],
    ids=["heic", "polyglot", "moving", "cut heic", "cut jpeg", "scans", "bomb", "huge", "svg", "zip", "pdf"],
)
def test_only_the_picture_of_a_photo_is_kept_and_what_is_none_leaves_nothing(
    app: Flask, world: World, phone: TakePhone, make: Callable[[], bytes], refusal: str
) -> None:
    student = Sender(phone(world.office.student))
    _, status, said = student.send(make(), "写着 JPEG.jpg")
    if refusal:
        assert (status, said) == (422, {"error": refusal})
        assert (files_in(app), world.count(PendingUpload)) == (0, 0)
        return
    assert (status, files_in(app)) == (200, 1)
    (kept,) = (path for path in Path(app.extensions["banshishi"].settings.upload_dir).rglob("*.jpg"))
    data = kept.read_bytes()
    assert (data[:3], b"script" in data, b"Secret" in data) == (b"\xff\xd8\xff", False, False)


def test_limits_hold_for_each_person_and_what_nobody_sent_is_gone_after_a_day(
    world: World, phone: TakePhone, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = Sender(phone(world.office.student))

    def refused(size: int) -> str:
        answer = student.visitor.post("/h5/uploads", {"name": "a", "size": str(size)})
        return str(answer.json["error"])

    assert refused(0) == "照片是空的，请重新选择。"
    assert refused(13 * 1024 * 1024) == "照片不能超过 12 MB。"
    monkeypatch.setattr(pending_uploads, "MOST_WAITING", 1)
    upload_id = student.ready(jpeg())
    assert refused(1) == "已经上传的照片还没有提交，请先提交，或去掉一些再选。"
    # A form that brings its own and is refused keeps no more than that either.
    number = world.file(S.WAITING)
    own = {"words": "长" * 6000, "uploads": upload_id, "attachments": (BytesIO(jpeg()), "b.jpg")}
    page = student.visitor.refused(f"/h5/complaints/{number}/supplement", own)
    assert [str(box["value"]) for box in page.select("[name=uploads]")] == [upload_id]
    use_limits(Limits(upload_megabytes=0))
    assert refused(200).startswith("您 24 小时内发来的照片、录音已超过 0 MB，这一份没有保存，明天 ")
    use_limits(Limits())
    assert student.visitor.post(f"/h5/uploads/{upload_id}/remove").status_code == 204
    assert student.visitor.post(f"/h5/uploads/{upload_id}/remove").status_code == 404
    monkeypatch.undo()

    late = student.ready(jpeg())
    clock.shift(pending_uploads.KEPT)
    page = student.visitor.refused(f"/h5/complaints/{number}/supplement", {"uploads": late})
    assert words_of(page.select_one("[role=alert]")) == "有 1 张照片已经过期（只保留一天），请重新选择。"
    many = student.visitor.refused(
        f"/h5/complaints/{number}/supplement", {"words": "x", "uploads": [str(n) for n in range(10)]}
    )
    assert "一次最多上传 9 张照片" in words_of(many.select_one("[role=alert]"))


def test_photos_of_a_refused_form_without_scripts_need_not_be_chosen_again(
    world: World, phone: TakePhone, database: Database
) -> None:
    number = world.file(S.RESOLVED)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}/rate")
    form = {"round": "1", "seen": "", "solved": "yes", "words": "修好了"}
    files = [(BytesIO(jpeg()), "a.jpg"), (BytesIO(b""), "空.jpg"), (BytesIO(heic()), "b.heic")]

    page = student.refused(f"/h5/complaints/{number}/rate", {**form, "stars": "5", "attachments": files})

    assert words_of(page.select_one("[role=alert]")) == "「空.jpg」：照片是空的，请重新选择。"
    kept = [str(box["value"]) for box in page.select("[name=uploads][checked]")]
    assert len(kept) == 2
    page = student.refused(f"/h5/complaints/{number}/rate", {**form, "uploads": kept})
    assert words_of(page.select_one("[role=alert]")) == "请点一下星星，打 1 到 5 星。"
    to = student.send(f"/h5/complaints/{number}/rate", {**form, "stars": "5", "uploads": kept})
    assert to == f"/h5/complaints/{number}/rated"
    with database.reading() as session:
        photos = session.scalars(select(Attachment)).all()
    assert [(each.content_type, each.public) for each in photos] == [("image/jpeg", True)] * 2
    assert len(student.get(f"/h5/complaints/{number}").select("a[data-photo]")) == 2


def packed(*names: str) -> bytes:
    output = BytesIO()
    with ZipFile(output, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return output.getvalue()


def test_staff_send_documents_which_are_only_ever_downloaded(
    app: Flask, world: World, phone: TakePhone, signed_in: Callable[[str], Visitor], database: Database
) -> None:
    office, number = world.office, world.file(S.IN_PROGRESS)
    handler = Sender(signed_in("handler"), "/admin/uploads")
    outsider = Sender(signed_in("outsider"), "/admin/uploads")
    types, note = "[Content_Types].xml", f"/admin/complaints/{number}/acts/progress"
    docx, xlsx = packed(types, "word/document.xml"), packed(types, "xl/workbook.xml")
    pdf = b"%PDF-1.7\n<script>"
    for data, sentence in (
        (packed("照片/1.jpg"), "压缩包不能上传。请直接上传 PDF、Word（docx）或 Excel（xlsx）文件。"),
        (packed(types, "word/document.xml", "word/vbaProject.bin"),
         "文件里带有宏，不能上传。请另存为不带宏的 docx 或 xlsx。"),
        (docx[:-30], "文件不完整或已损坏，请重新选择。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99,
         "旧格式或加密的 Office 文件不能上传，请另存为 docx、xlsx 或 PDF。"),
        (b"MZ" + b"0" * 99, NO_PHOTO),
    ):  # fmt: skip
        assert handler.send(data)[1:] == (422, {"error": sentence})
    too_large = handler.visitor.post("/admin/uploads", {"name": "a", "size": str(21 * 1024 * 1024)})
    assert too_large.json == {"error": "文件不能超过 20 MB。"}
    ids = [handler.ready(docx, "报价.docx"), handler.ready(xlsx, "清单.xlsx"), handler.ready(jpeg())]
    assert outsider.visitor.client.get(f"/admin/uploads/{ids[0]}").status_code == 404
    assert handler.visitor.client.get(f"/admin/uploads/{ids[0]}/small").status_code == 404

    refused = handler.visitor.refused(note, {"words": "", "uploads": ids})
    assert [str(box["value"]) for box in refused.select("[name=uploads]")] == ids
    own = (BytesIO(pdf), "通知.exe")
    handler.visitor.send(note, {"words": "见附件", "uploads": ids, "attachments": own})

    with database.reading() as session:
        sent = session.scalars(select(Attachment).where(Attachment.kind == AttachmentKind.DOCUMENT)).all()
    assert [each.name for each in sent] == ["报价.docx", "清单.xlsx", "通知.exe"]
    student = phone(office.student)
    page = student.get(f"/h5/complaints/{number}")
    assert [words_of(link) for link in page.select("a[download]")] == ["报价.docx", "清单.xlsx", "通知.exe"]
    answer = student.client.get(str(page.select("a[download]")[2]["href"]))
    assert (answer.data, answer.content_type) == (pdf, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Disposition"].endswith(".exe.pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    at_desk = signed(app, f"/admin/attachments/{sent[0].id}", office.handler)
    assert words_of(handler.visitor.get(f"/admin/complaints/{number}").select_one(f'[href="{at_desk}"]')) == (
        "报价.docx"
    )
