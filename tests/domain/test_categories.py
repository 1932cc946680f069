"""Categories: their tree, the guess from words, and how the office changes them."""

from dataclasses import replace

import pytest

from config.catalogue import catalogue
from domain import categories, category_changes, recomputing
from domain.category_changes import CategoryWish, Limits
from domain.errors import Invalid, NotFound
from models.category import Category
from models.enums import ComplaintStatus
from models.wording import CategoryKeyword
from tests.support.story import Story, wall

LIMITS = Limits(30, 450, 3, 7, 15)


@pytest.fixture
def canteen(story: Story) -> Category:
    """食堂就餐, with the catalogue's words, before 其他."""
    story.office.category.position = 9
    return story.factory.category(story.session, "canteen", name="食堂就餐", position=1)


def wish(name: str, **changes: object) -> CategoryWish:
    values: dict[str, object] = {"name": name, "parent_id": None, "team_id": None, "limits": LIMITS}
    return CategoryWish(**(values | changes))  # type: ignore[arg-type]


def add(story: Story, name: str, **changes: object) -> Category:
    return category_changes.add(story.session, wish(name, **changes), staff=story.office.admin, now=story.now)


def names(story: Story) -> list[str]:
    return ["　" * node.depth + node.category.name for node in categories.tree(story.session)]


def test_words_of_the_office_take_the_place_of_the_catalogues(story: Story, canteen: Category) -> None:
    assert categories.guess(story.session, "食堂的饭菜") is canteen
    child = add(story, "食品卫生", parent_id=canteen.id, keywords="虫子、头发，变质\n异物 虫子")

    assert list(categories.keywords_of(story.session, child)) == ["虫子", "头发", "变质", "异物"]
    assert list(categories.keywords_of(story.session, canteen)) == list(catalogue().categories[0].words)
    assert categories.guess(story.session, "食堂的饭里有虫子") is child
    assert categories.guess(story.session, "食堂排队太久") is canteen
    assert categories.guess(story.session, "别的事") is story.office.category
    assert story.complaint(text="菜里有头发").category is child


def test_without_any_category_in_use_nothing_can_be_filed(story: Story) -> None:
    story.office.category.active = False
    story.session.flush()
    with pytest.raises(NotFound, match="还没有设置任何诉求类别"):
        categories.guess(story.session, "饭菜")
    with pytest.raises(NotFound):
        categories.find(story.session, 0)


def test_tree_shows_children_below_their_parent_and_unused_last(story: Story, canteen: Category) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    add(story, "价格", parent_id=canteen.id)
    second = add(story, "卫生", parent_id=canteen.id, keywords="虫子")
    story.complaint(category=second)
    assert names(story) == ["食堂就餐", "　价格", "　卫生", "其他"]

    category_changes.move(story.session, second, by=-1, **by)
    category_changes.move(story.session, second, by=-1, **by)
    assert names(story) == ["食堂就餐", "　卫生", "　价格", "其他"]
    category_changes.disable(story.session, second, **by)
    nodes = {node.category.name: node for node in categories.tree(story.session)}
    assert names(story) == ["食堂就餐", "　价格", "　卫生", "其他"]
    assert (nodes["卫生"].open_complaints, nodes["卫生"].keywords) == (1, 1)
    assert (nodes["价格"].is_first, nodes["价格"].is_last, nodes["食堂就餐"].is_last) == (True, True, False)


def test_new_limits_move_what_is_open_once_the_worker_has_been_at_it(story: Story, canteen: Category) -> None:
    complaint = story.complaint(ComplaintStatus.ASSIGNED, category=canteen)
    elsewhere = story.complaint(ComplaintStatus.ASSIGNED, category=story.office.category)
    before = wall(elsewhere.done_due_at)

    moved = category_changes.change(
        story.session,
        canteen,
        wish("食堂就餐", limits=replace(LIMITS, ordinary_days=1)),
        staff=story.office.admin,
        now=story.now,
    )
    assert (moved, recomputing.progress(story.session)) == (1, recomputing.Progress(0, 1))
    assert recomputing.do_slice(story.session, now=story.now) == 1
    assert recomputing.do_slice(story.session, now=story.now) == 0
    assert recomputing.progress(story.session) is None
    assert (wall(complaint.done_due_at), wall(elsewhere.done_due_at)) == ("11-24 10:00", before)

    same = wish("食堂餐饮", limits=replace(LIMITS, ordinary_days=1))
    assert category_changes.change(story.session, canteen, same, staff=story.office.admin, now=story.now) == 0
    assert category_changes.change(story.session, canteen, same, staff=story.office.admin, now=story.now) == 0
    assert categories.find(story.session, canteen.id).name == "食堂餐饮"


def test_what_is_asked_for_while_the_worker_is_at_it_starts_it_over(
    story: Story, canteen: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "SLICE", 1)
    for category in (canteen, canteen, story.office.category):
        story.complaint(category=category)
    session, admin = story.session, story.office.admin

    assert recomputing.ask(session, category_id=canteen.id, staff=admin, now=story.now) == 2
    recomputing.do_slice(session, now=story.now)
    assert recomputing.progress(session) == recomputing.Progress(1, 2)
    assert recomputing.ask(session, staff=admin, now=story.now) == 3
    assert recomputing.ask(session, category_id=canteen.id, staff=admin, now=story.now) == 2
    assert recomputing.progress(session) == recomputing.Progress(0, 3)
    assert recomputing.is_asked_for(session)
    assert [recomputing.do_slice(session, now=story.now) for _ in range(5)] == [1, 1, 1, 0, 0]
    assert not recomputing.is_asked_for(session)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "请填写类别名称"),
        ({"name": "类" * 41}, "最多 40 字"),
        ({"name": "其 他"}, "已经有「其他」了"),
        ({"team_id": 0}, "责任单位已停用"),
        ({"parent_id": 0}, "上级类别已停用"),
        ({"keywords": "字" * 21}, "最多 20 个字"),
        ({"keywords": " ".join(map(str, range(201)))}, "最多 200 个"),
    ],
)
def test_wishes_that_cannot_be_fulfilled_are_refused(
    story: Story, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        add(story, **({"name": "新类别"} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0, 450, 3, 7, 15), "1 到 144000"),
        ((30, 450, 3, 7, 366), "1 到 365"),
        ((30, 450, 8, 7, 15), "逐级不减"),
    ],
)
def test_limits_must_make_sense(values: tuple[int, ...], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Limits(*values)


def test_tree_has_two_levels_and_no_gaps(story: Story, canteen: Category) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    child = add(story, "卫生", parent_id=canteen.id)
    session = story.session
    with pytest.raises(Invalid, match="最多两层"):
        add(story, "更细", parent_id=child.id)
    with pytest.raises(Invalid, match="最多两层"):
        category_changes.change(session, child, wish("卫生", parent_id=child.id), **by)
    with pytest.raises(Invalid, match="下面有子类别"):
        category_changes.change(session, canteen, wish("食堂就餐", parent_id=story.office.category.id), **by)
    with pytest.raises(Invalid, match="还有在用的子类别"):
        category_changes.disable(session, canteen, **by)
    with pytest.raises(Invalid, match="不能停用，可以改名"):
        category_changes.disable(session, story.office.category, **by)

    category_changes.disable(session, child, **by)
    category_changes.disable(session, canteen, **by)
    assert categories.choosable(session) == [story.office.category]
    category_changes.disable(session, canteen, **by)
    category_changes.move(session, canteen, by=1, **by)
    with pytest.raises(Invalid, match="请先启用它"):
        category_changes.enable(session, child, **by)
    category_changes.enable(session, canteen, **by)
    category_changes.enable(session, child, **by)
    category_changes.enable(session, child, **by)
    assert categories.choosable(session) == [canteen, child, story.office.category]

    story.office.category.active = False
    story.office.category.code = "gone"
    session.flush()
    category_changes.disable(session, child, **by)
    with pytest.raises(Invalid, match="至少要留一个"):
        category_changes.disable(session, canteen, **by)


def test_place_of_a_category_out_of_use_does_not_name_it(story: Story, canteen: Category) -> None:
    story.office.hall.category = canteen
    assert story.complaint(service_point=story.office.hall, text="灯不亮").category is canteen
    canteen.active = False
    story.session.flush()
    assert story.complaint(service_point=story.office.hall, text="灯不亮").category is story.office.category


def test_seeding_again_adds_no_words_twice(story: Story, canteen: Category) -> None:
    categories.seed_keywords(story.session)
    categories.seed_keywords(story.session, new=[canteen.id])
    count = story.session.query(CategoryKeyword).filter_by(category_id=canteen.id).count()
    assert count == len(catalogue().categories[0].words)
