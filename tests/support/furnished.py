"""An office with one of everything in it, so that every URL has something to lead to, for every role."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from domain import (
    abuse,
    access_links,
    background_tasks,
    complaint_links,
    complaints,
    hiding,
    pending_uploads,
    release,
    saved_views,
    staff_invitations,
)
from domain.actors import Actor
from domain.file_store import FileStore
from domain.hiding import Target
from domain.pending_uploads import Kept
from domain.platform_alerts import way
from models.attachment import Attachment
from models.board_words import AbuseReason, BoardPart
from models.complaint import Complaint, ComplaintFollower
from models.content_check import ContentCheck
from models.content_check_words import CheckState
from models.database import Database
from models.enums import (
    AnswerMatch,
    AttachmentKind,
    AttachmentState,
    ComplaintStatus,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    Role,
    StepName,
    TaskState,
)
from models.notice import Notice
from models.person import Person
from models.person_limit import LimitKind, PersonLimit
from models.platform_alert import PlatformAlert
from models.staff import Staff
from models.wording import KeywordAnswer, ReplyTemplate, SafetyWord
from tests.support.appraisal import furnish_appraisal
from tests.support.articles import furnish_articles
from tests.support.bulletins import furnish_bulletins
from tests.support.connected import furnish_connected
from tests.support.factories import Factory, Office
from tests.support.file_links import signed
from tests.support.matters import furnish_matter
from tests.support.pages import Visitor
from tests.support.pushes import furnish_pushes
from tests.support.surveys import furnish_surveys

STAFF = ("handler", "outsider", "lead", "dispatcher", "leader", "inspector", "admin", "disabled")
ROLES = ("nobody", "person", "stranger", *STAFF)
# Planted where only they may be read who are allowed to; nothing else in the office contains these words.
MARKS = {
    "anonymous_openid": "oMarkAnonymous00000000000001",
    "anonymous_name": "匿名者林小溪",
    "anonymous_phone": "13900009999",
    "contact_name": "具名者周大川",
    "contact_phone": "13700007777",
    "hidden_words": "请从蓝色铁门进去",
}
_FILE = re.compile(r"/(admin|h5)/(attachments|matters/photos)/\d+(/small)?")


@dataclass
class Furnished:
    """The office, what stands in it, and who is signed in to it.

    Attributes:
        values: what to put in place of a parameter: by `endpoint.name`, else by name.
        named, anonymous: numbers of two complaints of the team, whose contact was given.
        keys: the cookie of each role's browser, and the token of its forms; others can be added.
        readers: who of the people each role is, for addresses that are signed for their reader.
    """

    app: Flask
    office: Office
    factory: Factory
    values: Mapping[str, Any]
    named: str
    anonymous: str
    keys: dict[str, tuple[str, str]]
    readers: dict[str, Person]

    def address(self, rule: Rule) -> str:
        """Give the path of a rule, with something real for each parameter."""
        given = {name: self._value(rule, name) for name in rule.arguments}
        with self.app.test_request_context():
            built = rule.build(given, append_unknown=False)
        assert built is not None, f"{rule.rule} cannot be built with {given}"
        return str(built[1])

    def as_read(self, role: str, path: str) -> str:
        """Give the path as a page of this role holds it: those of files are signed for their reader."""
        if not _FILE.fullmatch(path) or (role == "nobody" and not path.startswith("/h5/matters/")):
            return path
        reader = self.readers.get(role) or getattr(self.office, role, self.office.admin)
        return signed(self.app, path, reader)

    def _value(self, rule: Rule, name: str) -> Any:
        if (own := f"{rule.endpoint}.{name}") in self.values:
            return self.values[own]
        assert name in self.values, f"{rule.rule}: tests/support/furnished.py has nothing for 「{name}」"
        return self.values[name]

    def client(self, role: str) -> FlaskClient:
        """Give a fresh browser in which somebody is signed in."""
        client = self.app.test_client()
        client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self.keys[role][0])
        return client

    def token(self, role: str) -> str:
        """Give the token that forms of this browser carry."""
        return self.keys[role][1]


def furnish(app: Flask, database: Database, factory: Factory) -> Furnished:
    """Fill an empty office; everybody is signed in, the disabled account just before it was closed."""
    files: FileStore = app.extensions["banshishi"].file_store
    with database.transaction() as session:
        office = factory.office(session)
        disabled = factory.staff(session, Role.HANDLER, team=office.team, username="disabled")
        named, other, anonymous = _complaints(session, factory, office)
        shared = factory.complaint(
            session, office, ComplaintStatus.IN_PROGRESS, service_point=office.canteen, text="排队太久"
        )
        board = _board(session, factory, office, files, shared)
        things = _things(session, factory, office, files, named)
        surveys = furnish_surveys(session, factory, office)
        bulletins = furnish_bulletins(session, office, files, shared, now=factory.now)
        appraised = furnish_appraisal(session, factory, office, files)
        articles = furnish_articles(session, office, files, now=factory.now)
        listed = furnish_matter(session, office, [named, anonymous], files, now=factory.now)
        pushes = furnish_pushes(session, office, now=factory.now)
        limited = _limited(session, office, now=factory.now)
        connected = furnish_connected(session, office, public=shared.number, now=factory.now)
        link = access_links.create_link(
            session, person=office.student, path="/h5/complaints", now=factory.now
        )
    values = {
        "number": named.number,
        "other": anonymous.number,
        "into": other.number,
        "step": StepName.NOTE,
        "name": "MP_verify_abc",
        "filename": "error.css",
        "code": office.canteen.code,
        "token": link,
        "state": "disable",
        "kind": NoticeKind.ANSWERED.value,
        "channel": "template",
        "key": "table_a6",
        "limit_id": limited.id,
        "h5_report_alike.join_form.number": shared.number,
        "h5_report_alike.join.number": shared.number,
        "h5_report_alike.join_here.number": shared.number,
        **things,
        **surveys,
        **bulletins,
        **appraised,
        **articles,
        **listed,
        **pushes,
        **connected,
        **board,
    }
    for endpoint in ("admin_triage.assign", "admin_triage.due", "admin_triage.merge", "admin_triage.preview"):
        values |= {f"{endpoint}.number": other.number, f"{endpoint}.into": named.number}
    with database.transaction() as session:
        stranger = factory.person(session, "oTestStranger")
    readers = {"person": office.student, "stranger": stranger}
    keys = {role: _key(app, database, role, readers.get(role)) for role in ROLES}
    with database.transaction() as session:
        session.get_one(Staff, disabled.id).active = False
    return Furnished(app, office, factory, values, named.number, anonymous.number, keys, readers)


def key_of(app: Flask, database: Database, person: Person) -> tuple[str, str]:
    """Sign somebody of the people in; see `Furnished.keys`."""
    return _key(app, database, "person", person)


def _key(app: Flask, database: Database, role: str, person: Person | None) -> tuple[str, str]:
    visitor = Visitor(app, check=False)
    if person is not None:
        with database.transaction() as session:
            reader = session.merge(person)
            token = access_links.create_link(session, person=reader, path="/h5/", now=datetime.now(UTC))
        visitor.get(f"/h5/enter/{token}")
        visitor.send("/h5/enter", {"token": token})
        visitor.get("/h5/settings")
    elif role in STAFF:
        visitor.sign_in(role)
    else:
        visitor.get("/admin/sign-in")
    cookie = visitor.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return cookie.value, visitor.token


def _complaints(session: Session, factory: Factory, office: Office) -> tuple[Complaint, Complaint, Complaint]:
    """One of the team with a contact, one that waits at the desk, one of the team that is anonymous."""
    named = factory.complaint(
        session,
        office,
        ComplaintStatus.IN_PROGRESS,
        service_point=office.canteen,
        contact_name=MARKS["contact_name"],
        contact_phone=MARKS["contact_phone"],
        text="汤是凉的",
    )
    other = factory.complaint(session, office, text="大厅的灯坏了")
    unknown = factory.person(session, MARKS["anonymous_openid"])
    anonymous = factory.complaint(
        session,
        office,
        ComplaintStatus.IN_PROGRESS,
        service_point=office.canteen,
        reporter=unknown,
        anonymous=True,
        text="阿姨打饭手抖",
    )
    # Older versions and hands may have left these; they must not be shown all the same.
    anonymous.contact_name, anonymous.contact_phone = MARKS["anonymous_name"], MARKS["anonymous_phone"]
    session.add(ComplaintFollower(complaint_id=anonymous.id, person_id=office.friend.id, since=factory.now))
    complaints.urge(session, anonymous, actor=Actor.of_person(unknown), now=factory.now)
    complaint_links.link(
        session, named, other=anonymous, note="同一窗口", staff=office.dispatcher, now=factory.now
    )
    return named, other, anonymous


def _board(
    session: Session, factory: Factory, office: Office, files: FileStore, shared: Complaint
) -> dict[str, Any]:
    """Put one on the public board with a photo, report it, and hide what was said of it."""
    now = factory.now
    picture = BytesIO()
    Image.new("RGB", (40, 30), (60, 90, 120)).save(picture, "JPEG")
    photo = Attachment(
        complaint_id=shared.id,
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=now,
        file_key=files.save(picture.getvalue(), "jpg"),
        content_type="image/jpeg",
    )
    session.add(photo)
    session.flush()
    words = {"words": MARKS["hidden_words"], "actor": Actor.of_staff(office.handler), "now": now}
    said = complaints.reply(session, shared, **words)
    target = Target(BoardPart.WORDS, said.id)
    hiding.hide(session, shared, target, reason="泄露个人信息", staff=office.dispatcher, now=now)
    wish = release.Wish("窗口排队太久", "已加开窗口", [photo.id])
    release.release(session, shared, wish, confirmed=True, staff=office.dispatcher, now=now)
    told = {"reason": AbuseReason.FALSE, "words": "不实", "now": now}
    abuse.report(session, shared, Target(BoardPart.TEXT), **told)
    endpoints = ("h5_board.item", "h5_board_join.form", "h5_board_join.join", "h5_board_abuse.form")
    more = ("h5_board_abuse.report", "h5_board_abuse.thanks", "admin_abuse.decide")
    releasing = ("form", "put_on_board", "check", "preview", "take_back")
    hidings = ("admin_hiding.form", "admin_hiding.hide", "admin_hiding.show")
    names = [*endpoints, *more, *hidings, *(f"admin_release.{name}" for name in releasing)]
    return {
        "about": str(Target(BoardPart.TEXT)),
        "item": shared.number,
        "admin_plans.file.key": "0" * 16,
        "admin_plans.file.form": "docx",
        "admin_hiding.show.about": str(target),
        "h5_board.photo.photo_id": photo.id,
        "h5_board.small_photo.photo_id": photo.id,
        **{f"{name}.number": shared.number for name in names},
    }


def _limited(session: Session, office: Office, *, now: datetime) -> PersonLimit:
    """Somebody who sent too much in the chat."""
    limit = PersonLimit(
        person_id=office.friend.id,
        kind=LimitKind.CHAT,
        began_at=now,
        until=now + timedelta(days=365),
        refused=3,
    )
    limit.last_refused_at = now
    session.add(limit)
    session.flush()
    return limit


def _things(
    session: Session, factory: Factory, office: Office, files: FileStore, named: Complaint
) -> dict[str, Any]:
    now = factory.now
    picture = BytesIO()
    Image.new("RGB", (40, 30), (120, 90, 60)).save(picture, "JPEG")
    key = files.save(picture.getvalue(), "jpg")
    photo = Attachment(
        complaint_id=named.id,
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=now,
        file_key=key,
        content_type="image/jpeg",
        size=len(picture.getvalue()),
    )
    office.canteen.photo_file_key = key
    size = len(picture.getvalue())
    actors = {"h5": Actor.of_person(office.student), "admin": Actor.of_staff(office.handler)}
    uploads = {
        f"{where}_uploads.{name}.upload_id": pending_uploads.put(
            session,
            actor,
            name="a.jpg",
            # Each its own file: one of these URLs takes it away.
            kept=Kept(files.save(picture.getvalue(), "jpg"), "image/jpeg", size, photo.kind),
            now=datetime.now(UTC),
        ).token
        for where, actor in actors.items()
        for name in ("progress", "chunk", "finish", "remove", "small")
    }
    task = background_tasks.ask(
        session, office.dispatcher, kind="service_point_export", title="导出服务点", now=now
    )
    preview = background_tasks.ask(
        session, office.dispatcher, kind="service_point_preview", title="核对服务点", now=now
    )
    task.state = preview.state = TaskState.DONE
    task.result_file_key, task.result_name, task.finished_at = key, "服务点.xlsx", now
    preview.finished_at = now
    notice = Notice(
        key="furnished:1",
        kind=NoticeKind.ANSWERED,
        staff_id=office.handler.id,
        complaint_id=named.id,
        title="诉求有新进展",
        body="已经出发",
        path=f"/admin/complaints/{named.number}",
        created_at=now,
        due_at=now,
        state=NoticeState.FAILED,
        error="45015",
    )
    alert = PlatformAlert(subject=way(NoticeChannel.TEMPLATE), raised_at=now, last_at=now, words="换取失败")
    answer = KeywordAnswer(word="电话", match=AnswerMatch.EXACT, answer="87654321", position=1)
    reply = ReplyTemplate(title="已派人", text="已派人前往", changed_at=now)
    word = SafetyWord(word="爆管")
    # What is moved needs a neighbour.
    beside = (
        KeywordAnswer(word="地址", match=AnswerMatch.EXACT, answer="一号楼", position=2),
        ReplyTemplate(title="已修好", text="已修好", position=1, changed_at=now),
    )
    check = ContentCheck(
        complaint_id=named.id,
        state=CheckState.REVIEW,
        key="furnished",
        reason="微信认为可能含有广告",
        created_at=now,
    )
    rows = (photo, notice, alert, answer, reply, word, check, *beside)
    session.add_all(rows)
    session.flush()
    view = saved_views.save(session, office.handler, name="我的", query={}, columns=[], shared=False, now=now)
    invited = staff_invitations.issue(session, office.outsider, staff=office.admin, now=now)
    return {
        "attachment_id": photo.id,
        "notice_id": notice.id,
        "alert_id": alert.id,
        "answer_id": answer.id,
        "template_id": reply.id,
        "word_id": word.id,
        "check_id": check.id,
        "callback.photo.key": check.key,
        "view_id": view.id,
        "place_id": office.canteen.id,
        "category_id": office.category.id,
        "staff_id": office.colleague.id,
        "team_id": office.other_team.id,
        "task_id": task.id,
        "admin_place_import.preview.task_id": preview.id,
        "admin_place_import.confirm.task_id": preview.id,
        "secret": invited.secret,
        **uploads,
    }
