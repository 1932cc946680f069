"""A running platform for the tests of this folder."""

from tests.support.platform import client, openid, platform, running, settings

__all__ = ["client", "openid", "platform", "running", "settings"]
