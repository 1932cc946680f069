"""The list of matters that everybody may read: narrowed, in order, and read on from any line."""

from datetime import date

from domain import matter_public, release
from domain.matter_public import PublicMatters, PublicStatus
from models.enums import ComplaintStatus
from models.matter import Matter
from models.matter_words import MatterKind, MatterStatus
from tests.support.matters import matter
from tests.support.story import Story

S = MatterStatus


def listed(story: Story, status: MatterStatus = S.IN_PROGRESS, **changes: object) -> Matter:
    story.later(minutes=1)
    return matter(story.session, story.office, status, now=story.now, **changes)


def titles(story: Story, **narrowed: object) -> list[str]:
    found = matter_public.list_after(story.session, PublicMatters(**narrowed), after=None, limit=20)
    return [one.title for one in found]


def in_steps(story: Story, wanted: PublicMatters) -> list[str]:
    """Read the list two by two."""
    found: list[Matter] = []
    while True:
        after = matter_public.line_of(found[-1], wanted) if found else None
        part = matter_public.list_after(story.session, wanted, after=after, limit=2)
        if not part:
            return [one.title for one in found]
        found += part


def test_those_at_work_stand_by_deadline_and_are_read_on_from_any_line(story: Story) -> None:
    listed(story, title="没有日期一", deadline=None, deadline_words="长期")
    listed(story, title="后", deadline=date(2027, 1, 5))
    listed(story, title="先一", deadline=date(2026, 12, 1))
    listed(story, title="没有日期二", deadline=None, deadline_words="长期")
    listed(story, title="先二", deadline=date(2026, 12, 1))
    listed(story, title="内部的", public=False)
    listed(story, S.CANCELLED, title="取消的")

    order = ["先一", "先二", "后", "没有日期一", "没有日期二"]
    assert titles(story) == in_steps(story, PublicMatters()) == order


def test_those_done_stand_newest_first(story: Story) -> None:
    for title in ("一", "二", "三"):
        listed(story, S.CLOSED, title=title)
    listed(story, title="在办")

    done = PublicMatters(status=PublicStatus.CLOSED)
    assert in_steps(story, done) == ["三", "二", "一"]


def test_list_is_narrowed_and_gives_no_internal_word_away(story: Story) -> None:
    office = story.office
    listed(story, title="保温", supporting=(office.other_team.id,), problem="蟑螂", measures="消杀")
    listed(story, S.DEFERRED, title="水管", kind=MatterKind.LEGACY, goal="不漏")
    listed(story, S.PLANNED, title="路灯", team_id=office.other_team.id)

    assert titles(story, kind=MatterKind.LEGACY) == ["水管"]
    assert titles(story, status=PublicStatus.DEFERRED) == ["水管"]
    assert titles(story, status=PublicStatus.IN_PROGRESS) == ["保温"]
    assert titles(story, status=PublicStatus.SUBMITTED) == []
    assert titles(story, team=office.other_team.name) == ["保温", "路灯"]
    assert titles(story, team=office.team.name) == ["保温", "水管"]
    assert titles(story, team=f"{office.team.name}\0") == ["保温", "水管"]
    assert titles(story, team="没有这个单位") == []
    assert titles(story, words="不漏 水") == ["水管"]
    assert titles(story, words="%") == []
    assert titles(story, words="蟑螂") == titles(story, words="消杀") == []


def test_only_complaints_on_the_board_are_counted(story: Story) -> None:
    session, office = story.session, story.office
    behind = [
        story.factory.complaint(session, office, ComplaintStatus.IN_PROGRESS, service_point=office.canteen)
        for _ in range(3)
    ]
    made = listed(story, complaints=behind)
    assert matter_public.complaints_on_board(session, made) == 0

    for one in behind[:2]:
        wish = release.Wish("窗口排队太久", "", [])
        release.release(session, one, wish, confirmed=True, staff=office.dispatcher, now=story.now)

    assert matter_public.complaints_on_board(session, made) == 2
