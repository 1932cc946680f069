"""A running platform for the tests of this folder."""

from tests.support.chat import campus, me
from tests.support.platform import client, openid, platform, running, settings

__all__ = ["campus", "client", "me", "openid", "platform", "running", "settings"]
