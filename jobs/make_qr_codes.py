"""Has WeChat make the QR codes of new service points."""

from jobs.context import JobContext
from wechat.qrcodes import make_waiting


def make_qr_codes(context: JobContext) -> None:
    """Make some of the codes that are missing."""
    make_waiting(
        context.database,
        context.client,
        app_id=context.settings.wechat_app_id,
        clock=context.clock,
        stopping=context.stopping.is_set,
    )
