"""Which places a form offers."""

from collections.abc import Sequence

from domain import places_to_choose
from domain.places_to_choose import Choice
from models.qr_code import QrCode
from models.service_point import ServicePoint
from tests.support.story import Story


def names(choices: Sequence[Choice]) -> list[str]:
    return [f"{each.place.name}{'…' if each.has_more else ''}{each.distance}" for each in choices]


def placed(story: Story, name: str, north: float, east: float, **changes: object) -> ServicePoint:
    """A place so many metres from a point in Hangzhou."""
    place = story.factory.place(story.session, name, **changes)
    place.latitude, place.longitude = 30.0 + north / 111_320, 120.0 + east / 96_406
    return place


def test_places_lately_used_come_back_the_latest_first(story: Story) -> None:
    student, session = story.office.student, story.session
    assert places_to_choose.recent(session, student) == []
    for place in (story.office.hall, story.office.canteen, story.office.hall):
        story.later(hours=1)
        story.factory.complaint(session, story.office, service_point=place, now=story.now)
    assert names(places_to_choose.recent(session, student)) == [
        story.office.hall.name,
        story.office.canteen.name,
    ]
    story.office.hall.active = False
    session.flush()
    assert names(places_to_choose.recent(session, student)) == [story.office.canteen.name]
    assert places_to_choose.recent(session, story.office.friend) == []


def test_tree_and_search_tell_where_there_is_more_inside(story: Story) -> None:
    building = story.factory.place(story.session, "九号楼")
    story.factory.place(story.session, "1层", parent=building)
    gone = story.factory.place(story.session, "2层", parent=building)
    gone.active = False
    story.session.flush()
    assert "九号楼…" in names(places_to_choose.inside(story.session, None))
    assert names(places_to_choose.inside(story.session, building)) == ["1层"]
    assert names(places_to_choose.matching(story.session, "9号楼")) == ["九号楼…"]
    assert places_to_choose.matching(story.session, "火星") == []


def test_near_are_the_nearest_within_reach(story: Story) -> None:
    placed(story, "远处", 790, 200)
    placed(story, "图书馆", 0, 120)
    placed(story, "门口", 10, 0)
    placed(story, "停用", 1, 1).active = False
    placed(story, "太远", 900, 0)
    story.session.flush()
    found = places_to_choose.near(story.session, 30.0, 120.0)
    assert names(found) == ["门口就在这里", "图书馆约 120 米"]
    assert places_to_choose.near(story.session, -30.0, 120.0) == []


def test_code_that_was_scanned_leads_to_its_place(story: Story) -> None:
    session, canteen = story.session, story.office.canteen
    wechat = "http://weixin.qq.com/q/02abc"
    session.add(QrCode(app_id="wx1", scene=canteen.code, url=wechat, made_at=story.now))
    session.flush()
    link = f"https://hq.example.edu.cn/h5/p/{canteen.code}"
    for text in (link, f"{link}?from=poster", wechat):
        assert places_to_choose.scanned(session, text) is canteen
    for text in ("", "https://example.com/", f"{link}-x", "http://weixin.qq.com/q/02other"):
        assert places_to_choose.scanned(session, text) is None
    canteen.active = False
    session.flush()
    assert places_to_choose.scanned(session, link) is None
