"""Views: kept under a name, shared, ordered, and opened first."""

import pytest

from domain import saved_views
from domain.errors import Invalid, NotFound
from domain.saved_views import LIST, Listing
from models.desk import SavedView
from models.staff import Staff
from tests.support.story import Story


def keep(story: Story, who: Staff, name: str, *, shared: bool = False) -> SavedView:
    query = {"tab": ["all"], "q": [name]}
    return saved_views.save(
        story.session, who, name=name, query=query, columns=["number"], shared=shared, now=story.now
    )


def names(story: Story, who: Staff) -> list[str]:
    return [view.name for view in saved_views.views_for(story.session, who)]


def test_views_are_ones_own_in_order_then_those_that_colleagues_share(story: Story) -> None:
    office, session = story.office, story.session
    mine = [keep(story, office.dispatcher, name) for name in ("甲", "乙", "丙")]
    shared = keep(story, office.leader, "共享的", shared=True)
    secret = keep(story, office.leader, "自己的")

    assert names(story, office.dispatcher) == ["甲", "乙", "丙", "共享的"]
    saved_views.move_up(session, office.dispatcher, mine[2].id)
    saved_views.move_up(session, office.dispatcher, mine[0].id)
    saved_views.move_up(session, office.dispatcher, mine[0].id)
    assert names(story, office.dispatcher) == ["甲", "丙", "乙", "共享的"]
    inbox = {"listing": Listing.INBOX}
    assert saved_views.find(session, office.dispatcher, shared.id, **inbox) is shared
    with pytest.raises(NotFound, match="没有找到这个视图，可能已被删除或不再共享。"):
        saved_views.find(session, office.dispatcher, secret.id, **inbox)
    with pytest.raises(NotFound, match="别人共享的视图可以打开，不能修改。"):
        saved_views.delete(session, office.dispatcher, shared.id, now=story.now)
    office.leader.active = False
    session.flush()
    assert names(story, office.dispatcher) == ["甲", "丙", "乙"], "who has left shares nothing"


def test_each_list_has_views_of_its_own(story: Story) -> None:
    office, session = story.office, story.session
    inbox = [keep(story, office.dispatcher, name) for name in ("甲", "乙")]
    query = {LIST: ["matters"], "view": ["open"]}
    more = {"columns": [], "shared": False, "now": story.now}
    ledger = saved_views.save(session, office.dispatcher, name="丙", query=query, **more)  # type: ignore[arg-type]

    assert saved_views.views_of(session, office.dispatcher, Listing.INBOX) == inbox
    assert saved_views.views_of(session, office.dispatcher, Listing.MATTERS) == [ledger]
    saved_views.move_up(session, office.dispatcher, ledger.id)
    assert saved_views.views_of(session, office.dispatcher, Listing.INBOX) == inbox
    assert saved_views.find(session, office.dispatcher, ledger.id, listing=Listing.MATTERS) is ledger
    for wrong in (
        lambda: saved_views.find(session, office.dispatcher, ledger.id, listing=Listing.INBOX),
        lambda: saved_views.open_first(session, office.dispatcher, ledger.id),
    ):
        with pytest.raises(NotFound):
            wrong()


def test_names_are_ones_own_and_few_enough(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    office, session = story.office, story.session
    view = keep(story, office.dispatcher, "  一食堂   未办结 ")
    keep(story, office.leader, "一食堂 未办结")
    rename = {"shared": True, "now": story.now}

    assert view.name == "一食堂 未办结"
    for name, refusal in {
        " ": "请填写视图名称。",
        "长" * 31: "最多 30 个字",
        "一食堂 未办结": "请换个名称",
    }.items():
        with pytest.raises(Invalid, match=refusal):
            keep(story, office.dispatcher, name)
    saved_views.rename(session, office.dispatcher, view.id, name="一食堂 未办结", **rename)
    saved_views.rename(session, office.dispatcher, view.id, name="一食堂 未办结", **rename)
    assert view.shared
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    with pytest.raises(Invalid, match="最多保存 1 个视图"):
        keep(story, office.dispatcher, "再来一个")


def test_changes_are_written_down_and_what_opened_first_may_go(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, str]] = []
    monkeypatch.setattr(
        saved_views.audit, "record", lambda *_, action, words, **__: written.append((action, words))
    )
    office, session = story.office, story.session
    view = keep(story, office.leader, "督办", shared=True)
    saved_views.change(
        session, office.leader, view.id, query={"tab": ["mine"]}, columns=["number", "left"], now=story.now
    )
    saved_views.open_first(session, office.dispatcher, view.id)
    saved_views.prefer_columns(session, office.dispatcher, ["number", "stars"])
    liked = saved_views.preference(session, office.dispatcher)
    assert (liked.first_view_id, liked.columns) == (view.id, ["number", "stars"])
    assert (view.query, view.columns) == ({"tab": ["mine"]}, ["number", "left"])

    saved_views.rename(session, office.leader, view.id, name="领导督办", shared=False, now=story.now)
    with pytest.raises(NotFound):
        saved_views.open_first(session, office.handler, view.id)
    saved_views.delete(session, office.leader, view.id, now=story.now)
    session.expire_all()
    assert saved_views.preference(session, office.dispatcher).first_view_id is None
    saved_views.open_first(session, office.dispatcher, None)
    assert [(action, words) for action, words in written if action.startswith("view.")] == [
        ("view.save", "保存视图「督办」并共享给同事。"),
        ("view.change", "修改视图「督办」的条件。"),
        ("view.rename", "视图「督办」改为「领导督办」，仅自己可见。"),
        ("view.delete", "删除视图「领导督办」。"),
    ]
