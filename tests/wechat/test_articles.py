"""Articles over HTTP to the pretend platform: uploaded, previewed, published, sent to followers."""

from datetime import datetime

import pytest
import requests

from domain import article_approval, articles
from domain.article_dress import dressed
from domain.article_limits import ArticleText
from domain.errors import Invalid
from models.database import Database
from models.enums import ArticleState
from simulator import Simulator
from simulator.server import RunningSimulator
from tests.simulator.conftest import wait_until
from tests.support.factories import Office
from wechat import transport
from wechat.articles import ArticlePlatform, Picture, PublishState
from wechat.client import PlatformClient
from wechat.errors import WeChatError, WeChatUnreachable

JPEG, PNG = Picture(b"\xff\xd8\xff" + b"j" * 100), Picture(b"\x89PNG\r\n\x1a\n" + b"p" * 100)
TEXT = ArticleText(
    title="本周办实事清单",
    author="后勤处",
    digest="办结 41 件",
    html='<p>三号楼<img src="/files/7" alt="水管"><img src="https://x/a.jpg"><script>x</script></p>',
    source_url="https://x/more",
)
SENDALL = "/cgi-bin/message/mass/sendall"


@pytest.fixture
def desk(client: PlatformClient) -> ArticlePlatform:
    return ArticlePlatform(client)


@pytest.fixture
def media_id(desk: ArticlePlatform) -> str:
    """A draft in the box."""
    return desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG})


@pytest.fixture
def quick(platform: Simulator) -> Simulator:
    """The platform, which finishes jobs at once."""
    platform.change_settings({"job_delay": 0.0})
    return platform


def calls(platform: Simulator, part: str) -> list[str]:
    return [call.path for call in platform.calls.find(limit=1000) if part in call.path]


def test_draft_holds_the_words_and_only_uploaded_pictures(
    running: RunningSimulator, platform: Simulator, media_id: str
) -> None:
    draft = platform.state.drafts.get(media_id)
    assert draft is not None
    (article,) = platform.articles.find(draft.article_keys)
    item = platform.articles.news_item(article)
    names = ("title", "author", "digest", "content_source_url")
    assert [item[name] for name in names] == ["本周办实事清单", "后勤处", "办结 41 件", "https://x/more"]
    address = item["content"].partition('<img src="')[2].partition('"')[0]
    assert item["content"] == dressed(f'<p>三号楼<img src="{address}" alt="水管"></p>')
    assert requests.get(address, timeout=5).content == PNG.data
    cover = platform.state.media.get(item["thumb_media_id"])
    assert cover is not None
    assert (cover.material, platform.media.content(cover.media_id)) == (True, JPEG.data)
    assert address.startswith(running.base_url)


@pytest.mark.parametrize(
    ("text", "cover", "image", "words"),
    [
        ({"title": "字" * 33}, JPEG, PNG, "标题最多 32 字，现在有 33 字。"),
        ({}, Picture(b"GIF89a"), PNG, "封面须是 JPG 或 PNG 图片。"),
        ({}, JPEG, Picture(b""), "第 1 张图片须是 JPG 或 PNG 图片。"),
        ({}, JPEG, Picture(JPEG.data + b"x" * (1 << 20)), "第 1 张图片太大，最多 1 MB。"),
        ({}, Picture(JPEG.data + b"x" * (10 << 20)), PNG, "封面太大，最多 10 MB。"),
    ],
)
def test_what_breaks_a_limit_uploads_nothing(
    desk: ArticlePlatform,
    platform: Simulator,
    text: dict[str, str],
    cover: Picture,
    image: Picture,
    words: str,
) -> None:
    changed = ArticleText(**(vars(TEXT) | text))
    with pytest.raises(Invalid) as refused:
        desk.add_draft(changed, cover=cover, images={"/files/7": image})
    assert refused.value.message == words
    assert platform.calls.find(limit=10) == []


def test_text_that_grows_too_long_by_its_addresses_makes_no_draft(
    desk: ArticlePlatform, platform: Simulator
) -> None:
    html = "".join(f'<img src="/{number}" alt="">' for number in range(250))
    images = {f"/{number}": PNG for number in range(250)}
    platform.faults.add(path="/cgi-bin/draft/add", kind="errcode", times=-1)
    with pytest.raises(Invalid, match="正文最多 20000 个字符"):
        desk.add_draft(ArticleText(title="图", html=html), cover=JPEG, images=images)
    assert calls(platform, "draft") == []


def test_pictures_survive_a_token_that_dies_on_the_way(desk: ArticlePlatform, platform: Simulator) -> None:
    desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG})
    platform.tokens.revoke_all()
    desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG})
    kept = [platform.media.content(media.media_id) for media in platform.state.media]
    assert kept == [PNG.data, JPEG.data] * 2


def test_picture_goes_to_the_platform_once_and_a_cover_again_when_it_is_thrown_away(
    desk: ArticlePlatform, platform: Simulator
) -> None:
    known: dict[str, str] = {}

    def uploads() -> tuple[int, int]:
        paths = calls(platform, "media/uploadimg"), calls(platform, "material/add_material")
        return len(paths[0]), len(paths[1])

    for _ in range(2):
        desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG}, known=known)
        assert uploads() == (1, 1)
    (cover_key,) = (key for key in known if key.startswith("cover:"))
    first = known[cover_key]
    platform.state.media.remove(first)
    media_id = desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG}, known=known)
    assert (uploads(), known[cover_key] != first) == ((1, 2), True)
    assert platform.state.drafts.get(media_id) is not None
    platform.faults.add(path="/cgi-bin/draft/add", kind="errcode", errcode=40007, times=1)
    with pytest.raises(WeChatError) as refused:
        desk.add_draft(TEXT, cover=Picture(JPEG.data + b"x"), images={}, known=known)
    assert refused.value.code == 40007


def test_preview_shows_the_card_to_one_follower(
    desk: ArticlePlatform, platform: Simulator, media_id: str, openid: str
) -> None:
    desk.preview_to(media_id, openid=openid)
    desk.preview_to(media_id, wechat_name=next(iter(platform.state.users)).nickname)
    shown = [[item.via for item in platform.chat.after(user.openid, 0)] for user in platform.state.users]
    assert shown == [["preview", "preview"], [], [], []]
    with pytest.raises(WeChatError) as refused:
        desk.preview_to(media_id, openid="oNobody")
    assert refused.value.code == 40003


@pytest.mark.usefixtures("quick")
def test_published_draft_becomes_a_page(desk: ArticlePlatform, media_id: str) -> None:
    publish_id = desk.publish(media_id)
    wait_until(lambda: desk.publish_state(publish_id).status == 0)
    state = desk.publish_state(publish_id)
    (url,) = state.urls
    assert "三号楼" in requests.get(url, timeout=5).text
    assert state.article_id != ""
    with pytest.raises(WeChatError) as refused:
        desk.publish(media_id)
    assert refused.value.code == 40007


def test_publishing_under_way_has_no_pages_yet(desk: ArticlePlatform, media_id: str) -> None:
    state = desk.publish_state(desk.publish(media_id))
    assert state == PublishState(status=1)


@pytest.mark.parametrize("outcome", [2, 3, 4])
def test_failed_publishing_is_told(
    desk: ArticlePlatform, quick: Simulator, media_id: str, outcome: int
) -> None:
    quick.change_settings({"publish_outcome": outcome})
    publish_id = desk.publish(media_id)
    wait_until(lambda: desk.publish_state(publish_id).status != 1)
    assert desk.publish_state(publish_id) == PublishState(status=outcome)


def test_mass_send_reaches_all_followers(desk: ArticlePlatform, quick: Simulator, media_id: str) -> None:
    msg_id = desk.mass_send(media_id, client_msg_id="article:1:1")
    wait_until(lambda: desk.mass_state(msg_id) == "SEND_SUCCESS")
    titles = [message["content"]["mpnews"]["media_id"] for message in quick.messages()]
    assert titles == [media_id] * 4


def test_mass_send_reaches_those_on_a_list(desk: ArticlePlatform, quick: Simulator, media_id: str) -> None:
    openids = [user.openid for user in quick.state.users][:2]
    msg_id = desk.mass_send(media_id, client_msg_id="a", openids=[*openids, openids[0]])
    wait_until(lambda: desk.mass_state(msg_id) == "SEND_SUCCESS")
    assert [message["openid"] for message in quick.messages()] == openids


def test_repeated_mass_send_gives_the_first_number(
    desk: ArticlePlatform, platform: Simulator, media_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.5)
    platform.faults.add(path=SENDALL, kind="lost_response", seconds=0.7)
    with pytest.raises(WeChatUnreachable) as lost:
        desk.mass_send(media_id, client_msg_id="article:1:1")
    msg_id = desk.mass_send(media_id, client_msg_id="article:1:1")
    (job,) = platform.state.mass_jobs
    assert (lost.value.maybe_done, msg_id) == (True, str(job.msg_id))


@pytest.mark.parametrize(
    ("openids", "words"),
    [
        (["o1"], "按名单群发至少要有两个接收人。"),
        (["o1", "o1"], "按名单群发至少要有两个接收人。"),
        ([f"o{number}" for number in range(10_001)], "按名单群发一次最多 10000 人。"),
    ],
)
def test_list_of_wrong_size_is_refused_before_sending(
    desk: ArticlePlatform, platform: Simulator, openids: list[str], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        desk.mass_send("m", client_msg_id="a", openids=openids)
    assert calls(platform, "mass") == []


@pytest.mark.parametrize("client_msg_id", ["", "x" * 33])
def test_client_id_of_wrong_size_is_a_mistake_of_ours(desk: ArticlePlatform, client_msg_id: str) -> None:
    with pytest.raises(ValueError, match="1 to 32 bytes"):
        desk.mass_send("m", client_msg_id=client_msg_id)


def test_draft_is_thrown_away_once_or_twice(
    desk: ArticlePlatform, platform: Simulator, media_id: str
) -> None:
    desk.delete_draft(media_id)
    desk.delete_draft(media_id)
    assert len(platform.state.drafts) == 0
    platform.faults.add(path="/cgi-bin/draft/delete", kind="errcode", errcode=48001)
    with pytest.raises(WeChatError) as refused:
        desk.delete_draft(media_id)
    assert refused.value.code == 48001


def test_article_goes_its_whole_way(
    desk: ArticlePlatform,
    quick: Simulator,
    database: Database,
    office: Office,
    now: datetime,
    openid: str,
) -> None:
    with database.transaction() as session:
        article = article_approval.write(session, TEXT, staff=office.dispatcher, now=now)
    media_id = desk.add_draft(TEXT, cover=JPEG, images={"/files/7": PNG})
    desk.preview_to(media_id, openid=openid)
    with database.transaction() as session:
        article = articles.get(session, article.id)
        article_approval.note_draft(session, article, media_id=media_id, seen=1)
        article_approval.note_preview(session, article, seen=1, now=now)
        article_approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
        article_approval.approve(session, article, staff=office.leader, seen=1, now=now)
        client_msg_id = articles.claim_mass_send(session, article, seen=1, now=now)
    msg_id = desk.mass_send(article.media_id, client_msg_id=client_msg_id)
    with database.transaction() as session:
        articles.note_submitted(session, articles.get(session, article.id), msg_id=msg_id)

    def event() -> dict[str, object]:
        packets = [delivery.packet for delivery in quick.deliveries.newest(10)]
        return next((packet for packet in packets if packet.get("Event") == "MASSSENDJOBFINISH"), {})

    wait_until(event)
    told = event()
    counts = {name: int(str(told[name])) for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount")}
    with database.transaction() as session:
        done = articles.note_mass_result(
            session, str(told["MsgID"]), status=str(told["Status"]), counts=counts, now=now
        )
        assert done is not None
        assert (done.id, done.state) == (article.id, ArticleState.MASS_SENT)
        assert done.results["counts"] == {"TotalCount": 4, "FilterCount": 4, "SentCount": 4, "ErrorCount": 0}
