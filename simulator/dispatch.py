"""From a packet to a delivery: header, message id, place in the user's order, and off it goes."""

import secrets
import time
from typing import Any

from simulator import packet_kinds
from simulator.config import MODES
from simulator.courier import Courier, Surroundings
from simulator.deliveries import Delivery
from simulator.envelope import INBOUND_FAULTS
from simulator.errors import ControlError
from simulator.packets import BadXmlError, Packet, from_xml, to_json, to_xml
from simulator.push_accounts import push_account
from simulator.state import User
from simulator.windows import open_window, window_of


class Dispatch:
    """Prepares deliveries under the state's lock, carries them outside of it."""

    def __init__(self, around: Surroundings, courier: Courier) -> None:
        self._around = around
        self._courier = courier
        self._last_msg_id = 0

    def act(
        self,
        user: User,
        packet: Packet,
        *,
        wait: bool,
        shown: dict[str, Any] | None = None,
        is_message: bool = False,
        mini: bool = False,
    ) -> Delivery:
        """Send what a user did; `shown` is the line for the user's own chat (with its `type`)."""
        with self._around.state.lock:
            now = self._around.clock.now()
            user.last_active = now
            window = window_of(packet)
            if window is not None:
                open_window(user, window, now=now)
            self._around.state.users.put(user.openid, user)
            if is_message:
                packet = packet | {"MsgId": self.next_message_id()}
            if shown is not None:
                line = dict(shown)
                if is_message:
                    # As a text: the number has more digits than JavaScript keeps.
                    line["msgid"] = str(packet["MsgId"])
                self._around.chat.add(user, at=now, sender="me", item_type=line.pop("type"), **line)
            delivery = self._enqueue(user.mini_openid if mini else user.openid, packet, mini=mini)
        return self._carry(delivery, wait=wait)

    def platform_event(self, openid: str, packet: Packet, *, wait: bool, mini: bool = False) -> Delivery:
        """Tell the app of something no user did just now, such as a finished template message."""
        with self._around.state.lock:
            delivery = self._enqueue(openid, packet, mini=mini)
        return self._carry(delivery, wait=wait)

    def raw(
        self,
        *,
        packet: Packet | None = None,
        packet_xml: str | None = None,
        openid: str | None = None,
        mode: str | None = None,
        fault: str | None = None,
        wait: bool = True,
        mini: bool = False,
    ) -> Delivery:
        """Send any packet, spoilt on demand; a fault is tried once, without re-sends.

        Raises:
            ControlError: an unknown mode or fault, or a fault that has nothing to work with.
        """
        if mode is not None and mode not in MODES:
            raise ControlError("mode must be plain, compat or safe")
        fields = _fields_of(packet_xml) if packet_xml is not None else packet or self._default_packet()
        openid = openid or str(fields.get("FromUserName") or self._first_user())
        self._check_fault(fault, openid)
        with self._around.state.lock:
            delivery = self._enqueue(openid, fields, packet_xml=packet_xml, mode=mode, fault=fault, mini=mini)
            user = self._around.state.users.get(openid)
            window = window_of(fields) if fault is None else None
            if user is not None and window is not None:
                open_window(user, window, now=self._around.clock.now())
                self._around.state.users.put(openid, user)
        return self._carry(delivery, wait=wait)

    def next_message_id(self) -> int:
        """Return a 64-bit number that no earlier run of the simulator gave out either."""
        # By the clock, because an app that kept its database would take a repeated number for a re-send.
        with self._around.state.lock:
            self._last_msg_id = max(self._last_msg_id + 1, int(time.time() * 10_000_000))
            return self._last_msg_id

    def _check_fault(self, fault: str | None, openid: str) -> None:
        if fault is None:
            return
        if fault not in INBOUND_FAULTS:
            raise ControlError(f"fault must be one of {', '.join(sorted(INBOUND_FAULTS))}")
        if fault == "old_aes_key" and not self._around.settings.aes_key_prev:
            raise ControlError("old_aes_key needs the setting aes_key_prev")
        if fault == "replay_last" and not self._courier.has_letter(openid):
            raise ControlError("nothing was sent for this user yet, so nothing can be replayed")

    def _default_packet(self) -> Packet:
        return packet_kinds.text("你好") | {"MsgId": self.next_message_id()}

    def _first_user(self) -> str:
        return next(iter(self._around.state.users)).openid

    def _enqueue(
        self,
        openid: str,
        packet: Packet,
        *,
        packet_xml: str | None = None,
        mode: str | None = None,
        fault: str | None = None,
        mini: bool = False,
    ) -> Delivery:
        settings, clock = self._around.settings, self._around.clock
        account = push_account(settings, mini=mini)
        if packet_xml is None:
            header = {
                "ToUserName": account.original_id,
                "FromUserName": openid,
                "CreateTime": int(clock.stamp(settings.packet_clock)),
            }
            packet = header | packet
            packet_xml = to_json(packet) if account.packet_format == "json" else to_xml(packet)
        delivery = Delivery(
            delivery_id=secrets.token_hex(8),
            openid=openid,
            packet=packet,
            packet_xml=packet_xml,
            created_at=clock.now(),
            mode=mode or account.mode,
            mini=mini,
            fault=fault,
            retries=settings.retries if fault is None else 0,
            shown_to_user=fault in {None, "old_aes_key", "duplicate_concurrent"},
        )
        self._courier.enqueue(delivery)
        return delivery

    def _carry(self, delivery: Delivery, *, wait: bool) -> Delivery:
        self._courier.carry(delivery, wait=wait)
        return delivery


def _fields_of(packet_xml: str) -> Packet:
    try:
        return from_xml(packet_xml)
    except BadXmlError:
        return {}
