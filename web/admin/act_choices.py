"""What the selects of the act forms offer, and whom a note may call."""

from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import mentions, reply_templates
from domain.actors import post_of
from domain.categories import choosable
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintKind, Complexity, Outcome, Role, StepName
from models.staff import Staff, StaffRole
from models.team import Team
from web.admin.act_table import ActForm

_MOST_TEMPLATES = 5


@dataclass(frozen=True)
class OfferedText:
    """A reply template as it would be put into this form."""

    template_id: int
    title: str
    text: str


@dataclass(frozen=True)
class Choices:
    """What the forms offer.

    Attributes:
        colleagues: the names by which a note may call them, each with the post.
        templates: texts to start from, filled in for this complaint.
    """

    teams: list[Team]
    handlers: list[Staff]
    categories: list[Category]
    kinds: list[ComplaintKind]
    complexities: list[Complexity]
    outcomes: list[Outcome]
    rejection_reasons: tuple[str, ...]
    colleagues: dict[str, str]
    templates: list[OfferedText]


def choices_for(session: Session, complaint: Complaint, staff: Staff, act: ActForm) -> Choices:
    """Gather what the form of this act offers."""
    return Choices(
        teams=list(session.scalars(select(Team).where(Team.active).order_by(Team.id))),
        handlers=handlers_offered(session),
        categories=choosable(session),
        kinds=list(ComplaintKind),
        complexities=list(Complexity),
        outcomes=[outcome for outcome in Outcome if outcome is not Outcome.DUPLICATE],
        rejection_reasons=catalogue().rejection.reasons,
        colleagues=_colleagues(session, complaint, staff) if act.step is StepName.NOTE else {},
        templates=_templates(session, complaint, staff, act.step) if act.words_label else [],
    )


def handlers_offered(session: Session) -> list[Staff]:
    """Give all who handle for a team, one team after the other."""
    handlers = (
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.role == Role.HANDLER, Staff.active, Staff.team_id.is_not(None))
        .order_by(Staff.team_id, Staff.id)
    )
    return list(session.scalars(handlers).unique())


def _templates(session: Session, complaint: Complaint, staff: Staff, step: StepName) -> list[OfferedText]:
    if step not in reply_templates.STEPS:
        return []
    return [
        OfferedText(each.id, each.title, reply_templates.fill(each, complaint, staff=staff))
        for each in reply_templates.offered(session, staff, complaint=complaint, step=step)
    ]


def count_templates_taken(session: Session) -> None:
    """Note which templates went into the form that was sent."""
    for template_id in set(request.form.getlist("template", type=int)[:_MOST_TEMPLATES]):
        reply_templates.count_used(session, template_id)


def _colleagues(session: Session, complaint: Complaint, staff: Staff) -> dict[str, str]:
    named = mentions.call_names(mentions.mentionable(session, complaint))
    return {name: post_of(each) for name, each in named.items() if each.id != staff.id}
