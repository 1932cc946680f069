"""Tags, who has which, and the blacklist.

https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_createtag.html
https://developers.weixin.qq.com/doc/service/api/usermanage/blacklist/api_getblacklist.html
"""

from typing import Any

from simulator.account_rows import Tag
from simulator.endpoints.recipients import need_user
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import User

FIRST_ID = 100
SYSTEM_IDS = frozenset({0, 1, 2})
STARRED = Tag(2, "星标组")
MAX_TAGS, MAX_NAME_BYTES, MAX_TAGS_OF_USER = 100, 30, 20
MAX_TAGGED, MAX_BLACKLISTED, BLACKLIST_PAGE = 50, 20, 1000


def need_tag(call: Call, tag_id: object, *, code: int = 45159) -> Tag:
    """Return the tag; numbers come as texts too.

    Raises:
        ApiError: `code`, when there is no such tag.
    """
    tag = STARRED if str(tag_id) == "2" else call.simulator.state.tags.get(str(tag_id))
    if tag is None:
        raise ApiError(code)
    return tag


def _asked(call: Call) -> dict[str, Any]:
    asked = call.json.get("tag")
    if not isinstance(asked, dict):
        raise ApiError(40097)
    return asked


def _new_name(call: Call, *, but: Tag | None = None) -> str:
    name = _asked(call).get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= MAX_NAME_BYTES:
        raise ApiError(45158)
    if any(tag.name == name for tag in (STARRED, *call.simulator.state.tags) if tag is not but):
        raise ApiError(45157)
    return name


def _own_tag(call: Call) -> Tag:
    """Return the tag of a change; those of the system stay as they are."""
    tag_id = _asked(call).get("id")
    if tag_id in SYSTEM_IDS:
        raise ApiError(45058)
    return need_tag(call, tag_id)


def create_tag(call: Call) -> Answer:
    """Make a tag."""
    tags = call.simulator.state.tags
    name = _new_name(call)
    if len(tags) >= MAX_TAGS:
        raise ApiError(45056)
    tag = Tag(max((tag.tag_id for tag in tags), default=FIRST_ID - 1) + 1, name)
    tags.put(str(tag.tag_id), tag)
    return {"tag": {"id": tag.tag_id, "name": tag.name}}


def list_tags(call: Call) -> Answer:
    """All tags, with the number of followers in each."""
    rows = [STARRED, *call.simulator.state.tags]
    return {
        "tags": [
            {"id": tag.tag_id, "name": tag.name, "count": len(_members(call, tag.tag_id))} for tag in rows
        ]
    }


def _members(call: Call, tag_id: int) -> list[User]:
    return [user for user in call.simulator.state.users if tag_id in user.tagid_list]


def rename_tag(call: Call) -> Answer:
    """Give a tag another name."""
    tag = _own_tag(call)
    tag.name = _new_name(call, but=tag)
    call.simulator.state.tags.put(str(tag.tag_id), tag)
    return ok()


def delete_tag(call: Call) -> Answer:
    """Throw a tag away; those who had it lose it."""
    tag = _own_tag(call)
    for user in _members(call, tag.tag_id):
        user.tagid_list.remove(tag.tag_id)
        call.simulator.state.users.put(user.openid, user)
    call.simulator.state.tags.remove(str(tag.tag_id))
    return ok()


def list_members(call: Call) -> Answer:
    """One page of those who have a tag."""
    tag = need_tag(call, call.json.get("tagid"))
    openids = [user.openid for user in _members(call, tag.tag_id)]
    size = call.simulator.settings.user_page_size
    return _page(openids, after=call.text("next_openid"), size=size)


def _page(openids: list[str], *, after: str, size: int) -> dict[str, Any]:
    if after and after not in openids:
        raise ApiError(40003)
    start = openids.index(after) + 1 if after else 0
    page = openids[start : start + size]
    answer: dict[str, Any] = {"count": len(page)}
    if page:
        answer |= {"data": {"openid": page}}
    return answer | {"next_openid": page[-1] if page else ""}


def _asked_users(call: Call, limit: int) -> list[User]:
    openids = call.json.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= limit:
        raise ApiError(40032)
    users = [call.simulator.state.users.get(str(openid)) for openid in openids]
    found = [user for user in users if user is not None]
    if len(found) < len(users):
        raise ApiError(49003)
    return found


def tag_users(call: Call) -> Answer:
    """Give a tag to up to 50 followers, all or none."""
    tag = need_tag(call, call.json.get("tagid"))
    users = _asked_users(call, MAX_TAGGED)
    for user in users:
        if not user.following:
            raise ApiError(43004)
        if tag.tag_id not in user.tagid_list and len(user.tagid_list) >= MAX_TAGS_OF_USER:
            raise ApiError(45059)
    for user in users:
        # The tag given last decides which conditional menu a follower sees.
        user.tagid_list = [one for one in user.tagid_list if one != tag.tag_id] + [tag.tag_id]
        call.simulator.state.users.put(user.openid, user)
    return ok()


def untag_users(call: Call) -> Answer:
    """Take a tag from up to 50 followers."""
    tag = need_tag(call, call.json.get("tagid"))
    for user in _asked_users(call, MAX_TAGGED):
        user.tagid_list = [one for one in user.tagid_list if one != tag.tag_id]
        call.simulator.state.users.put(user.openid, user)
    return ok()


def tags_of_user(call: Call) -> Answer:
    """Which tags a follower has."""
    return {"tagid_list": list(need_user(call, call.json.get("openid")).tagid_list)}


def list_blacklist(call: Call) -> Answer:
    """One page of those whom the account has barred."""
    barred = [user.openid for user in call.simulator.state.users if user.blacklisted]
    page = _page(barred, after=call.text("begin_openid"), size=BLACKLIST_PAGE)
    return {"total": len(barred)} | page


def blacklist(call: Call) -> Answer:
    """Bar up to 20 users."""
    return _set_blacklisted(call, value=True)


def unblacklist(call: Call) -> Answer:
    """Let up to 20 users in again."""
    return _set_blacklisted(call, value=False)


def _set_blacklisted(call: Call, *, value: bool) -> Answer:
    for user in _asked_users(call, MAX_BLACKLISTED):
        user.blacklisted = value
        call.simulator.state.users.put(user.openid, user)
    return ok()


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/tags/create", create_tag, body="json", only_verified=True),
    Endpoint("GET", "/cgi-bin/tags/get", list_tags, only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/update", rename_tag, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/delete", delete_tag, body="json", only_verified=True),
    Endpoint("ANY", "/cgi-bin/user/tag/get", list_members, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/members/batchtagging", tag_users, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/members/batchuntagging", untag_users, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/getidlist", tags_of_user, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/members/getblacklist", list_blacklist, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/members/batchblacklist", blacklist, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/tags/members/batchunblacklist", unblacklist, body="json", only_verified=True),
)
