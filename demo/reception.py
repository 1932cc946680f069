"""How a complaint comes in: filed, joined by others, sorted by the desk, merged, refused, or moved on."""

from config.catalogue import catalogue
from demo.cases import RECORDED, Ending
from demo.lives import Course, Life
from demo.stories import words
from domain import complaints
from models.enums import ComplaintKind, ComplaintStatus, Role
from models.staff import Staff

_FAMILY_NAMES = "赵钱孙李周吴郑王冯陈"


def file(life: Life) -> Course:
    """File it, and let others join soon after, while it is open for certain."""
    yield from life.until(life.case.filed_at)
    case, story = life.case, life.story
    recorded = case.channel in RECORDED
    named = recorded or (story.kind is ComplaintKind.REPAIR and not case.anonymous and not life.one_in(3))
    first_telling = case.follows is None and not recorded
    complaint = complaints.submit(
        life.session,
        complaints.Submission(
            text=case.text,
            channel=case.channel,
            kind=story.kind,
            reporter=case.reporter,
            service_point=case.place,
            place_text=case.spot,
            category=life.stage.university.categories[story.category] if story.chosen or recorded else None,
            anonymous=case.anonymous,
            contact_name=life.chance.choice(_FAMILY_NAMES) + "同学" if named else "",
            contact_phone=f"1990000{life.chance.randrange(10_000):04d}" if named else "",
            recorded_by=life.desk if recorded else None,
            attachments=life.photos() if first_telling and not life.one_in(8) else (),
        ),
        now=life.now,
    )
    life.stage.filed[case.number] = complaint
    yield from _join(life)


def _join(life: Life) -> Course:
    for person in life.case.followers:
        yield from life.minutes(0.3, 20 / len(life.case.followers))
        complaints.follow(life.session, life.complaint, person=person, now=life.now)


def dispatch(life: Life) -> Course:
    """Sort it in, and give it to a team unless the place did that."""
    wait = life.minutes if life.complaint.urgent else life.working
    category, complexity = life.stage.university.categories[life.story.category], life.story.complexity
    wrong = life.complaint.category is not category or life.complaint.complexity is not complexity
    if wrong and life.case.ending not in {Ending.ASSIGNED, Ending.URGENT_NOW}:
        yield from wait(1, 4)
        complaints.classify(
            life.session, life.complaint, category=category, complexity=complexity, **life.by(life.desk)
        )
    if life.complaint.status is not ComplaintStatus.SUBMITTED:
        return
    slow = life.case.ending is Ending.UNRATED and life.one_in(7)
    yield from wait(*((31, 70) if slow else (1, 6)))
    complaints.assign(
        life.session,
        life.complaint,
        team=life.stage.university.teams[life.story.team],
        words=life.chance.choice(words().assigned),
        **life.by(life.desk),
    )


def merge(life: Life) -> Course:
    """Make it part of the one that told the same."""
    if life.case.follows is None:
        raise ValueError("what is merged follows another")
    yield from life.working(4, 14)
    main = life.stage.filed[life.case.follows.number]
    said = words().same_here_merged
    complaints.merge(life.session, life.complaint, into=main, words=said, **life.by(life.desk))


def propose_rejection(life: Life) -> Course:
    """Propose not to take it on."""
    rejection = life.story.rejection
    if rejection is None:
        raise ValueError("the story tells of no rejection")
    yield from life.working(6, 16)
    reason = catalogue().rejection.reasons[rejection.reason - 1]
    complaints.request_rejection(
        life.session, life.complaint, reason=reason, words=rejection.words, **life.by(life.desk)
    )


def reject(life: Life) -> Course:
    """Propose it, and have a second person confirm."""
    yield from propose_rejection(life)
    yield from life.working(20, 180)
    complaints.confirm_rejection(life.session, life.complaint, **life.by(_second_at_desk(life)))


def _second_at_desk(life: Life) -> Staff:
    return next(one for one in life.stage.university.with_role(Role.DISPATCHER) if one is not life.desk)


def reject_and_appeal(life: Life) -> Course:
    """Refuse it; the person objects, and the desk takes it on."""
    yield from reject(life)
    yield from life.awake(3, 20)
    appeal = life.story.rejection.appeal if life.story.rejection else ""
    complaints.appeal(life.session, life.complaint, words=appeal, **life.by_reporter())


def ask_for_transfer(life: Life) -> Course:
    """Have the team ask to be rid of what is another's."""
    wish = life.story.transfer
    if wish is None or life.complaint.team is life.stage.university.teams[wish.to]:
        return
    yield from life.working(5, 30)
    complaints.request_transfer(
        life.session,
        life.complaint,
        reason=wish.reason,
        to_team=life.stage.university.teams[wish.to],
        **life.by(life.worker()),
    )


def transfer(life: Life) -> Course:
    """Have it moved to whom it belongs, or left where it is."""
    wish = life.story.transfer
    if wish is None or life.complaint.team is life.stage.university.teams[wish.to]:
        return
    yield from ask_for_transfer(life)
    yield from life.working(8, 45)
    # Nobody grants what they asked for themselves; one at the desk works for a team as well.
    desk = life.desk if life.desk is not life.worker() else _second_at_desk(life)
    if wish.refused:
        complaints.refuse_transfer(life.session, life.complaint, words=wish.refused, **life.by(desk))
    else:
        team = life.stage.university.teams[wish.to]
        complaints.assign(life.session, life.complaint, team=team, **life.by(desk))


def withdraw(life: Life) -> Course:
    """Take it back."""
    yield from life.awake(0.4, 5)
    word = life.chance.choice(words().withdrawn)
    complaints.withdraw(life.session, life.complaint, words=word, **life.by_reporter())
