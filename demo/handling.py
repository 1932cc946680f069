"""How a complaint is worked on: taken on, told of, asked about, deferred, hurried, resolved."""

from datetime import datetime, timedelta

from demo.cases import Ending
from demo.lives import Course, Life
from demo.stories import words
from domain import complaints
from models.enums import ComplaintKind, Complexity, Outcome, Role

_LIMITS = {Complexity.ORDINARY: 1350, Complexity.COMPLEX: 3150, Complexity.VERY_COMPLEX: 6750}


def accept(life: Life, *, at_once: bool = False) -> Course:
    """Take it on."""
    yield from life.minutes(1.5, 4) if at_once else life.working(4, 35)
    word = words().accepted_at_once if at_once else life.chance.choice(words().accepted)
    complaints.accept(life.session, life.complaint, words=word, **life.by(life.worker()))


def tell_progress(life: Life) -> Course:
    """Say before long how far things are."""
    yield from life.working(20, 70)
    say_progress(life, life.chance.choice(life.story.progress or words().progress))


def say_progress(life: Life, said: str) -> None:
    """Say how far things are."""
    complaints.progress(life.session, life.complaint, words=said, **life.by(life.worker()))


def ask(life: Life) -> Course:
    """Ask the person for more."""
    yield from life.working(10, 60)
    complaints.ask(life.session, life.complaint, words=life.story.ask, **life.by(life.worker()))


def answer(life: Life) -> Course:
    """Have the person tell more."""
    yield from life.awake(0.5, 14)
    complaints.supplement(life.session, life.complaint, words=life.story.answer, **life.by_reporter())


def small_talk(life: Life) -> Course:
    """Now and then something on the side: a note among colleagues, or more words of the person."""
    if life.one_in(9):
        yield from life.working(5, 30)
        note = life.chance.choice(words().notes)
        complaints.note(life.session, life.complaint, words=note, **life.by(life.worker()))
    if life.complaint.reporter is not None and life.one_in(14):
        yield from life.awake(0.5, 3)
        more = life.chance.choice(words().supplement)
        complaints.supplement(life.session, life.complaint, words=more, **life.by_reporter())


def ask_for_deferral(life: Life) -> Course:
    """Ask to put it off, as it cannot be done now."""
    if life.story.deferral is None:
        raise ValueError("the story tells of no deferral")
    yield from life.working(20, 90)
    until = life.now + timedelta(days=life.story.deferral.days)
    complaints.request_deferral(
        life.session, life.complaint, reason=life.story.deferral.reason, until=until, **life.by(life.worker())
    )


def defer(life: Life) -> Course:
    """Have it put off, and tell of the plan a few days later."""
    yield from ask_for_deferral(life)
    yield from life.working(20, 200)
    word = life.chance.choice(words().deferral_approved)
    complaints.approve_deferral(life.session, life.complaint, words=word, **life.by(life.approver()))
    yield from life.working(900, 2200)
    plan = life.story.deferral.done if life.story.deferral else ""
    complaints.reply(life.session, life.complaint, words=plan, **life.by(life.worker()))


def urge(life: Life) -> Course:
    """Have the person ask for more haste."""
    if life.complaint.reporter is not None:
        yield from life.awake(0.5, 6)
        word = life.chance.choice(words().urges)
        complaints.urge(life.session, life.complaint, words=word, **life.by_reporter())


def supervise(life: Life) -> Course:
    """Have a leader or the inspectors press for it, a working day after it was due."""
    yield from life.since(life.case.filed_at, _LIMITS[life.story.complexity] + 480)
    chiefs = [*life.stage.university.with_role(Role.INSPECTOR), *life.stage.university.with_role(Role.LEADER)]
    complaints.supervise(
        life.session,
        life.complaint,
        words=life.chance.choice(words().supervised),
        until=life.stage.calendar.add_days(life.now, 2),
        **life.by(life.chance.choice(chiefs)),
    )


def resolve_in_time(life: Life, start: datetime) -> Course:
    """Work until it is done, most often well before it is due, and say what came of it.

    Args:
        start: when the round began.
    """
    limit = _LIMITS[life.story.complexity]
    is_late = life.case.ending in {Ending.RATED, Ending.UNRATED} and life.one_in(11)
    share = life.chance.uniform(1.05, 1.35) if is_late else life.chance.triangular(0.2, 0.95, 0.4)
    if life.case.ending is Ending.RESOLVED:
        share = life.chance.uniform(0.3, 0.68) * _LIMITS[Complexity.ORDINARY] / limit
    for days in (3, 6, 9, 12):  # what takes long is told of every few days
        if share * limit > days * 450:
            yield from life.since(start, days * 450 - 60)
            yield from tell_progress(life)
    if is_late:
        yield from urge(life)
    yield from life.since(start, share * limit)
    said = life.story.result
    if life.complaint.round > 1 and life.case.ending is not Ending.APPEALED:
        said = life.story.redo or words().redone
    if is_late:
        said = f"{life.chance.choice(words().late_reason)}{said}"
    resolve(life, said)


def resolve(life: Life, said: str) -> None:
    """Say what came of it, with a photo where there is one to take."""
    photos = life.photos(after=True) if life.story.outcome is Outcome.SOLVED else []
    needs_reason = life.story.kind is ComplaintKind.REPAIR and not photos
    complaints.resolve(
        life.session,
        life.complaint,
        words=said,
        outcome=life.story.outcome,
        attachments=photos,
        no_photo_reason=life.chance.choice(words().no_photo) if needs_reason else "",
        **life.by(life.worker()),
    )
