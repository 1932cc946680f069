"""What two must look at is never decided by who asked for it, whatever roles they hold (四眼原则)."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from domain import (
    appraisal_entries,
    appraisals,
    article_approval,
    article_list,
    bulletin_approval,
    bulletin_writing,
    pioneer_posts,
    push_runs,
    push_schedules,
    score_sheets,
)
from domain.errors import NotAllowed, TooLate
from domain.file_store import LocalFileStore
from models.appraisal import AppraisalTerm
from models.article import Article
from models.enums import NoticeKind, Role
from models.notice import Notice
from models.push_words import PushState
from models.staff import Staff
from tests.domain.test_articles import TEXT
from tests.support.appraisal import apply_for, begin_term
from tests.support.bulletins import NOVEMBER, painter_in
from tests.support.pushes import begun, plan, something_to_tell
from tests.support.story import Story

pytestmark = pytest.mark.parametrize("story", ["sqlite"], indirect=True)


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path)


@pytest.fixture
def head(story: Story) -> Staff:
    """Somebody who holds every role there is."""
    return story.factory.staff(story.session, *Role)


def told(story: Story, key: str, kind: NoticeKind = NoticeKind.STAFF_REQUEST) -> list[int | None]:
    """Who got a notice of this kind, by the beginning of its key; from now on it counts as old."""
    query = select(Notice).where(Notice.key.startswith(key), Notice.kind == kind).order_by(Notice.staff_id)
    found = story.session.scalars(query).all()
    ids = [one.staff_id for one in found]
    for one in found:
        one.key = f"old:{one.id}"
    story.session.flush()
    return ids


def approvers(story: Story, *but: Staff) -> list[int]:
    """Who plans, writes and approves for all."""
    office = story.office
    able = [office.dispatcher, office.second_dispatcher, office.leader, office.admin]
    left = {one.id for one in able} - {one.id for one in but}
    extra = story.session.scalars(select(Staff).where(Staff.active)).all()
    left |= {one.id for one in extra if len(one.roles) == len(Role)} - {one.id for one in but}
    return sorted(left)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(NotAllowed):
        act()


def test_a_push_and_an_automatic_schedule_wait_for_a_colleague_who_is_told(story: Story, head: Staff) -> None:
    session, office, now = story.session, story.office, story.now
    something_to_tell(session, office, now=now)
    run = begun(story, staff=head)
    assert told(story, f"push-run:{run.id}:") == approvers(story, head)
    refused(lambda: push_runs.approve(session, run.id, staff=head, now=now))
    push_runs.cancel(session, run.id, reason="下周再发", staff=office.leader, now=now)
    assert told(story, f"push-run:{run.id}:", NoticeKind.STAFF_DECIDED) == [head.id]
    assert run.state is PushState.CANCELLED

    schedule = push_schedules.create(session, plan(automatic=True), staff=head, now=now)
    assert told(story, f"push-schedule:{schedule.id}:") == approvers(story, head)
    refused(lambda: push_schedules.confirm(session, schedule, staff=head, now=now))
    push_schedules.change(session, schedule, plan(automatic=False), staff=head, now=now)
    assert told(story, f"push-schedule:{schedule.id}:") == []


def test_an_article_is_approved_by_who_neither_wrote_it_nor_asked(story: Story, head: Staff) -> None:
    session, office, now = story.session, story.office, story.now
    article = article_approval.write(session, TEXT, staff=office.dispatcher, now=now)
    article_approval.note_preview(session, article, seen=1, now=now)
    article_approval.ask(session, article, staff=head, seen=1, now=now)
    assert told(story, "article:") == approvers(story, head, office.dispatcher)
    with pytest.raises(TooLate, match="已经提交审批"):
        article_approval.ask(session, article, staff=office.admin, seen=1, now=now)
    for own in (head, office.dispatcher):
        assert session.scalar(article_list.waiting_for(own)) == 0
        refused(lambda own=own: article_approval.approve(session, article, staff=own, seen=1, now=now))  # type: ignore[misc]
    assert session.scalar(article_list.waiting_for(office.leader)) == 1
    with pytest.raises(IntegrityError, match="approved_by_who_did_not_ask"), session.begin_nested():
        session.execute(update(Article).values(approved_by_id=head.id))
    article_approval.send_back(session, article, staff=office.leader, reason="数字有误", seen=1, now=now)
    assert told(story, "article:", NoticeKind.STAFF_DECIDED) == sorted([head.id, office.dispatcher.id])
    article_approval.note_preview(session, article, seen=1, now=now)
    article_approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
    article_approval.approve(session, article, staff=head, seen=1, now=now)
    assert told(story, "article:", NoticeKind.STAFF_DECIDED) == [office.dispatcher.id]


def test_a_bulletin_is_published_by_who_neither_wrote_nor_submitted_it(
    story: Story, head: Staff, files: LocalFileStore
) -> None:
    session, office, now = story.session, story.office, story.now
    writer: Any = {"staff": office.dispatcher, "now": now}
    bulletin = bulletin_writing.create(session, NOVEMBER, painter=painter_in(files), **writer)
    bulletin_approval.submit(session, bulletin, confirmed=True, staff=head, now=now)
    assert told(story, "bulletin:") == approvers(story, head, office.dispatcher)
    for own in (head, office.dispatcher):
        refused(lambda own=own: bulletin_approval.publish(session, bulletin, staff=own, now=now))  # type: ignore[misc]
    bulletin_approval.send_back(session, bulletin, reason="数字不对", staff=office.leader, now=now)
    assert told(story, "bulletin:", NoticeKind.STAFF_DECIDED) == sorted([head.id, office.dispatcher.id])
    bulletin_approval.submit(session, bulletin, confirmed=True, staff=office.dispatcher, now=now)
    bulletin_approval.publish(session, bulletin, staff=head, now=now)
    assert told(story, "bulletin:", NoticeKind.STAFF_DECIDED) == [office.dispatcher.id]


def test_a_pioneer_post_is_decided_by_who_is_not_of_the_place(story: Story, head: Staff) -> None:
    session, office, now = story.session, story.office, story.now
    own = apply_for(session, office.canteen, head, now=now)
    refused(lambda: pioneer_posts.decide(session, own, award=True, words="", staff=head, now=now))
    pioneer_posts.withdraw(session, own, staff=head, now=now)
    of_team = apply_for(session, office.canteen, office.lead, now=now + timedelta(minutes=1))
    assert session.scalar(pioneer_posts.waiting_for(head)) == 1
    head.team = office.team
    session.flush()
    assert session.scalar(pioneer_posts.waiting_for(head)) == 0
    with pytest.raises(NotAllowed, match="所在的单位"):
        pioneer_posts.decide(session, of_team, award=True, words="", staff=head, now=now)


def test_nobody_judges_their_own_team_and_a_term_is_closed_by_two(story: Story, head: Staff) -> None:
    session, office, now = story.session, story.office, story.now
    head.team = office.team
    term = begin_term(session, head, now=now)
    by: Any = {"staff": head, "now": now}
    day = date(2026, 11, 23)
    found = appraisal_entries.inspect(
        session, term, office.team, day=day, points=-5, words="积水", staff=office.inspector, now=now
    )
    for judging in (
        lambda: appraisal_entries.inspect(session, term, office.team, day=day, points=10, words="好", **by),
        lambda: appraisal_entries.void(session, term, found, reason="x", **by),
        lambda: appraisal_entries.set_annual(session, term, office.team, tenths=1000, reason="x", **by),
        lambda: appraisal_entries.remark(session, term, office.team, words="好", **by),
    ):
        with pytest.raises(NotAllowed, match="自己所在的单位"):
            judging()
    appraisal_entries.set_annual(session, term, office.other_team, tenths=900, reason="考核", **by)

    refused(lambda: score_sheets.close(session, term, staff=office.leader, now=now))  # nobody has asked
    appraisals.ask_to_close(session, term, **by)
    assert told(story, "appraisal-close:") == sorted([office.leader.id, office.admin.id])
    with pytest.raises(TooLate, match="已经有人申请"):
        appraisals.ask_to_close(session, term, staff=office.leader, now=now)
    refused(lambda: score_sheets.close(session, term, **by))
    with pytest.raises(IntegrityError, match="closed_by_another"), session.begin_nested():
        session.execute(update(AppraisalTerm).values(closed_by_id=head.id))
    appraisals.keep_open(session, term, staff=office.leader, now=now)
    assert told(story, "appraisal-close:", NoticeKind.STAFF_DECIDED) == [head.id]
    with pytest.raises(TooLate, match="没有等待确认"):
        appraisals.keep_open(session, term, **by)
    appraisals.ask_to_close(session, term, **by)
    appraisals.change(session, term, appraisals.suggested(session, now=now), **by)
    assert not appraisals.may_close(term, office.leader)  # what was asked for has changed
    appraisals.ask_to_close(session, term, staff=office.leader, now=now)
    appraisals.keep_open(session, term, staff=office.leader, now=now)
    assert told(story, "appraisal-close:", NoticeKind.STAFF_DECIDED) == []
    appraisals.ask_to_close(session, term, **by)
    score_sheets.close(session, term, staff=office.leader, now=now)
    assert (term.closed_by_id, term.close_asked_by_id) == (office.leader.id, head.id)
