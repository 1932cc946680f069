"""Carrying out a mass send: who gets it, what they see, and the event that tells the account.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Batch_Sends_and_Originality_Checks.html
"""

from typing import Any

from simulator import packet_kinds
from simulator.account_rows import MassJob
from simulator.clock import shanghai_day
from simulator.simulator import Simulator
from simulator.state import SentMessage, User

PER_MONTH = 4
# Job events come from the account's own helper, not from a user.
HELPER = "mphelper"


def month_of(moment: float) -> str:
    """Return the calendar month in Shanghai, e.g. ``2026-11``."""
    return shanghai_day(moment)[:7]


def carry_out(simulator: Simulator, job: MassJob, lines: list[tuple[str, dict[str, Any]]]) -> None:
    """Bring the content to everybody who may have it; everybody else is filtered out, and only counted."""
    with simulator.state.lock:
        outcome = simulator.settings.mass_outcome
        now = simulator.clock.now()
        users = [user for openid in job.openids if (user := simulator.state.users.get(openid)) is not None]
        ready = [user for user in users if _may_receive(user, month_of(now))]
        sent = ready if outcome == "send success" else []
        if sent or outcome == "send success":
            simulator.articles.publish(job.article_keys, via="mass")
            simulator.state.drafts.remove(job.media_id)
        for user in sent:
            _show(simulator, user, job, lines, now)
        job.status = "SEND_SUCCESS" if outcome == "send success" else "SEND_FAIL"
        # FilterCount is what is left after filtering, so it is the sum of the two behind it.
        job.counts = {
            "TotalCount": len(job.openids),
            "FilterCount": len(ready),
            "SentCount": len(sent),
            "ErrorCount": len(ready) - len(sent),
        }
        simulator.state.mass_jobs.put(str(job.msg_id), job)
        urls = [simulator.articles.url(article) for article in simulator.articles.find(job.article_keys)]
        packet = packet_kinds.mass_job_finish(
            msgid=job.msg_id,
            status=outcome,
            counts=job.counts,
            urls=urls if outcome == "send success" else [],
        )
    simulator.dispatch.platform_event(HELPER, packet, wait=True)


def _may_receive(user: User, month: str) -> bool:
    barred = user.receive_off or user.blacklisted or not user.following
    return not barred and user.mass_received.get(month, 0) < PER_MONTH


def _show(
    simulator: Simulator, user: User, job: MassJob, lines: list[tuple[str, dict[str, Any]]], now: float
) -> None:
    month = month_of(now)
    user.mass_received = {month: user.mass_received.get(month, 0) + 1}
    for item_type, body in lines:
        simulator.chat.add(
            user, at=now, sender="account", item_type=item_type, via="mass", msgid=job.msg_id, **body
        )
    number = len(simulator.state.messages) + 1
    message = SentMessage(number, now, user.openid, "mass", job.content, job.client_msg_id, job.msg_id, True)
    simulator.state.messages.put(str(number), message)
