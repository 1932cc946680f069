"""Other complaints beside one: which are shown, to whom, and tying two by hand."""

from datetime import timedelta

import pytest

from domain import complaint_links, complaints
from domain.errors import Invalid, NotAllowed
from domain.related import related_to
from domain.submissions import Submission, submit
from models.complaint import Complaint
from models.enums import Channel, ComplaintStatus
from models.staff import Staff
from tests.support.story import Story

S = ComplaintStatus


def _shown(story: Story, complaint: Complaint, staff: Staff) -> dict[str, str]:
    return {
        each.complaint.number: each.relation.value for each in related_to(story.session, complaint, staff)
    }


def _at(story: Story, place: object, **changes: object) -> Complaint:
    """A complaint of somebody else at a place."""
    return story.complaint(service_point=place, reporter=story.office.friend, **changes)


def test_each_related_complaint_is_shown_once_with_its_closest_relation(story: Story) -> None:
    office, desk = story.office, story.by(story.office.dispatcher)
    earlier = story.complaint(S.CLOSED, service_point=office.canteen)
    main = submit(
        story.session,
        Submission(
            text="又凉了", channel=Channel.WECHAT, reporter=office.student, service_point=office.canteen,
            earlier=earlier,
        ),
        now=story.now,
    )  # fmt: skip
    merged, same_place = _at(story, office.canteen), _at(story, office.canteen, text="汤也凉")
    complaints.merge(story.session, merged, into=main, **desk)
    linked, own = _at(story, office.hall), story.complaint(service_point=office.hall)
    complaint_links.link(
        story.session, linked, other=main, note=" 同一批供货 ", staff=office.dispatcher, now=story.now
    )
    old = _at(story, office.canteen)
    old.filed_at = story.now - timedelta(days=91)
    story.session.flush()

    found = related_to(story.session, main, office.dispatcher)

    assert [(each.complaint.number, each.relation.value) for each in found] == [
        (merged.number, "merged"),
        (earlier.number, "earlier"),
        (linked.number, "linked"),
        (same_place.number, "same_place"),
        (own.number, "same_reporter"),
    ]
    assert [each.alike for each in found] == [False, False, False, True, False]
    assert (found[2].note, found[2].linked_by) == ("同一批供货", office.dispatcher.name)
    assert _shown(story, earlier, office.dispatcher)[main.number] == "later"


def test_only_what_one_may_see_is_shown(story: Story) -> None:
    office = story.office
    main, own = story.complaint(service_point=office.canteen), story.complaint(service_point=office.hall)
    complaints.assign(story.session, own, team=office.other_team, **story.by(office.dispatcher))
    complaint_links.link(story.session, main, other=own, note="", staff=office.dispatcher, now=story.now)

    assert _shown(story, main, office.handler) == {}
    assert _shown(story, main, office.leader) == {own.number: "linked"}


def test_what_was_raised_anonymously_is_laid_beside_nothing(story: Story) -> None:
    desk = story.office.dispatcher
    known = story.complaint(service_point=story.office.hall)
    hidden = story.complaint(service_point=story.office.canteen, anonymous=True)

    assert _shown(story, known, desk) == {}
    assert _shown(story, hidden, desk) == {}
    assert _shown(story, story.complaint(), story.office.leader) == {}, "leaders do not know who it is"


def test_a_tie_is_made_once_and_undone_from_either_end(story: Story) -> None:
    office = story.office
    one, other = _at(story, office.canteen), _at(story, office.hall)
    tie = {"note": "", "staff": office.dispatcher, "now": story.now}
    complaint_links.link(story.session, one, other=other, **tie)

    with pytest.raises(Invalid, match=f"已经与 {one.number} 关联"):
        complaint_links.link(story.session, other, other=one, **tie)
    undone = [
        complaint_links.unlink(story.session, other, other=one, staff=office.dispatcher, now=story.now)
        for _ in range(2)
    ]

    assert undone == [True, False]
    assert _shown(story, one, office.dispatcher) == {other.number: "same_reporter"}


@pytest.mark.parametrize("what", ["itself", "long", "hidden", "stranger", "admin"])
def test_what_cannot_be_tied_is_refused(story: Story, what: str) -> None:
    office = story.office
    one, other = _at(story, office.canteen), _at(story, office.hall)
    staff = {"stranger": office.outsider, "admin": office.admin, "hidden": office.handler}.get(
        what, office.dispatcher
    )

    with pytest.raises(NotAllowed if what in {"stranger", "admin"} else Invalid):
        complaint_links.link(
            story.session,
            one,
            other=one if what == "itself" else other,
            note="长" * (101 if what == "long" else 1),
            staff=staff,
            now=story.now,
        )
