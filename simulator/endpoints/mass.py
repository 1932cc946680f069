"""Mass sends: one content to all followers, to a tag or to a list of them.

https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_sendall.html
https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_masssend.html
"""

import hashlib
import json

from simulator.account_rows import MassJob
from simulator.endpoints.mass_content import MassContent, read_content
from simulator.endpoints.recipients import accept, need_user
from simulator.endpoints.tags import need_tag
from simulator.errors import ApiError
from simulator.mass_sending import PER_MONTH, carry_out, month_of
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Document

SAME_MESSAGE_SECONDS = 86_400
MAX_CLIENT_MSG_ID_BYTES = 32
FEWEST, MOST = 2, 10_000
# By WeChat's table: 80, 60, 45, 30 and 10 times 10 000 a minute.
SPEEDS = (80, 60, 45, 30, 10)


def send_to_all(call: Call) -> Answer:
    """Send to all followers, or to those with a tag."""
    _refuse_the_same(call)
    content = read_content(call)
    given = call.json.get("filter")
    if not isinstance(given, dict):
        raise ApiError(40152)
    followers = [user for user in call.simulator.state.users if user.following]
    to_all = given.get("is_to_all") is True
    if not to_all:
        tag = need_tag(call, given.get("tag_id"), code=40152)
        followers = [user for user in followers if tag.tag_id in user.tagid_list]
    return _begin(call, content, [user.openid for user in followers], to_all=to_all)


def send_to_list(call: Call) -> Answer:
    """Send to 2 to 10 000 followers by their openids."""
    _refuse_the_same(call)
    content = read_content(call)
    openids = call.json.get("touser")
    if not isinstance(openids, list) or not all(isinstance(openid, str) and openid for openid in openids):
        raise ApiError(40031)
    if len(openids) < FEWEST:
        raise ApiError(40130)
    if len(openids) > MOST:
        raise ApiError(40032)
    if all(call.simulator.state.users.get(openid) is None for openid in openids):
        raise ApiError(40003)
    return _begin(call, content, list(dict.fromkeys(openids)), to_all=False)


def _begin(call: Call, content: MassContent, openids: list[str], *, to_all: bool) -> Answer:
    simulator = call.simulator
    now = simulator.clock.now()
    if to_all and _sent_to_all(call, month_of(now)) >= PER_MONTH:
        raise ApiError(45028)
    number = simulator.dispatch.next_message_id()
    job = MassJob(
        msg_id=number % 10**10,
        msg_data_id=number % 10**9 if content.kind == "mpnews" else 0,
        kind=content.kind,
        content=dict(call.json),
        openids=openids,
        client_msg_id=_client_msg_id(call),
        created_at=now,
        to_all=to_all,
        media_id=content.media_id,
        article_keys=content.article_keys,
    )
    simulator.state.mass_jobs.put(str(job.msg_id), job)
    simulator.later(simulator.settings.job_delay, lambda: carry_out(simulator, job, content.lines))
    return ok(errmsg="send job submission success", msg_id=job.msg_id) | _data_id(job)


def _data_id(job: MassJob) -> dict[str, object]:
    return {"msg_data_id": job.msg_data_id} if job.msg_data_id else {}


def _client_msg_id(call: Call) -> str:
    given = call.json.get("clientmsgid")
    if given:
        if len(str(given).encode()) > MAX_CLIENT_MSG_ID_BYTES:
            raise ApiError(45067)
        return str(given)
    # Without one, the same content to the same people counts as the same.
    return hashlib.sha256(json.dumps(call.json, sort_keys=True).encode()).hexdigest()


def _refuse_the_same(call: Call) -> None:
    # Before anything else: the draft is gone when the first call was carried out, and a repeated one must
    # still be told its number.
    client_msg_id = _client_msg_id(call)
    oldest = call.simulator.clock.now() - SAME_MESSAGE_SECONDS
    for job in call.simulator.state.mass_jobs:
        if job.client_msg_id == client_msg_id and job.created_at > oldest:
            raise ApiError(45065, fields={"msg_id": job.msg_id} | _data_id(job))


def _sent_to_all(call: Call, month: str) -> int:
    jobs = call.simulator.state.mass_jobs
    return sum(
        job.to_all and job.status in {"SENDING", "SEND_SUCCESS"} and month_of(job.created_at) == month
        for job in jobs
    )


def preview(call: Call) -> Answer:
    """Show the content to one follower, as often as a day allows."""
    content = read_content(call)
    name = call.json.get("towxname")
    if name and not call.json.get("touser"):
        # The page calls its people by nickname; a real account asks for the 微信号.
        user = next((user for user in call.simulator.state.users if user.nickname == name), None)
    else:
        user = need_user(call, call.json.get("touser"))
    if user is None or not user.following:
        raise ApiError(43004 if user else 40003)
    simulator = call.simulator
    for item_type, body in content.lines:
        at = simulator.clock.now()
        simulator.chat.add(user, at=at, sender="account", item_type=item_type, via="preview", **body)
    number = simulator.dispatch.next_message_id()
    accept(simulator, user, kind="preview", content=dict(call.json), msgid=number, delivered=True)
    return ok(errmsg="preview success", msg_id=number % 10**10)


def _need_job(call: Call) -> MassJob:
    job = call.simulator.state.mass_jobs.get(str(call.json.get("msg_id", "")))
    if job is None:
        raise ApiError(40097)
    return job


def get_status(call: Call) -> Answer:
    """How far a mass send is."""
    job = _need_job(call)
    return {"msg_id": job.msg_id, "msg_status": job.status}


def delete(call: Call) -> Answer:
    """Take sent articles away; the cards stay on the phones."""
    job = _need_job(call)
    if job.kind not in {"mpnews", "mpvideo"}:
        raise ApiError(40008)
    index = call.number("article_idx", 0)
    if not 0 <= index <= len(job.article_keys):
        raise ApiError(40114)
    keys = job.article_keys
    call.simulator.articles.delete(keys[index - 1 : index] if index else keys)
    if index == 0:
        job.status = "DELETE"
        call.simulator.state.mass_jobs.put(str(job.msg_id), job)
    return ok()


def get_speed(call: Call) -> Answer:
    """How fast mass sends go out."""
    document = call.simulator.state.documents.get("mass-speed")
    speed = document.value if document else 0
    return ok(speed=speed, realspeed=SPEEDS[speed])


def set_speed(call: Call) -> Answer:
    """Let mass sends go out slower or faster, 0 (fastest) to 4."""
    speed = call.number("speed")
    if not 0 <= speed < len(SPEEDS):
        raise ApiError(45083)
    call.simulator.state.documents.put("mass-speed", Document(speed))
    return ok()


_PREFIX = "/cgi-bin/message/mass"
ENDPOINTS = (
    Endpoint("POST", f"{_PREFIX}/sendall", send_to_all, body="json", only_verified=True),
    Endpoint("POST", f"{_PREFIX}/send", send_to_list, body="json", only_verified=True),
    Endpoint("POST", f"{_PREFIX}/preview", preview, body="json", only_verified=True),
    Endpoint("POST", f"{_PREFIX}/get", get_status, body="json", only_verified=True),
    Endpoint("POST", f"{_PREFIX}/delete", delete, body="json", only_verified=True),
    # Sources differ on whether this one has a body, so it is not looked at.
    Endpoint("POST", f"{_PREFIX}/speed/get", get_speed, only_verified=True),
    Endpoint("POST", f"{_PREFIX}/speed/set", set_speed, body="json", only_verified=True),
)
