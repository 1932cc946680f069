"""What the mini program needs in the background: checks of content, and codes of places."""

from domain import content_checks
from jobs.context import JobContext
from wechat.content_checking import BATCH, check_due
from wechat.mini_codes import make_waiting, wanted_codes

_SWITCHED_OFF = "自动检查已关闭"


def check_contents(context: JobContext) -> None:
    """Ask about what is due; where checks were switched off, leave what still waits to colleagues."""
    if not context.settings.checks_content or context.mini_program is None:
        _leave_to_staff(context)
        return
    check_due(
        context.database,
        context.mini_program,
        base_url=context.settings.base_url,
        clock=context.clock,
        stopping=context.stopping.is_set,
    )


def _leave_to_staff(context: JobContext) -> None:
    with context.database.reading() as session:
        if not content_checks.any_undecided(session):
            return
    with context.database.transaction() as session:
        content_checks.give_all_to_staff(session, reason=_SWITCHED_OFF, limit=BATCH)


def make_mini_codes(context: JobContext) -> None:
    """Draw some of the codes that are missing."""
    if context.mini_program is None:
        return
    make_waiting(
        context.database,
        context.mini_program,
        context.files,
        wanted_codes(context.settings),
        clock=context.clock,
        stopping=context.stopping.is_set,
    )
