"""Which part somebody plays in a complaint, and what each may see."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from domain.actors import Actor
from models.article import Article
from models.background_task import BackgroundTask
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower
from models.enums import Role, Word
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole


class Part(Word):
    """The part an actor plays in one complaint."""

    REPORTER = "reporter", "诉求人"
    FOLLOWER = "follower", "关注人"
    HANDLER = "handler", "经办人"
    LEAD = "lead", "单位负责人"
    DISPATCHER = "dispatcher", "受理员"
    LEADER = "leader", "分管领导"
    INSPECTOR = "inspector", "督导组"
    ADMIN = "admin", "系统管理员"
    CLOCK = "clock", "系统"


# These roles look after all complaints; handlers and leads after those of their team.
_OVERSEEING = frozenset({Role.DISPATCHER, Role.LEADER, Role.INSPECTOR, Role.ADMIN})
_OF_TEAM = frozenset({Role.HANDLER, Role.LEAD})


def parts_in(session: Session, complaint: Complaint, actor: Actor) -> frozenset[Part]:
    """Tell all parts the actor plays in this complaint; empty for a stranger."""
    if actor.staff is not None:
        return _parts_of_staff(complaint, actor.staff)
    if actor.person is not None:
        return _parts_of_person(session, complaint, actor.person)
    return frozenset({Part.CLOCK}) if actor.is_clock else frozenset()


def _parts_of_staff(complaint: Complaint, staff: Staff) -> frozenset[Part]:
    if not staff.active:
        return frozenset()
    in_team = staff.team_id is not None and staff.team_id == complaint.team_id
    return frozenset(Part(role.value) for role in staff.roles if role in _OVERSEEING or in_team)


def _parts_of_person(session: Session, complaint: Complaint, person: Person) -> frozenset[Part]:
    if complaint.reporter_id == person.id:
        return frozenset({Part.REPORTER})
    follows = session.get(ComplaintFollower, (complaint.id, person.id)) is not None
    return frozenset({Part.FOLLOWER}) if follows else frozenset()


def may_see(session: Session, complaint: Complaint, actor: Actor) -> bool:
    """Tell whether the actor may open this complaint at all."""
    if parts_in(session, complaint, actor):
        return True
    if actor.staff is None or not actor.staff.active:
        return False
    acted = select(ComplaintEvent.id).where(
        ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.staff_id == actor.staff.id
    )
    return session.scalar(acted.limit(1)) is not None


def visible_to(staff: Staff, *, row_by_row: bool = False) -> ColumnElement[bool]:
    """Give the condition on Complaint for the lists of this member of staff; agrees with `may_see`.

    Args:
        row_by_row: whether it is asked of a few rows only, although the database will expect many, so that
            all that somebody acted on is not to be looked up beforehand.
    """
    acted = select(ComplaintEvent.id).where(
        ComplaintEvent.staff_id == staff.id, ComplaintEvent.complaint_id == Complaint.id
    )
    # With an OFFSET, PostgreSQL takes the question as it stands.
    ways = _ways_to_see(staff, (acted.offset(0) if row_by_row else acted).exists())
    # Joined to nothing, a condition that always holds would no longer be known for one.
    return or_(*ways) if len(ways) > 1 else ways[0]


def ways_to_see(staff: Staff) -> list[ColumnElement[bool]]:
    """Give the conditions that make up `visible_to`, for lists that take in most of what somebody sees.

    No complaint fulfils two of them. Apart, each finds its rows by an index of its own, which a condition
    joined by OR cannot; and what somebody acted on is looked up once, not anew for every row.
    """
    mine = select(ComplaintEvent.complaint_id).where(ComplaintEvent.staff_id == staff.id)
    return _ways_to_see(staff, Complaint.id.in_(mine))


def answered_for_by(staff: Staff) -> ColumnElement[bool]:
    """Give the condition on Complaint that staff play a part in it now; agrees with `parts_in`."""
    if not staff.active:
        return false()
    if staff.roles & _OVERSEEING:
        return true()
    if staff.roles & _OF_TEAM and staff.team_id is not None:
        return Complaint.team_id == staff.team_id
    return false()


def _ways_to_see(staff: Staff, acted: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    if not staff.active:
        return [false()]
    if staff.roles & _OVERSEEING:
        return [true()]
    # Who worked on a complaint that has moved on can still look it up.
    if staff.roles & _OF_TEAM and staff.team_id is not None:
        elsewhere = Complaint.team_id.is_distinct_from(staff.team_id)
        return [Complaint.team_id == staff.team_id, and_(acted, elsewhere)]
    return [acted]


def may_open(complaint: Complaint) -> ColumnElement[bool]:
    """Give the condition on Staff for those who may open this complaint; agrees with `may_see`."""
    acted = select(ComplaintEvent.staff_id).where(
        ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.staff_id.is_not(None)
    )
    conditions: list[ColumnElement[bool]] = [
        Staff.role_rows.any(StaffRole.role.in_(_OVERSEEING)),
        Staff.id.in_(acted),
    ]
    if complaint.team_id is not None:
        of_team = Staff.role_rows.any(StaffRole.role.in_(_OF_TEAM))
        conditions.append(and_(Staff.team_id == complaint.team_id, of_team))
    return and_(Staff.active, or_(*conditions))


def may_link(session: Session, complaint: Complaint, staff: Staff) -> bool:
    """Tell whether staff may say which other complaints belong to this one: all who play a part in it now."""
    return bool(parts_in(session, complaint, Actor.of_staff(staff)) - {Part.ADMIN})


def may_see_reporter(complaint: Complaint, staff: Staff) -> bool:
    """Tell whether staff may know that this is a certain person; never when it was raised anonymously."""
    return not complaint.anonymous and may_see_contact(complaint, staff)


def may_see_contact(complaint: Complaint, staff: Staff) -> bool:
    """Tell whether staff may see name and telephone: the team at work, and who dispatches."""
    if complaint.anonymous or not staff.active:
        return False
    in_team = staff.team_id is not None and staff.team_id == complaint.team_id
    return Role.DISPATCHER in staff.roles or (in_team and bool(staff.roles & _OF_TEAM))


def may_read_audit(staff: Staff) -> bool:
    """Tell whether staff may look through the audit log: who watches over the others, and administrators."""
    return staff.active and bool(staff.roles & {Role.INSPECTOR, Role.ADMIN})


def may_see_system_state(staff: Staff) -> bool:
    """Tell whether staff may see how the program itself is doing: who looks after it, and who watches."""
    return staff.active and bool(staff.roles & {Role.ADMIN, Role.INSPECTOR})


def may_see_task(task: BackgroundTask, staff: Staff) -> bool:
    """Tell whether staff may follow and stop a piece of long work: who asked for it, and administrators."""
    return staff.active and (task.staff_id == staff.id or Role.ADMIN in staff.roles)


def may_have_file(task: BackgroundTask, staff: Staff) -> bool:
    """Tell whether staff may have the file it made: it holds what the one who asked for it may see."""
    return staff.active and task.staff_id == staff.id


def may_manage_places(staff: Staff) -> bool:
    """Tell whether staff may add, move, retire and import places, and change all that is written of them."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.ADMIN})


def may_describe_place(place: ServicePoint, staff: Staff) -> bool:
    """Tell whether staff may change words, photo and person in charge: leads at their own places."""
    leads = Role.LEAD in staff.roles and staff.team_id is not None and staff.team_id == place.team_id
    return may_manage_places(staff) or (staff.active and leads)


def may_see_contacts(staff: Staff) -> bool:
    """Tell whether there can be complaints whose name and telephone staff may see."""
    in_team = staff.team_id is not None and bool(staff.roles & _OF_TEAM)
    return staff.active and (Role.DISPATCHER in staff.roles or in_team)


def contact_shown_to(staff: Staff) -> ColumnElement[bool]:
    """Give the condition on Complaint that staff may see its contact; agrees with `may_see_contact`."""
    if not may_see_contacts(staff):
        return false()
    named = Complaint.anonymous.is_(False)
    return named if Role.DISPATCHER in staff.roles else and_(named, Complaint.team_id == staff.team_id)


def may_manage_settings(staff: Staff) -> bool:
    """Tell whether staff may change what the office sets: teams, categories, calendar, words."""
    return staff.active and Role.ADMIN in staff.roles


def may_manage_staff(staff: Staff) -> bool:
    """Tell whether staff may invite colleagues, change their accounts and close them."""
    return staff.active and Role.ADMIN in staff.roles


def may_manage_replies(staff: Staff) -> bool:
    """Tell whether staff may change the reply templates of the whole office."""
    return staff.active and bool(staff.roles & {Role.ADMIN, Role.DISPATCHER, Role.LEAD})


def may_print_codes(staff: Staff) -> bool:
    """Tell whether staff may have codes of places printed: leads those of their team's places."""
    leads = Role.LEAD in staff.roles and staff.team_id is not None
    return may_manage_places(staff) or (staff.active and leads)


def codes_of_team(staff: Staff) -> int | None:
    """Give the team, by id, whose places' codes somebody who prints is kept to; None stands for all."""
    return None if may_manage_places(staff) else staff.team_id


def may_triage(staff: Staff) -> bool:
    """Tell whether staff may go through the desk's queue of new complaints."""
    return staff.active and Role.DISPATCHER in staff.roles


def may_see_figures(staff: Staff) -> bool:
    """Tell whether staff may see figures: of all, or of the team they belong to."""
    return staff.active and (bool(staff.roles & _OVERSEEING) or staff.team_id is not None)


def figures_of_team(staff: Staff) -> int | None:
    """Give the team, by id, that figures are narrowed to for this member of staff; None stands for all."""
    return None if staff.roles & _OVERSEEING else staff.team_id


def may_see_rates(staff: Staff) -> bool:
    """Tell whether staff may see rates, times and comparisons; handlers see the counts of their team only."""
    return may_see_figures(staff) and bool(staff.roles - {Role.HANDLER})


def may_export_ledger(staff: Staff) -> bool:
    """Tell whether staff may take complaints out of here as a workbook (台账)."""
    return may_see_rates(staff)


def may_assign(staff: Staff) -> bool:
    """Tell whether there can be complaints that staff may give to a team."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.LEADER})


def may_build_surveys(staff: Staff) -> bool:
    """Tell whether staff may write, open and close surveys, and decide of the texts in them."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.ADMIN})


def may_read_surveys(staff: Staff) -> bool:
    """Tell whether staff may read results of surveys: of all, or as a lead of what their team answers for."""
    leads = Role.LEAD in staff.roles and staff.team_id is not None
    return staff.active and (bool(staff.roles & _OVERSEEING) or leads)


def surveys_of_team(staff: Staff) -> int | None:
    """Give the team, by id, whose sections somebody who may read surveys is kept to; None stands for all."""
    return None if staff.roles & _OVERSEEING else staff.team_id


def may_release(staff: Staff) -> bool:
    """Tell whether staff may release texts to the public board, and take them back."""
    return staff.active and Role.DISPATCHER in staff.roles


def may_hide(staff: Staff) -> bool:
    """Tell whether staff may hide words and photos everywhere, and decide on reports of abuse."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.ADMIN})


def may_limit_people(staff: Staff) -> bool:
    """Tell whether staff may lift the limit of a person, or keep one from submitting for a while."""
    return may_hide(staff)


def may_write_bulletins(staff: Staff) -> bool:
    """Tell whether staff may write bulletins, and read drafts of colleagues: who looks after all."""
    return staff.active and bool(staff.roles & _OVERSEEING)


def may_publish_bulletins(staff: Staff) -> bool:
    """Tell whether staff may publish bulletins of others, and withdraw them."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.LEADER, Role.ADMIN})


def may_see_hidden(staff: Staff) -> bool:
    """Tell whether staff may read what is hidden, and the reports of abuse."""
    return may_hide(staff) or (staff.active and Role.INSPECTOR in staff.roles)


def may_see_scoreboard(staff: Staff) -> bool:
    """Tell whether staff may see all teams side by side (三比): who looks after all, and leads."""
    leads = Role.LEAD in staff.roles and staff.team_id is not None
    return staff.active and (bool(staff.roles & _OVERSEEING) or leads)


def may_manage_appraisal(staff: Staff) -> bool:
    """Tell whether staff may set terms and weights, enter yearly scores, and hold peer reviews."""
    return staff.active and bool(staff.roles & {Role.LEADER, Role.ADMIN})


def may_see_appraisal(staff: Staff) -> bool:
    """Tell whether staff may see score sheets: of all teams, or of their own."""
    return staff.active and (bool(staff.roles & _OVERSEEING) or staff.team_id is not None)


def may_see_sheet(staff: Staff, team_id: int) -> bool:
    """Tell whether staff may see the score sheet of this team."""
    return staff.active and (bool(staff.roles & _OVERSEEING) or staff.team_id == team_id)


def may_inspect(staff: Staff) -> bool:
    """Tell whether staff may enter what was found on the spot (一线督查)."""
    return staff.active and bool(staff.roles & {Role.INSPECTOR, Role.LEADER})


def may_remark(staff: Staff) -> bool:
    """Tell whether staff may remark on the work of teams (领导点评)."""
    return staff.active and Role.LEADER in staff.roles


def may_apply_for_post(place: ServicePoint, staff: Staff) -> bool:
    """Tell whether staff may apply for a pioneer post (党员先锋岗) at a place: who may describe it."""
    return place.active and may_describe_place(place, staff)


def may_review_posts(staff: Staff) -> bool:
    """Tell whether staff may decide on pioneer posts; nobody on what they applied for themselves."""
    return staff.active and bool(staff.roles & {Role.LEADER, Role.INSPECTOR, Role.ADMIN})


def may_write_articles(staff: Staff) -> bool:
    """Tell whether staff may write articles of the account, and see those that others write."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.LEADER, Role.ADMIN})


def may_approve_article(article: Article, staff: Staff) -> bool:
    """Tell whether staff may approve or send back this article: not who wrote it or asked (四眼原则)."""
    return may_write_articles(staff) and staff.id not in (article.created_by_id, article.asked_by_id)


def may_see_sending(staff: Staff) -> bool:
    """Tell whether staff may see how notices were sent, and what the platform said."""
    return staff.active and bool(staff.roles & {Role.ADMIN, Role.DISPATCHER})


def may_plan_pushes(staff: Staff) -> bool:
    """Tell whether staff may plan pushes, and approve those of others."""
    return staff.active and bool(staff.roles & {Role.DISPATCHER, Role.LEADER, Role.ADMIN})


def may_see_pushes(staff: Staff) -> bool:
    """Tell whether staff may see what was pushed, to how many, and how that went."""
    return staff.active and bool(staff.roles & _OVERSEEING)
