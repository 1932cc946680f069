"""The public list of matters on a phone: read by all, followed and voted for by people."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select

from domain import matter_work
from domain.actors import Actor
from domain.matters import by_number
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from models.matter import MatterFollower, MatterVote
from models.matter_words import MatterKind, MatterStatus
from models.notice import Notice
from tests.support.file_links import signed
from tests.support.matters import matter
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World
from web.parts import Parts

TakePhone = Callable[..., Phone]
FIRST = "/h5/matters/B-2026-0001"


def listed(world: World, status: MatterStatus = MatterStatus.IN_PROGRESS, **changes: Any) -> str:
    with world.database.transaction() as session:
        return matter(session, world.office, status, now=world.make.now, **changes).number


def photo(world: World, phone: Phone) -> Attachment:
    """A photo in the file store."""
    output = BytesIO()
    Image.new("RGB", (40, 30)).save(output, "JPEG")
    files: Parts = phone.client.application.extensions["banshishi"]
    return Attachment(
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        created_at=world.make.now,
        file_key=files.file_store.save(output.getvalue(), "jpg"),
        content_type="image/jpeg",
    )


def test_an_empty_list_says_so_and_a_full_one_has_pages(world: World, phone: TakePhone) -> None:
    reader = phone()
    assert "现在没有公布的事项" in words_of(reader.get("/h5/matters"))
    assert "还没有办成销号的事项" in words_of(reader.get("/h5/matters?done=1"))
    for _ in range(11):
        listed(world)
    listed(world, public=False, title="内部的")
    listed(world, MatterStatus.CLOSED, title="办成的")

    first, second = reader.get("/h5/matters"), reader.get("/h5/matters?page=2")

    assert (len(first.select("#rows > li")), len(second.select("#rows > li"))) == (10, 1)
    assert words_of(first.select_one(".matter-link .small")) == "饮食服务中心 · 2026年12月20日前"
    words = {"deadline_words": "3月15日前", "kind": MatterKind.LEGACY}
    listed(world, **words)
    legacy = reader.get("/h5/matters?kind=legacy")
    assert words_of(legacy.select_one(".matter-link .small")) == "饮食服务中心 · 3月15日前"
    more = reader.get("/h5/matters?kind=practical").select_one("#more a")
    assert more is not None
    assert more["href"] == "/h5/matters?kind=practical&page=2"
    done = reader.get("/h5/matters?done=1&kind=practical")
    assert [words_of(node) for node in done.select(".matter-title")] == ["办成的"]


def test_everybody_reads_what_is_public_and_nothing_else(world: World, phone: TakePhone) -> None:
    reader = phone()
    listed(world, attachments=[photo(world, reader)])
    hidden = listed(world, public=False, attachments=[photo(world, reader)])
    with world.database.transaction() as session:
        by = {"actor": Actor.of_staff(session.merge(world.office.handler)), "now": world.make.now}
        found = by_number(session, "B-2026-0001")
        matter_work.progress(session, found, words="联系王师傅 13912345678", **by)  # type: ignore[arg-type]
    page = reader.get(FIRST)
    said = words_of(page)
    assert "联系王师傅 ＊＊＊" in said
    assert [word for word in ("冬天饭菜凉得快", "保温台老化", "职工") if word in said] == []
    assert {words_of(row.dt): words_of(row.dd) for row in page.select(".facts > div")} == {
        "目标": "饭菜送到窗口时不低于 60 度",
        "责任单位": "饮食服务中心",
        "牵头": "分管领导",
        "时限": "2026年12月20日",
    }
    assert "在微信里打开这个页面" in words_of(page.select_one("#acts"))
    with world.database.reading() as session:
        first, second = session.scalars(select(Attachment.id).order_by(Attachment.id)).all()
    shown = page.select_one(".compare a")
    assert shown is not None
    address = str(shown["href"])
    assert address.startswith(f"/h5/matters/photos/{first}?t=")
    assert reader.client.get(address).mimetype == "image/jpeg"
    small = reader.get("/h5/matters").select_one(".matter-pair img")
    assert small is not None
    assert reader.client.get(str(small["src"])).mimetype == "image/jpeg"
    app, somebody = reader.client.application, world.office.student
    unsigned = f"/h5/matters/photos/{first}"
    inside = signed(app, f"/h5/matters/photos/{second}", somebody)
    refused = (unsigned, inside, f"/h5/matters/{hidden}", "/h5/matters/B-1")
    assert [reader.client.get(path).status_code for path in refused] == [404] * 4


def test_people_follow_and_vote_and_take_it_back(world: World, phone: TakePhone) -> None:
    number = listed(world)
    me = phone().come_in(world.office.friend)
    assert me.leads_to(f"{FIRST}/enter") == f"{FIRST}#acts"

    def marks() -> tuple[int, int]:
        with world.database.reading() as session:
            rows = (select(table.person_id) for table in (MatterFollower, MatterVote))
            followed, voted = (len(session.scalars(each).all()) for each in rows)
            return followed, voted

    assert me.submit(me.get(FIRST), "/vote").status_code == 303
    assert me.submit(me.get(FIRST), "/follow").status_code == 303
    page = me.get(FIRST)
    assert (words_of(page.select_one("#acts-title")), marks()) == ("1 人想办", (1, 1))
    assert [words_of(button) for button in page.select("#acts [aria-pressed]")] == [
        "已投，点一下取消",
        "已关注，点一下取消",
    ]
    me.submit(page, "/vote")
    me.submit(page, "/follow")
    assert marks() == (0, 0)
    closed = listed(world, MatterStatus.CLOSED)
    form = me.submit(me.get(FIRST), "/follow").request
    assert form.path == f"/h5/matters/{number}/follow"
    late = me.post(f"/h5/matters/{closed}/vote", {"wanted": "1"})
    assert (late.status_code, me.get(f"/h5/matters/{closed}").select("form[action$=vote]")) == (403, [])


def test_opening_a_matter_reads_all_that_was_told_of_it(world: World, phone: TakePhone) -> None:
    me = phone().come_in(world.office.friend)
    others = listed(world)
    number = listed(world)
    for followed in (number, others):
        me.submit(me.get(f"/h5/matters/{followed}"), "/follow")
    with world.database.transaction() as session:
        by: Any = {"actor": Actor.of_staff(session.merge(world.office.handler)), "now": world.make.now}
        for told in (number, number, others):
            matter_work.progress(session, by_number(session, told), words="到货了", **by)

    def unread() -> list[str]:
        with world.database.reading() as session:
            mine = (Notice.person_id == world.office.friend.id, Notice.read_at.is_(None))
            return list(session.scalars(select(Notice.path).where(*mine).order_by(Notice.id)))

    assert unread() == [f"/h5/matters/{number}"] * 2 + [f"/h5/matters/{others}"]
    me.get(f"/h5/matters/{number}")
    assert unread() == [f"/h5/matters/{others}"]
