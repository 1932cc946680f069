"""Pioneer posts: applied for by who answers for a place, decided by somebody else, shown for their days."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain import pioneer_posts
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from models.appraisal_words import PostState
from models.enums import NoticeKind, Role
from models.notice import Notice
from tests.support.appraisal import apply_for
from tests.support.story import Story

S = PostState


def test_a_post_is_awarded_by_another_shown_for_its_days_and_revoked(story: Story) -> None:
    session, office = story.session, story.office
    place, now = office.canteen, story.now
    post = apply_for(session, place, office.lead, now=now)
    reviewers = session.scalars(select(Notice.staff_id).where(Notice.kind == NoticeKind.STAFF_REQUEST)).all()
    assert set(reviewers) == {office.leader.id, office.inspector.id}
    assert session.scalar(pioneer_posts.waiting_for(office.leader)) == 1
    assert session.scalar(pioneer_posts.waiting_for(office.lead)) == 0
    assert pioneer_posts.current(session, place, now=now) is None
    with pytest.raises(Invalid, match="在等审核"):
        apply_for(session, place, office.lead, now=now)

    pioneer_posts.decide(session, post, award=True, words="", staff=office.inspector, now=now)
    assert pioneer_posts.current(session, place, now=now) is post
    assert pioneer_posts.is_shown(post, now=now)
    over = now + timedelta(days=365)
    assert pioneer_posts.current(session, place, now=over) is None
    assert not pioneer_posts.is_shown(post, now=over)
    told = session.scalars(select(Notice.title).where(Notice.staff_id == office.lead.id)).all()
    assert told == ["党员先锋岗申请已通过"]

    with pytest.raises(TooLate):
        pioneer_posts.decide(session, post, award=False, words="晚了", staff=office.leader, now=now)
    with pytest.raises(TooLate):
        pioneer_posts.withdraw(session, post, staff=office.lead, now=now)
    with pytest.raises(Invalid, match="请填写撤销的原因"):
        pioneer_posts.revoke(session, post, words=" ", staff=office.leader, now=now)
    pioneer_posts.revoke(session, post, words="两次重办", staff=office.leader, now=now)
    assert (post.state, post.decision_words) == (S.REVOKED, "两次重办")
    assert pioneer_posts.current(session, place, now=now) is None
    with pytest.raises(TooLate):
        pioneer_posts.revoke(session, post, words="再来", staff=office.leader, now=now)


def test_nobody_decides_on_their_own_and_a_refusal_says_why(story: Story) -> None:
    session, office, now = story.session, story.office, story.now
    own = apply_for(session, office.canteen, office.admin, now=now)
    with pytest.raises(NotAllowed, match="另一个人"):
        pioneer_posts.decide(session, own, award=True, words="", staff=office.admin, now=now)
    with pytest.raises(NotAllowed, match="审核"):
        pioneer_posts.decide(session, own, award=True, words="", staff=office.lead, now=now)
    with pytest.raises(Invalid):
        pioneer_posts.decide(session, own, award=False, words="", staff=office.leader, now=now)
    pioneer_posts.decide(session, own, award=False, words="材料不全", staff=office.leader, now=now)
    assert (own.state, own.decided_by) == (S.REFUSED, office.leader)
    again = apply_for(session, office.canteen, office.lead, now=now + timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        pioneer_posts.withdraw(session, again, staff=office.leader, now=now)
    pioneer_posts.withdraw(session, again, staff=office.lead, now=now)

    listed = pioneer_posts.listed(session)
    assert [(one.state, one.applied_by_id) for one in listed.items] == [
        (S.WITHDRAWN, office.lead.id),
        (S.REFUSED, office.admin.id),
    ]
    assert pioneer_posts.listed(session, state=S.REFUSED).items == [own]
    assert pioneer_posts.listed(session, team_id=office.other_team.id).total == 0
    assert pioneer_posts.find(session, own.id, for_change=True) is own
    with pytest.raises(NotFound):
        pioneer_posts.find(session, 999)


def test_an_application_needs_a_party_member_days_ahead_and_a_reason(story: Story) -> None:
    session, office, now = story.session, story.office, story.now
    place = office.canteen
    good: dict[str, Any] = {
        "reason": "零重办",
        "first_day": date(2026, 11, 23),
        "last_day": date(2027, 11, 22),
        "staff": office.lead,
        "now": now,
    }
    with pytest.raises(Invalid, match="中共党员"):
        pioneer_posts.apply(session, place, **good)
    place.in_charge, place.party_member = "胡秀英", True
    session.flush()
    for changes, field in (
        ({"last_day": date(2026, 11, 22)}, "last_day"),
        ({"first_day": date(2026, 1, 1), "last_day": date(2026, 11, 22)}, "last_day"),
        ({"last_day": date(2029, 1, 1)}, "last_day"),
        ({"reason": ""}, "reason"),
        ({"reason": "长" * 501}, "reason"),
    ):
        with pytest.raises(Invalid) as refusal:
            pioneer_posts.apply(session, place, **(good | changes))
        assert refusal.value.field == field
    both = story.factory.staff(session, Role.LEAD, Role.LEADER, team=office.team)
    post = pioneer_posts.apply(session, place, **(good | {"staff": both}))
    told = session.scalars(select(Notice.staff_id).where(Notice.path.contains("pioneer-posts"))).all()
    assert office.leader.id in told
    assert both.id not in told
    pioneer_posts.withdraw(session, post, staff=both, now=now)
    for staff in (office.handler, office.outsider, office.leader):
        with pytest.raises(NotAllowed):
            pioneer_posts.apply(session, place, **(good | {"staff": staff}))
    place.active = False
    session.flush()
    with pytest.raises(NotAllowed):
        pioneer_posts.apply(session, place, **good)
