"""What the settings page says of the ways in which a person can be reached."""

from domain import grants, mini_grants
from domain.mini_grants import TapAnswer, TapReport, Teller
from domain.mini_people import link, person_of_mini
from domain.open_ways import open_ways
from models.enums import NoticeChannel
from tests.support.story import Story


def _open(story: Story, *mapped: NoticeChannel) -> list[tuple[str, bool]]:
    templates = {way: {"OURS"} for way in mapped}
    ways = open_ways(story.session, story.office.student, mapped=templates, now=story.now)
    return [(way.title, way.is_open) for way in ways]


def test_ways_without_a_template_are_left_out(story: Story) -> None:
    assert _open(story) == [("公众号对话", False), ("「消息」页", True)]
    assert _open(story, NoticeChannel.SUBSCRIPTION) == [
        ("公众号对话", False),
        ("订阅通知", False),
        ("「消息」页", True),
    ]


def test_way_of_the_mini_program_is_there_for_who_uses_it(story: Story) -> None:
    student, way = story.office.student, NoticeChannel.MINI_SUBSCRIPTION
    assert ("小程序订阅消息", False) not in _open(story, way)
    waiting = person_of_mini(story.session, openid="oMini", unionid=None, now=story.now)
    link(story.session, waiting, to=student)
    assert _open(story, way)[1:] == [("小程序订阅消息", False), ("「消息」页", True)]
    tap = TapReport(Teller.PROGRAM, "a", story.now, {"OURS": TapAnswer.ACCEPT})
    mini_grants.note_tap(story.session, student, tap, now=story.now)
    assert ("小程序订阅消息", True) in _open(story, way)


def test_what_the_mini_program_may_send_opens_no_way_of_the_account(story: Story) -> None:
    student = story.office.student
    tap = TapReport(Teller.PROGRAM, "a", story.now, {"MINI": TapAnswer.ACCEPT})
    mini_grants.note_tap(story.session, student, tap, now=story.now)
    assert ("订阅通知", False) in _open(story, NoticeChannel.SUBSCRIPTION)

    grants.note_popup(story.session, student, template_id="OURS", accepted=True, event_key="e", now=story.now)

    assert ("订阅通知", True) in _open(story, NoticeChannel.SUBSCRIPTION)
