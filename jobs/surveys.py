"""Opens and closes surveys by the clock, and opens the envelopes that came in meanwhile."""

import structlog

from domain import survey_sheets, surveys
from domain.secret_box import SecretBox
from jobs.context import JobContext

log = structlog.get_logger(__name__)


def run_surveys(context: JobContext) -> None:
    """Do what is due, each survey in a transaction of its own."""
    box = SecretBox(context.settings.secret_key.get_secret_value())
    with context.database.reading() as session:
        due = surveys.due(session, now=context.clock())
        waiting = survey_sheets.waiting(session)
    for survey_id in due:
        with context.database.transaction() as session:
            state = surveys.go_by_clock(session, survey_id, box=box, now=context.clock())
        log.info("survey_by_clock", survey=survey_id, state=state)
    for survey_id in waiting:
        with context.database.transaction() as session:
            count = survey_sheets.open_waiting(session, survey_id, box=box)
        log.info("survey_sheets_opened", survey=survey_id, count=count)
