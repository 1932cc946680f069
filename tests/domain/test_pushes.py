"""Pushes from the approval to the last recipient: who gets what by which way, and how it can be stopped."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from domain import (
    bulletin_approval,
    delivery_plans,
    outbox,
    push_forgetting,
    push_queries,
    push_runs,
    push_sending,
    push_subjects,
    surveys,
)
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.file_store import LocalFileStore
from domain.notices import PUSHED
from domain.push_counts import counts_of, counts_today
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.matter_words import MatterStatus
from models.notice import Notice, NoticeAttempt
from models.push import PushRun
from models.push_words import PushKind, PushState
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.matters import matter
from tests.support.pushes import (
    TEMPLATE,
    allows,
    begun,
    notices_of,
    opens_window,
    out,
    something_to_tell,
    wants_pushes,
)
from tests.support.story import Story
from tests.support.surveys import BOX, open_survey, write_survey


def test_a_push_goes_out_once_somebody_else_approved_what_it_says(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    run = begun(story)
    assert (run.state, run.title) == (PushState.WAITING, "办实事周报")
    assert run.body == ("11月16日—11月23日：新列入清单 1 件。\n· 新列入清单：食堂窗口保温（饮食服务中心）")
    assert run.path == f"/h5/pushes/{run.code}"
    assert push_queries.by_code(session, run.code) is run
    with pytest.raises(NotAllowed, match="另一位同事"):
        push_runs.approve(session, run.id, staff=office.dispatcher, now=story.now)
    with pytest.raises(NotAllowed, match="受理员、分管领导和系统管理员"):
        push_runs.approve(session, run.id, staff=office.inspector, now=story.now)

    push_runs.approve(session, run.id, staff=office.leader, now=story.now)

    assert (run.state, run.approved_by_id) == (PushState.RUNNING, office.leader.id)
    with pytest.raises(TooLate):
        push_runs.approve(session, run.id, staff=office.admin, now=story.now)
    # Not even by a mistake in the code: the database itself knows that these are two.
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(PushRun).values(approved_by_id=office.dispatcher.id))


def test_each_who_asked_gets_one_by_the_way_that_is_open_and_the_counts_add_up(story: Story) -> None:
    office, session, factory = story.office, story.session, story.factory
    something_to_tell(session, office, now=story.now)
    names = ("window", "grant", "both ends", "none", "mute", "left", "gone", "last")
    people = {name: factory.person(session) for name in names}
    factory.person(session)  # who did not ask hears nothing
    for name, person in people.items():
        wants_pushes(session, person, now=story.now, muted=["push_digest"] if name == "mute" else [])
    for name in ("window", "mute"):
        opens_window(session, people[name], now=story.now)
    opens_window(session, people["last"], now=story.now, remaining=1)  # kept for what is theirs alone
    allows(session, people["grant"], now=story.now)
    people["left"].following = people["gone"].following = False
    people["gone"].openid = None
    allows(session, people["both ends"], now=story.now, template_id="SIMSUB_RESULT")  # allowed for another
    session.flush()

    run = out(story)

    told = {one.person_id: (one.state, one.error) for one in notices_of(story, run)}
    assert {name: told[person.id] for name, person in people.items()} == {
        "window": (NoticeState.PENDING, ""),
        "grant": (NoticeState.PENDING, ""),
        "both ends": (NoticeState.INBOX, delivery_plans.NO_WAY),
        "none": (NoticeState.INBOX, delivery_plans.NO_WAY),
        "mute": (NoticeState.INBOX, delivery_plans.NOT_WANTED),
        "left": (NoticeState.INBOX, delivery_plans.NOT_FOLLOWING),
        "gone": (NoticeState.INBOX, delivery_plans.NOT_BOUND),
        "last": (NoticeState.INBOX, delivery_plans.NO_WAY),
    }
    assert len(told) == run.eligible == 8
    assert push_sending.settled(session) == []
    assert not push_sending.finish(session, run.id, now=story.now)
    counts = counts_of(session, run)
    assert (counts.total, counts.under_way, counts.settled, counts.inside_total) == (8, 2, 6, 6)

    first, second = (one for one in notices_of(story, run) if one.state is NoticeState.PENDING)
    first.state, first.channel, first.read_at = NoticeState.SENT, NoticeChannel.CUSTOM, story.now
    second.state, second.error = NoticeState.FAILED, "模板已停用（43116 blocked，rid 6f1-ab）"
    session.flush()
    assert list(push_sending.settled(session)) == [run.id]
    assert push_sending.finish(session, run.id, now=story.now)
    assert not push_sending.finish(session, run.id, now=story.now)
    ended = counts_of(session, run)
    assert (run.state, run.finished_at) == (PushState.DONE, story.now)
    assert (dict(ended.sent), dict(ended.failed)) == ({"客服消息": 1}, {"模板已停用（43116 blocked）": 1})
    assert ended.inside == {
        delivery_plans.NO_WAY: 3,
        delivery_plans.NOT_BOUND: 1,
        delivery_plans.NOT_FOLLOWING: 1,
        delivery_plans.NOT_WANTED: 1,
    }
    assert ended.sent_total + ended.inside_total + ended.failed_total == ended.total == 8
    assert ended.read == 1


def test_who_goes_on_begins_behind_the_last_batch(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    people = [story.factory.person(session) for _ in range(5)]
    for person in people:
        wants_pushes(session, person, now=story.now)
    run = begun(story)
    assert list(push_sending.unwritten(session)) == []
    push_runs.approve(session, run.id, staff=office.leader, now=story.now)
    assert list(push_sending.unwritten(session)) == [run.id]
    ids = push_sending.recipients_left(session, run, box=BOX)
    by: dict[str, Any] = {"template_id": "", "now": story.now}
    assert push_sending.write_batch(session, run.id, ids[:2], seen=0, **by)
    # Another worker that read the cursor before, and one that starts again after a crash:
    assert not push_sending.write_batch(session, run.id, ids[:2], seen=0, **by)
    left = push_sending.recipients_left(session, run, box=BOX)
    assert (run.cursor, left) == (ids[1], ids[2:])
    assert push_sending.write_batch(session, run.id, left, seen=run.cursor, **by)
    assert not push_sending.write_batch(session, run.id, [], seen=run.cursor, **by)
    assert (run.written_at, [one.person_id for one in notices_of(story, run)]) == (story.now, ids)
    # People who are gone since are passed over.
    assert not push_sending.write_batch(session, run.id, [], seen=run.cursor, **by)


def test_a_push_called_off_on_the_way_reaches_nobody_else(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    people = [story.factory.person(session) for _ in range(5)]
    for person in people:
        wants_pushes(session, person, now=story.now)
        opens_window(session, person, now=story.now)
    run = out(story)
    sent, tried, on_its_way, *_ = notices_of(story, run)
    sent.state, sent.channel = NoticeState.SENT, NoticeChannel.CUSTOM
    on_its_way.state, on_its_way.claimed_at = NoticeState.SENDING, story.now
    session.add(NoticeAttempt(notice_id=tried.id, at=story.now, channel=NoticeChannel.CUSTOM, code=-1))
    session.flush()
    assert push_runs.may_cancel(run, office.dispatcher)
    with pytest.raises(Invalid):
        push_runs.cancel(session, run.id, reason=" ", staff=office.admin, now=story.now)

    push_runs.cancel(session, run.id, reason="数字写错了", staff=office.admin, now=story.now)

    assert (run.state, run.remark, run.ended_by_id) == (PushState.CANCELLED, "数字写错了", office.admin.id)
    left = {one.id: (one.state, one.error) for one in notices_of(story, run)}
    assert left == {
        sent.id: (NoticeState.SENT, ""),
        tried.id: (NoticeState.INBOX, delivery_plans.CALLED_OFF),
        on_its_way.id: (NoticeState.SENDING, ""),
    }
    counts = counts_of(session, run)
    assert (counts.total, counts.withdrawn, counts.under_way) == (3, 2, 1)
    # What was on its way is counted once it has arrived; what would be tried again is not.
    assert list(push_sending.called_off(session, now=story.now)) == [run.id]
    session.get_one(Notice, on_its_way.id).state = NoticeState.PENDING
    session.flush()
    while claim := outbox.claim(session, worker="w", now=story.now, base_url="http://x/"):
        assert claim.letter is None or claim.letter.kind is not NoticeKind.PUSH_DIGEST
    push_sending.count_anew(session, run.id)
    counts = counts_of(session, run)
    assert (counts.under_way, dict(counts.inside), counts.withdrawn) == (0, {delivery_plans.CALLED_OFF: 2}, 2)
    assert list(push_sending.called_off(session, now=story.now)) == []
    with pytest.raises(TooLate):
        push_runs.cancel(session, run.id, reason="再来", staff=office.admin, now=story.now)
    with pytest.raises(NotFound):
        push_queries.by_code(session, run.code)
    assert not push_sending.write_batch(session, run.id, [], seen=run.cursor, template_id="", now=story.now)


def test_one_that_waits_is_refused_with_a_reason(story: Story) -> None:
    something_to_tell(story.session, story.office, now=story.now)
    run = begun(story)
    push_runs.cancel(story.session, run.id, reason="下周再发", staff=story.office.dispatcher, now=story.now)

    assert (run.state, run.remark, counts_of(story.session, run).total) == (
        PushState.CANCELLED,
        "下周再发",
        0,
    )
    assert not push_runs.may_approve(run, story.office.leader)
    found = push_queries.history(story.session, page=9, per_page=10)
    assert ([one.id for one in found.items], found.total, found.page) == ([run.id], 1, 1)


def test_one_tries_a_push_on_oneself_if_wechat_lets_one(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    content = push_runs.compose(
        session, PushKind.DIGEST, "", since=story.now - timedelta(days=7), now=story.now
    )

    def send() -> None:
        push_sending.send_to_oneself(
            session,
            NoticeKind.PUSH_DIGEST,
            content,
            path="/h5/matters",
            staff=office.leader,
            template_id=TEMPLATE,
            now=story.now,
        )

    with pytest.raises(NotAllowed, match="还没有绑定微信"):
        send()
    office.leader.person = office.friend
    session.flush()
    with pytest.raises(NotAllowed, match="先用微信给公众号发一句话"):
        send()
    opens_window(session, office.friend, now=story.now, remaining=2)
    send()
    (notice,) = session.scalars(select(Notice).where(Notice.key.startswith("push:test:")))
    assert (notice.title, notice.person_id, notice.bulk, notice.push_run_id) == (
        "（试发）办实事周报",
        office.friend.id,
        False,
        None,
    )


def claimed(story: Story) -> list[outbox.Claim]:
    return outbox.claim_some(story.session, 50, worker="w", now=story.now, base_url="http://x/")


@pytest.mark.parametrize("story", ["sqlite"], indirect=True)
def test_what_waited_until_nobody_could_follow_it_is_dropped_with_its_cause(
    story: Story, tmp_path: Path
) -> None:
    """Held back through the night, while a survey ends, a bulletin is withdrawn, a matter comes back."""
    office, session = story.office, story.session
    survey = open_survey(
        session,
        write_survey(session, office.admin, team=office.team, other_team=office.other_team, now=story.now),
        office.admin,
        now=story.now,
    )
    files = LocalFileStore(tmp_path)
    bulletin = publish_bulletin(
        session, write_bulletin(session, office, files, now=story.now), office, now=story.now
    )
    done = matter(session, office, MatterStatus.CLOSED, now=story.now)
    for waiting in push_queries.waiting(session):
        push_runs.cancel(session, waiting.id, reason="改时间", staff=office.admin, now=story.now)
    session.execute(delete(Notice))
    for person in (office.student, office.friend):
        wants_pushes(session, person, now=story.now)
        opens_window(session, person, now=story.now)
    subjects = {
        PushKind.SURVEY: (str(survey.id), push_subjects.SURVEY_OVER),
        PushKind.BULLETIN: (bulletin.code, push_subjects.BULLETIN_GONE),
        PushKind.MATTER: (done.number, push_subjects.MATTER_BACK),
    }
    runs = {kind: out(story, kind, subject=subject) for kind, (subject, _) in subjects.items()}
    session.execute(delete(Notice).where(Notice.push_run_id.is_(None)))
    assert sum(one.letter is not None for one in claimed(story)) == 2  # each person one at a time
    session.execute(
        update(Notice).where(Notice.state == NoticeState.SENDING).values(state=NoticeState.PENDING)
    )

    surveys.close(session, survey, box=BOX, staff=office.admin, now=story.now)
    bulletin_approval.withdraw(session, bulletin, reason="数字有误", staff=office.leader, now=story.now)
    done.public = False
    session.flush()
    while taken := claimed(story):
        assert [one.letter for one in taken if one.letter and one.letter.kind in PUSHED] == []

    for kind, (_, cause) in subjects.items():
        assert push_sending.finish(session, runs[kind].id, now=story.now)
        assert runs[kind].counts["inside"] == {cause: 2}


def test_what_was_read_is_counted_on_and_the_messages_are_forgotten_in_time(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    for _ in range(3):
        wants_pushes(session, story.factory.person(session), now=story.now)
    run = out(story)
    assert push_sending.finish(session, run.id, now=story.now)
    first, *_ = notices_of(story, run)
    session.add(NoticeAttempt(notice_id=first.id, at=story.now, channel=NoticeChannel.CUSTOM, code=-1))
    first.read_at = story.now
    session.flush()
    assert (counts_of(session, run).read, counts_today(session, run).read) == (0, 1)

    before = {"before": story.now}
    assert push_forgetting.drop_old_messages(session, **before) == 0
    before = {"before": story.now + timedelta(seconds=1)}
    assert push_forgetting.drop_old_messages(session, **before) == 3
    assert push_forgetting.drop_old_messages(session, **before) == 0
    assert notices_of(story, run) == []
    kept = counts_today(session, run)
    assert (kept.total, kept.inside_total, kept.read, kept.forgotten) == (3, 3, 1, True)
