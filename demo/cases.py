"""Which complaints the demo has: how many come to which end, what each is about, where and when."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from random import Random

from demo.hours import some_time_between, working_time_before
from demo.stories import Story, Telling, stories, words
from demo.university import University
from domain.working_time import WorkingTime
from models.enums import Channel, ComplaintKind
from models.person import Person
from models.service_point import ServicePoint

DAYS = 90
_OF = 300


class Ending(Enum):
    """Where a complaint has got to by now: how many of 300, and how old they are.

    `ages` holds the least and most working minutes since filing for what is still open, `days_ago` the least
    and most days for what has ended; without either it was filed minutes ago.
    """

    RATED = (107, None, (9, 90))
    UNRATED = (46, None, (18, 90))
    REDONE = (14, None, (20, 90))
    REOPENED = (4, None, (22, 34))
    REJECTED = (5, None, (8, 80))
    APPEALED = (1, None, (25, 60))
    WITHDRAWN = (7, None, (5, 85))
    MERGED = (9, None, (8, 80))
    DEFERRED = (7, None, (9, 40))
    RESOLVED = (20, (1000, 2000), None)
    WAITING = (6, (300, 1500), None)
    REDOING = (4, (1700, 2400), None)
    SUPERVISED = (3, (1900, 2400), None)
    OVERDUE = (8, (1480, 2300), None)
    IN_PROGRESS = (22, (150, 1050), None)
    DEFERRAL_ASKED = (2, (600, 1200), None)
    TRANSFER_ASKED = (3, (120, 420), None)
    ASSIGNED = (12, (0, 260), None)
    REJECTION_ASKED = (2, (40, 300), None)
    SUBMITTED = (8, (0, 26), None)
    SUBMITTED_LATE = (3, (60, 140), None)
    URGENT_NOW = (2, None, None)
    URGENT_DONE = (5, None, (3, 88))

    def __init__(
        self, share: int, ages: tuple[float, float] | None, days_ago: tuple[float, float] | None
    ) -> None:
        self.share = share
        self.ages = ages
        self.days_ago = days_ago


_BY_HAND = frozenset({Ending.SUBMITTED, Ending.SUBMITTED_LATE})
_REJECTING = frozenset({Ending.REJECTED, Ending.REJECTION_ASKED, Ending.APPEALED})
_DEFERRING = frozenset({Ending.DEFERRED, Ending.DEFERRAL_ASKED})
_SENT_BACK = frozenset({Ending.REDONE, Ending.REDOING, Ending.REOPENED})
_URGENT = frozenset({Ending.URGENT_NOW, Ending.URGENT_DONE})
_NOT_FOR_PRAISE = frozenset(Ending) - {Ending.RATED, Ending.UNRATED, Ending.ASSIGNED, Ending.IN_PROGRESS}
_NOT_FOR_QUESTIONS = frozenset({Ending.OVERDUE, Ending.SUPERVISED, Ending.WITHDRAWN})
_CHANNELS = {
    Channel.WECHAT: 70,
    Channel.WEB: 16,
    Channel.PHONE: 7,
    Channel.LETTER_BOX: 3,
    Channel.VISIT: 2,
    Channel.MEETING: 2,
}
RECORDED = frozenset({Channel.PHONE, Channel.LETTER_BOX, Channel.VISIT, Channel.MEETING})


# Whose complaints they are, and what they are about if there is one such.
_OF_WECHAT_USERS = (
    ("林小雨", Ending.RESOLVED, "dormitory"),
    ("林小雨", Ending.IN_PROGRESS, "canteen"),
    ("林小雨", Ending.RATED, "utilities"),
    ("陈浩", Ending.WAITING, "dormitory"),
    ("陈浩", Ending.UNRATED, "traffic"),
    ("王芳老师", Ending.OVERDUE, "repair"),
)


@dataclass
class Case:
    """One complaint to be: who says what about which place, when, and how it is to end."""

    number: int
    ending: Ending
    story: Story
    text: str
    place: ServicePoint | None
    spot: str
    filed_at: datetime
    channel: Channel
    reporter: Person | None
    anonymous: bool
    follows: "Case | None" = None
    followers: list[Person] = field(default_factory=list)


def plan_cases(
    university: University, calendar: WorkingTime, *, total: int, now: datetime, chance: Random
) -> list[Case]:
    """Plan the complaints, the oldest first.

    Args:
        total: about how many; of every ending at least one.
    """
    library = _Library(university, chance)
    cases: list[Case] = []
    for ending in sorted(Ending, key=_how_wanting):
        if ending is Ending.MERGED:
            continue
        cases += [
            _plan(university, library, calendar, ending, now=now, chance=chance)
            for _ in range(max(1, round(ending.share * total / _OF)))
        ]
    mains = [case for case in cases if case.ending in {Ending.RATED, Ending.UNRATED} and not case.follows]
    mains = [case for case in mains if case.story.kind in {ComplaintKind.COMPLAINT, ComplaintKind.REPAIR}]
    mains = chance.sample(mains, min(len(mains), max(1, round(Ending.MERGED.share * total / _OF))))
    tellings = chance.sample(words().same_here, len(words().same_here))
    for number, main in enumerate(mains):
        text = tellings[number % len(tellings)]
        cases.append(_same_again(university, main, text, chance, now=now))
    _give_to_wechat_users(university, cases)
    cases.sort(key=lambda case: case.filed_at)
    for number, case in enumerate(cases):
        case.number = number
    return cases


def _how_wanting(ending: Ending) -> int:
    """Put the most wanting first, so that a story with what they need is left for them."""
    special = _REJECTING | _DEFERRING | _URGENT
    if ending in special:
        return 0 if ending is Ending.APPEALED else 1
    if ending in {Ending.WAITING, Ending.TRANSFER_ASKED} | _SENT_BACK:
        return 2
    if ending in _BY_HAND:
        return 3
    # What is told a second time shall lie weeks back, not beside the first on today's list.
    return 4 if ending.ages is not None else 5


def _fits(ending: Ending, story: Story) -> bool:
    """Tell whether a story has what this ending needs, and nothing that another ending needs."""
    lacks = (
        (ending in _URGENT) is not story.urgent,
        (ending in _DEFERRING) is not (story.deferral is not None),
        (ending in _REJECTING) is not (story.rejection is not None),
        ending is Ending.APPEALED and not (story.rejection and story.rejection.appeal),
        ending is Ending.WAITING and not story.ask,
        ending is Ending.TRANSFER_ASKED and story.transfer is None,
        ending is Ending.URGENT_NOW and not story.at,
        ending in _SENT_BACK and not story.redo,
        ending in _BY_HAND and not _has_no_team(story),
        ending is Ending.ASSIGNED and _has_no_team(story),
        ending in _NOT_FOR_PRAISE and story.kind is ComplaintKind.PRAISE,
        ending in _NOT_FOR_QUESTIONS and story.kind is ComplaintKind.QUESTION,
    )
    return not any(lacks)


def _has_no_team(story: Story) -> bool:
    return not story.chosen and (bool(story.spots) or "library" in story.at)


class _Library:
    """Hands out tellings: each once, and again in other words only when all that fit were told."""

    def __init__(self, university: University, chance: Random) -> None:
        self._chance = chance
        self._university = university
        self._told: dict[tuple[str, int], int] = {}

    def take(self, ending: Ending) -> tuple[Story, str, ServicePoint | None, str]:
        """Give a story for this ending: with the words, and the place or the place in words."""
        fitting = [
            (story, index) for story in stories() if _fits(ending, story) for index in range(len(story.texts))
        ]
        least = min(self._told.get((story.code, index), 0) for story, index in fitting)
        story, index = self._chance.choice(
            [(story, i) for story, i in fitting if self._told.get((story.code, i), 0) == least]
        )
        self._told[story.code, index] = least + 1
        telling = story.texts[index]
        place, spot = self._where(story, telling, index, ending)
        return story, self._reworded(telling.text, times=least), place, spot

    def _reworded(self, text: str, *, times: int) -> str:
        if times == 0:
            return text
        start = self._chance.choice(words().openings) if times % 2 else ""
        end = self._chance.choice(words().closings)
        return f"{start}{text}{end}"

    def _where(
        self, story: Story, telling: Telling, index: int, ending: Ending
    ) -> tuple[ServicePoint | None, str]:
        if telling.place:
            return self._university.places[telling.place], ""
        groups = story.at
        if ending in _BY_HAND:  # only what no place names a team for waits for the desk
            groups = tuple(group for group in groups if group.startswith("library"))
        points = [point for group in groups for point in self._university.groups[group]]
        if points:
            return self._chance.choice(points), ""
        return None, story.spots[index % len(story.spots)]


def _plan(
    university: University,
    library: _Library,
    calendar: WorkingTime,
    ending: Ending,
    *,
    now: datetime,
    chance: Random,
) -> Case:
    story, text, place, spot = library.take(ending)
    channel = _channel(ending, story, chance)
    reporter = None if channel in RECORDED else chance.choice(university.people)
    return Case(
        number=0,
        ending=ending,
        story=story,
        text=text,
        place=place,
        spot=spot,
        filed_at=_filed_at(calendar, ending, now=now, chance=chance).replace(microsecond=0),
        channel=channel,
        reporter=reporter,
        anonymous=reporter is not None and story.kind is ComplaintKind.COMPLAINT and chance.random() < 0.18,
        followers=_followers(university, reporter, story, chance),
    )


def _channel(ending: Ending, story: Story, chance: Random) -> Channel:
    if story.chosen:
        return Channel.WEB
    # What the person has to do themselves they cannot do through somebody else's telephone.
    endings = {Ending.IN_PROGRESS, Ending.UNRATED, Ending.ASSIGNED, Ending.OVERDUE}
    if ending in endings:
        return chance.choices(list(_CHANNELS), weights=list(_CHANNELS.values()))[0]
    return chance.choices([Channel.WECHAT, Channel.WEB], weights=[82, 18])[0]


def _filed_at(calendar: WorkingTime, ending: Ending, *, now: datetime, chance: Random) -> datetime:
    if ending.ages is not None:
        least, most = ending.ages
        last = working_time_before(calendar, now, least) if least else now - timedelta(minutes=2)
        return some_time_between(chance, working_time_before(calendar, now, most), last)
    if ending.days_ago is None:
        return now - timedelta(minutes=chance.uniform(17, 25))
    first, last = (now - timedelta(days=days) for days in reversed(ending.days_ago))
    return some_time_between(chance, first, last)


def _followers(university: University, reporter: Person | None, story: Story, chance: Random) -> list[Person]:
    if story.urgent or story.kind in {ComplaintKind.PRAISE, ComplaintKind.QUESTION} or chance.random() > 0.22:
        return []
    others: Iterable[Person] = (person for person in university.people if person is not reporter)
    return chance.sample(list(others), chance.choice((1, 1, 2, 2, 3, 5, 8, 12)))


def _same_again(university: University, main: Case, text: str, chance: Random, *, now: datetime) -> Case:
    """Somebody else tells the same a little later."""
    others = [person for person in university.people if person is not main.reporter]
    return Case(
        number=0,
        ending=Ending.MERGED,
        story=main.story,
        text=text,
        place=main.place,
        spot=main.spot,
        filed_at=min(main.filed_at + timedelta(minutes=chance.uniform(15, 90)), now),
        channel=Channel.WECHAT,
        reporter=chance.choice(others),
        anonymous=False,
        follows=main,
    )


def _give_to_wechat_users(university: University, cases: list[Case]) -> None:
    """Let the simulator's users have complaints of their own, so that 「进度」 shows something at once."""
    given = university.wechat_users.values()
    for nickname, ending, category in _OF_WECHAT_USERS:
        person = university.wechat_users.get(nickname)
        # Of very few, the only one may have come by telephone.
        fitting = [
            case
            for case in cases
            if case.ending is ending and case.reporter not in given and not case.story.urgent
        ]
        if person is None or not fitting:
            continue
        best = max(
            fitting,
            key=lambda case: (
                case.reporter is not None,
                case.story.category == category,
                bool(case.story.photo),
                case.filed_at,
            ),
        )
        best.reporter, best.channel, best.anonymous = person, Channel.WECHAT, False
