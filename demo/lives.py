"""One complaint on its way: who acts on it, and when the next act is.

A course is a generator: it gives the moment of its next act and is resumed when that moment has come, so that
the acts of all complaints, and what the clock does in between, happen in the order of time.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from demo.cases import Case
from demo.hours import when_awake
from demo.photos import PhotoAlbum
from demo.stories import Story
from demo.university import University
from domain.actors import Actor
from domain.acts import Act
from domain.working_time import WorkingTime
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import Role
from models.staff import Staff

Course = Generator[datetime, None, None]


@dataclass
class Stage:
    """What all lives share; `filed` holds the complaints by the number of their case."""

    session: Session
    university: University
    calendar: WorkingTime
    album: PhotoAlbum
    filed: dict[int, Complaint] = field(default_factory=dict)


class Life:
    """The life of one complaint."""

    def __init__(self, stage: Stage, case: Case, chance: Random) -> None:
        self.stage = stage
        self.case = case
        self.chance = chance
        self.now = case.filed_at
        self.desk: Staff = chance.choice(stage.university.with_role(Role.DISPATCHER))

    @property
    def session(self) -> Session:
        """The session everything is written in."""
        return self.stage.session

    @property
    def story(self) -> Story:
        """What it is about."""
        return self.case.story

    @property
    def complaint(self) -> Complaint:
        """The complaint, once it is filed."""
        return self.stage.filed[self.case.number]

    # When.

    def until(self, moment: datetime) -> Course:
        """Wait for a moment, or do not wait if it has passed."""
        self.now = max(moment.replace(microsecond=0), self.now)
        yield self.now

    def minutes(self, least: float, most: float) -> Course:
        """Wait for some minutes of any hour."""
        yield from self.until(self.now + timedelta(minutes=self.chance.uniform(least, most)))

    def working(self, least: float, most: float) -> Course:
        """Wait for some minutes of working time."""
        yield from self.since(self.now, self.chance.uniform(least, most))

    def since(self, start: datetime, minutes: float) -> Course:
        """Wait until so many working minutes have passed since a moment."""
        seconds = timedelta(seconds=self.chance.randrange(5, 55))
        yield from self.until(self.stage.calendar.add(start, round(minutes)) + seconds)

    def awake(self, least: float, most: float) -> Course:
        """Wait for some hours, and for the morning if it is night then."""
        yield from self.until(when_awake(self.chance, self.now, (least, most)))

    # Who.

    def by(self, staff: Staff) -> Act:
        """Have a member of staff act now."""
        return {"actor": Actor.of_staff(staff), "now": self.now}

    def by_reporter(self) -> Act:
        """Have the person act now."""
        if self.complaint.reporter is None:
            raise ValueError(f"nobody raised {self.complaint.number} by themselves")
        return {"actor": Actor.of_person(self.complaint.reporter), "now": self.now}

    def worker(self) -> Staff:
        """Give who works on it in its team."""
        university = self.stage.university
        return self.complaint.handler or university.of_team(self.complaint.team, Role.HANDLER)

    def approver(self) -> Staff:
        """Give who decides on what the worker asks: the lead, or a leader where the lead is the worker."""
        lead = self.stage.university.of_team(self.complaint.team, Role.LEAD)
        if lead is not self.worker():
            return lead
        return self.chance.choice(self.stage.university.with_role(Role.LEADER))

    # With what.

    def photos(self, *, after: bool = False) -> list[Attachment]:
        """Give a photo of the scene, if the story has one."""
        if not self.story.photo:
            return []
        turn = self.case.number % 2
        return [self.stage.album.photo(self.story.photo, after=after, turn=turn, now=self.now)]

    def one_in(self, count: float) -> bool:
        """Throw a die with so many sides."""
        return self.chance.random() * count < 1
