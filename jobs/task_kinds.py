"""Which function does which kind of long work (`BackgroundTask.kind`)."""

from collections.abc import Mapping

from jobs.qr_sheets import make_sheets
from jobs.task_run import TaskFunction

KINDS: Mapping[str, TaskFunction] = {
    "qr_sheets": make_sheets,
}
