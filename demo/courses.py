"""Which way a complaint goes to its end."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from demo import handling, judging, reception
from demo.cases import Case, Ending
from demo.lives import Course, Life, Stage


def course_of(stage: Stage, case: Case, *, seed: int) -> Course:
    """Give the course of a case, not yet begun; the same seed gives the same course."""
    life = Life(stage, case, Random(f"{seed}:{case.number}"))  # noqa: S311 (nothing secret)
    yield from reception.file(life)
    ending = life.case.ending
    at_desk: dict[Ending, Callable[[Life], Course]] = {
        Ending.SUBMITTED: _nothing,
        Ending.SUBMITTED_LATE: _nothing,
        Ending.MERGED: reception.merge,
        Ending.REJECTED: reception.reject,
        Ending.REJECTION_ASKED: reception.propose_rejection,
    }
    if ending in at_desk:
        yield from at_desk[ending](life)
        return
    if ending is Ending.APPEALED:
        yield from reception.reject_and_appeal(life)
    round_start = life.now
    yield from reception.dispatch(life)
    if ending is Ending.WITHDRAWN:
        yield from reception.withdraw(life)
    elif ending is Ending.TRANSFER_ASKED:
        yield from reception.ask_for_transfer(life)
    elif ending in {Ending.URGENT_NOW, Ending.URGENT_DONE}:
        yield from _urgent(life)
    elif ending is not Ending.ASSIGNED:
        yield from _ordinary(life, round_start)


def _nothing(life: Life) -> Course:
    yield from life.until(life.now)


def _urgent(life: Life) -> Course:
    """What cannot wait: there within minutes, done within hours."""
    if life.case.ending is Ending.URGENT_NOW and life.case.number % 2:
        return  # nobody has taken it on yet
    yield from handling.accept(life, at_once=True)
    yield from life.minutes(11, 13)
    handling.say_progress(life, life.story.progress[0])
    if life.case.ending is Ending.URGENT_DONE:
        yield from life.minutes(90, 900)
        handling.resolve(life, life.story.result)
        yield from judging.rate(life)
        yield from judging.publish(life)


def _ordinary(life: Life, round_start: datetime) -> Course:
    ending = life.case.ending
    yield from reception.transfer(life)
    yield from handling.accept(life)
    asks = bool(life.story.ask) and life.complaint.reporter is not None
    if asks and (ending is Ending.WAITING or (ending in _ENDED and life.one_in(2))):
        yield from handling.ask(life)
        if ending is Ending.WAITING:
            return
        yield from handling.answer(life)
    elif not life.one_in(15):
        yield from handling.tell_progress(life)
    if ending in _UNFINISHED:
        yield from _UNFINISHED[ending](life)
        return
    yield from handling.small_talk(life)
    yield from handling.resolve_in_time(life, round_start)
    yield from _after_result(life)


def _after_result(life: Life) -> Course:
    ending = life.case.ending
    if ending in {Ending.REDONE, Ending.REDOING}:
        yield from judging.send_back(life)
        if ending is Ending.REDOING:
            return
        yield from _once_more(life)
    elif ending in {Ending.RATED, Ending.APPEALED}:
        yield from judging.rate(life)
    elif ending is Ending.REOPENED:
        yield from judging.rate(life)
        yield from judging.open_again(life)
        if life.case.number % 2:
            yield from _once_more(life)
    if ending in _ENDED:
        yield from judging.publish(life)


def _once_more(life: Life) -> Course:
    """A second round that leaves the person content."""
    start = life.now
    yield from handling.tell_progress(life)
    yield from handling.resolve_in_time(life, start)
    yield from judging.rate(life)


def _overdue(life: Life) -> Course:
    yield from life.since(life.case.filed_at, 1100)
    if life.one_in(2):
        yield from handling.urge(life)


_ENDED = frozenset({Ending.RATED, Ending.UNRATED, Ending.REDONE, Ending.APPEALED})
_UNFINISHED: dict[Ending, Callable[[Life], Course]] = {
    Ending.IN_PROGRESS: judging.publish_open,
    Ending.OVERDUE: _overdue,
    Ending.SUPERVISED: handling.supervise,
    Ending.DEFERRED: handling.defer,
    Ending.DEFERRAL_ASKED: handling.ask_for_deferral,
}
