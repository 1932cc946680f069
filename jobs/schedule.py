"""What happens by itself, and how often somebody looks; when something is due is told by rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from jobs.article_results import ask_for_results
from jobs.articles import send_articles
from jobs.background import remove_left_folders
from jobs.clocks import fire_due_timers
from jobs.context import JobContext
from jobs.daily_figures import count_days
from jobs.deadlines import recompute_deadlines
from jobs.deliver_notices import release_stuck
from jobs.drafts import remind_waiting_drafts
from jobs.fetch_media import fetch_waiting
from jobs.housekeeping import forget_old
from jobs.inbound import handle_deferred_messages
from jobs.make_qr_codes import make_qr_codes
from jobs.matters import turn_matters
from jobs.mini_program import check_contents, make_mini_codes
from jobs.orphan_files import remove_orphans
from jobs.pushes import run_pushes
from jobs.quotas import ask_quotas, write_counts
from jobs.search_index import fill_search_index
from jobs.surveys import run_surveys
from jobs.unionids import ask_unionids
from jobs.uploads import sweep_uploads
from jobs.webhooks import release_stuck_webhooks


@dataclass(frozen=True)
class ScheduleEntry:
    """One job: its name, how often it looks, and what it calls.

    Attributes:
        everywhere: whether each worker does it, for what only it has at hand; of all others the leader.
    """

    name: str
    every: timedelta
    run: Callable[[JobContext], None]
    everywhere: bool = False


SCHEDULE = (
    ScheduleEntry("fetch_media", timedelta(seconds=2), fetch_waiting),
    ScheduleEntry("inbound", timedelta(seconds=5), handle_deferred_messages),
    ScheduleEntry("clocks", timedelta(seconds=10), fire_due_timers),
    ScheduleEntry("deadlines", timedelta(seconds=3), recompute_deadlines),
    ScheduleEntry("articles", timedelta(seconds=10), send_articles),
    ScheduleEntry("article_results", timedelta(seconds=30), ask_for_results),
    ScheduleEntry("search_index", timedelta(seconds=10), fill_search_index),
    ScheduleEntry("daily_figures", timedelta(seconds=20), count_days),
    ScheduleEntry("release_stuck", timedelta(seconds=30), release_stuck),
    ScheduleEntry("stuck_webhooks", timedelta(seconds=30), release_stuck_webhooks),
    ScheduleEntry("surveys", timedelta(seconds=20), run_surveys),
    ScheduleEntry("qr_codes", timedelta(seconds=30), make_qr_codes),
    ScheduleEntry("mini_codes", timedelta(seconds=30), make_mini_codes),
    ScheduleEntry("content_checks", timedelta(seconds=3), check_contents),
    ScheduleEntry("drafts", timedelta(minutes=1), remind_waiting_drafts),
    ScheduleEntry("matters", timedelta(minutes=1), turn_matters),
    # Whoever approved one looks whether it goes.
    ScheduleEntry("pushes", timedelta(seconds=2), run_pushes),
    ScheduleEntry("call_counts", timedelta(seconds=5), write_counts, everywhere=True),
    ScheduleEntry("quotas", timedelta(minutes=10), ask_quotas),
    ScheduleEntry("housekeeping", timedelta(hours=1), forget_old),
    ScheduleEntry("left_folders", timedelta(hours=1), remove_left_folders, everywhere=True),
    ScheduleEntry("unionids", timedelta(minutes=5), ask_unionids),
    ScheduleEntry("uploads", timedelta(minutes=10), sweep_uploads),
    ScheduleEntry("orphan_files", timedelta(hours=1), remove_orphans),
)
