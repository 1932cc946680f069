"""Who may open what: the owner, a follower, a stranger, and somebody without a session."""

from collections.abc import Callable

import pytest

from domain import complaints, queries
from domain.actors import Actor
from domain.unlinking import unlink
from models.attachment import Attachment
from models.board import PublicPhoto
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState, Outcome
from models.enums import ComplaintStatus as S
from models.person import Person
from tests.support.file_links import signed
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World
from web.parts import Parts

TakePhone = Callable[..., Phone]
FORMS = ("supplement", "urge", "withdraw", "reopen", "appeal", "unfollow", "rate")


def photo_row(world: World, photo: bytes, **changes: object) -> Attachment:
    parts: Parts = world.app.extensions["banshishi"]
    values = {
        "kind": AttachmentKind.PHOTO,
        "state": AttachmentState.STORED,
        "created_at": world.now,
        "content_type": "image/jpeg",
        "size": len(photo),
        "file_key": parts.file_store.save(photo, "jpg"),
    }
    return Attachment(**(values | changes))


@pytest.mark.parametrize("path", ["/h5/", "/h5/complaints", "/h5/notices", "/h5/attachments/1"])
@pytest.mark.usefixtures("world")
def test_without_a_session_every_page_says_how_to_come_in(phone: TakePhone, path: str) -> None:
    page = phone().get(path, status=401)
    assert words_of(page.main) == (
        "请从公众号进入 这里的内容只有本人能看。请回到公众号，回复“进度”，点收到的链接就能打开。"
    )


def test_without_a_session_a_real_number_reads_like_an_invented_one(world: World, phone: TakePhone) -> None:
    someone = phone()
    real, invented = f"/h5/complaints/{world.file()}", "/h5/complaints/2020-0101-0001"
    answers = [someone.client.get(path + end) for path in (real, invented) for end in ("", "/rate", "/rated")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1


def test_phone_of_who_has_been_unlinked_is_signed_out(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}", status=200)
    with world.database.transaction() as session:
        unlink(session, session.get_one(Person, world.office.student.id), now=world.now)
    student.get(f"/h5/complaints/{number}", status=401)
    assert student.post(f"/h5/complaints/{number}/urge", {}).status_code == 401


def test_stranger_learns_nothing_not_even_that_the_number_exists(world: World, phone: TakePhone) -> None:
    number = world.file(S.RESOLVED)
    stranger = phone(world.office.friend)
    own = world.file(reporter=world.office.friend)
    stranger.get(f"/h5/complaints/{own}")
    real, invented = f"/h5/complaints/{number}", "/h5/complaints/2020-0101-0001"
    for end in ("", "/rate", "/rated"):
        answers = [stranger.client.get(path + end) for path in (real, invented)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].data == answers[1].data
    for form in FORMS:
        fields = {"words": "x", "solved": "yes", "stars": "5"}
        answers = [stranger.post(f"{path}/{form}", fields) for path in (real, invented)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].data == answers[1].data
    assert world.status(number) is S.RESOLVED


def test_follower_reads_how_it_goes_and_nothing_of_the_reporter(
    world: World, phone: TakePhone, photo: bytes
) -> None:
    number = world.file(
        text="4号楼停水，我是王同学，电话13800001111",
        contact_name="王小明",
        contact_phone="13800001111",
        attachments=[photo_row(world, photo)],
    )
    office = world.office
    world.write(number, lambda s, c: complaints.follow(s, c, person=office.friend, now=world.now))
    world.do(number, complaints.supplement, words="我住 412 室，晚上在")
    world.do(number, complaints.assign, staff=office.dispatcher, team=office.team)
    world.do(number, complaints.accept, staff=office.handler)
    after = photo_row(world, photo, purpose=AttachmentPurpose.AFTER)
    world.do(
        number,
        complaints.resolve,
        staff=office.handler,
        words="已修好，致电13800001111确认",
        outcome=Outcome.SOLVED,
        attachments=[after],
    )
    follower = phone(office.friend)
    page = follower.get(f"/h5/complaints/{number}")
    words = words_of(page.main)
    for hidden in ("13800001111", "王小明", "412", "停水", "修好"):
        assert hidden not in words
    assert "内容没有公开。" in words
    assert page.select(".answer, a[data-photo]") == []
    steps = [words_of(step) for step in page.select(".record-title")]
    assert steps == ["办结：已解决", "已接单，开始办理", "派给饮食服务中心", "提交诉求"]
    assert [str(form["action"]) for form in page.select("form")] == [f"/h5/complaints/{number}/unfollow"]
    row = words_of(follower.get("/h5/complaints").select_one(".row"))
    assert "我关注的" in row
    assert "（内容没有公开）" in row

    released = {"public_text": "楼里停水", "public_answer": "当天修好"}
    world.do(number, complaints.publish, staff=office.dispatcher, **released)
    world.write(number, lambda s, c: s.add(PublicPhoto(attachment_id=after.id, complaint_id=c.id)))
    page = follower.get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".own-words")) == "楼里停水"
    assert words_of(page.select_one(".answer .said-by-staff")) == "当天修好"
    assert [str(link["href"]) for link in page.select("a[data-photo]")] == [f"/h5/board/photos/{after.id}"]
    newest = follower.get("/h5/notices").select_one(".row")
    assert "答复已在公示栏公开，点开看。" in words_of(newest)


def test_photo_opens_for_its_people_only(world: World, phone: TakePhone, photo: bytes) -> None:
    office = world.office
    sent, internal = photo_row(world, photo), photo_row(world, photo, public=False)
    number = world.file(attachments=[sent])
    world.write(number, lambda s, c: complaints.follow(s, c, person=office.friend, now=world.now))
    world.write(number, lambda s, c: (setattr(internal, "complaint_id", c.id), s.add(internal)))
    owner, follower, nobody = phone(office.student), phone(office.friend), phone()
    addresses = (f"/h5/attachments/{sent.id}", f"/h5/attachments/{sent.id}/small")
    for address in addresses:
        answer = owner.client.get(signed(world.app, address, office.student))
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "private, max-age=600"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert follower.client.get(signed(world.app, address, office.friend)).status_code == 404
        assert nobody.client.get(signed(world.app, address, office.student)).status_code == 401
    assert owner.client.get(signed(world.app, addresses[0], office.student)).data == photo
    for missing in (internal.id, 999, 2**63):
        address = signed(world.app, f"/h5/attachments/{missing}", office.student)
        assert owner.client.get(address).status_code == 404


def test_photo_still_being_fetched_is_told_and_not_served(
    world: World, phone: TakePhone, photo: bytes
) -> None:
    pending = photo_row(world, photo, state=AttachmentState.PENDING, file_key="")
    failed = photo_row(world, photo, state=AttachmentState.FAILED, file_key="")
    number = world.file(attachments=[pending, failed])
    owner = phone(world.office.student)
    page = owner.get(f"/h5/complaints/{number}")
    assert [words_of(line) for line in page.select(".file")] == [
        "照片正在接收，过一会儿再打开就能看到。",
        "有一张照片没有收到，请在补充情况时重新发送。",
    ]
    assert page.select("a[data-photo]") == []
    address = signed(world.app, f"/h5/attachments/{pending.id}", world.office.student)
    assert owner.client.get(address).status_code == 404


def test_voice_and_other_kinds_are_shown_as_what_they_are(
    world: World, phone: TakePhone, photo: bytes
) -> None:
    mp3 = photo_row(world, photo, kind=AttachmentKind.VOICE, content_type="audio/mpeg", seconds=12)
    amr = photo_row(world, photo, kind=AttachmentKind.VOICE, content_type="audio/amr")
    video = photo_row(world, photo, kind=AttachmentKind.VIDEO, content_type="video/mp4")
    place = photo_row(world, photo, kind=AttachmentKind.LOCATION, label="图书馆", file_key="")
    odd = photo_row(world, photo, kind=AttachmentKind.VIDEO, content_type="image/svg+xml")
    number = world.file(attachments=[mp3, amr, video, place, odd])
    owner = phone(world.office.student)
    page = owner.get(f"/h5/complaints/{number}")
    heard, seen, kept = (
        signed(world.app, f"/h5/attachments/{each.id}", world.office.student) for each in (mp3, video, odd)
    )
    assert [str(each["src"]) for each in page.select("audio")] == [heard]
    assert [str(each["src"]) for each in page.select("video")] == [seen]
    assert [str(each["preload"]) for each in page.select("audio, video")] == ["none", "metadata"]
    assert [words_of(line) for line in page.select(".file")] == [
        "12 秒",
        "语音已收到，但这里放不出来，可以 下载原文件 用别的播放器打开。",
        "",
        "图书馆",
        "视频已收到，但这里放不出来，可以 下载原文件 用别的播放器打开。",
    ]
    start = owner.client.get(heard, headers={"Range": "bytes=0-1"})
    assert (start.status_code, start.data, start.content_type) == (206, photo[:2], "audio/mpeg")
    answer = owner.client.get(kept)
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert owner.client.get(heard.replace("?", "/small?")).status_code == 404


def test_merged_complaint_leads_to_the_main_one(world: World, phone: TakePhone) -> None:
    office = world.office
    number, main = world.file(), world.file(reporter=office.friend, text="整栋楼停水")
    with world.database.transaction() as session:
        complaints.merge(
            session,
            queries.by_number(session, number),
            into=queries.by_number(session, main),
            actor=Actor.of_staff(office.dispatcher),
            now=world.now,
        )
    page = phone(office.student).get(f"/h5/complaints/{number}")
    assert [str(link["href"]) for link in page.select(".next a")] == [f"/h5/complaints/{main}"]
    assert [words_of(step).split(" ")[0] for step in page.select(".bar li")] == ["提交", "已并案"]

    world.do(main, complaints.assign, staff=office.dispatcher, team=office.team)
    world.do(main, complaints.accept, staff=office.handler)
    world.do(main, complaints.reply, staff=office.handler, words="林同学别急")
    said = {"words": "阀门已换，致电13800001111", "outcome": Outcome.SOLVED}
    world.do(main, complaints.resolve, staff=office.handler, **said)
    page = phone(office.student).get(f"/h5/complaints/{main}")
    assert words_of(page.select_one(".answer .said-by-staff")) == "阀门已换，致电＊＊＊"
    assert "和这一件是同一件事，已经合并办理" in words_of(page.main)
    assert [word for word in ("整栋楼", "林同学") if word in words_of(page.main)] == []
