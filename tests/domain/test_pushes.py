"""Pushes from the approval to the last recipient: who gets what by which way, and how it can be stopped."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from domain import (
    bulletin_approval,
    matter_requests,
    matter_work,
    matters,
    outbox,
    push_article,
    push_runs,
    push_sending,
    survey_sheets,
    surveys,
)
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.file_store import LocalFileStore
from domain.push_counts import counts_of
from domain.push_kinds import type_of
from models.enums import NoticeChannel, NoticeKind, NoticeState, Role, SurveyState
from models.matter_words import MatterStatus
from models.notice import Notice, NoticeAttempt
from models.push import PushRun
from models.push_words import PushKind, PushState
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.matters import matter
from tests.support.pushes import (
    TEMPLATE,
    allows,
    opens_window,
    something_to_tell,
    wants_pushes,
    weekly_digest,
    write_all,
)
from tests.support.story import Story
from tests.support.surveys import BOX, filled, open_survey, write_survey


def begun(story: Story, kind: PushKind = PushKind.DIGEST, **changes: Any) -> PushRun:
    """A push that the dispatcher wants."""
    values: dict[str, Any] = {"due_at": story.now, "now": story.now, "staff": story.office.dispatcher}
    return push_runs.begin(story.session, kind=kind, **(values | changes))


def out(story: Story, kind: PushKind = PushKind.DIGEST, **changes: Any) -> PushRun:
    """The same, approved by the leader, with all its recipients in the outbox."""
    run = begun(story, kind, **changes)
    push_runs.approve(story.session, run.id, staff=story.office.leader, now=story.now)
    write_all(story.session, run, now=story.now)
    return run


def notices_of(story: Story, run: PushRun) -> list[Notice]:
    query = select(Notice).where(Notice.push_run_id == run.id).order_by(Notice.id)
    return list(story.session.scalars(query.execution_options(populate_existing=True)))


def test_a_push_goes_out_once_somebody_else_approved_what_it_says(story: Story) -> None:
    office, session = story.office, story.session
    something_to_tell(session, office, now=story.now)
    run = begun(story)
    assert (run.state, run.title) == (PushState.WAITING, "办实事周报")
    assert run.body == ("11月16日—11月23日：新列入清单 1 件。\n· 新列入清单：食堂窗口保温（饮食服务中心）")
    assert run.path == f"/h5/pushes/{run.code}"
    assert push_runs.by_code(session, run.code) is run
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
        "both ends": (NoticeState.INBOX, outbox.NO_WAY),
        "none": (NoticeState.INBOX, outbox.NO_WAY),
        "mute": (NoticeState.INBOX, outbox.NOT_WANTED),
        "left": (NoticeState.INBOX, outbox.NOT_FOLLOWING),
        "gone": (NoticeState.INBOX, outbox.NOT_BOUND),
        "last": (NoticeState.INBOX, outbox.NO_WAY),
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
        outbox.NO_WAY: 3,
        outbox.NOT_BOUND: 1,
        outbox.NOT_FOLLOWING: 1,
        outbox.NOT_WANTED: 1,
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
        tried.id: (NoticeState.INBOX, outbox.CALLED_OFF),
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
    assert (counts.under_way, dict(counts.inside), counts.withdrawn) == (0, {outbox.CALLED_OFF: 2}, 2)
    assert list(push_sending.called_off(session, now=story.now)) == []
    with pytest.raises(TooLate):
        push_runs.cancel(session, run.id, reason="再来", staff=office.admin, now=story.now)
    with pytest.raises(NotFound):
        push_runs.by_code(session, run.code)
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
    found = push_runs.history(story.session, page=9, per_page=10)
    assert ([one.id for one in found.items], found.total, found.page) == ([run.id], 1, 1)


def test_the_digest_tells_what_is_new_since_the_last_one_and_nothing_hidden(story: Story) -> None:
    office, session = story.office, story.session
    schedule = weekly_digest(session, office.dispatcher, now=story.now)
    matter(session, office, now=story.now, public=False, title="内部事项")
    for number in range(7):
        matter(session, office, MatterStatus.IN_PROGRESS, now=story.now, title=f"第{number}件事")
    closed = matter(session, office, MatterStatus.CLOSED, now=story.now, title="热水到六楼")
    first = begun(story, schedule=schedule)
    assert "内部事项" not in first.body
    assert first.body.splitlines()[0] == "11月16日—11月23日：办结销号 1 件，新列入清单 7 件。"
    assert first.body.splitlines()[-1] == "…共 8 件，点开看全部。"
    assert [(part["title"], len(part["lines"])) for part in first.sections] == [
        ("办结销号 1 件", 1),
        ("新列入清单 7 件", 7),
    ]
    assert first.sections[0]["lines"][0] == {
        "words": "热水到六楼",
        "note": "饮食服务中心。实测 65 度",
        "path": f"/h5/matters/{closed.number}",
    }
    push_runs.approve(session, first.id, staff=office.leader, now=story.now)
    story.later(days=1)
    with pytest.raises(NotAllowed, match="没有可推送的内容"):
        begun(story, schedule=schedule)
    # Without a schedule it is about the last seven days.
    assert begun(story).body.splitlines()[0].startswith("11月17日—11月24日：办结销号 1 件")


def test_a_closed_matter_is_offered_and_goes_to_those_who_did_not_hear_of_it(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, MatterStatus.SUBMITTED, now=story.now)
    hidden = matter(session, office, MatterStatus.SUBMITTED, now=story.now, public=False)
    for person in (office.student, office.friend):
        wants_pushes(session, person, now=story.now)
    matters.follow(session, one, office.friend, wanted=True, now=story.now)
    for done in (one, hidden):
        matter_requests.accept(session, done, words="实测 65 度", **story.by(office.leader))

    (run,) = push_runs.waiting(session)

    assert (run.kind, run.subject, run.created_by_id) == (PushKind.MATTER, one.number, office.leader.id)
    assert run.body.splitlines()[:3] == [
        "「食堂窗口保温」已经验收销号，由饮食服务中心办理。",
        "目标：饭菜送到窗口时不低于 60 度",
        "验收：实测 65 度",
    ]
    assert run.path == f"/h5/matters/{one.number}"
    assert push_runs.offer_matter(session, one, staff=office.leader, now=story.now) is None
    push_runs.approve(session, run.id, staff=office.dispatcher, now=story.now)
    write_all(session, run, now=story.now)
    assert [notice.person_id for notice in notices_of(story, run)] == [office.student.id]
    assert push_runs.last_for(session, PushKind.MATTER, one.number) is run
    # Who got no notice finds it all the same, above their messages.
    stranger = story.factory.person(session)
    assert list(push_sending.told_to_all(session, stranger, now=story.now)) == [run]
    assert list(push_sending.told_to_all(session, office.student, now=story.now)) == []


def test_a_matter_that_came_back_meanwhile_is_not_pushed_as_done(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, MatterStatus.CLOSED, now=story.now)
    (run,) = push_runs.waiting(session)
    matter_work.reopen(session, one, words="又凉了", **story.by(office.leader))

    with pytest.raises(TooLate, match="推进中"):
        push_runs.approve(session, run.id, staff=office.dispatcher, now=story.now)
    with pytest.raises(NotFound):
        begun(story, PushKind.MATTER, subject="2020-B001")
    for look in (push_runs.find, push_runs.hold):
        with pytest.raises(NotFound):
            look(session, 999)
    with pytest.raises(Invalid, match="请选择"):
        begun(story, PushKind.MATTER)


def test_a_survey_is_pushed_and_reminded_of_once_and_the_reminder_is_forgotten(story: Story) -> None:
    office, session, factory = story.office, story.session, story.factory
    survey = open_survey(
        session,
        write_survey(session, office.admin, team=office.team, other_team=office.other_team, now=story.now),
        office.admin,
        now=story.now,
    )
    subject = str(survey.id)
    asked = [office.student, office.friend, factory.person(session)]
    wants_pushes(session, office.student, now=story.now)
    opens_window(session, office.student, now=story.now)
    opens_window(session, office.friend, now=story.now)
    opening = out(story, PushKind.SURVEY, subject=subject)
    assert {one.person_id: (one.state, one.error) for one in notices_of(story, opening)} == {
        office.student.id: (NoticeState.PENDING, ""),
        office.friend.id: (NoticeState.INBOX, outbox.NOT_ASKED_FOR),
        asked[2].id: (NoticeState.INBOX, outbox.NOT_ASKED_FOR),
    }
    assert opening.path == f"/h5/surveys/{survey.code}"
    with pytest.raises(TooLate, match="正在推送"):
        begun(story, PushKind.SURVEY, subject=subject)

    survey_sheets.hand_in(session, survey.id, office.student, filled(survey), box=BOX, now=story.now)
    reminder = out(story, PushKind.SURVEY_REMINDER, subject=subject)
    assert [one.person_id for one in notices_of(story, reminder)] == [office.friend.id, asked[2].id]
    assert push_sending.finish(session, reminder.id, now=story.now)
    with pytest.raises(TooLate, match="已经提醒过一次"):
        begun(story, PushKind.SURVEY_REMINDER, subject=subject)
    assert list(push_sending.reminders_to_forget(session)) == []

    surveys.close(session, survey, box=BOX, staff=office.admin, now=story.now)
    assert survey.state is SurveyState.CLOSED
    # Who was reminded had not answered; with the survey, that is forgotten.
    assert list(push_sending.reminders_to_forget(session)) == [reminder.id]
    push_sending.forget_reminded(session, reminder.id)
    assert notices_of(story, reminder) == []
    assert list(push_sending.reminders_to_forget(session)) == []
    assert counts_of(session, reminder).total == 2
    push_runs.give_up(session, opening.id, words="测评已经结束", now=story.now)
    assert (opening.state, counts_of(session, opening).withdrawn) == (PushState.CANCELLED, 1)
    push_runs.give_up(session, opening.id, words="再说一遍", now=story.now)
    assert opening.remark == "测评已经结束"
    with pytest.raises(TooLate, match="没有开放"):
        begun(story, PushKind.SURVEY, subject=subject)


def test_a_bulletin_is_pushed_while_it_is_out(story: Story, tmp_path: Path) -> None:
    office, session = story.office, story.session
    files = LocalFileStore(tmp_path)
    bulletin = publish_bulletin(
        session, write_bulletin(session, office, files, now=story.now), office, now=story.now
    )
    choices = type_of(PushKind.BULLETIN).choices
    assert choices is not None
    assert choices(session, story.now) == [(bulletin.code, bulletin.title)]
    run = begun(story, PushKind.BULLETIN, subject=bulletin.code)
    assert (run.title, run.path) == (bulletin.title, f"/h5/bulletins/{bulletin.code}")
    assert run.body.startswith("收到诉求 0 件，办结 0 件")
    bulletin_approval.withdraw(session, bulletin, reason="数字有误", staff=office.leader, now=story.now)
    with pytest.raises(TooLate, match="已经撤回"):
        push_runs.approve(session, run.id, staff=office.leader, now=story.now)


def test_colleagues_get_their_lists_by_role(story: Story) -> None:
    office, session = story.office, story.session
    with pytest.raises(NotAllowed):
        begun(story, PushKind.OVERDUE)
    story.factory.complaint(session, office, service_point=office.canteen)
    story.factory.complaint(session, office, place_text="张三的宿舍 302")
    matter(session, office, now=story.now)
    story.at("2026-12-28 17:00")
    overdue = out(story, PushKind.OVERDUE)
    assert overdue.body.splitlines() == [
        "超期诉求 2 件，超期事项 1 件。",
        "按单位：还没有派单 1、饮食服务中心 1。",
        "请督促尽快办理。",
    ]
    assert "张三" not in str(overdue.sections)
    assert overdue.path == f"/admin/pushes/runs/{overdue.id}"
    assert [(one.staff_id, one.state, one.bulk) for one in notices_of(story, overdue)] == [
        (office.leader.id, NoticeState.PENDING, False)
    ]
    week = out(story, PushKind.SUPERVISION)
    assert week.body.splitlines()[1] == "现在超期诉求 2 件、超期事项 1 件，疑似反弹 0 件。"
    assert [part["title"] for part in week.sections] == ["三率", "超期事项"]
    assert [one.staff_id for one in notices_of(story, week)] == [office.inspector.id]
    with pytest.raises(NotAllowed, match="不能做成图文"):
        push_article.draft_of(session, week, base_url="http://x/", staff=office.admin, now=story.now)
    back = matter(session, office, MatterStatus.CLOSED, now=story.now, title="又反弹的事")
    back.relapsed_at = story.now
    office.inspector.active = False  # has left since the list was made for the role
    story.factory.staff(session, Role.INSPECTOR)
    later = out(story, PushKind.SUPERVISION)
    assert later.sections[-1]["lines"][0]["note"] == "饮食服务中心，销号后又有新诉求"
    reached = push_sending.reach(
        session, type_of(PushKind.SUPERVISION), "", box=BOX, template_id="", now=story.now
    )
    assert (reached, len(notices_of(story, later))) == (Counter({"": 1}), 1)


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
