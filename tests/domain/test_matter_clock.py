"""What the clock does to matters."""

from datetime import date, timedelta

from sqlalchemy import select

from domain import matter_clock, matter_relapse, matter_work, office_settings
from domain.matter_settings import RELAPSE_THRESHOLD
from models.enums import ComplaintStatus
from models.matter import Matter, MatterEvent
from models.matter_words import MatterStatus, MatterStepName
from tests.domain.test_matters import told
from tests.support.matters import matter
from tests.support.story import Story


def turns(story: Story) -> list[str]:
    """Let the clock do all that is due; a second look finds nothing."""
    done = [
        said
        for matter_id in matter_clock.due_matters(story.session, now=story.now)
        for said in matter_clock.turn(story.session, matter_id, now=story.now)
    ]
    again = [
        said
        for matter_id in matter_clock.due_matters(story.session, now=story.now)
        for said in matter_clock.turn(story.session, matter_id, now=story.now)
    ]
    assert again == []
    return done


def last_words(story: Story, one: Matter) -> str:
    query = select(MatterEvent.words).where(MatterEvent.matter_id == one.id).order_by(MatterEvent.id.desc())
    return story.session.scalars(query.limit(1)).one()


def test_deadlines_are_told_before_and_after_once_each(story: Story) -> None:
    one = matter(story.session, story.office, now=story.now, deadline=date(2026, 12, 10))
    assert turns(story) == []
    story.at("2026-12-03 07:59")
    assert turns(story) == []
    story.at("2026-12-03 08:00")
    assert turns(story) == ["near"]
    assert last_words(story, one) == "时限是 12月10日，还有 7 天，请抓紧推进。"
    assert told(story, one) == dict.fromkeys(("handler", "colleague", "lead"), "staff_near_due")
    one.deadline = date(2026, 12, 9)
    assert turns(story) == ["near"]
    story.at("2026-12-10 09:00")
    assert turns(story) == ["overdue"]
    assert last_words(story, one) == "时限 12月9日已过，请说明原因并尽快完成。"
    assert {"leader": "staff_overdue", "inspector": "staff_overdue"}.items() <= told(story, one).items()
    # Another worker looked at the same time.
    assert matter_clock.turn(story.session, one.id, now=story.now) == []


def test_overdue_goes_up_to_the_leaders_where_none_of_them_leads(story: Story) -> None:
    office = story.office
    one = matter(
        story.session, office, now=story.now, deadline=date(2026, 11, 24), lead_staff_id=office.lead.id
    )
    story.at("2026-11-25 09:00")
    turns(story)
    assert told(story, one) == dict.fromkeys(
        ("handler", "colleague", "lead", "leader", "inspector"), "staff_overdue"
    )


def test_milestones_have_deadlines_of_their_own_and_open_ended_matters_none(story: Story) -> None:
    office = story.office
    one = matter(story.session, office, now=story.now, deadline=None, deadline_words="长期")
    for day in (date(2026, 12, 1), date(2027, 5, 1)):
        matter_work.plan_milestone(story.session, one, title="采购", deadline=day, **story.by(office.lead))
    story.at("2026-11-30 09:00")
    assert turns(story) == ["near"]
    assert last_words(story, one) == "节点「采购」的时限是 12月1日，还有 1 天，请抓紧推进。"
    story.at("2026-12-02 09:00")
    assert turns(story) == ["overdue"]


def test_what_was_deferred_comes_back_on_the_promised_day(story: Story) -> None:
    words = {"deadline": None, "deadline_words": "长期"}
    one = matter(story.session, story.office, MatterStatus.DEFERRED, now=story.now, **words)
    story.at("2027-02-28 09:00")
    assert turns(story) == []
    story.at("2027-03-01 08:00")
    assert turns(story) == ["resumed"]
    assert one.status is MatterStatus.IN_PROGRESS


def test_new_complaints_at_its_place_in_its_category_flag_a_relapse(story: Story) -> None:
    office = story.office
    below = story.factory.place(story.session, "保温台", parent=office.canteen)
    apart = story.factory.category(story.session)
    one = matter(story.session, office, MatterStatus.CLOSED, now=story.now)
    unplaced = matter(story.session, office, MatterStatus.CLOSED, now=story.now, places=())
    story.later(days=1)
    story.complaint(ComplaintStatus.SUBMITTED, service_point=office.canteen)
    story.complaint(ComplaintStatus.WITHDRAWN, service_point=office.canteen)
    story.complaint(service_point=office.hall)
    story.complaint(service_point=office.canteen).category_id = apart.id
    story.complaint(service_point=below)
    assert turns(story) == []
    newest = story.complaint(service_point=office.canteen)
    story.later(days=1)

    assert turns(story) == ["relapse"]

    assert (one.status, one.relapsed_at, unplaced.relapsed_at) == (MatterStatus.CLOSED, story.now, None)
    assert told(story, one) == dict.fromkeys(
        ("leader", "inspector", "handler", "colleague", "lead"), "staff_relapsed"
    )
    query = select(MatterEvent).where(MatterEvent.step == MatterStepName.FLAG_RELAPSE)
    event = story.session.scalars(query).one()
    assert (len(event.details["complaints"]), event.details["complaints"][-1]) == (3, newest.number)
    assert matter_clock.turn(story.session, one.id, now=story.now) == []
    open_one = matter(story.session, office, now=story.now)
    assert matter_relapse.complaints_since(story.session, open_one) == []


def test_the_places_of_its_complaints_are_watched_and_the_watch_ends(story: Story) -> None:
    office = story.office
    office_settings.write(story.session, RELAPSE_THRESHOLD, 1, staff=office.admin, now=story.now)
    raised = story.complaint(ComplaintStatus.IN_PROGRESS, service_point=office.canteen)
    one = matter(
        story.session,
        office,
        MatterStatus.CLOSED,
        now=story.now,
        places=(),
        category_id=None,
        complaints=[raised],
    )
    story.now += timedelta(days=91)
    story.complaint(service_point=office.canteen)
    assert turns(story) == []
    story.now -= timedelta(days=80)
    late = story.complaint(service_point=office.canteen)
    assert matter_relapse.complaints_since(story.session, one) == [late]
    assert turns(story) == ["relapse"]
