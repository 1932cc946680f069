"""A running platform, and people who write to the account, for the tests of this folder."""

from tests.support.chat import campus, me, place, safe, sender, student, system
from tests.support.platform import client, openid, platform, running, settings

__all__ = [
    "campus",
    "client",
    "me",
    "openid",
    "place",
    "platform",
    "running",
    "safe",
    "sender",
    "settings",
    "student",
    "system",
]
