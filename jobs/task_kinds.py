"""Which function does which kind of long work (`BackgroundTask.kind`)."""

from collections.abc import Mapping
from importlib import import_module

from jobs.task_run import TaskFunction

# What reads and writes workbooks, documents and PDF is large, and most workers are never asked for any: each
# is loaded when the first task of its kind comes.
KINDS: Mapping[str, str] = {
    "qr_sheets": "jobs.qr_sheets:make_sheets",
    "ledger_export": "jobs.ledger:export_ledger",
    "matter_ledger": "jobs.matter_ledger:export_matter_ledger",
    "plan_preview": "jobs.plans:preview_plan",
    "plan_import": "jobs.plans:take_in_plan",
    "service_point_export": "jobs.service_points:export_places",
    "service_point_import": "jobs.service_points:import_places",
    "service_point_preview": "jobs.service_points:preview",
}


def function_for(kind: str) -> TaskFunction | None:
    """Give the function that does this kind of work; None when this code has none."""
    module, _, name = KINDS.get(kind, "").partition(":")
    if not module:
        return None
    function: TaskFunction = getattr(import_module(module), name)
    return function
