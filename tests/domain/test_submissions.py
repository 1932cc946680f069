"""Filing: once however often it is sent, numbered without gaps, and read for what is meant."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import complaints, submissions
from domain.complaints import Submission
from domain.errors import Invalid, NotFound
from models.complaint import Complaint
from models.database import Database
from models.enums import ActorKind, Channel, ComplaintKind, ComplaintStatus
from models.person import Person
from tests.support.factories import Office
from tests.support.story import Story, at_once, shanghai

K = ComplaintKind
S = ComplaintStatus


def test_what_was_written_is_on_record(story: Story) -> None:
    office = story.office
    complaint = story.complaint(
        text="  饭菜是凉的\0 ", place_text=" 三号桌 ", contact_name=" 小李 ", contact_phone=" 13800000000 "
    )

    assert (complaint.number, complaint.status, complaint.round) == ("2026-1123-0001", S.SUBMITTED, 1)
    assert (complaint.text, complaint.place_text) == ("饭菜是凉的", "三号桌")
    assert (complaint.contact_name, complaint.contact_phone) == ("小李", "13800000000")
    assert (complaint.filed_at, complaint.reporter) == (story.now, office.student)
    (event,) = complaint.events
    assert (event.actor_kind, event.words, event.from_status) == (ActorKind.REPORTER, "饭菜是凉的", None)


def test_words_or_something_attached_are_needed(story: Story) -> None:
    with pytest.raises(Invalid, match="请写几句话说明情况，或附上照片、语音。") as refused:
        story.complaint(text=" \0\n")
    assert refused.value.field == "text"
    with pytest.raises(Invalid, match="文字太长，最多 10000 字，请分几件反映。"):
        story.complaint(text="长" * 10_001)

    photo = story.photo()
    complaint = story.complaint(text="", attachments=[photo])
    assert (photo.complaint_id, photo.event_id) == (complaint.id, complaint.events[0].id)


def test_nobody_at_all_files_nothing(story: Story) -> None:
    with pytest.raises(ValueError, match="filed by a person"):
        story.complaint(reporter=None)


def test_staff_file_on_behalf_of_somebody_without_wechat(story: Story) -> None:
    office = story.office
    complaint = story.complaint(reporter=None, recorded_by=office.dispatcher, channel=Channel.PHONE)

    assert complaint.recorded_by is office.dispatcher
    assert (complaint.events[0].actor_kind, complaint.events[0].actor_label) == (ActorKind.STAFF, "受理员")
    assert story.told(complaint.events[0]) == {"second_dispatcher": "staff_submitted"}


def test_numbers_follow_each_other_and_start_anew_at_midnight_in_shanghai(story: Story) -> None:
    numbers = []
    for moment in ("2026-11-23 23:59", "2026-11-23 23:59", "2026-11-24 00:00"):
        story.at(moment)
        numbers.append(story.complaint().number)

    assert numbers == ["2026-1123-0001", "2026-1123-0002", "2026-1124-0001"]


def submit(database: Database, office: Office, now: datetime, key: str | None = None) -> Callable[[], str]:
    """One request that files a complaint and gives its number."""

    def work() -> str:
        with database.transaction() as session:
            submission = Submission(
                text="饭菜是凉的",
                channel=Channel.WEB,
                reporter=session.get_one(Person, office.student.id),
                submission_key=key,
            )
            return complaints.submit(session, submission, now=now).number

    return work


def test_numbers_are_given_once_however_many_file_at_once(
    database: Database, office: Office, now: datetime
) -> None:
    numbers = at_once(*[submit(database, office, now)] * 5)

    assert sorted(numbers) == [f"2026-1123-000{count}" for count in range(1, 6)]


@pytest.mark.parametrize("other", ["2026-11-23 10:00", "2026-11-24 00:00"], ids=["same day", "next day"])
def test_the_same_sent_twice_at_once_is_filed_once(
    database: Database, office: Office, now: datetime, other: str
) -> None:
    numbers = at_once(
        submit(database, office, now, "form:1"),
        submit(database, office, shanghai(other), "form:1"),
        submit(database, office, now, "form:1"),
    )

    assert len(set(numbers)) == 1
    with database.reading() as session:
        assert list(session.scalars(select(Complaint.number))) == [numbers[0]]


def test_the_same_sent_again_later_is_the_same_complaint(story: Story) -> None:
    first = story.complaint(submission_key="draft:1")
    story.later(days=1)

    assert story.complaint(submission_key="draft:1") is first
    assert story.complaint(submission_key="draft:2") is not first


def test_race_lost_after_looking_gives_the_complaint_that_won(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = story.complaint(submission_key="form:1")
    look, looks = submissions._filed_before, 0

    def look_too_early_at_first(session: Session, submission: Submission) -> Complaint | None:
        nonlocal looks
        looks += 1
        return None if looks == 1 else look(session, submission)

    monkeypatch.setattr(submissions, "_filed_before", look_too_early_at_first)

    assert story.complaint(submission_key="form:1") is first
    assert story.session.scalar(select(func.count(Complaint.id))) == 1
    assert story.complaint().number == "2026-1123-0002"


def test_other_trouble_with_the_database_is_not_hidden(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.complaint()
    monkeypatch.setattr(submissions, "next_number", lambda *_: "2026-1123-0001")

    with pytest.raises(IntegrityError):
        story.complaint(submission_key="form:1")
    story.session.rollback()


def test_place_names_the_team_which_gets_it_at_once(story: Story) -> None:
    office = story.office
    complaint = story.complaint(service_point=office.canteen)

    assert (complaint.status, complaint.team, complaint.handler) == (S.ASSIGNED, office.team, None)
    assigned = complaint.events[1]
    assert assigned.words == "按服务点归属自动派单：饮食服务中心"
    assert assigned.actor_kind is ActorKind.CLOCK


def test_place_above_answers_for_places_without_a_team(story: Story) -> None:
    office = story.office
    window = story.factory.place(story.session, "3 号窗口", parent=office.canteen)
    table = story.factory.place(story.session, "甲桌", parent=window)
    lost = story.factory.place(story.session, "角落", parent=office.hall)

    assert story.complaint(service_point=table).team is office.team
    assert story.complaint(service_point=lost).status is S.SUBMITTED


def test_category_names_the_team_when_chosen_or_of_the_place_but_not_when_guessed(story: Story) -> None:
    office = story.office
    canteen = story.factory.category(story.session, "canteen", team=office.team)
    chosen = story.complaint(category=canteen)
    office.hall.category = canteen
    by_place = story.complaint(service_point=office.hall)
    guessed = story.complaint(text="食堂的饭是凉的")

    assert (chosen.team, chosen.events[1].words) == (office.team, "按类别归属自动派单：饮食服务中心")
    assert (by_place.team, by_place.category) == (office.team, canteen)
    assert (guessed.team, guessed.category, guessed.status) == (None, canteen, S.SUBMITTED)


def test_team_that_was_closed_down_leaves_it_to_the_desk(story: Story) -> None:
    story.office.team.active = False

    assert story.complaint(service_point=story.office.canteen).status is S.SUBMITTED


def test_safety_words_make_it_urgent_though_blanks_stand_in_them(story: Story) -> None:
    missed = [
        word
        for word in catalogue().safety.words
        if not story.complaint(text=f"快来，{word[0]} {word[1:]}了").urgent
    ]

    assert missed == []
    assert not story.complaint(text="饭菜是凉的").urgent


def test_who_files_may_say_that_it_is_urgent(story: Story) -> None:
    assert story.complaint(urgent=True).urgent


def test_urgent_complaint_is_told_to_everybody_on_duty_at_any_hour(story: Story) -> None:
    story.at("2026-11-28 23:00")
    office = story.office
    complaint = story.complaint(text="插座漏电", service_point=office.canteen, channel=Channel.WEB)
    filed, assigned = complaint.events

    assert story.told(filed) == {
        "student": "received",
        **dict.fromkeys(
            ["handler", "colleague", "lead", "dispatcher", "second_dispatcher", "leader"], "staff_urgent"
        ),
    }
    assert all(notice.urgent for notice in [*story.notices(filed), *story.notices(assigned)])


def test_person_hears_first_that_it_came_in_and_then_who_has_it(story: Story) -> None:
    complaint = story.complaint(service_point=story.office.canteen, channel=Channel.WEB)
    filed, assigned = complaint.events
    (received,) = [notice for notice in story.notices(filed) if notice.person_id]
    (given,) = [notice for notice in story.notices(assigned) if notice.person_id]

    assert received.id < given.id
    assert (received.state, given.state) == ("pending", "pending")


def test_chat_has_told_the_person_so_notices_stay_on_the_page(story: Story) -> None:
    complaint = story.complaint(service_point=story.office.canteen, anonymous=True)
    states = {
        notice.kind.value: notice.state.value
        for event in complaint.events
        for notice in story.notices(event)
        if notice.person_id == story.office.student.id
    }

    assert states == {"received": "inbox", "assigned": "inbox"}


def test_only_ones_own_complaint_is_taken_up_again(story: Story) -> None:
    closed, office = story.complaint(S.CLOSED), story.office
    again = story.complaint(earlier=closed)
    assert again.earlier_id == closed.id

    for stranger in ({"reporter": office.friend}, {"reporter": None, "recorded_by": office.dispatcher}):
        with pytest.raises(Invalid, match="只能与自己以前的诉求关联。"):
            story.complaint(earlier=closed, **stranger)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("宿舍水龙头坏了，请尽快处理，谢谢", K.REPAIR),
        ("麻烦修一下 302 的灯，感谢", K.REPAIR),
        ("空调不制冷，辛苦了", K.REPAIR),
        ("建议延长食堂开放时间，谢谢", K.SUGGESTION),
        ("请问校医院几点开门？谢谢", K.QUESTION),
        ("辛苦了，但是饭菜总是凉的", K.COMPLAINT),
        ("食堂阿姨态度差，谢谢关注", K.COMPLAINT),
        ("饭里有虫子", K.COMPLAINT),
        ("表扬三食堂的阿姨，服务真不错！", K.PRAISE),
        ("感谢宿管老师昨晚帮我找钥匙", K.PRAISE),
        ("", K.COMPLAINT),
    ],
)
def test_kind_is_guessed_and_thanks_at_the_end_are_not_praise(text: str, kind: ComplaintKind) -> None:
    assert complaints.guess_kind(text) is kind


def test_urgent_complaint_is_never_guessed_to_be_praise(story: Story) -> None:
    assert story.complaint(text="谢谢，我看到有人触电", kind=None).kind is K.COMPLAINT
    assert story.complaint(text="谢谢阿姨", kind=None).kind is K.PRAISE


def test_category_is_guessed_by_its_words_and_falls_back_to_the_last(story: Story) -> None:
    factory, session = story.factory, story.session
    canteen = factory.category(session, "canteen", position=1)
    factory.category(session, "medical", position=2, active=False)
    story.office.category.position = 9
    session.flush()

    assert complaints.guess_category(session, "食堂的饭菜") is canteen
    assert complaints.guess_category(session, "校医院看病") is story.office.category
    assert complaints.guess_category(session, "别的事") is story.office.category


def test_office_without_categories_is_told_what_to_do(story: Story) -> None:
    story.office.category.active = False
    story.session.flush()

    with pytest.raises(NotFound, match="还没有设置任何诉求类别，请系统管理员先初始化类别。"):
        story.complaint()
