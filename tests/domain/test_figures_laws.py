"""Figures against a count by hand: whatever was filed, the database counts what a plain loop counts."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from domain import figure_times, figures
from domain.figure_rules import Count, Counts, Figure, total
from domain.figures import By
from domain.filters import Filters, conditions_of
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import ACTIVE_STATUSES, Channel, ComplaintKind
from models.enums import ComplaintStatus as S
from models.rating import Rating
from tests.support.story import Story

F = Figure
START = datetime(2026, 11, 1, tzinfo=UTC)
OUT = {S.REJECTED, S.WITHDRAWN, S.MERGED}
_made = count(1)

moments = st.integers(0, 30 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
ratings = st.none() | st.tuples(st.booleans(), st.integers(1, 5))
rounds = st.fixed_dictionaries(
    {
        "answer_due_at": st.none() | moments,
        "first_answered_at": st.none() | moments,
        "resolved_at": st.none() | moments,
        "answer_minutes": st.none() | st.integers(0, 30),
        "done_minutes": st.none() | st.integers(0, 5000),
        "spare_minutes": st.none() | st.integers(-100, 100),
        "answer_length": st.none() | st.integers(1, 20),
        "deferred": st.booleans(),
        "unrated": st.booleans(),
        "rating": ratings,
    }
)
filed = st.fixed_dictionaries(
    {
        "status": st.sampled_from(S),
        "kind": st.sampled_from(ComplaintKind),
        "channel": st.sampled_from(Channel),
        "filed_at": moments,
        "team": st.sampled_from([None, "team", "other_team"]),
        "reopen_count": st.integers(0, 2),
        "transfer_count": st.integers(0, 3),
        "repeats": st.booleans(),
        "rounds": st.lists(rounds, min_size=1, max_size=3),
    }
)
Filed = dict[str, Any]


def write(story: Story, complaints: list[Filed], now: datetime) -> None:
    """Put them into the tables as they are, whether or not the verbs would ever lead there."""
    session, office = story.session, story.office
    main = story.factory.complaint(session, office, now=START - timedelta(days=30))
    for one in complaints:
        plain = {name: one[name] for name in ("status", "kind", "channel", "filed_at")}
        row = {name: one[name] for name in ("reopen_count", "transfer_count")}
        team = getattr(office, one["team"]) if one["team"] else None
        given_id = session.scalar(
            insert(Complaint)
            .values(
                **plain,
                **row,
                number=f"2026-1101-{next(_made):04d}",
                text="x",
                category_id=office.category.id,
                team_id=team.id if team else None,
                earlier_id=main.id if one["repeats"] else None,
                merged_into_id=main.id,
                deferred_until=now,
                closed_at=now,
                round=len(one["rounds"]),
            )
            .returning(Complaint.id)
        )
        for number, each in enumerate(one["rounds"], start=1):
            known = {name: value for name, value in each.items() if name != "rating"}
            session.execute(
                insert(ComplaintRound).values(
                    complaint_id=given_id, round=number, started_at=one["filed_at"], **known
                )
            )
            if each["rating"]:
                solved, stars = each["rating"]
                session.execute(
                    insert(Rating).values(
                        complaint_id=given_id,
                        round=number,
                        person_id=office.student.id,
                        solved=solved,
                        stars=stars,
                        words="",
                        rated_at=now,
                    )
                )
    session.flush()


def of_round(one: Filed, number: int, each: Filed, now: datetime) -> set[Figure]:
    """Tell by hand which figures a round counts in."""
    due, answered = each["answer_due_at"], each["first_answered_at"]
    solved, stars = each["rating"] or (False, 0)
    redone = number < len(one["rounds"])
    found = set()
    if due is not None and (answered is not None or due < now):
        found |= {F.ANSWER_DUE, F.ANSWERED if answered and answered <= due else F.ANSWERED_LATE}
    if each["resolved_at"] is not None:
        found.add(F.RESOLVED)
        if each["rating"] is None and not each["unrated"]:
            found.add(F.TO_RATE)
    if each["rating"] is not None:
        found |= {F.RATED, F.SOLVED if solved else F.UNSOLVED, F.SATISFIED if stars > 3 else F.UNSATISFIED}
    elif each["unrated"]:
        found.add(F.UNRATED)
    spare, length = each["spare_minutes"], each["answer_length"]
    if spare is not None and spare < 0:
        found.add(F.DONE_LATE)
    if spare is not None and 0 <= spare <= 60 and redone:
        found.add(F.RUSHED)
    if length is not None and length < 10:
        found.add(F.WORDLESS)
    if each["deferred"]:
        found.add(F.DEFERRED)
    if (redone and (each["unrated"] or (solved and stars > 2))) or (number == 1 and one["repeats"]):
        found.add(F.RELAPSED)
    return found


def by_hand(complaints: list[Filed], now: datetime) -> Counts:
    """Count all figures with a plain loop."""
    rounds_of, complaints_of = Counter[Figure](), Counter[Figure]()
    for one in complaints:
        found = Counter({F.FILED: 1})
        if one["status"] in OUT:
            found.update([F.LEFT_OUT, F(one["status"].value)])
        else:
            found[F.COUNTED] = 1
            found[F.REOPENED] = int(one["reopen_count"] > 0)
            found[F.BOUNCED] = int(one["transfer_count"] > 1)
            found[F.OPEN] = int(one["status"] in ACTIVE_STATUSES)
            for number, each in enumerate(one["rounds"], start=1):
                found.update(of_round(one, number, each, now))
        rounds_of.update(found)
        complaints_of.update(figure for figure, times in found.items() if times)
    return {figure: Count(rounds_of[figure], complaints_of[figure]) for figure in Figure}


def minutes_of(complaints: list[Filed], name: str) -> list[int]:
    rounds_there = [each for one in complaints if one["status"] not in OUT for each in one["rounds"]]
    return sorted(each[name] for each in rounds_there if each[name] is not None)


@given(complaints=st.lists(filed, max_size=8), now=moments)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_are_what_a_plain_loop_counts(story: Story, complaints: list[Filed], now: datetime) -> None:
    filters = Filters(filed_from=START, filed_to=START + timedelta(days=15))
    with story.session.begin_nested() as savepoint:
        write(story, complaints, now)
        within = [one for one in complaints if filters.filed_from <= one["filed_at"] < filters.filed_to]
        wanted = by_hand(within, now)

        assert figures.count_all(story.session, filters, now=now) == wanted
        for by, form in ((By.DAY, "%Y-%m-%d"), (By.HOUR, "%w %H")):
            groups = figures.count_by(story.session, filters, by, now=now)
            assert total(list(groups.values())) == wanted
            local = Counter(f"{one['filed_at'] + timedelta(hours=8):{form}}" for one in within)
            if by is By.HOUR:
                local = Counter({f"{int(key[0]) + 1}{key[1:]}": times for key, times in local.items()})
            assert {key: counts[F.FILED].rounds for key, counts in groups.items()} == local
        of_teams = defaultdict(list)
        for one in within:
            of_teams[getattr(story.office, one["team"]).id if one["team"] else None].append(one)
        assert figures.count_by(story.session, filters, By.TEAM, now=now) == {
            team: by_hand(theirs, now) for team, theirs in of_teams.items()
        }
        lists = [
            select(func.count(Complaint.id))
            .where(*conditions_of(story.session, replace(filters, figure=figure), now=now))
            .scalar_subquery()
            for figure in Figure
        ]
        found = story.session.execute(select(*lists)).one()
        assert dict(zip(Figure, found, strict=True)) == {
            figure: counted.complaints for figure, counted in wanted.items()
        }
        times = figure_times.times_by(story.session, filters, By.ALL, now=now)
        answers = minutes_of(within, "answer_minutes")
        if answers:
            assert times[1].answer.of == len(answers)
            assert times[1].answer.median == answers[(len(answers) - 1) // 2]
            assert times[1].answer.ninetieth == answers[-(-len(answers) * 9 // 10) - 1]
        else:
            assert 1 not in times or times[1].answer.of == 0
        savepoint.rollback()
