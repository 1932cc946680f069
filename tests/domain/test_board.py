"""What anybody may read on the public board, and that its version tells of every change to it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bench.plans import noted
from domain import board, board_version, complaints, hiding, queries, release
from domain.actors import Actor
from domain.board import Narrowed, Show
from domain.errors import NotFound
from domain.hiding import Target
from domain.release import Wish
from models.board_words import BoardPart
from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import ComplaintStatus as S
from models.enums import ServicePointKind
from tests.support.factories import Factory, Office
from tests.support.story import Story


def put(story: Story, status: S = S.IN_PROGRESS, text: str = "排队太久", **changes: object) -> Complaint:
    photos = changes.pop("photos", [])
    complaint = story.complaint(status, **changes)
    wish = Wish(text, "已加开窗口", [photo.id for photo in photos])  # type: ignore[attr-defined]
    staff = story.office.dispatcher
    release.release(story.session, complaint, wish, confirmed=True, staff=staff, now=story.now)
    return complaint


def shown(story: Story, show: Show = Show.ALL, **narrowed: object) -> list[str]:
    wanted = Narrowed(show, **narrowed)  # type: ignore[arg-type]
    found = board.items(story.session, wanted, page=1, per_page=9, now=story.now)
    assert found.total == len(found.items)
    return [item.complaint.number for item in found.items]


def test_board_shows_what_was_released_and_of_the_rest_that_it_was_refused_or_deferred(story: Story) -> None:
    story.complaint(S.IN_PROGRESS)
    open_one, done = put(story), put(story, S.RESOLVED)
    refused = story.complaint(S.REJECTED)
    deferred = story.complaint(S.DEFERRED, service_point=story.office.hall)
    withdrawn = put(story)
    complaints.withdraw(story.session, withdrawn, **story.by(story.office.student))

    assert shown(story) == [done.number, open_one.number]
    assert shown(story, Show.OPEN) == [open_one.number]
    assert shown(story, Show.DONE) == shown(story, Show.WEEK) == [done.number]
    assert shown(story, Show.DEFERRED) == [deferred.number]
    assert shown(story, Show.REFUSED) == [refused.number]
    item = board.item(story.session, deferred.number)
    assert (item.text, item.where, item.released, item.may_join) == ("", "", False, False)
    assert board.released_item(story.session, open_one.number).may_join
    for gone in (withdrawn.number, "2026-0101-9999"):
        with pytest.raises(NotFound):
            board.item(story.session, gone)
    with pytest.raises(NotFound, match="没有这件诉求的内容"):
        board.released_item(story.session, refused.number)
    week = board.week(story.session, now=story.now)
    assert (week.fixed, week.released) == (1, 1)
    story.later(days=7)
    assert board.week(story.session, now=story.now).fixed == 0
    story.later(days=board.REFUSED_DAYS)
    assert shown(story, Show.REFUSED) == []


@pytest.mark.parametrize(
    ("show", "index"),
    [(Show.DEFERRED, "ix_complaint_deferred_until"), (Show.REFUSED, "ix_complaint_rejected")],
)
@pytest.mark.parametrize("category_id", [None, 1])
def test_deferred_and_refused_are_read_in_their_order_without_statistics(
    sqlite: Database, now: datetime, show: Show, index: str, category_id: int | None
) -> None:
    with noted(sqlite.engine) as asked, sqlite.reading() as session:
        board.items(session, Narrowed(show, category_id=category_id), page=1, per_page=9, now=now)
        [(listed, values)] = [call for call in asked.items() if "complaint.number" in call[0]]
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {listed}", values).all()

    steps = [row[3] for row in rows]
    assert f"INDEX {index} (status=?" in steps[0]
    # What was promised for the same moment may still be sorted among itself.
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_merged_one_leads_to_what_it_went_into(story: Story) -> None:
    main, copy = put(story), put(story)
    complaints.merge(story.session, copy, into=main, **story.by(story.office.dispatcher))

    assert board.item(story.session, copy.number).complaint is main
    complaints.unpublish(story.session, main, words="错了", **story.by(story.office.dispatcher))
    with pytest.raises(NotFound):
        board.item(story.session, copy.number)


def test_board_is_narrowed_by_place_with_all_below_category_and_words(story: Story) -> None:
    office = story.office
    hall = story.factory.place(story.session, "大厅", parent=office.hall)
    room = story.factory.place(story.session, "302", parent=hall)
    room.kind = ServicePointKind.ROOM
    below = put(story, text="灯不亮", service_point=room)
    canteen = put(story, service_point=office.canteen)
    deferred = story.complaint(S.DEFERRED, service_point=office.canteen)

    assert shown(story, place_id=office.hall.id) == [below.number]
    assert shown(story, Show.DEFERRED, place_id=office.canteen.id) == []
    assert shown(story, Show.DEFERRED) == [deferred.number]
    assert shown(story, words="灯 不亮") == [below.number]
    assert shown(story, words="加开") == [canteen.number, below.number]
    assert shown(story, words=canteen.number) == [canteen.number]
    assert shown(story, words="饭菜") == []
    assert shown(story, category_id=below.category_id) == [canteen.number, below.number]
    assert shown(story, category_id=10_000) == []
    assert [place.name for place in board.places(story.session)] == ["一食堂 3 号窗口", "图书馆大厅", "大厅"]
    assert [category.id for category in board.categories(story.session)] == [below.category_id]
    where = board.item(story.session, below.number).where
    assert where == "图书馆大厅 大厅"


def test_board_finds_by_released_words_only_in_the_index_or_walking(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, admin = story.complaint(S.IN_PROGRESS, text="微波炉冒烟"), story.office.admin
    one, other = put(story, text="窗口排队，wifi 断线"), put(story, text="排队太久了！")

    wanted = {
        "排队": [other.number, one.number],
        "排队 WiFi": [one.number],
        "！": [other.number],
        inside.number[:12]: [other.number, one.number],
        one.number: [one.number],
        "冒烟": [],
    }
    for most in (board.COUNTED, 0):  # found by the index; found by walking, where they are very many
        monkeypatch.setattr(board, "COUNTED", most)
        for words, numbers in wanted.items():
            page = board.items(story.session, Narrowed(words=words), page=1, per_page=9, now=story.now)
            assert [item.complaint.number for item in page.items] == numbers, (words, most)
    monkeypatch.undo()

    target = Target(BoardPart.TEXT)
    hiding.hide(story.session, one, target, reason="不实", staff=admin, now=story.now)
    assert shown(story, words="断线") == []
    assert shown(story, words="隐藏") == [one.number]
    hiding.show_again(story.session, one, target, staff=admin, now=story.now)
    assert shown(story, words="断线") == [one.number]
    story.session.execute(update(ComplaintSearch).values(stale=True, tokens=""))
    assert shown(story, words="断线") == [one.number]  # while the index is filled, all is looked through


def test_followers_are_counted_and_photos_go_when_they_are_hidden_or_taken_back(story: Story) -> None:
    photo = story.photo()
    complaint = put(story, photos=[photo], attachments=[photo])
    assert complaints.follow(story.session, complaint, person=story.office.friend, now=story.now)
    other = story.factory.person(story.session)
    assert complaints.follow(story.session, complaint, person=other, now=story.now, met=False)

    item = board.item(story.session, complaint.number)

    assert (item.met, item.followers, list(item.photo_ids)) == (1, 1, [photo.id])
    assert board.public_photo(story.session, photo.id) is photo
    target, admin = Target(BoardPart.PHOTO, photo.id), story.office.admin
    hiding.hide(story.session, complaint, target, reason="有人脸", staff=admin, now=story.now)
    with pytest.raises(NotFound):
        board.public_photo(story.session, photo.id)
    assert list(board.item(story.session, complaint.number).photo_ids) == []
    hiding.show_again(story.session, complaint, target, staff=admin, now=story.now)
    complaints.unpublish(story.session, complaint, words="错了", **story.by(story.office.dispatcher))
    with pytest.raises(NotFound):
        board.public_photo(story.session, photo.id)


def test_rates_of_teams_hold_numerator_and_denominator(story: Story) -> None:
    for _ in range(10):
        story.complaint(S.CLOSED)

    period, teams, everybody = board.rates(story.session, now=story.now)

    assert period.days == board.RATED_DAYS
    assert [(team.name, team.resolution.good, team.resolution.of, team.enough) for team in teams] == [
        ("饮食服务中心", 10, 10, True)
    ]
    assert (everybody.name, everybody.coverage.words) == ("全部", "100%")


Do = Callable[[Session, Complaint, Office], object]


def test_version_rises_with_what_the_board_shows_and_with_nothing_else(
    database: Database, office: Office, factory: Factory
) -> None:
    now = factory.now
    desk = Actor.of_staff(office.dispatcher)

    def after(number: str, do: Do) -> int:
        with database.transaction() as session:
            do(session, queries.by_number(session, number), office)
        with database.reading() as session:
            return board_version.current(session)

    with database.transaction() as session:
        number = factory.complaint(session, office, S.IN_PROGRESS).number
    text = {"public_text": "排队太久", "actor": desk}
    target = Target(BoardPart.TEXT)
    hidden = {"reason": "不实", "staff": office.dispatcher, "now": now}

    acts: list[Do] = [
        lambda session, one, _: complaints.note(session, one, words="内部", actor=desk, now=now),
        lambda session, one, _: complaints.publish(session, one, now=now, **text),
        lambda session, one, here: complaints.follow(session, one, person=here.friend, now=now),
        lambda session, one, here: complaints.unfollow(session, one, person=here.friend),
        lambda session, one, _: hiding.hide(session, one, target, **hidden),
        lambda session, one, _: complaints.note(session, one, words="外面看得到", actor=desk, now=now),
        lambda session, one, _: complaints.unpublish(session, one, words="错", actor=desk, now=now),
        lambda session, one, _: complaints.note(session, one, words="内部", actor=desk, now=now),
    ]
    versions = [after(number, act) for act in acts]

    assert versions[:5] == [0, 1, 2, 3, 4]
    assert versions[-1] == versions[-2] == versions[-3] + 1
