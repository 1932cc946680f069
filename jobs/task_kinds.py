"""Which function does which kind of long work (`BackgroundTask.kind`)."""

from collections.abc import Mapping

from jobs.ledger import export_ledger
from jobs.matter_ledger import export_matter_ledger
from jobs.plans import preview_plan, take_in_plan
from jobs.qr_sheets import make_sheets
from jobs.service_points import export_places, import_places, preview
from jobs.task_run import TaskFunction

KINDS: Mapping[str, TaskFunction] = {
    "qr_sheets": make_sheets,
    "ledger_export": export_ledger,
    "matter_ledger": export_matter_ledger,
    "plan_preview": preview_plan,
    "plan_import": take_in_plan,
    "service_point_export": export_places,
    "service_point_import": import_places,
    "service_point_preview": preview,
}
