"""The worker process: threads that deliver notices, one for long work, and the schedule for everything else.

Any number of workers may run. All deliver; one of them leads the schedule. Everything a worker knows is in
the database, so it may be killed at any moment.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from config import metrics
from config.settings import Settings
from config.signals import set_by_signals
from domain import outbox, platform_alerts, running_state
from domain.file_stores import file_store_for
from domain.ports import Messenger
from jobs.background import Background
from jobs.clock_watch import ClockWatch
from jobs.context import JobContext
from jobs.deliver_notices import Delivering, release_of_dead
from jobs.leader import leadership_for
from jobs.presence import Presence, dead_workers
from jobs.quotas import write_counts
from jobs.schedule import SCHEDULE, ScheduleEntry
from jobs.trouble_log import TroubleLog
from jobs.webhooks import THREADS as WEBHOOK_THREADS
from jobs.webhooks import WebhookSending, release_webhooks_of_dead
from models.connection_counts import count_connections
from models.database import Database
from wechat.client import build_client
from wechat.messenger import messenger_for
from wechat.mini_program import build_mini_program

log = structlog.get_logger(__name__)

# How soon a new notice is seen.
LOOK_SECONDS = 0.3
LEADERSHIP_SECONDS = 3.0
# What is in hand gets this long to finish.
STOP_SECONDS = 10.0
# Where both lack processor time, whoever waits for a page or an answer in the chat comes first.
NICENESS = 5
PAUSE_AFTER_TROUBLE_SECONDS = 2.0
DELIVERING_CONNECTIONS = 8
_CLOCK_ADVICE = (
    "请确认服务器开着自动校时（timedatectl）；时钟不准时微信的消息会被拒收，期限和提醒会提前或推迟"
)


class Worker:
    """One worker.

    Args:
        context: what its jobs work with.
        messenger: carries the notices.
    """

    def __init__(self, context: JobContext, messenger: Messenger) -> None:
        self._context = context
        self._presence = Presence(context.settings.run_dir)
        self._delivering = Delivering(
            context.database,
            messenger,
            worker=self._presence.name,
            base_url=context.settings.base_url,
            clock=context.clock,
            at_once=context.settings.delivery_threads,
        )
        self._leadership = leadership_for(context.settings, context.database)
        self._leads = False
        self._started_at = context.clock()
        self._show_due = 0.0
        self._troubles = TroubleLog()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._threads = [
            threading.Thread(target=self._delivering.send, name=f"deliver-{number}", daemon=True)
            for number in range(context.settings.delivery_threads)
        ]
        self._threads.append(threading.Thread(target=self._keep_books, name="delivery-books", daemon=True))
        webhooks = WebhookSending(
            context.settings, context.database, worker=self._presence.name, clock=context.clock
        )
        self._threads += [
            threading.Thread(
                target=webhooks.work, args=(context.stopping,), name=f"webhooks-{number}", daemon=True
            )
            for number in range(WEBHOOK_THREADS)
        ]
        background = Background(context)
        self._threads.append(threading.Thread(target=background.work, name="background", daemon=True))

    def run(self) -> bool:
        """Work until `context.stopping` is set.

        Returns:
            Whether everything in hand was finished.
        """
        self._presence.begin()
        threads = self._context.settings.delivery_threads
        log.info("worker_started", worker=self._presence.name, threads=threads)
        self._warm_up()
        for thread in self._threads:
            thread.start()
        for entry in SCHEDULE:
            self._scheduler.add_job(
                self._guarded(entry),
                "interval",
                seconds=entry.every.total_seconds(),
                id=entry.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._watch()
        return self._stop()

    def close(self) -> None:
        """Let go of the database; the worker has ended."""
        self._leadership.resign()
        self._context.database.close()

    def _warm_up(self) -> None:
        """Change nothing, once: SQLAlchemy makes classes on first use, and warns when many threads do."""
        try:
            with self._context.database.transaction() as session:
                platform_alerts.clear_alerts(session, (), now=self._context.clock())
        except (SQLAlchemyError, OSError) as error:
            if not self._troubles.met(error, at="start"):  # and goes on: the database may come back
                log.warning("worker_in_trouble", error=error)

    def _watch(self) -> None:
        """Say when something is due to be delivered, and see to the leadership."""
        leadership_due = 0.0
        clock_watch = ClockWatch(self._context.clock)
        while not self._context.stopping.is_set():
            if jump := clock_watch.jump():
                self._heed_the_clock(jump)
            self._troubles.look()
            try:
                if time.monotonic() >= leadership_due:
                    self._see_to_leadership()
                    leadership_due = time.monotonic() + LEADERSHIP_SECONDS
                if self._delivering.has_room():
                    self._look_for_due()
                pause = LOOK_SECONDS
            except (SQLAlchemyError, OSError) as error:
                if not self._troubles.met(error, at="watch"):
                    log.warning("worker_in_trouble", error=error)
                pause = PAUSE_AFTER_TROUBLE_SECONDS
            self._context.stopping.wait(pause)

    def _look_for_due(self) -> None:
        with self._context.database.reading() as session:
            if outbox.anything_due(session, now=self._context.clock()):
                self._delivering.look()

    def _heed_the_clock(self, jump: float) -> None:
        """Look at everything now: moments planned before the clock was set back are far away."""
        log.warning("clock_was_set", seconds=round(jump), advice=_CLOCK_ADVICE)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=self._context.clock())

    def _see_to_leadership(self) -> None:
        self._presence.beat()
        # One by one: who could not be dealt with, as the database is away, is named again.
        for name in dead_workers(self._context.settings.run_dir):
            release_of_dead(self._context, [name])
            release_webhooks_of_dead(self._context, [name])
        leads = self._leadership.check()
        if leads is not self._leads:
            log.info("schedule_taken_over" if leads else "schedule_lost", worker=self._presence.name)
        anew, self._leads = leads is not self._leads, leads
        self._show(anew=anew)

    def _show(self, *, anew: bool) -> None:
        """Leave a sign of life in the database, for whoever looks after the whole."""
        if not anew and time.monotonic() < self._show_due:
            return
        with self._context.database.transaction() as session:
            running_state.show_worker(
                session,
                self._presence.name,
                leads=self._leads,
                started_at=self._started_at,
                now=self._context.clock(),
            )
        self._show_due = time.monotonic() + running_state.SHOWN_EVERY.total_seconds()

    def _keep_books(self) -> None:
        stopping = self._context.stopping
        while not stopping.is_set():
            self._kept(lambda: self._delivering.keep_books(stopping))
        self._kept(self._delivering.close_books)

    def _kept(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except Exception as error:  # a thread that ends would never be missed
            if not self._troubles.met(error, at="deliver"):
                log.exception("delivery_failed", error=error)
            self._context.stopping.wait(PAUSE_AFTER_TROUBLE_SECONDS)

    def _guarded(self, entry: ScheduleEntry) -> Callable[[], None]:
        def run() -> None:
            is_ours = entry.everywhere or self._leadership.holds()
            if not is_ours or self._context.stopping.is_set():
                return
            with (
                structlog.contextvars.bound_contextvars(job=entry.name),
                metrics.timed(metrics.JOB_SECONDS.labels(entry.name)),
            ):
                try:
                    entry.run(self._context)
                except Exception as error:  # the next look tries again
                    metrics.JOB_FAILURES.labels(entry.name).inc()
                    if not self._troubles.met(error, at=entry.name):
                        log.exception("job_failed", error=error)

        return run

    def _stop(self) -> bool:
        deadline = time.monotonic() + STOP_SECONDS
        log.info("worker_stopping", worker=self._presence.name)
        self._delivering.look()
        end = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        end.start()
        for thread in [*self._threads, end]:
            thread.join(max(0.0, deadline - time.monotonic()))
        finished = not any(thread.is_alive() for thread in [*self._threads, end])
        write_counts(self._context)
        if finished:
            self._presence.end()
        with suppress(SQLAlchemyError), self._context.database.transaction() as session:
            running_state.forget_worker(session, self._presence.name)
        self._leadership.resign()
        log.info("worker_stopped", worker=self._presence.name, finished=finished)
        return finished


def build_worker(settings: Settings, *, stopping: threading.Event) -> Worker:
    """Put a worker together.

    Raises:
        OSError, ValueError: the file of templates cannot be read.
    """
    # Threads that deliver write together; the others are for the schedule, the watch, and long work.
    delivering = min(settings.delivery_threads, DELIVERING_CONNECTIONS)
    database = Database(settings.database_url, pool_size=delivering + len(SCHEDULE) + 8)
    count_connections(database, "worker")
    client = build_client(settings, database)
    context = JobContext(
        settings=settings,
        database=database,
        client=client,
        files=file_store_for(settings),
        stopping=stopping,
        mini_program=build_mini_program(settings, database),
    )
    return Worker(context, messenger_for(settings, client, database, context.mini_program))


def run_worker(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT; what is in hand then gets ten seconds."""
    stopping = threading.Event()
    os.nice(NICENESS)
    with set_by_signals(stopping, signal.SIGTERM, signal.SIGINT):
        finished = build_worker(settings, stopping=stopping).run()
    if not finished:
        # Python would wait for the scheduler's threads; whatever they leave undone is taken up again.
        os._exit(0)
