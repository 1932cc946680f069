"""What others have raised already, as it is offered beside the words that are being typed."""

import pytest

from domain import complaints, met_too
from domain.errors import NotFound
from models.complaint import Complaint
from models.enums import ComplaintKind
from models.enums import ComplaintStatus as S
from models.service_point import ServicePoint
from tests.support.story import Story


def released(story: Story, text: str, **changes: object) -> Complaint:
    values: dict[str, object] = {"service_point": story.office.canteen, "now": story.now}
    complaint = story.factory.complaint(story.session, story.office, S.IN_PROGRESS, **(values | changes))
    complaints.publish(story.session, complaint, public_text=text, **story.by(story.office.dispatcher))
    return complaint


def told(story: Story, words: str, place: ServicePoint | None = None) -> list[str]:
    found = met_too.raised_already(
        story.session, person=story.office.friend, place=place, words=words, now=story.now
    )
    return [each.complaint.public_text for each in found]


def test_what_is_like_the_words_is_told_and_at_a_place_its_own_first(story: Story) -> None:
    queue = released(story, "高峰时排队超过二十分钟")
    leak = released(story, "大厅屋顶漏水", service_point=story.office.hall)
    released(story, "排队的人很多，感谢师傅", kind=ComplaintKind.PRAISE)
    story.factory.complaint(
        story.session, story.office, S.IN_PROGRESS, service_point=story.office.canteen, text="排队太久"
    )
    assert told(story, "") == []
    assert told(story, "中午排队太久了，等了二十分钟") == [queue.public_text]
    assert told(story, "屋顶漏水了") == [leak.public_text]
    assert told(story, "空调不制冷") == []
    assert told(story, "空调不制冷", story.office.canteen) == [queue.public_text]
    assert told(story, "屋顶漏水了", story.office.canteen) == [queue.public_text]
    inside = story.factory.place(story.session, "大厅东侧", parent=story.office.hall)
    assert told(story, "屋顶漏水了", inside) == [leak.public_text]


def test_three_at_most_and_none_that_is_old_or_over(story: Story) -> None:
    old = released(story, "排队太久")
    story.later(days=91)
    for _ in range(4):
        last = released(story, "排队太久")
    complaints.withdraw(story.session, last, **story.by(story.office.student))
    found = met_too.raised_already(
        story.session, person=story.office.friend, place=None, words="排队太久", now=story.now
    )
    assert len(found) == 3
    assert {old.number, last.number}.isdisjoint({each.complaint.number for each in found})


def test_joining_counts_each_person_once_and_only_what_is_open_to_all(story: Story) -> None:
    complaint = released(story, "排队太久")
    for _ in range(2):
        assert (
            met_too.join(story.session, complaint.number, person=story.office.friend, now=story.now)
            is complaint
        )
    met_too.join(story.session, complaint.number, person=story.office.student, now=story.now)
    (found,) = met_too.raised_already(
        story.session, person=story.office.friend, place=None, words="排队太久", now=story.now
    )
    assert (found.people, found.is_mine) == (2, True)

    secret = story.factory.complaint(story.session, story.office, S.IN_PROGRESS)
    for number in (secret.number, "2026-0101-9999"):
        with pytest.raises(NotFound):
            met_too.join(story.session, number, person=story.office.friend, now=story.now)
