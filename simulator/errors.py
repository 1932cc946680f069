"""The platform's error codes and their words."""

import secrets

# Texts as far as they are known; where WeChat's own text was never seen, a plain one stands here (README).
ERROR_TEXTS: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40031: "invalid openid list",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter",
    40036: "invalid template_id size",
    40037: "invalid template_id",
    40052: "invalid action name",
    40053: "invalid action info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40066: "invalid url",
    40097: "invalid args",
    40114: "invalid index value",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40130: "invalid openid list size, at least two openid",
    40152: "invalid tag id",
    40163: "code been used",
    40169: "invalid scene length or chars",
    40201: "not set url",
    40202: "invalid action",
    40203: "invalid check_operator",
    40226: "code blocked",
    40246: "invalid keyword_name_list",
    40247: "need new category template",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "missing media_id parameter",
    41008: "missing code",
    41009: "missing openid",
    41030: "invalid page",
    42001: "access_token expired",
    42002: "refresh_token expired",
    42003: "code expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45005: "url size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45026: "template num exceed limit",
    45028: "has no masssend quota",
    45047: "out of response count limit",
    45056: "tag num exceed limit",
    45057: "can't modify this tag: too many fans",
    45058: "can't modify sys tag",
    45059: "can not have more than 20 tags",
    45065: "clientmsgid exist",
    45067: "clientmsgid size out of limit",
    45072: "command not match",
    45080: "need sending message to user, or recving message from user in the last 30 seconds before typing",
    45081: "you are already typing",
    45083: "invalid mass speed",
    45110: "author size out of limit",
    45157: "invalid tag name",
    45158: "invalid tag name size",
    45159: "invalid tag id",
    46003: "menu no exist",
    47001: "data format error",
    48001: "api unauthorized",
    48002: "user block receive message",
    48006: "forbid to clear quota because of reaching the limit",
    49003: "not match openid with appid",
    50002: "user limited",
    53406: "product not allowed",
    53500: "invalid publish_id",
    53503: "draft check failed",
    53600: "invalid article_id",
    61010: "code is expired",
    65301: "no such menuid",
    65303: "there is no selfmenu, please create selfmenu first",
    65316: "menu use more than 3 domain(s) to jump other url",
    65320: "matchrule field is not supported",
    70000: "user is under minor protection",
    76001: "rid not found",
    76002: "rid is error",
    76004: "rid time is error",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path，no permission",
    87015: "media download failed",
    200012: "template num exceeds limit",
    200014: "invalid template tid",
    200018: "invalid ids",
    200020: "invalid kid list",
    200021: "invalid sceneDesc",
    200022: "params error",
    1400001: "insufficient quota of phone number component",
}


class ApiError(Exception):
    """What an endpoint answers instead of a result; `fields` stand beside the code."""

    def __init__(
        self, code: int, text: str | None = None, *, fields: dict[str, object] | None = None
    ) -> None:
        self.code = code
        self.fields = fields or {}
        self.text = text or ERROR_TEXTS.get(code, "error")
        super().__init__(f"{code} {self.text}")

    def body(self, rid: str) -> dict[str, object]:
        """Return the JSON body; the request's id stands at the end of the text, as WeChat has it."""
        return {"errcode": self.code, "errmsg": f"{self.text} rid: {rid}"} | self.fields


class ControlError(Exception):
    """The control API was asked for something it cannot do; one plain sentence."""


def new_request_id() -> str:
    """Return a fresh rid such as ``5f3a7906-0c594b15-679286ae``."""
    raw = secrets.token_hex(12)
    return f"{raw[:8]}-{raw[8:16]}-{raw[16:]}"
