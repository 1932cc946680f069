"""How often the database is asked for what is looked at all day: counts, as seconds differ by machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from domain.queries import Tab
from models.complaint import Complaint
from models.enums import ComplaintStatus
from tests.support.factories import Office
from tests.support.pages import Visitor

S = ComplaintStatus
# Whoever needs more says here what for.
_INBOX, _COMPLAINT, _BOARD = 21, 27, 8


def test_pages_of_the_day_ask_no_more_often_than_they_are_known_to(
    signed_in: Callable[[str], Visitor],
    office: Office,
    file: Callable[..., Complaint],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    for status in (S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED, S.CLOSED):
        one = file(status, service_point=office.canteen)
    most = {f"/admin/complaints/{one.number}": _COMPLAINT, "/h5/board": _BOARD}
    most |= {f"/admin/inbox?tab={tab}": _INBOX for tab in Tab}
    dispatcher = signed_in("dispatcher")

    asked = {}
    for path in most:
        with count_queries() as statements:
            assert dispatcher.client.get(path).status_code == 200
        asked[path] = len(statements)

    assert {path: times for path, times in asked.items() if times > most[path]} == {}
