"""The papers of a joint meeting as people hold them, for the page, for print and for Word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.difficulties import said_day
from domain.joint_meetings import period_of
from models.joint_meeting import JointMeeting, JointMeetingDecision, JointMeetingSection, MeetingPart

NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class UnitReport:
    """What one unit reports.

    Attributes:
        number: as papers count: 一, 二, …
    """

    number: str
    name: str
    team_id: int
    sections: Mapping[MeetingPart, JointMeetingSection]


@dataclass(frozen=True)
class MeetingPaper:
    """All that is handed out: `decisions` are there once the meeting has decided something."""

    title: str
    office: str
    held_on: str
    period: str
    units: Sequence[UnitReport]
    decisions: Sequence[JointMeetingDecision]


def paper_of(meeting: JointMeeting, *, office: str) -> MeetingPaper:
    """Put the papers of a meeting in order, unit by unit."""
    by_team: dict[int, dict[MeetingPart, JointMeetingSection]] = {}
    for section in sorted(meeting.sections, key=lambda one: (one.team_id, list(MeetingPart).index(one.part))):
        by_team.setdefault(section.team_id, {})[section.part] = section
    units = [
        UnitReport(chinese(at), next(iter(parts.values())).team.name, team_id, parts)
        for at, (team_id, parts) in enumerate(by_team.items(), start=1)
    ]
    return MeetingPaper(
        title=meeting.title,
        office=office,
        held_on=said_day(meeting.held_on),
        period=period_of(meeting).words,
        units=units,
        decisions=list(meeting.decisions),
    )


def chinese(number: int) -> str:
    """Write a number from 1 to 99 as headings count."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{NUMBERS[tens - 1]}十")
    return head + (NUMBERS[ones - 1] if ones else "")
