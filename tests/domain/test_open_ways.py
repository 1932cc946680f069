"""What the settings page says of the ways in which a person can be reached."""

from domain.open_ways import open_ways
from models.enums import NoticeChannel
from tests.support.story import Story


def _open(story: Story, *mapped: NoticeChannel) -> list[tuple[str, bool]]:
    ways = open_ways(story.session, story.office.student, mapped=mapped, now=story.now)
    return [(way.title, way.is_open) for way in ways]


def test_ways_without_a_template_are_left_out(story: Story) -> None:
    assert _open(story) == [("公众号对话", False), ("「消息」页", True)]
    assert _open(story, NoticeChannel.SUBSCRIPTION) == [
        ("公众号对话", False),
        ("订阅通知", False),
        ("「消息」页", True),
    ]
