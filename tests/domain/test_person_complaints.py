"""The tabs of a person's own list."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import complaints, notices
from domain.person_complaints import PersonTab, page_of, tab_counts, with_news
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.factories import Factory

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
S = ComplaintStatus


def test_every_complaint_is_in_one_tab_beside_all(database: Database) -> None:
    with database.transaction() as session:
        make = Factory(NOW)
        office = make.office(session)
        for minute, status in enumerate(set(S) - {S.MERGED}):
            make.complaint(session, office, status, now=NOW + timedelta(minutes=minute))
        counts = tab_counts(session, office.student)
        assert counts == {
            PersonTab.ALL: 9,
            PersonTab.OPEN: 4,
            PersonTab.TO_RATE: 1,
            PersonTab.TO_SUPPLEMENT: 1,
            PersonTab.ENDED: 3,
        }
        shown = {
            tab: [
                c.status
                for c in page_of(
                    session, office.student, tab=tab, total=counts[tab], page=1, per_page=20
                ).items
            ]
            for tab in PersonTab
        }
        assert shown[PersonTab.TO_RATE] == [S.RESOLVED]
        assert shown[PersonTab.TO_SUPPLEMENT] == [S.WAITING]
        assert set(shown[PersonTab.OPEN]) == {S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.DEFERRED}
        assert set(shown[PersonTab.ENDED]) == {S.CLOSED, S.REJECTED, S.WITHDRAWN}


def test_follower_is_not_asked_to_judge(database: Database) -> None:
    with database.transaction() as session:
        make = Factory(NOW)
        office = make.office(session)
        complaint = make.complaint(session, office)
        complaints.follow(session, complaint, person=office.friend, now=NOW)
        make.bring_to(session, office, complaint, S.RESOLVED, now=NOW)
        counts = tab_counts(session, office.friend)
        assert (counts[PersonTab.OPEN], counts[PersonTab.TO_RATE]) == (1, 0)


@pytest.mark.parametrize(("asked", "given", "rows"), [(0, 1, 2), (2, 2, 1), (9, 2, 1)])
def test_page_stays_within_the_list(database: Database, asked: int, given: int, rows: int) -> None:
    with database.transaction() as session:
        make = Factory(NOW)
        office = make.office(session)
        made = [make.complaint(session, office, now=NOW + timedelta(minutes=n)) for n in range(3)]
        found = page_of(session, office.student, tab=PersonTab.ALL, total=3, page=asked, per_page=2)
        assert (found.page, len(found.items)) == (given, rows)
        if given == 1:
            assert [c.id for c in found.items] == [made[2].id, made[1].id]


def test_news_are_what_the_person_has_not_read(database: Database) -> None:
    with database.transaction() as session:
        make = Factory(NOW)
        office = make.office(session)
        read, unread = make.complaint(session, office), make.complaint(session, office)
        notices.mark_read(session, person=office.student, complaint=read, now=NOW)
        assert with_news(session, office.student, [read, unread]) == {unread.id}
        assert with_news(session, office.friend, [read, unread]) == frozenset()
