"""How much one person, or one address, may do before others would notice: all numbers in one place.

An office may change those of `Limits` by settings (LIMIT_…, docs/operations.md); the others are the
product's. A campus shares few addresses: only what is open to strangers is counted by address, everything
else by person.
"""

from dataclasses import dataclass
from datetime import timedelta

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an office may set.

    Attributes:
        chat_per_minute, chat_per_day: messages and taps of one person that the chat acts on.
        filed_per_hour, filed_per_day: complaints one person files, in whichever way; urgent ones apart.
        upload_megabytes: what one person sends of photos and recordings in 24 hours.
        pages_per_minute: pages open to all that one address may ask one process for.
    """

    chat_per_minute: int = 40
    chat_per_day: int = 400
    filed_per_hour: int = 10
    filed_per_day: int = 30
    upload_megabytes: int = 300
    pages_per_minute: int = 600


_in_force = Limits()


def use_limits(chosen: Limits) -> None:
    """Let an office's own numbers hold in this process."""
    global _in_force  # noqa: PLW0603 (one installation per process)
    _in_force = chosen


def limits() -> Limits:
    """Give the numbers that hold."""
    return _in_force


def open_pages() -> str:
    """Give the limit of an address on pages that are open to all, as Flask-Limiter reads it."""
    return f"{limits().pages_per_minute} per minute"


# So long the chat takes nothing more of who sent too much within a minute.
CHAT_PAUSE = timedelta(minutes=2)
# Of who is limited, one danger in so long is let through, and so many messages after it: where, a photo.
ALARM_EVERY = timedelta(minutes=10)
MESSAGES_AFTER_ALARM = 10
# Beyond these, what tells of a danger goes to the complaint about it that is there already.
URGENT_PER_HOUR = 5
# Somebody who was blocked is told again after so long.
TELL_BLOCKED_EVERY = timedelta(hours=1)

# Of one person, on the phone's pages and by the API.
ACTS = "20 per 10 minutes; 100 per day"
MARKS = "60 per 10 minutes"
READING = "300 per minute"
UPLOADS = "120 per 10 minutes"
CHUNKS = "1500 per 10 minutes"
ABUSE_REPORTS = "10 per hour; 30 per day"
DATA_EXPORTS = "10 per hour"
# Of one address, whoever is behind it.
ABUSE_REPORTS_OF_ADDRESS = "200 per hour"
# Of one connected system, which files for many people.
FILING_OF_SYSTEM = "60 per minute; 3000 per day"
READING_OF_SYSTEM = "300 per minute"
# So many requests of one browser, one API token, or an address without either does a process have in hand at
# a time; the next waits until one of them is done, or so many seconds, and then goes on all the same.
AT_ONCE, TURN_SECONDS = 2, 1.0
# And so many of all who show neither, from however many addresses they come.
STRANGERS_AT_ONCE = 3
# Who was refused for asking too often has their next turn so many seconds later, while no more than this many
# of theirs wait: each holds one of the process's threads.
REST_SECONDS, MOST_RESTING = 0.1, 8
# So many of one process's threads may wait for WeChat to say who reads a page; the others go on serving.
ASKING_WECHAT_AT_ONCE = 6
