"""The tree as the office looks at it, and what a search finds."""

import pytest

from domain import service_point_tree as tree
from domain.service_point_retiring import retire
from domain.service_point_tree import PlaceFilters
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from tests.support.campus import add_place
from tests.support.story import Story

K = ServicePointKind


@pytest.fixture
def room(story: Story) -> ServicePoint:
    """One of two rooms on a floor of 3号楼 in 东校区, where the office's canteen is too."""
    top = add_place(story.session, K.CAMPUS, "东校区")
    add_place(story.session, K.CANTEEN, "第二食堂", parent=top, team=story.office.team).in_charge = "王建国"
    floor = add_place(
        story.session, K.FLOOR, "3层", parent=add_place(story.session, K.BUILDING, "3号楼", parent=top)
    )
    add_place(story.session, K.ROOM, "301", parent=floor).label_number = "R_301"
    return add_place(story.session, K.ROOM, "302", parent=floor)


def drawn(branches: list[tree.Branch]) -> list[object]:
    return [
        (branch.place.name, branch.below, drawn(list(branch.opened)) if branch.opened is not None else None)
        for branch in branches
    ]


def test_a_level_is_given_in_parts_and_open_where_it_is_to_be_seen(
    story: Story, room: ServicePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tree.ancestors(story.session, room)
    assert [place.name for place in above] == ["东校区", "3号楼", "3层"]
    branches, left = tree.level(story.session, above[0], opened=[place.id for place in above])

    inside = ("3层", 2, [("301", 0, None), ("302", 0, None)])
    assert (drawn(branches), left) == ([("第二食堂", 0, None), ("3号楼", 1, [inside])], 0)
    monkeypatch.setattr(tree, "AT_ONCE", 1)
    first, left_first = tree.level(story.session, above[2])
    second, left_second = tree.level(story.session, above[2], start=1)
    assert [(one[0].place.name, left) for one, left in ((first, left_first), (second, left_second))] == [
        ("301", 1), ("302", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (PlaceFilters(words="3号楼 302"), ["302"]),
        (PlaceFilters(words="r_301"), ["301"]),
        (PlaceFilters(words="R%"), []),
        (PlaceFilters(words="王建国"), ["第二食堂"]),
        (PlaceFilters(words="二餐厅"), ["第二食堂"]),
        (PlaceFilters(words="。"), []),
        (PlaceFilters(kind=K.ROOM, lacking="team"), ["301", "302"]),
        (PlaceFilters(kind=K.CANTEEN, lacking="in_charge"), []),
        (PlaceFilters(words="东校区", lacking="in_charge"), ["东校区", "3号楼", "301", "302", "3层"]),
        (PlaceFilters(retired=True), ["旧楼"]),
        (PlaceFilters(below_id=2**30), []),
    ],
)
def test_places_are_found_by_words_number_person_and_what_they_lack(
    story: Story, room: ServicePoint, filters: PlaceFilters, names: list[str]
) -> None:
    del room
    old = add_place(story.session, K.BUILDING, "旧楼")
    retire(story.session, old, staff=story.office.admin, now=story.now)
    found = tree.find_places(story.session, filters, page=9, per_page=50)

    assert [place.name for place in found.items] == names
    assert (found.total, found.page) == (len(names), 1)
    assert len(tree.place_ids(story.session, filters)) == len(names)
    assert PlaceFilters.of_json(filters.as_json()) == filters
    assert bool(filters)


def test_a_team_and_a_branch_narrow_the_list(story: Story, room: ServicePoint) -> None:
    ours = PlaceFilters(team_id=story.office.team.id)
    below = PlaceFilters(below_id=room.parent_id)

    assert [place.name for place in tree.find_places(story.session, ours, page=1, per_page=1).items] == [
        "一食堂 3 号窗口"
    ]
    assert tree.find_places(story.session, ours, page=2, per_page=1).items[0].name == "第二食堂"
    assert len(tree.place_ids(story.session, below)) == 3
    assert not PlaceFilters()
    assert tree.history(story.session, room, limit=5) == []
