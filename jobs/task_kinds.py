"""Which function does which kind of long work (`BackgroundTask.kind`)."""

from collections.abc import Mapping

from jobs.task_run import TaskFunction

KINDS: Mapping[str, TaskFunction] = {}
