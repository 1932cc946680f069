"""The hot line of the demo, and what it passed on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.connected import seed_connected
from domain import connected_requests, connected_systems
from domain.connected_requests import Wanted
from models.connected_system import ConnectedSystem
from tests.demo.conftest import NOW


def test_hot_line_passed_on_two_and_one_was_answered(session: Session) -> None:
    seed_connected(session, now=NOW)

    [(system, filed)] = connected_systems.listed(session)
    own = session.scalars(select(ConnectedSystem)).one()
    own.may_read = False
    session.flush()
    told = [one.notes for one in connected_requests.find(session, own, Wanted(), now=NOW)]
    assert (system.name, filed) == ("江畔市 12345 热线", 2)
    assert [note.partition("：")[0] for note in told] == ["已派单", "处理中"]
    assert told[1].endswith("积水的地漏下午疏通。")
