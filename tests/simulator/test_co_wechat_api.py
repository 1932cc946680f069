"""A client that is neither Python nor ours (npm co-wechat-api 3.11.0) works against the platform."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform, wait_until

HERE = Path(__file__).parent


class Client:
    """The client in its own process; one call at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Call a method of the client; its result."""
        answer = self.answer(name, *arguments)
        assert "error" not in answer, answer["error"]
        return answer.get("result")

    def answer(self, name: str, *arguments: Any) -> dict[str, Any]:
        """Call a method; the result, or the error it threw."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": name, "with": arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "co-wechat-api did not run (npm ci?)"
        answer: dict[str, Any] = json.loads(line)
        return answer


@pytest.fixture
def client(platform: Platform) -> Iterator[Client]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so co-wechat-api cannot run")
    settings = platform.simulator.settings
    script = str(HERE / "co_wechat_api.cjs")
    command = [node, script, platform.base_url, settings.app_id, settings.app_secret]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Client(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=10)


def test_it_is_the_version_we_know() -> None:
    package = HERE.parents[1] / "node_modules/co-wechat-api/package.json"
    assert json.loads(package.read_text())["version"] == "3.11.0"


def test_token_is_fetched_once_and_again_when_it_dies(platform: Platform, client: Client) -> None:
    client("getIp")
    assert client("getIp") == {"ip_list": ["127.0.0.1", "127.0.0.0/8"]}
    assert len(platform.get("/calls", path="/cgi-bin/token")) == 1
    platform.post("/tokens/revoke")
    client("getIp")
    assert len(platform.get("/calls", path="/cgi-bin/token")) == 2


def test_template_and_custom_messages_reach_the_phone(platform: Platform, client: Client) -> None:
    openid = platform.user()
    platform.say(openid)
    data = {
        "thing1": {"value": "期末测评"},
        "thing2": {"value": "请您评价"},
        "time3": {"value": "2026-12-31 18:00"},
    }
    sent = client("sendTemplate", openid, "SIMTPL_SURVEY", "https://x/", "", data)
    client("sendText", openid, "您好，<已派单> 😀")
    article = {"title": "公示", "description": "说明", "url": "https://x/", "picurl": "https://x/p"}
    client("sendNews", openid, [article])
    template, words, news = platform.lines(openid)
    assert (template["msgid"], template["template"]["url"]) == (sent["msgid"], "https://x/")
    assert words["text"] == "您好，<已派单> 😀"
    assert news["articles"][0]["title"] == "公示"


def test_refusal_carries_the_code(platform: Platform, client: Client) -> None:
    openid = platform.user()
    for _ in range(3):
        client("sendText", openid, "following opens a window of three")
    refused = client.answer("sendText", openid, "the fourth")["error"]
    assert refused["code"] == 45047
    assert refused["message"].startswith("out of response count limit rid: ")


def test_menu_goes_live_and_away(platform: Platform, client: Client) -> None:
    menu = {"button": [{"type": "click", "name": "提诉求", "key": "NEW"}]}
    client("createMenu", menu)
    assert platform.get("/menu") == menu
    assert client("getMenu")["menu"]["button"][0]["name"] == "提诉求"
    menu_id = client("addConditionalMenu", menu | {"matchrule": {"tag_id": "2"}})["menuid"]
    client("delConditionalMenu", menu_id)
    client("removeMenu")
    assert client.answer("getMenu")["error"]["code"] == 46003


def test_codes_are_made_and_shown(client: Client) -> None:
    code = client("createTmpQRCode", "bind:7f3a", 600)
    assert code["expire_seconds"] == 600
    picture = requests.get(client("showQRCodeURL", code["ticket"]), timeout=5)
    assert picture.headers["Content-Type"] == "image/png"
    assert "expire_seconds" not in client("createLimitQRCode", "place:1")


def test_files_come_back_as_they_went(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8" + bytes(range(256)))
    temporary = client("uploadImageMedia", str(path))["media_id"]
    assert base64.b64decode(client("getMedia", temporary)) == path.read_bytes()
    permanent = client("uploadThumbMaterial", str(path))["media_id"]
    assert base64.b64decode(client("getMaterial", permanent)) == path.read_bytes()
    assert client("getMaterialCount")["image_count"] == 1
    assert client("getMaterials", "image", 0, 20)["item"][0]["media_id"] == permanent
    assert requests.get(client("uploadImage", str(path))["url"], timeout=5).content == path.read_bytes()


def test_users_and_tags(platform: Platform, client: Client) -> None:
    openids = [platform.user(0), platform.user(1)]
    assert client("getFollowers")["data"]["openid"] == openids
    assert client("getUser", openids[0])["subscribe"] == 1
    assert [user["openid"] for user in client("batchGetUsers", openids)["user_info_list"]] == openids
    client("updateRemark", openids[0], "老师")
    tag = client("createTags", "教职工")["tag"]["id"]
    client("batchTagging", openids, tag)
    assert client("getUsersFromTag", tag, "")["data"]["openid"] == openids
    assert client("getIdList", openids[0]) == {"tagid_list": [tag]}
    assert client("getUser", openids[0])["remark"] == "老师"


def test_mass_send_reaches_the_followers(platform: Platform, client: Client) -> None:
    openids = [platform.user(0), platform.user(1)]
    client("massSendNews", platform.draft(), openids, "broadcast:1")
    wait_until(lambda: platform.lines(openids[0]))
    assert platform.lines(openids[0])[0]["articles"][0]["title"] == "本周办实事清单"
    again = client.answer("massSendText", "别的", openids, "broadcast:1")
    assert again["error"]["code"] == 45065
