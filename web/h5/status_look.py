"""The tone in which each status is shown; the words beside it say the same."""

from models.enums import ComplaintStatus, Word

S = ComplaintStatus


class Tone(Word):
    """A colour with a meaning."""

    WAITS = "waits", "等待派单"
    WORKS = "works", "正在办理"
    ASKS = "asks", "需要您做点什么"
    PAUSED = "paused", "暂缓"
    DONE = "done", "办成"
    OVER = "over", "结束"
    REFUSED = "refused", "未受理"


_TONES = {
    S.SUBMITTED: Tone.WAITS,
    S.ASSIGNED: Tone.WORKS,
    S.IN_PROGRESS: Tone.WORKS,
    S.WAITING: Tone.ASKS,
    S.DEFERRED: Tone.PAUSED,
    S.RESOLVED: Tone.ASKS,
    S.CLOSED: Tone.DONE,
    S.REJECTED: Tone.REFUSED,
    S.WITHDRAWN: Tone.OVER,
    S.MERGED: Tone.OVER,
}
# The stored labels are the office's; these are what a student says.
_OWN_WORDS = {S.WAITING: "待您补充", S.RESOLVED: "待您评价"}
_FOLLOWER_WORDS = {S.WAITING: "等待补充", S.RESOLVED: "已办结"}


def tone_of(status: ComplaintStatus, *, own: bool) -> Tone:
    """Give the tone; a follower is never asked for anything."""
    tone = _TONES[status]
    if tone is Tone.ASKS and not own:
        return Tone.DONE if status is S.RESOLVED else Tone.PAUSED
    return tone


def status_words(status: ComplaintStatus, *, own: bool) -> str:
    """Say the status to who raised the complaint, or to a follower."""
    return (_OWN_WORDS if own else _FOLLOWER_WORDS).get(status, status.label)
