"""What each kind of push says, and to whom: of the table in domain/push_kinds.py."""

from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest

from domain import (
    bulletin_approval,
    delivery_plans,
    matter_requests,
    matter_work,
    matters,
    push_article,
    push_forgetting,
    push_queries,
    push_runs,
    push_schedules,
    push_sending,
    survey_sheets,
    surveys,
)
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.file_store import LocalFileStore
from domain.push_counts import counts_of
from domain.push_kinds import type_of
from domain.push_times import When
from models.enums import NoticeState, Role, SurveyState
from models.matter_words import MatterStatus
from models.push import PushSchedule
from models.push_words import PushKind, PushState, WhenKind
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.matters import matter
from tests.support.pushes import (
    begun,
    notices_of,
    opens_window,
    out,
    plan,
    wants_pushes,
    weekly_digest,
    write_all,
)
from tests.support.story import Story, shanghai
from tests.support.surveys import BOX, filled, open_survey, write_survey


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

    (run,) = push_queries.waiting(session)

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
    # Who got no notice finds it all the same, above their messages.
    stranger = story.factory.person(session)
    assert list(push_sending.told_to_all(session, stranger, now=story.now)) == [run]
    assert list(push_sending.told_to_all(session, office.student, now=story.now)) == []


def test_a_matter_that_came_back_meanwhile_is_not_pushed_as_done(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, MatterStatus.CLOSED, now=story.now)
    (run,) = push_queries.waiting(session)
    matter_work.reopen(session, one, words="又凉了", **story.by(office.leader))

    with pytest.raises(TooLate, match="推进中"):
        push_runs.approve(session, run.id, staff=office.dispatcher, now=story.now)
    with pytest.raises(NotFound):
        begun(story, PushKind.MATTER, subject="2020-B001")
    for look in (push_queries.find, push_runs.hold):
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
        office.friend.id: (NoticeState.INBOX, delivery_plans.NOT_ASKED_FOR),
        asked[2].id: (NoticeState.INBOX, delivery_plans.NOT_ASKED_FOR),
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
    assert list(push_forgetting.reminders_to_forget(session)) == []

    surveys.close(session, survey, box=BOX, staff=office.admin, now=story.now)
    assert survey.state is SurveyState.CLOSED
    # Who was reminded had not answered; with the survey, that is forgotten.
    assert list(push_forgetting.reminders_to_forget(session)) == [reminder.id]
    push_forgetting.forget_reminded(session, reminder.id)
    assert notices_of(story, reminder) == []
    assert list(push_forgetting.reminders_to_forget(session)) == []
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


@pytest.mark.parametrize("story", ["sqlite"], indirect=True)
def test_the_invitation_to_a_survey_can_be_planned_before_it_opens(story: Story) -> None:
    office, session = story.office, story.session
    survey = write_survey(
        session, office.admin, team=office.team, other_team=office.other_team, now=story.now
    )
    kind = type_of(PushKind.SURVEY)
    assert kind.choices is not None
    assert kind.choices(session, story.now) == []
    opens_at = shanghai("2026-11-30 09:00")
    surveys.plan(session, survey, opens_at=opens_at, closes_at=None, staff=office.admin, now=story.now)
    assert kind.choices(session, story.now) == [(str(survey.id), "秋季学期测评（11月30日 09:00 开放）")]

    def plan_at(minute: int) -> PushSchedule:
        when = When(WhenKind.ONCE, time(9, minute), day=date(2026, 11, 30))
        about = plan(kind=PushKind.SURVEY, title="请您来评", subject=str(survey.id), when=when)
        return push_schedules.create(session, about, staff=office.dispatcher, now=story.now)

    with pytest.raises(Invalid, match="11月30日 09:00 才开放") as refusal:
        plan_at(0)
    assert refusal.value.field == "at"
    schedule = plan_at(5)
    story.at("2026-11-30 09:05")
    surveys.go_by_clock(session, survey.id, box=BOX, now=story.now)
    run = push_schedules.turn(session, schedule.id, now=story.now)
    assert run is not None
    assert (run.state, run.title) == (PushState.WAITING, "请您评一评后勤服务")
