"""Peer review: once each, never one's own, and only averages of enough come out."""

import pytest
from sqlalchemy import select

from domain import peer_review
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from models.appraisal import PeerMark, PeerRound
from models.appraisal_words import PeerGrade, PeerSubject
from models.enums import NoticeKind
from models.notice import Notice
from models.staff import Staff
from tests.support.appraisal import begin_round, begin_term, raters
from tests.support.story import Story

G = PeerGrade


def rate(story: Story, found: PeerRound, who: Staff, grades: dict[int, PeerGrade]) -> None:
    held = peer_review.hold(story.session, found.id)
    peer_review.hand_in(story.session, held, grades, staff=who, now=story.now)


def test_teams_are_rated_by_others_and_only_averages_come_out(story: Story) -> None:
    session, office = story.session, story.office
    term = begin_term(session, office.leader, now=story.now)
    own, other = office.team.id, office.other_team.id
    asked = raters(session, story.factory, office.team, office.other_team, count=5)
    found = begin_round(session, term, asked, office.leader, now=story.now)
    told = session.scalars(select(Notice).where(Notice.staff_id == asked[0].id)).one()
    assert (told.kind, told.path) == (NoticeKind.STAFF_REQUEST, f"/admin/peer-reviews/{found.id}")
    assert session.scalar(peer_review.waiting_for(asked[0])) == 1
    assert peer_review.subjects_for(session, found, asked[0]) == [(other, "维修服务中心")]
    with pytest.raises(NotAllowed, match="不能评自己的单位"):
        rate(story, found, asked[0], {own: G.POOR})
    with pytest.raises(NotAllowed, match="没有请您"):
        rate(story, found, office.lead, {own: G.GOOD})
    with pytest.raises(Invalid):
        rate(story, found, asked[0], {})

    for one in asked[:4]:
        rate(story, found, one, {other: G.GOOD})
    for number, one in enumerate(asked[5:]):
        rate(story, found, one, {own: G.EXCELLENT if number else G.FAIR})
    with pytest.raises(TooLate, match="只评一次"):
        rate(story, found, asked[0], {other: G.POOR})
    assert peer_review.outcomes(session, found) == []
    assert peer_review.of_team(session, term, own) == []
    assert session.scalar(peer_review.waiting_for(asked[0])) == 0

    before = set(session.scalars(select(PeerMark.id)))
    peer_review.close(session, peer_review.hold(session, found.id), staff=office.leader, now=story.now)
    session.flush()
    assert not before & set(session.scalars(select(PeerMark.id)))  # written anew, in no order
    outcomes = [(one.name, one.n, one.tenths) for one in peer_review.outcomes(session, found)]
    assert outcomes == [("饮食服务中心", 5, 920), ("维修服务中心", 4, None)]
    assert [outcome.tenths for _, outcome in peer_review.of_team(session, term, own)] == [920]
    office.team.active = False
    session.flush()
    assert peer_review.outcomes(session, found)[0].name == "饮食服务中心"
    with pytest.raises(TooLate):
        peer_review.hold(session, found.id)


def test_colleagues_rate_each_other_and_not_themselves(story: Story) -> None:
    session, office = story.session, story.office
    term = begin_term(session, office.leader, now=story.now)
    asked = raters(session, story.factory, office.team, None, count=3)
    found = begin_round(session, term, asked, office.leader, subject=PeerSubject.COLLEAGUES, now=story.now)
    first = asked[0]
    names = dict(peer_review.subjects_for(session, found, asked[1]))
    assert first.id in names
    assert asked[1].id not in names
    assert names[first.id] == f"{first.name}（饮食服务中心）"
    assert names[asked[3].id] == f"{asked[3].name}（经办人）"
    asked[3].post = ""
    assert dict(peer_review.subjects_for(session, found, None))[asked[3].id] == asked[3].name
    for one in asked[1:]:
        rate(story, found, one, {first.id: G.GOOD})
    peer_review.close(session, found, staff=office.admin, now=story.now)
    best = peer_review.outcomes(session, found)[0]
    assert (best.id, best.tenths) == (first.id, 800)
    assert peer_review.listed(session, rater=first) == [found]
    assert peer_review.listed(session, rater=office.lead) == []


def test_a_round_has_a_name_and_enough_people(story: Story) -> None:
    session, office = story.session, story.office
    term = begin_term(session, office.leader, now=story.now)
    six = [one.id for one in raters(session, story.factory, office.team)]
    for title, asked, field in (("", six, "title"), ("长" * 61, six, "title"), ("秋季", six[1:], "raters")):
        with pytest.raises(Invalid) as refusal:
            peer_review.begin(
                session,
                term,
                title=title,
                subject=PeerSubject.TEAMS,
                raters=asked,
                staff=office.leader,
                now=story.now,
            )
        assert refusal.value.field == field
    for look in (peer_review.find, peer_review.hold):
        with pytest.raises(NotFound):
            look(session, 999)
