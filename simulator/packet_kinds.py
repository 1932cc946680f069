"""The packets of the platform, one function per type of message or event.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from collections.abc import Mapping

from simulator.packets import Packet


def text(content: str) -> Packet:
    """A text message."""
    return {"MsgType": "text", "Content": content}


def image(*, pic_url: str, media_id: str) -> Packet:
    """A picture."""
    return {"MsgType": "image", "PicUrl": pic_url, "MediaId": media_id}


def voice(*, media_id: str, media_id_16k: str) -> Packet:
    """A voice message; Recognition is always empty nowadays, even where it is switched on."""
    return {
        "MsgType": "voice",
        "MediaId": media_id,
        "Format": "amr",
        "MediaId16K": media_id_16k,
        "Recognition": "",
    }


def video(*, media_id: str, thumb_media_id: str, short: bool = False) -> Packet:
    """A video."""
    kind = "shortvideo" if short else "video"
    return {"MsgType": kind, "MediaId": media_id, "ThumbMediaId": thumb_media_id}


def location(*, latitude: float, longitude: float, label: str, scale: int = 20) -> Packet:
    """A place; X is the latitude and Y the longitude, in GCJ-02."""
    return {
        "MsgType": "location",
        "Location_X": latitude,
        "Location_Y": longitude,
        "Scale": scale,
        "Label": label,
    }


def link(*, title: str, description: str, url: str) -> Packet:
    """A shared page."""
    return {"MsgType": "link", "Title": title, "Description": description, "Url": url}


def event(name: str, **fields: object) -> Packet:
    """Any event; numbers stay bare, strings go into CDATA."""
    return {"MsgType": "event", "Event": name} | fields


def subscribe(*, scene: str | None = None, ticket: str = "") -> Packet:
    """Following, by a parametric code when a scene is given."""
    if scene is None:
        return event("subscribe", EventKey="")
    return event("subscribe", EventKey=f"qrscene_{scene}", Ticket=ticket)


def scan(*, scene: str, ticket: str) -> Packet:
    """A follower scanned a parametric code."""
    return event("SCAN", EventKey=scene, Ticket=ticket)


def template_job_finish(*, msgid: int, status: str) -> Packet:
    """The result of a template message: ``success`` or ``failed:user block`` or ``failed: system failed``."""
    return event("TEMPLATESENDJOBFINISH", MsgID=msgid, Status=status)


def subscribe_popup(*, template_id: str, status: str, popup_scene: int = 2) -> Packet:
    """The user answered the question for a 订阅通知: accept or reject."""
    answer = {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": popup_scene}
    return event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": answer})


def subscribe_page(answers: Mapping[str, str]) -> Packet:
    """The user answered in an H5 page what it asked for; scene 1 stands for pages."""
    return _answered(answers, popup_scene=1)


def subscribe_mini_program(answers: Mapping[str, str]) -> Packet:
    """The user answered in the mini program what it asked for."""
    return _answered(answers, popup_scene=0)


def _answered(answers: Mapping[str, str], *, popup_scene: int) -> Packet:
    rows = [
        {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": popup_scene}
        for template_id, status in answers.items()
    ]
    return event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": rows})


def subscribe_change(*, template_id: str, status: str = "reject") -> Packet:
    """The user changed an answer in the settings; only refusals are pushed."""
    answer = {"TemplateId": template_id, "SubscribeStatusString": status}
    return event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": answer})


def subscribe_sent(*, template_id: str, msgid: int) -> Packet:
    """The result of a 订阅通知."""
    result = {"TemplateId": template_id, "MsgID": msgid, "ErrorCode": 0, "ErrorStatus": "success"}
    return event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": result})


def publish_job_finish(told: Packet) -> Packet:
    """The result of a publishing job; `told` has its number, its status, and articles or failures."""
    return event("PUBLISHJOBFINISH", PublishEventInfo=told)


def mass_job_finish(*, msgid: int, status: str, counts: dict[str, int], urls: list[str]) -> Packet:
    """The result of a mass send: ``send success``, ``send fail`` or ``err(number)``."""
    articles = [{"ArticleIdx": index, "ArticleUrl": url} for index, url in enumerate(urls, 1)]
    verdicts = [
        {
            "ArticleIdx": index,
            "UserDeclareState": 0,
            "AuditState": 2,
            "OriginalArticleUrl": "",
            "OriginalArticleType": 0,
            "CanReprint": 0,
            "NeedReplaceContent": 0,
            "NeedShowReprintSource": 0,
        }
        for index, _ in enumerate(urls, 1)
    ]
    check = {"Count": len(urls), "ResultList": {"item": verdicts}, "CheckState": 2}
    listed = {"Count": len(urls), "ResultList": {"item": articles}}
    packet = event("MASSSENDJOBFINISH", MsgID=msgid, Status=status, **counts)
    return packet | ({"CopyrightCheckResult": check, "ArticleUrlResult": listed} if urls else {})


def media_check(*, app_id: str, trace_id: str, suggest: str, label: int) -> Packet:
    """The result of a check of a picture or a sound that a mini program asked for."""
    verdict = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    return event(
        "wxa_media_check",
        appid=app_id,
        trace_id=trace_id,
        version=2,
        detail=[verdict],
        errcode=0,
        errmsg="ok",
        result={"suggest": suggest, "label": label},
    )
