"""What users do with their phones, each as one packet to the app."""

import mimetypes
import secrets
from collections.abc import Mapping
from typing import Any

from simulator import packet_kinds
from simulator.codes import QrCodes
from simulator.courier import Surroundings
from simulator.deliveries import Delivery
from simulator.dispatch import Dispatch
from simulator.errors import ControlError
from simulator.packets import Packet
from simulator.people import People
from simulator.state import QrCode, User

MEDIA_KINDS = ("image", "voice", "video", "shortvideo")


class Actions:
    """Turns acts of users into deliveries; with `wait` they return when the app has answered (or failed)."""

    def __init__(self, around: Surroundings, *, dispatch: Dispatch, people: People, codes: QrCodes) -> None:
        self._around = around
        self._dispatch = dispatch
        self._people = people
        self._codes = codes

    def follow(self, openid: str, *, scene: str | None = None, wait: bool = True) -> Delivery:
        """Follow the account, through a parametric code if a scene is given.

        Raises:
            ControlError: already following, or the code has run out.
        """
        with self._around.state.lock:
            user = self._people.need(openid)
            if user.following:
                raise ControlError(f"{user.nickname} already follows the account")
            ticket = "" if scene is None else _ticket(self._codes.scanned(scene))
            user.following = True
            user.subscribe_time = int(self._around.clock.now())
            user.subscribe_scene = "ADD_SCENE_SEARCH" if scene is None else "ADD_SCENE_QR_CODE"
            user.qr_scene = scene or ""
        packet = packet_kinds.subscribe(scene=scene, ticket=ticket)
        return self._dispatch.act(user, packet, wait=wait, shown=_note("关注了公众号"))

    def unfollow(self, openid: str, *, wait: bool = True) -> Delivery:
        """Stop following; windows close, tags and remark are lost, as on the real platform."""
        with self._around.state.lock:
            user = self._follower(openid)
            user.following = False
            user.windows.clear()
            user.tagid_list.clear()
            user.remark = ""
        packet = packet_kinds.event("unsubscribe", EventKey="")
        return self._dispatch.act(user, packet, wait=wait, shown=_note("取消了关注"))

    def scan(self, openid: str, *, scene: str, wait: bool = True) -> Delivery:
        """Scan a parametric code; somebody who does not follow yet follows by it.

        Raises:
            ControlError: no scene, or the code has run out.
        """
        if not scene:
            raise ControlError("scene is missing")
        if not self._people.need(openid).following:
            return self.follow(openid, scene=scene, wait=wait)
        code = self._codes.scanned(scene)
        title = code.posted_title if code is not None and code.posted_title else scene
        packet = packet_kinds.scan(scene=scene, ticket=_ticket(code))
        user = self._people.need(openid)
        return self._dispatch.act(user, packet, wait=wait, shown=_note(f"扫描了二维码「{title}」"))

    def click(self, openid: str, *, key: str, wait: bool = True) -> Delivery:
        """Press a menu button of type click."""
        packet = packet_kinds.event("CLICK", EventKey=key)
        return self._event(openid, packet, words=f"点击了菜单「{key}」", wait=wait)

    def view(self, openid: str, *, url: str, wait: bool = True) -> Delivery:
        """Press a menu button that opens a page."""
        packet = packet_kinds.event("VIEW", EventKey=url, MenuId="430000000")
        return self._event(openid, packet, words=f"打开了菜单里的网页 {url}", wait=wait)

    def other_event(self, openid: str, *, name: str, fields: Packet, wait: bool = True) -> Delivery:
        """Cause any other event; `fields` stand behind Event, in WeChat's names."""
        packet = packet_kinds.event(name, **fields)
        return self._dispatch.act(self._people.need(openid), packet, wait=wait)

    def send_text(self, openid: str, content: str, *, wait: bool = True) -> Delivery:
        """Send a text."""
        if not content.strip():
            raise ControlError("content is empty")
        shown = {"type": "text", "text": content}
        return self._message(openid, packet_kinds.text(content), shown=shown, wait=wait)

    def send_location(
        self, openid: str, *, latitude: float, longitude: float, label: str, wait: bool = True
    ) -> Delivery:
        """Send a place (GCJ-02)."""
        packet = packet_kinds.location(latitude=latitude, longitude=longitude, label=label)
        shown = {"type": "location", "text": label, "latitude": latitude, "longitude": longitude}
        return self._message(openid, packet, shown=shown, wait=wait)

    def send_link(
        self, openid: str, *, title: str, description: str, url: str, wait: bool = True
    ) -> Delivery:
        """Share a page with the account."""
        packet = packet_kinds.link(title=title, description=description, url=url)
        shown = {"type": "link", "text": title, "title": title, "description": description, "url": url}
        return self._message(openid, packet, shown=shown, wait=wait)

    def send_media(
        self, openid: str, *, kind: str, content: bytes, filename: str, wait: bool = True
    ) -> Delivery:
        """Send an image, voice, video or shortvideo."""
        if kind not in MEDIA_KINDS:
            raise ControlError(f"type must be one of {', '.join(MEDIA_KINDS)}")
        if not content:
            raise ControlError("the file is empty")
        self._follower(openid)
        store = self._around.media
        content_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        media = store.save(content, kind=kind, filename=filename, content_type=content_type)
        url = store.url(media.media_id)
        if kind == "image":
            packet = packet_kinds.image(pic_url=url, media_id=media.media_id)
        else:
            # The thumbnail, or the 16 kHz version of a voice: another id, here over the same bytes.
            second = store.save(content, kind="thumb", filename=filename, content_type=content_type)
            packet = _moving_packet(kind, media.media_id, second.media_id)
        shown = {"type": "video" if kind == "shortvideo" else kind, "media_url": store.path(media.media_id)}
        return self._message(openid, packet, shown=shown, wait=wait)

    def answer_popup(self, openid: str, *, template_id: str, status: str, wait: bool = True) -> Delivery:
        """Answer the question for a 订阅通知: accept (one more grant), reject, or change (switch it off)."""
        if status not in {"accept", "reject", "change"}:
            raise ControlError("status must be accept, reject or change")
        with self._around.state.lock:
            user = self._people.need(openid)
            if status == "accept":
                user.grants[template_id] = user.grants.get(template_id, 0) + 1
            elif status == "change":
                user.grants[template_id] = 0
        if status == "change":
            packet = packet_kinds.subscribe_change(template_id=template_id)
        else:
            packet = packet_kinds.subscribe_popup(template_id=template_id, status=status)
        return self._dispatch.act(user, packet, wait=wait)

    def answer_mini_program(self, openid: str, *, answers: Mapping[str, str], wait: bool = True) -> Delivery:
        """Answer what the mini program asks by `wx.requestSubscribeMessage`; see `answer_page`."""
        return self._answer(
            openid, answers, packet_kinds.subscribe_mini_program(answers), wait=wait, mini=True
        )

    def answer_page(self, openid: str, *, answers: Mapping[str, str], wait: bool = True) -> Delivery:
        """Answer what a page asks by `wx-open-subscribe`: up to three templates, told in one event.

        Raises:
            ControlError: none or more than three, or an answer that is neither accept nor reject.
        """
        return self._answer(openid, answers, packet_kinds.subscribe_page(answers), wait=wait)

    def _answer(
        self, openid: str, answers: Mapping[str, str], packet: Packet, *, wait: bool, mini: bool = False
    ) -> Delivery:
        if not 1 <= len(answers) <= 3 or not set(answers.values()) <= {"accept", "reject"}:
            raise ControlError("a page asks for 1 to 3 templates; each answer is accept or reject")
        with self._around.state.lock:
            user = self._people.need(openid)
            for template_id, status in answers.items():
                if status == "accept":
                    user.grants[template_id] = user.grants.get(template_id, 0) + 1
            self._around.state.users.put(openid, user)
        return self._dispatch.act(user, packet, wait=wait, mini=mini)

    def _follower(self, openid: str) -> User:
        user = self._people.need(openid)
        if not user.following:
            raise ControlError(f"{user.nickname} does not follow the account; follow first")
        return user

    def _event(self, openid: str, packet: Packet, *, words: str, wait: bool) -> Delivery:
        return self._dispatch.act(self._follower(openid), packet, wait=wait, shown=_note(words))

    def _message(self, openid: str, packet: Packet, *, shown: dict[str, Any], wait: bool) -> Delivery:
        user = self._follower(openid)
        return self._dispatch.act(user, packet, wait=wait, shown=shown, is_message=True)


def _note(words: str) -> dict[str, Any]:
    return {"type": "event", "text": words}


def _moving_packet(kind: str, media_id: str, second_id: str) -> Packet:
    if kind == "voice":
        return packet_kinds.voice(media_id=media_id, media_id_16k=second_id)
    return packet_kinds.video(media_id=media_id, thumb_media_id=second_id, short=kind == "shortvideo")


def _ticket(code: QrCode | None) -> str:
    return code.ticket if code is not None else f"gQ{secrets.token_urlsafe(64)}=="
