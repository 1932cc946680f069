"""Putting a matter into the ledger, also from complaints, and changing what is written of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import matters
from domain.actors import Actor
from domain.categories import choosable
from domain.disclosure import masked
from domain.errors import DomainError, Invalid, NotAllowed
from domain.matter_fields import LONGEST, MatterFields, choosable_leads, fields_of
from domain.matter_lifecycle import open_matter_steps
from domain.matter_permissions import may_list_matters
from domain.permissions import visible_to
from models.complaint import Complaint
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource, MatterStepName
from models.pending_upload import PendingUpload
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from web.admin.matter_finding import find_matter
from web.admin.places import place_named
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.uploads import keep_photos, read_photos, still_there

blueprint = Blueprint("admin_matter_form", __name__, url_prefix="/admin/matters")
blueprint.before_request(staff_only)

_TEXTS = ("title", "source_words", "problem", "cause", "goal", "measures", "phase", "item", "deadline_words")
_MOST_LINES = 20


@blueprint.get("/new")
def new() -> str:
    """Show an empty form, or one that begins with what complaints say."""
    session, staff = current_session(), current_staff()
    _only_listing(staff)
    complaints = _complaints(session, staff, request.args.getlist("from"))
    return _form(session, None, complaints, _like(complaints))


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Put the matter into the ledger."""
    _only_listing(current_user.staff)
    try:
        uploads = read_photos()
        session, staff = current_session(), current_staff()
        complaints = _complaints(session, staff, request.form.getlist("from"))
        matter = matters.list_matter(
            session,
            _wanted(session),
            staff=staff,
            now=now(),
            complaints=complaints,
            attachments=keep_photos(uploads, now=now()),
            public_text=request.form.get("public_text", "") if request.form.get("public") else None,
        )
    except Invalid as refusal:
        return _refused(None, refusal)
    flash(f"已立项 {matter.number}，通知了责任单位和牵头领导。", "success")
    return redirect(url_for("admin_matter.page", number=matter.number), 303)


@blueprint.get("/<number>/edit")
def edit(number: str) -> str:
    """Show the form of a matter."""
    session = current_session()
    matter = find_matter(session, number, current_staff())
    _only_editing(matter, current_staff())
    return _form(session, matter, [], _entered(fields_of(matter), matter.places))


@blueprint.post("/<number>/edit")
def change(number: str) -> Response | tuple[str, int]:
    """Change what is written of a matter."""
    session, staff = current_session(), current_staff()
    matter = find_matter(session, number, staff)
    _only_editing(matter, staff)
    seen = request.form.get("seen", 0, type=int)
    try:
        changed = matters.edit(
            session, matter, _wanted(session), actor=Actor.of_staff(staff), now=now(), seen=seen
        )
    except DomainError as refusal:
        return _refused(number, refusal)
    flash("已保存。" if changed else "没有改动。", "success" if changed else "info")
    return redirect(url_for("admin_matter.page", number=number), 303)


def _only_listing(staff: Staff) -> None:
    if not may_list_matters(staff):
        raise NotAllowed("事项由受理员、分管领导或系统管理员立项。")


def _only_editing(matter: Matter, staff: Staff) -> None:
    steps = open_matter_steps(matter, Actor.of_staff(staff), now=now())
    if MatterStepName.EDIT not in {step.name for step in steps}:
        raise NotAllowed("申请销号前，由受理员、分管领导或系统管理员修改。")


def _complaints(session: Session, staff: Staff, numbers: Sequence[str]) -> list[Complaint]:
    """Give those of the complaints that staff may see, in the order of their numbers."""
    query = select(Complaint).where(
        visible_to(staff), Complaint.number.in_(numbers[: matters.MOST_COMPLAINTS])
    )
    return list(session.scalars(query.order_by(Complaint.number)))


def _like(complaints: Sequence[Complaint]) -> dict[str, Any]:
    """Begin a form with what complaints have in common."""
    blank = MatterFields(title="", source=MatterSource.COMPLAINTS if complaints else MatterSource.MEETING)
    points = {one.service_point.id: one.service_point for one in complaints if one.service_point}
    said = "\n".join(f"· {one.public_text or masked(one.text)}"[:200] for one in complaints[:10])
    entered = _entered(blank, list(points.values()))
    entered |= {
        "problem": f"师生反映：\n{said}" if said else "",
        "team_id": _commonest([one.team_id for one in complaints]),
        "category_id": _commonest([one.category_id for one in complaints]),
        "public": "1" if complaints else "",
    }
    return entered


def _commonest(ids: Sequence[int | None]) -> str:
    counted = Counter(one for one in ids if one is not None).most_common(1)
    return str(counted[0][0]) if counted else ""


def _wanted(session: Session) -> MatterFields:
    form = request.form
    return MatterFields(
        **{name: form.get(name, "") for name in _TEXTS},
        kind=_word(MatterKind, "kind", "请选择类型。"),
        source=_word(MatterSource, "source", "请选择来源。"),
        lead_staff_id=form.get("lead_staff_id", type=int),
        team_id=form.get("team_id", type=int),
        category_id=form.get("category_id", type=int),
        start=_day("start"),
        deadline=_day("deadline"),
        supporting=tuple(form.getlist("supporting", type=int)[:50]),
        places=tuple(_place_ids(session, form.get("places", ""))),
    )


def _word(words: type[Any], name: str, otherwise: str) -> Any:  # noqa: ANN401 (one of two enums)
    chosen = next((word for word in words if word.value == request.form.get(name)), None)
    if chosen is None:
        raise Invalid(otherwise, name)
    return chosen


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("日期请写成 2026-12-31 这样。", name) from None


def _place_ids(session: Session, text: str) -> list[int]:
    lines = [line.strip()[:100] for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise Invalid(f"最多 {_MOST_LINES} 个服务点，请写它们上面的一级。", "places")
    try:
        return [place_named(session, line).id for line in lines]
    except Invalid as refusal:
        raise Invalid(refusal.message, "places") from refusal


def _entered(wanted: MatterFields, places: Sequence[ServicePoint]) -> dict[str, Any]:
    entered: dict[str, Any] = {name: getattr(wanted, name) for name in _TEXTS}
    return entered | {
        "kind": wanted.kind.value,
        "source": wanted.source.value,
        "lead_staff_id": str(wanted.lead_staff_id or ""),
        "team_id": str(wanted.team_id or ""),
        "category_id": str(wanted.category_id or ""),
        "start": wanted.start.isoformat() if wanted.start else "",
        "deadline": wanted.deadline.isoformat() if wanted.deadline else "",
        "supporting": [str(one) for one in wanted.supporting],
        "places": "\n".join(place.full_name for place in places),
        "public": "",
        "public_text": "",
    }


def _refused(number: str | None, refusal: DomainError) -> tuple[str, int]:
    session = current_session()
    session.rollback()
    kept = still_there()
    staff = current_staff()
    matter = find_matter(session, number, staff) if number else None
    entered: dict[str, Any] = {"public": "", **request.form.to_dict()}
    entered["supporting"] = request.form.getlist("supporting")
    complaints = _complaints(session, staff, request.form.getlist("from"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(refusal, Invalid) else HTTPStatus.CONFLICT
    return _form(session, matter, complaints, entered, refusal, kept=kept), status


def _form(
    session: Session,
    matter: Matter | None,
    complaints: Sequence[Complaint],
    entered: Mapping[str, Any],
    refusal: DomainError | None = None,
    *,
    kept: Sequence[PendingUpload] = (),
) -> str:
    return render_template(
        "admin/matter_form.html",
        matter=matter,
        complaints=complaints,
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        kinds=list(MatterKind),
        sources=list(MatterSource),
        teams=session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        leads=choosable_leads(session),
        categories=choosable(session),
        longest=LONGEST,
        kept=kept,
    )
