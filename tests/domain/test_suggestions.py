"""What is suggested for a new complaint, and why; and which open ones may be the same thing."""

from datetime import timedelta

import pytest

from domain import complaints
from domain.likeness import Likeness, shared_runs
from domain.similar import similar_to
from domain.suggestions import MEMORY, suggest
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintStatus
from models.wording import CategoryKeyword
from tests.support.story import Story

S = ComplaintStatus
LEAK = "三楼水房的水管漏水，地上全是水"


def _dispatched(story: Story, text: str, *, to_other: bool = False) -> Complaint:
    complaint = story.complaint(text=text)
    team = story.office.other_team if to_other else story.office.team
    complaints.assign(story.session, complaint, team=team, **story.by(story.office.dispatcher))
    return complaint


def _teams(story: Story, complaint: Complaint) -> list[tuple[str, str]]:
    found = suggest(story.session, complaint, staff=story.office.dispatcher, now=story.now)
    return [(each.team.name, each.why) for each in found.teams]


def test_the_place_stands_before_what_was_done_with_similar_ones(story: Story) -> None:
    first = _dispatched(story, LEAK, to_other=True)
    _dispatched(story, "水房水管又漏水了", to_other=True)
    _dispatched(story, "食堂的菜太咸", to_other=False)
    new = story.complaint(text="二楼水房漏水，水管裂了")

    assert _teams(story, new) == [("维修服务中心", f"与 {first.number} 等 2 件相近，都派给了维修服务中心")]
    at_canteen = story.complaint(text="窗口下面的水管漏水，地上全是水", service_point=story.office.canteen)
    assert _teams(story, at_canteen) == [
        ("饮食服务中心", "服务点「一食堂 3 号窗口」由饮食服务中心负责"),
        ("维修服务中心", f"与 {first.number} 等 2 件相近，都派给了维修服务中心"),
    ]
    assert _teams(story, new) == [
        ("维修服务中心", f"相近的 3 件里有 2 件派给了维修服务中心，如 {first.number}"),
        ("饮食服务中心", f"相近的 3 件里有 1 件派给了饮食服务中心，如 {at_canteen.number}"),
    ]


def test_words_of_a_category_name_it_and_its_team(story: Story) -> None:
    repairs = story.factory.category(story.session, "repair", team=story.office.other_team, name="校园维修")
    story.session.add_all(CategoryKeyword(category_id=repairs.id, word=word) for word in ("灯管", "插座"))
    new = story.complaint(text="走廊的灯管坏了", kind=ComplaintKind.REPAIR, category=story.office.category)

    found = suggest(story.session, new, staff=story.office.dispatcher, now=story.now)

    assert [(each.category.name, each.why) for each in found.categories] == [("校园维修", "提到了「灯管」")]
    assert [(each.team.name, each.why) for each in found.teams] == [
        ("维修服务中心", "「校园维修」一般由维修服务中心办理；提到了「灯管」")
    ]


def test_what_is_too_old_withdrawn_or_unlike_has_no_vote(story: Story) -> None:
    _dispatched(story, LEAK, to_other=True)
    story.later(days=MEMORY.days + 1)
    withdrawn = _dispatched(story, LEAK, to_other=True)
    complaints.withdraw(story.session, withdrawn, **story.by(story.office.student))
    _dispatched(story, "希望延长图书馆的开放时间", to_other=True)

    assert _teams(story, story.complaint(text=LEAK)) == []
    assert _teams(story, story.complaint(text="？？")) == []


def test_open_ones_at_the_same_place_or_with_the_same_words_may_be_the_same(story: Story) -> None:
    place = story.office.hall
    inner = story.factory.place(story.session, "东门", parent=place)
    same = story.complaint(text="大厅的空调不制冷", service_point=place)
    inside = story.complaint(text="空调吹出来的是热风，不制冷", service_point=inner)
    elsewhere = story.complaint(text="大厅的空调不制冷", service_point=story.factory.place(story.session))
    praise = story.complaint(text="大厅的空调很凉快", service_point=place, kind=ComplaintKind.PRAISE)
    ended = story.complaint(S.WITHDRAWN, text="大厅的空调不制冷", service_point=place)
    new = story.complaint(text="图书馆大厅空调不制冷，太热了", service_point=place)

    found = similar_to(story.session, new, staff=story.office.dispatcher, now=story.now)

    assert [each.complaint.number for each in found] == [same.number, inside.number]
    assert found[0].why == "同一地点，同一类别，都提到「空调不制冷」「大厅」"
    assert found[1].why == "地点在这里面，同一类别，都提到「空调」「制冷」"
    assert {elsewhere.id, praise.id, ended.id}.isdisjoint(each.complaint.id for each in found)


def test_without_a_place_the_words_alone_tell_what_may_be_the_same(story: Story) -> None:
    twin = story.complaint(text=LEAK, category=story.factory.category(story.session), service_point=None)
    story.complaint(text="食堂的菜太咸", service_point=None)
    new = story.complaint(text=LEAK, service_point=None)

    found = similar_to(story.session, new, staff=story.office.dispatcher, now=story.now)

    assert [(each.complaint.id, each.why[:4]) for each in found] == [(twin.id, "都提到「")]


def test_the_place_above_and_the_same_place_on_the_same_day_count_too(story: Story) -> None:
    inner = story.factory.place(story.session, "洗碗间", parent=story.office.canteen)
    above = story.complaint(text=LEAK, service_point=story.office.canteen)
    here = story.complaint(text="灯不亮", service_point=inner)
    new = story.complaint(text=LEAK, service_point=inner)

    found = similar_to(story.session, new, staff=story.office.dispatcher, now=story.now)

    whys = {each.complaint.id: each.why for each in found}
    assert whys[here.id] == "同一地点，同一类别"
    assert whys[above.id].startswith("地点是上一级，同一类别，都提到「")


def test_a_place_without_a_team_is_answered_for_above_and_a_category_out_of_use_is_not_named(
    story: Story,
) -> None:
    inner = story.factory.place(story.session, "洗碗间", parent=story.office.canteen, team=None)
    gone = story.factory.category(story.session, "gone", name="旧类别")
    old = story.complaint(text=LEAK, category=gone)
    complaints.assign(story.session, old, team=story.office.team, **story.by(story.office.dispatcher))
    gone.active = False
    inner.category = story.office.category
    new = story.complaint(text=LEAK, service_point=inner)

    found = suggest(story.session, new, staff=story.office.dispatcher, now=story.now)

    assert _teams(story, new)[0] == ("饮食服务中心", "服务点「一食堂 3 号窗口」由饮食服务中心负责")
    assert f"服务点「{inner.full_name}」属于「{inner.category.name}」" in [
        each.why for each in found.categories
    ]
    assert gone not in [each.category for each in found.categories]


def test_a_picture_of_the_similar_one_is_shown_and_old_ones_are_left_out(story: Story) -> None:
    old = story.complaint(text=LEAK)
    story.later(days=46)
    recent = story.complaint(text=LEAK, attachments=[story.photo()])
    new = story.complaint(text=LEAK)

    found = similar_to(story.session, new, staff=story.office.dispatcher, now=story.now)

    assert [(each.complaint.id, each.photo_id is not None) for each in found] == [(recent.id, True)]
    assert old.id != recent.id
    assert similar_to(story.session, new, staff=story.office.outsider, now=story.now) == []


def test_a_long_text_costs_no_more_queries_than_a_short_one(story: Story) -> None:
    long = "".join(chr(0x4E00 + index) for index in range(3000))
    twin = story.complaint(text=long)
    new = story.complaint(text=long + "。")

    found = similar_to(story.session, new, staff=story.office.dispatcher, now=story.now + timedelta(days=1))

    assert [each.complaint.id for each in found] == [twin.id]


@pytest.mark.parametrize(
    ("text", "other", "runs"),
    [
        ("水房漏水", "漏水的是水房", ["水房", "漏水"]),
        ("请问老师可以吗", "老师我们可以吗", []),
        ("WIFI 断了", "宿舍 wifi 断网", ["wifi断"]),
        ("水管漏水，漏水", "水管漏水了", ["水管漏水"]),
    ],
)
def test_shared_runs_are_words_and_not_what_stands_in_every_text(
    text: str, other: str, runs: list[str]
) -> None:
    assert shared_runs(text, other) == runs


def test_rare_words_weigh_more_than_those_everybody_uses() -> None:
    likeness = Likeness("宿舍空调漏水", {1: "宿舍空调异响", 2: "食堂空调漏水", 3: "宿舍门锁", 4: "宿舍床板"})

    assert likeness.with_(2) > likeness.with_(1) > likeness.with_(3)
    assert Likeness("", {1: ""}).with_(1) == 0
