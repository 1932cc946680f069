"""The forms of acts, as a browser would fill them in."""

from typing import Any

from sqlalchemy import select

from models.complaint import Complaint, ComplaintEvent
from models.database import Database
from models.enums import StepName
from tests.support.pages import Visitor


def act_address(complaint: Complaint, step: StepName) -> str:
    """Give the address of an act."""
    return f"/admin/complaints/{complaint.number}/acts/{step.value}"


def fields_of(visitor: Visitor, address: str) -> dict[str, Any]:
    """Open the form of an act and give what a browser would send of it unchanged."""
    form = visitor.get(address).select_one("form.act-form")
    assert form is not None
    fields: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            fields[str(field["name"])] = str(chosen["value"]) if chosen else ""
        elif field.name == "textarea":
            fields[str(field["name"])] = field.get_text()
        elif field.get("type") in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                fields[str(field["name"])] = str(field["value"])
        elif field.get("type") != "file":
            fields[str(field["name"])] = str(field.get("value", ""))
    fields.pop("csrf_token")
    return fields


def last_event(database: Database, complaint: Complaint) -> ComplaintEvent:
    """Give the newest event of a complaint."""
    with database.reading() as session:
        query = select(ComplaintEvent).where(ComplaintEvent.complaint_id == complaint.id)
        return session.scalars(query.order_by(ComplaintEvent.id.desc())).first()  # type: ignore[return-value]


def stored(database: Database, complaint: Complaint) -> Complaint:
    """Give a complaint as it is stored now."""
    with database.reading() as session:
        return session.get_one(Complaint, complaint.id)
