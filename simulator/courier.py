"""Bringing packets to the app: attempts, re-sends, and what the user sees in the end."""

import logging
import threading
from dataclasses import dataclass

from simulator.callback import CallbackTimeoutError, CallbackUnreachableError, request_callback
from simulator.chat import FAILURE_NOTICE, ChatLog
from simulator.clock import VirtualClock
from simulator.config import SimulatorConfig
from simulator.deliveries import Attempt, Delivery, DeliveryLog
from simulator.envelope import SPOILERS, Letter, Sealing, new_nonce, seal
from simulator.media_store import MediaStore
from simulator.packets import Packet
from simulator.push_accounts import push_account
from simulator.replies import BadReplyError, ReplyContext, read_reply
from simulator.reply_display import show_reply
from simulator.state import State

log = logging.getLogger("simulator")

# Nobody stands in front of the phone when these arrive, so a failure shows nothing.
_UNSEEN_EVENTS = frozenset(
    {
        "unsubscribe",
        "view",
        "view_miniprogram",
        "location",
        "templatesendjobfinish",
        "masssendjobfinish",
        "publishjobfinish",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "wxa_media_check",
    }
)
_FINAL = frozenset({"replied", "success", "bad_reply"})
_ORDER_PATIENCE = 60.0


@dataclass(frozen=True)
class Surroundings:
    """The parts of the platform the courier works with."""

    settings: SimulatorConfig
    state: State
    clock: VirtualClock
    chat: ChatLog
    media: MediaStore
    deliveries: DeliveryLog


class Courier:
    """Sends deliveries; those of different users side by side, first attempts of one user in order."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last_of_user: dict[str, Delivery] = {}
        self._last_letter: dict[str, Letter] = {}
        # Counts the beginnings, so that what belongs to an earlier one can tell.
        self.epoch = 0

    def enqueue(self, delivery: Delivery) -> None:
        """Give a delivery its place in the user's order; call it under the state's lock."""
        if self._around.settings.keep_order:
            delivery.follows = self._last_of_user.get(delivery.openid)
        self._last_of_user[delivery.openid] = delivery
        self._around.deliveries.add(delivery)

    def carry(self, delivery: Delivery, *, wait: bool) -> None:
        """Bring an enqueued delivery, here or in a thread of its own."""
        if wait:
            self._run(delivery)
        else:
            name = f"delivery-{delivery.delivery_id}"
            threading.Thread(target=self._run, args=(delivery,), name=name, daemon=True).start()

    def forget(self) -> None:
        """Begin anew: what is still under way is not sent again and shows nothing to users."""
        self.epoch += 1
        self._last_of_user.clear()
        self._last_letter.clear()

    def _run(self, delivery: Delivery) -> None:
        epoch = self.epoch
        before = delivery.follows
        delivery.follows = None
        if before is not None:
            before.first_attempt_done.wait(_ORDER_PATIENCE)
        try:
            if delivery.fault == "duplicate_concurrent":
                self._attempt_twice(delivery)
            else:
                self._attempt_until_answered(delivery, epoch)
            if epoch == self.epoch:
                self._conclude(delivery)
        finally:
            delivery.first_attempt_done.set()
            delivery.finished.set()

    def _attempt_until_answered(self, delivery: Delivery, epoch: int) -> None:
        for _ in range(1 + delivery.retries):
            if epoch != self.epoch:
                return
            attempt = self._attempt(delivery)
            delivery.first_attempt_done.set()
            if attempt.outcome in _FINAL:
                return

    def _attempt_twice(self, delivery: Delivery) -> None:
        twin = threading.Thread(target=self._attempt, args=(delivery,), daemon=True)
        twin.start()
        self._attempt(delivery)
        twin.join()

    def _attempt(self, delivery: Delivery) -> Attempt:
        settings = self._around.settings
        attempt = Attempt(at=self._around.clock.now())
        delivery.attempts.append(attempt)
        try:
            letter = self._letter(delivery)
            answer = request_callback(
                push_account(settings, mini=delivery.mini).url,
                method="POST",
                query=letter.query,
                body=letter.body,
                content_type=letter.content_type,
                limit=settings.callback_timeout,
            )
            attempt.status, attempt.elapsed_ms = answer.status, answer.elapsed_ms
            if not 200 <= answer.status < 300:
                attempt.outcome, attempt.reason = "refused", f"HTTP {answer.status}"
            else:
                reply = read_reply(answer.body, self._context(delivery))
                attempt.outcome = "success" if reply is None else "replied"
                if reply is not None and delivery.reply is None:
                    delivery.reply = reply
        except CallbackTimeoutError as error:
            attempt.outcome, attempt.reason = "timeout", str(error)
            attempt.elapsed_ms = round(settings.callback_timeout * 1000)
        except CallbackUnreachableError as error:
            attempt.outcome, attempt.reason = "error", str(error)
        except BadReplyError as error:
            attempt.outcome, attempt.reason = "bad_reply", str(error)
        kind = delivery.packet.get("Event") or delivery.packet.get("MsgType") or "?"
        reason = f" ({attempt.reason})" if attempt.reason else ""
        log.info("-> app %s %s %d ms%s", kind, attempt.outcome, attempt.elapsed_ms, reason)
        return attempt

    def _letter(self, delivery: Delivery) -> Letter:
        settings, clock = self._around.settings, self._around.clock
        if delivery.fault == "replay_last":
            return self._last_letter[delivery.openid]
        account = push_account(settings, mini=delivery.mini)
        sealing = Sealing(
            mode=delivery.mode,
            app_id=account.app_id,
            original_id=account.original_id,
            token=account.token,
            aes_key=account.aes_key,
            aes_key_prev=account.aes_key_prev,
            packet_format=account.packet_format,
            openid=delivery.openid,
            timestamp=int(clock.stamp(settings.packet_clock)),
            nonce=new_nonce(),
        )
        letter = SPOILERS.get(delivery.fault or "", seal)(delivery.packet_xml, sealing)
        if delivery.fault is None and _somebody_waits(delivery.packet):
            self._last_letter[delivery.openid] = letter
        return letter

    def has_letter(self, openid: str) -> bool:
        """Whether something was sent for this user that can be replayed."""
        return openid in self._last_letter

    def _context(self, delivery: Delivery) -> ReplyContext:
        account = push_account(self._around.settings, mini=delivery.mini)
        keys = (account.aes_key, account.aes_key_prev)
        return ReplyContext(
            openid=delivery.openid,
            original_id=account.original_id,
            app_id=account.app_id,
            token=account.token,
            aes_keys=tuple(key for key in keys if key),
            mode=delivery.mode,
            answers_event=delivery.packet.get("MsgType") == "event",
            media_exists=lambda media_id: self._around.media.find_live(media_id) is not None,
        )

    def _conclude(self, delivery: Delivery) -> None:
        user = self._around.state.users.get(delivery.openid)
        now = self._around.clock.now()
        if delivery.reply is not None:
            if user is not None and user.following:
                delivery.user_sees = show_reply(
                    delivery.reply, user=user, chat=self._around.chat, media=self._around.media, at=now
                )
            return
        answered = any(attempt.outcome == "success" for attempt in delivery.attempts)
        if answered or not delivery.shown_to_user or not _somebody_waits(delivery.packet):
            return
        delivery.user_sees = FAILURE_NOTICE
        if user is not None:
            self._around.chat.add(user, at=now, sender="system", item_type="text", text=FAILURE_NOTICE)


def _somebody_waits(packet: Packet) -> bool:
    if packet.get("MsgType") != "event":
        return True
    return str(packet.get("Event", "")).lower() not in _UNSEEN_EVENTS
