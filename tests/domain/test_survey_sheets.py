"""Sheets: one a person, checked question by question, and nothing that joins them to who filled them in."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest
from sqlalchemy import column, func, inspect, literal_column, select, table, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from domain import survey_builder, survey_sheets, surveys
from domain.errors import Invalid, NotFound, TooLate
from domain.secret_box import SecretBox
from domain.survey_sheets import Filled, Incomplete
from domain.surveys import SurveyEntry
from models.database import Database
from models.enums import SurveyState
from models.person import Person
from models.survey import Survey, SurveyAnswer, SurveyEnvelope, SurveyParticipation, SurveySheet
from tests.support.factories import Factory
from tests.support.story import Story
from tests.support.surveys import BOX, answer_many, filled, open_survey, write_survey


@pytest.fixture
def survey(story: Story) -> Survey:
    """A survey that runs."""
    office = story.office
    made = write_survey(
        story.session, office.admin, team=office.team, other_team=office.other_team, now=story.now
    )
    return open_survey(story.session, made, office.admin, now=story.now)


def count(story: Story, table: type[Any]) -> int:
    return story.session.scalar(select(func.count()).select_from(table)) or 0


def hand_in(story: Story, survey: Survey, sheet: Filled, person: Person | None = None) -> bool:
    return survey_sheets.hand_in(
        story.session, survey.id, person or story.office.student, sheet, box=BOX, now=story.now
    )


def problems(story: Story, survey: Survey, sheet: Filled) -> list[str]:
    with pytest.raises(Incomplete) as caught:
        hand_in(story, survey, sheet)
    titles = {q.id: q.title for section in survey.sections for q in section.questions}
    return [f"{titles[number]}：{words}" for number, words in caught.value.problems.items()]


def test_each_question_says_what_it_lacks(story: Story, survey: Survey) -> None:
    taste, queue, wishes, more = survey.sections[0].questions
    in_time = survey.sections[1].questions[0]

    assert problems(story, survey, Filled()) == [
        "饭菜的口味：请点一颗星。",
        "排队多久：请选一项。",
        "上门是否及时：请点一颗星。",
    ]
    nonsense = {taste.id: (6,), queue.id: (1, 2), wishes.id: (0,), in_time.id: (3,)}
    assert problems(story, survey, Filled(nonsense, {more.id: "长" * 501})) == [
        "饭菜的口味：请点一颗星。",
        "排队多久：请选一项。",
        "要改进什么：请至少选一项。",
        "还想说什么：最多 500 字，现在有 501 字。",
    ]
    more.required = True
    assert problems(story, survey, filled(survey, repair=5)) == ["还想说什么：请写几个字。"]
    # A section that must be answered cannot be passed over.
    both = frozenset(section.id for section in survey.sections)
    assert len(problems(story, survey, Filled(skipped=both))) == 3
    assert count(story, SurveyParticipation) == 0


def test_an_empty_sheet_is_none(story: Story, survey: Survey) -> None:
    for section in survey.sections:
        for question in section.questions:
            question.required = False
    with pytest.raises(Invalid, match="还一道题都没有答"):
        hand_in(story, survey, Filled())


def test_the_first_sheet_counts_and_none_after_it(story: Story, survey: Survey) -> None:
    assert hand_in(story, survey, filled(survey, stars=5))
    assert not hand_in(story, survey, filled(survey, stars=1))
    assert not hand_in(story, survey, Filled()), "a repeat is no reason to complain"
    assert (count(story, SurveyParticipation), count(story, SurveyEnvelope)) == (1, 1)


def test_a_sheet_of_the_same_moment_counts_once(
    story: Story, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hand_in(story, survey, filled(survey, stars=5))
    # The other phone looked before this one was done.
    monkeypatch.setattr(survey_sheets, "has_taken_part", lambda *_, **__: False)
    assert not hand_in(story, survey, filled(survey, stars=1))
    assert (count(story, SurveyParticipation), count(story, SurveyEnvelope)) == (1, 1)


def test_sheets_are_taken_only_while_a_survey_runs(story: Story, survey: Survey) -> None:
    sheet = filled(survey)
    surveys.close(story.session, survey, box=BOX, staff=None, now=story.now)
    with pytest.raises(TooLate, match="已经结束"):
        hand_in(story, survey, sheet)
    for absent in (0, surveys.copy(story.session, survey, staff=story.office.admin, now=story.now).id):
        with pytest.raises(NotFound):
            survey_sheets.hand_in(story.session, absent, story.office.student, sheet, box=BOX, now=story.now)
    assert survey_sheets.open_waiting(story.session, survey.id, box=BOX) == 0


def test_envelopes_are_opened_ten_at_a_time_or_at_the_end(story: Story, survey: Survey) -> None:
    answer_many(story.session, survey, story.factory, 9, words="菜咸")
    assert survey_sheets.waiting(story.session) == []
    assert survey_sheets.open_waiting(story.session, survey.id, box=BOX) == 0
    assert count(story, SurveySheet) == 0

    answer_many(story.session, survey, story.factory, 1)
    assert survey_sheets.waiting(story.session) == [survey.id]
    assert survey_sheets.open_waiting(story.session, survey.id, box=BOX) == 10
    assert (count(story, SurveySheet), count(story, SurveyEnvelope)) == (10, 0)

    answer_many(story.session, survey, story.factory, 2)
    assert survey_sheets.open_waiting(story.session, survey.id, box=BOX) == 0
    surveys.close(story.session, survey, box=BOX, staff=None, now=story.now)
    assert (count(story, SurveySheet), count(story, SurveyEnvelope)) == (12, 0)


def test_a_rush_is_opened_in_parts(story: Story, survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_sheets, "_MOST_AT_ONCE", 10)
    answer_many(story.session, survey, story.factory, 20)

    assert [survey_sheets.open_waiting(story.session, survey.id, box=BOX) for _ in range(3)] == [10, 10, 0]
    settled = select(func.count()).where(SurveyParticipation.settled)
    assert story.session.scalar(settled) == 20


def test_what_was_sealed_under_another_key_waits_for_that_key(story: Story, survey: Survey) -> None:
    answer_many(story.session, survey, story.factory, 12)
    other = SecretBox("another-key-" + "0" * 32)

    assert survey_sheets.open_waiting(story.session, survey.id, box=other) == 0
    assert survey_sheets.open_waiting(story.session, survey.id, box=BOX) == 12


def test_two_phones_of_one_person_hand_in_one_sheet(database: Database, factory: Factory) -> None:
    with database.transaction() as session:
        office = factory.office(session)
        made = write_survey(
            session, office.admin, team=office.team, other_team=office.other_team, now=factory.now
        )
        open_survey(session, made, office.admin, now=factory.now)
        sheet = filled(made)

    def send(_number: int) -> bool:
        with database.transaction() as session:
            person = session.get_one(Person, office.student.id)
            return survey_sheets.hand_in(session, made.id, person, sheet, box=BOX, now=factory.now)

    with ThreadPoolExecutor(4) as phones:
        assert sorted(phones.map(send, range(4))) == [False, False, False, True]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SurveyEnvelope)) == 1


PEOPLE = 40
# With so many, about one stands at the same place in two random orders; more than this never, by chance.
MOST_ALIKE = 9


def _survey_of_stars(database: Database, factory: Factory) -> tuple[int, list[int], int, list[int]]:
    """Give a survey, its three star questions, its text question, and people to answer it."""
    with database.transaction() as session:
        office = factory.office(session)
        by: Any = {"staff": office.admin, "now": factory.now}
        survey = surveys.create(session, SurveyEntry(title="测评"), **by)
        section = survey_builder.add_template(session, survey, "utilities", **by)
        open_survey(session, survey, office.admin, now=factory.now)
        people = [factory.person(session).id for _ in range(PEOPLE)]
        numbers = [question.id for question in section.questions]
        return survey.id, numbers[:3], numbers[3], people


def _orders(database: Database, name: str, key: str) -> list[list[str]]:
    """Give the keys of a table in every order the database can be asked for."""
    rows = select(column(key)).select_from(table(name))
    wanted = [rows, rows.order_by(key)]
    if not database.is_sqlite:
        wanted += [rows.order_by(text("ctid")), rows.order_by(text("xmin::text::bigint, ctid"))]
    with database.reading() as session:
        return [list(session.scalars(query)) for query in wanted]


def _most_alike(left: Sequence[Sequence[int]], right: Sequence[Sequence[int]]) -> int:
    return max(
        sum(one == other for one, other in zip(a, b[::way], strict=True))
        for a in left
        for b in right
        for way in (1, -1)
    )


def test_no_order_of_any_table_joins_a_person_with_what_they_said(
    database: Database, factory: Factory
) -> None:
    survey_id, stars, words, people = _survey_of_stars(database, factory)
    prints = dict(zip(people, product((1, 2, 3, 4, 5), repeat=3), strict=False))
    for person_id in people:
        sheet = Filled(
            {question: (star,) for question, star in zip(stars, prints[person_id], strict=True)},
            {words: f"第 {person_id} 个人"},
        )
        with database.transaction() as session:
            person = session.get_one(Person, person_id)
            survey_sheets.hand_in(session, survey_id, person, sheet, box=BOX, now=factory.now)
    with database.reading() as session:
        sealed = session.scalars(select(SurveyEnvelope.sealed)).all()
        assert [one for one in sealed if "个人" in one or "choices" in one] == []
        survey = session.get_one(Survey, survey_id)
        who = {survey_sheets.hash_of(survey, one, box=BOX): one for one in people}

    with database.transaction() as session:
        assert survey_sheets.open_waiting(session, survey_id, box=BOX) == PEOPLE

    with database.reading() as session:
        rows = session.execute(select(SurveyAnswer).order_by(SurveyAnswer.question_id)).scalars().all()
    given: dict[str, list[int]] = {}
    for row in rows:
        if not row.words:
            given.setdefault(row.sheet, []).append(row.choice)
    said = {row.sheet: int(row.words.split()[1]) for row in rows if row.words}
    by_print = {mark: person_id for person_id, mark in prints.items()}
    sheets = {sheet: by_print[tuple(marks)] for sheet, marks in given.items()}  # type: ignore[index]
    assert sorted(sheets.values()) == sorted(said.values()) == people
    assert sheets.keys() & said.keys() == set(), "a text stands on a sheet of its own"

    came = [[who[one] for one in order] for order in _orders(database, "survey_participation", "person_hash")]
    counted = [[sheets[one] for one in order] for order in _orders(database, "survey_sheet", "id")]
    answers = _orders(database, "survey_answer", "sheet")
    first = [[sheets[one] for one in dict.fromkeys(order) if one in sheets] for order in answers]
    texts = [[said[one] for one in order if one in said] for order in answers]
    known = [people]  # in the order in which they came in
    assert _most_alike(known, came + counted + first + texts) <= MOST_ALIKE
    assert _most_alike(came, counted + first + texts) <= MOST_ALIKE
    assert _most_alike(texts, counted + first) <= MOST_ALIKE
    _assert_nothing_else_tells(database)


def _assert_nothing_else_tells(database: Database) -> None:
    columns = {
        name: sorted(one["name"] for one in inspect(database.engine).get_columns(name))
        for name in ("survey_participation", "survey_envelope", "survey_sheet", "survey_answer")
    }
    assert columns == {
        "survey_participation": ["day", "person_hash", "settled", "survey_id"],
        "survey_envelope": ["id", "sealed", "survey_id"],
        "survey_sheet": ["id", "survey_id"],
        "survey_answer": ["choice", "question_id", "sheet", "text_state", "words"],
    }
    for name in columns:
        with database.reading() as session:
            if database.is_sqlite:
                with pytest.raises(OperationalError, match="no such column"):
                    session.execute(select(literal_column("rowid")).select_from(table(name)))
            elif name != "survey_envelope":
                transactions = session.scalars(
                    select(literal_column("xmin::text")).select_from(table(name)).distinct()
                ).all()
                assert len(transactions) == 1, f"{name}: transactions tell who came when"


def test_a_survey_that_is_over_forgets_what_it_knew_people_by(story: Story, survey: Survey) -> None:
    before = survey_sheets.hash_of(survey, story.office.student.id, box=BOX)
    assert hand_in(story, survey, filled(survey))
    surveys.close(story.session, survey, box=BOX, staff=None, now=story.now)

    assert survey.state is SurveyState.CLOSED
    assert survey_sheets.hash_of(survey, story.office.student.id, box=BOX) != before
    with pytest.raises(IntegrityError, match="salt_gone_once_closed"):
        story.session.execute(update(Survey).where(Survey.id == survey.id).values(salt="kept"))
