"""Handles the messages that could not be handled when they came."""

from jobs.context import JobContext
from wechat.deferred import handle_deferred


def handle_deferred_messages(context: JobContext) -> None:
    """Try again what was put off."""
    handle_deferred(context.settings, context.database, now=context.clock())
