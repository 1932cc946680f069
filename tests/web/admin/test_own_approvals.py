"""Who holds every role finds no button to approve what they asked for, and is refused when they send it."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from domain import (
    appraisals,
    article_approval,
    bulletin_approval,
    bulletin_writing,
    push_runs,
    push_schedules,
)
from models.database import Database
from models.enums import Role
from models.push_words import PushKind
from models.staff import Staff, StaffRole
from tests.domain.test_articles import TEXT
from tests.support.appraisal import apply_for, begin_term
from tests.support.bulletins import NOVEMBER, painter_in
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor
from tests.support.pushes import plan, something_to_tell


def test_nobody_approves_by_page_what_they_asked_for(
    app: Flask,
    database: Database,
    office: Office,
    factory: Factory,
    signed_in: Callable[[str], Visitor],
) -> None:
    now = factory.now
    with database.transaction() as session:
        admin = session.get_one(Staff, office.admin.id)
        admin.role_rows = [StaffRole(role=role) for role in Role]
        session.flush()
        by: Any = {"staff": admin, "now": now}
        something_to_tell(session, office, now=now)
        run = push_runs.begin(session, kind=PushKind.DIGEST, due_at=now, **by)
        schedule = push_schedules.create(session, plan(automatic=True), **by)
        article = article_approval.write(session, TEXT, **by)
        article_approval.note_preview(session, article, seen=1, now=now)
        article_approval.ask(session, article, seen=1, **by)
        painter = painter_in(app.extensions["banshishi"].file_store)
        bulletin = bulletin_writing.create(session, NOVEMBER, painter=painter, **by)
        bulletin_approval.submit(session, bulletin, confirmed=True, **by)
        post = apply_for(session, session.merge(office.canteen), admin, now=now)
        term = begin_term(session, admin, now=now)
        appraisals.ask_to_close(session, term, **by)
        wanted: list[tuple[str, str, dict[str, str]]] = [
            (f"/admin/pushes/runs/{run.id}", "approve", {}),
            (f"/admin/pushes/{schedule.id}", "confirm", {}),
            (f"/admin/articles/{article.id}", "approve", {"seen": "1"}),
            (f"/admin/bulletins/{bulletin.id}", "publish", {"seen": str(bulletin.revision)}),
            (f"/admin/pioneer-posts/{post.id}", "decide", {"award": "yes"}),
            (f"/admin/appraisals/{term.id}", "close", {"step": "confirm"}),
        ]
    visitor, colleague = signed_in("admin"), signed_in("leader")
    for address, act, form in wanted:
        button = f"form[action='{address}/{act}']" + (" [value=confirm]" if act == "close" else "")
        assert colleague.get(address).select(button) != [], address
        assert visitor.get(address).select(button) == [], address
        assert visitor.post(f"{address}/{act}", form).status_code == 403, address
