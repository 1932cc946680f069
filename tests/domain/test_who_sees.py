"""The panel that tells who can read a complaint, and who learns whose it is."""

from domain import complaints
from domain.who_sees import who_sees
from models.enums import ComplaintStatus
from tests.support.story import Story

S = ComplaintStatus


def test_everybody_who_may_open_it_is_named_with_the_reason(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))

    panel = who_sees(story.session, complaint, followers=0)

    assert [(each.why, list(each.names)) for each in panel.readers] == [
        ("维修服务中心", [office.outsider.name]),
        ("受理员", [office.dispatcher.name, office.second_dispatcher.name]),
        ("分管领导", [office.leader.name]),
        ("督导组", [office.inspector.name]),
        ("系统管理员", [office.admin.name]),
        ("曾经手", [office.handler.name]),
    ]


def test_it_tells_what_is_known_of_the_person(story: Story) -> None:
    told = [
        who_sees(story.session, story.complaint(**changes), followers=0).reporter[:5]
        for changes in (
            {"anonymous": True, "contact_phone": "13800001234"},
            {"contact_phone": "13800001234"},
            {"contact_name": "林", "service_point": story.office.canteen},
            {},
            {"reporter": None, "recorded_by": story.office.dispatcher},
        )
    ]

    assert told == ["匿名提交：", "实名：称呼", "实名：称呼", "没有留姓名", "没有留姓名"]


def test_it_tells_what_others_read(story: Story) -> None:
    complaint = story.complaint(S.CLOSED)
    before = who_sees(story.session, complaint, followers=0).outside
    complaints.publish(story.session, complaint, public_text="热了", **story.by(story.office.dispatcher))
    after = who_sees(story.session, complaint, followers=2).outside

    assert before[1:] == ["没有公开：其他师生看不到。"]
    assert after[1].startswith("2 位关注人能看到公开的文字")
    assert after[2] == "已公开：所有人能看到编辑过的文字。"
