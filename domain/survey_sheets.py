"""Filled-in sheets of a survey: handed in sealed, opened many at a time, so that none is anybody's.

As at a ballot, the envelope is put into the box in the same moment in which the name is crossed off, and no
envelope is opened alone. See docs/decisions/0014-anonymous-surveys.md.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from domain.acts import cleaned
from domain.errors import Invalid, NotFound, TooLate
from domain.figure_rules import SMALLEST_GROUP
from domain.secret_box import SecretBox, Unreadable
from domain.working_time import local_time
from models.enums import QuestionKind, SurveyState, TextState
from models.person import Person
from models.survey import (
    Survey,
    SurveyAnswer,
    SurveyEnvelope,
    SurveyParticipation,
    SurveyQuestion,
    SurveySection,
    SurveySheet,
)
from models.upsert import insert_into

LONGEST_TEXT = 500
STARS = range(1, 6)
_CHANCE = secrets.SystemRandom()
# So many are opened at once at most; the rest waits for the next look.
_MOST_AT_ONCE = 2000


@dataclass(frozen=True)
class Filled:
    """What somebody entered.

    Attributes:
        choices: stars, or numbers of options from 1, by the question's id.
        texts: words by the question's id.
        skipped: ids of sections whose service is not used.
    """

    choices: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    texts: Mapping[int, str] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()


class Incomplete(Invalid):
    """Answers are missing or cannot be used.

    Attributes:
        problems: a sentence by the id of the question at fault, in the order of the questions.
    """

    def __init__(self, problems: Mapping[int, str]) -> None:
        super().__init__(f"还有 {len(problems)} 道题要看一下，已在题目下面标出。")
        self.problems = problems


def has_taken_part(session: Session, survey: Survey, person: Person, *, box: SecretBox) -> bool:
    """Tell whether a person has handed in a sheet; nobody can tell once the survey is over."""
    if survey.state is not SurveyState.OPEN:
        return False
    key = (survey.id, hash_of(survey, person.id, box=box))
    return session.get(SurveyParticipation, key) is not None


def hash_of(survey: Survey, person_id: int, *, box: SecretBox) -> str:
    """Give what stands for a person in one survey; needs SECRET_KEY, and the survey open."""
    return box.digest(f"{survey.salt}:{person_id}", owner=f"survey:{survey.id}")


def hand_in(
    session: Session, survey_id: int, person: Person, filled: Filled, *, box: SecretBox, now: datetime
) -> bool:
    """Take a sheet; the first one counts, whatever comes after it.

    Returns:
        False when this person has handed in one before.

    Raises:
        Incomplete: answers are missing or cannot be used.
        NotFound: there is no such survey.
        TooLate: it is over.
    """
    # Many may hand in at once; who closes the survey waits for them, and they for who closes it.
    survey = session.get(Survey, survey_id, with_for_update={"read": True}, populate_existing=True)
    if survey is None or survey.state is SurveyState.DRAFT:
        raise NotFound("没有找到这份测评。")
    if survey.state is SurveyState.CLOSED:
        raise TooLate("这份测评已经结束，不再收答卷。如果您刚才已经交过，那一份算在里面。")
    if has_taken_part(session, survey, person, box=box):
        return False
    sheet = checked(survey, filled)
    taking_part = insert_into(session, SurveyParticipation).values(
        survey_id=survey.id,
        person_hash=hash_of(survey, person.id, box=box),
        day=f"{local_time(now):%Y-%m-%d}",
        settled=False,
    )
    done = taking_part.on_conflict_do_nothing().returning(SurveyParticipation.survey_id)
    if session.execute(done).scalar() is None:
        return False
    envelope = SurveyEnvelope(id=_random(), survey_id=survey.id, sealed="")
    envelope.sealed = box.seal(json.dumps(sheet, ensure_ascii=False), owner=envelope.id)
    session.add(envelope)
    session.flush()
    return True


def checked(survey: Survey, filled: Filled) -> dict[str, list[Any]]:
    """Give the answers that count: `choices` as [question, choice] and `texts` as [question, words].

    Raises:
        Incomplete: see `hand_in`.
    """
    sheet: dict[str, list[Any]] = {"choices": [], "texts": []}
    problems: dict[int, str] = {}
    for question in _asked(survey, filled):
        if question.kind is QuestionKind.TEXT:
            words = cleaned(filled.texts.get(question.id, ""))
            problem = _wrong_text(question, words)
            sheet["texts"] += [[question.id, words]] if words else []
        else:
            chosen = filled.choices.get(question.id, ())
            problem = _wrong_choice(question, chosen)
            sheet["choices"] += [[question.id, choice] for choice in sorted(set(chosen))]
        if problem:
            problems[question.id] = problem
    if problems:
        raise Incomplete(problems)
    if not sheet["choices"] and not sheet["texts"]:
        raise Invalid("还一道题都没有答。")
    return sheet


def _asked(survey: Survey, filled: Filled) -> Sequence[SurveyQuestion]:
    def is_skipped(section: SurveySection) -> bool:
        return section.skippable and section.id in filled.skipped

    return [
        question for section in survey.sections if not is_skipped(section) for question in section.questions
    ]


def _wrong_text(question: SurveyQuestion, words: str) -> str:
    if question.required and not words:
        return "请写几个字。"
    return f"最多 {LONGEST_TEXT} 字，现在有 {len(words)} 字。" if len(words) > LONGEST_TEXT else ""


def _wrong_choice(question: SurveyQuestion, chosen: Sequence[int]) -> str:
    if question.kind is QuestionKind.STARS:
        known, ask = STARS, "请点一颗星。"
    else:
        known, ask = range(1, len(question.options) + 1), "请选一项。"
        if question.kind is QuestionKind.MULTIPLE:
            ask = "请至少选一项。"
    if not chosen:
        return ask if question.required else ""
    one_only = question.kind is not QuestionKind.MULTIPLE
    return ask if (one_only and len(chosen) > 1) or any(choice not in known for choice in chosen) else ""


def waiting(session: Session) -> Sequence[int]:
    """Give the ids of surveys that run and have envelopes enough to open."""
    enough = (
        select(SurveyEnvelope.survey_id)
        .join(Survey, Survey.id == SurveyEnvelope.survey_id)
        .where(Survey.state == SurveyState.OPEN)
        .group_by(SurveyEnvelope.survey_id)
        .having(func.count() >= SMALLEST_GROUP)
    )
    return session.scalars(enough.order_by(SurveyEnvelope.survey_id)).all()


def open_waiting(session: Session, survey_id: int, *, box: SecretBox) -> int:
    """Open the envelopes of a survey that runs, if there are enough; tell how many."""
    survey = session.get_one(Survey, survey_id, with_for_update=True, populate_existing=True)
    return open_envelopes(session, survey, box=box) if survey.state is SurveyState.OPEN else 0


def open_envelopes(session: Session, survey: Survey, *, box: SecretBox, all_of_them: bool = False) -> int:
    """Open envelopes and mix what was in them; tell how many sheets came out.

    What was sealed under another SECRET_KEY stays closed, in case that key comes back.

    Args:
        survey: held by who calls.
        all_of_them: also when they are few, as the survey is over.
    """
    query = select(SurveyEnvelope).where(SurveyEnvelope.survey_id == survey.id).order_by(SurveyEnvelope.id)
    envelopes = session.scalars(query if all_of_them else query.limit(_MOST_AT_ONCE)).all()
    opened = [(one.id, sheet) for one in envelopes if (sheet := _opened(one, box)) is not None]
    if not opened or (len(opened) < SMALLEST_GROUP and not all_of_them):
        return 0
    _write_mixed(session, survey, [sheet for _, sheet in opened])
    ids = [envelope_id for envelope_id, _ in opened]
    for start in range(0, len(ids), 500):
        session.execute(delete(SurveyEnvelope).where(SurveyEnvelope.id.in_(ids[start : start + 500])))
    _rewrite_participations(session, survey)
    return len(opened)


def _opened(envelope: SurveyEnvelope, box: SecretBox) -> dict[str, list[Any]] | None:
    try:
        sheet: dict[str, list[Any]] = json.loads(box.open(envelope.sealed, owner=envelope.id))
    except Unreadable:
        return None
    return sheet


def _write_mixed(session: Session, survey: Survey, sheets: Sequence[dict[str, list[Any]]]) -> None:
    ids = [_random() for _ in sheets]
    answers: list[dict[str, Any]] = []
    for sheet_id, sheet in zip(ids, sheets, strict=True):
        answers += [_answer(sheet_id, question_id, choice) for question_id, choice in sheet["choices"]]
        answers += [_answer(_random(), question_id, 0, words) for question_id, words in sheet["texts"]]
    rows: list[dict[str, Any]] = [{"id": sheet_id, "survey_id": survey.id} for sheet_id in ids]
    # PostgreSQL lays rows down as they come.
    for table, values in ((SurveySheet, rows), (SurveyAnswer, answers)):
        _CHANCE.shuffle(values)
        session.execute(insert(table), values)


def _answer(sheet: str, question_id: int, choice: int, words: str = "") -> dict[str, Any]:
    state = TextState.WAITING if words else None
    return {"sheet": sheet, "question_id": question_id, "choice": choice, "words": words, "text_state": state}


def _rewrite_participations(session: Session, survey: Survey) -> None:
    """Write anew who took part since the last opening, all at once and in an order that tells nothing.

    PostgreSQL keeps with each row the transaction that wrote it, and lays rows down in the order of writing.
    """
    fresh = (SurveyParticipation.survey_id == survey.id, SurveyParticipation.settled.is_(False))
    columns = select(SurveyParticipation.person_hash, SurveyParticipation.day)
    found = session.execute(columns.where(*fresh).order_by(SurveyParticipation.person_hash)).all()
    session.execute(delete(SurveyParticipation).where(*fresh))
    if found:
        rows = [{"survey_id": survey.id, "person_hash": h, "day": day, "settled": True} for h, day in found]
        session.execute(insert(SurveyParticipation), rows)


def _random() -> str:
    return secrets.token_hex(16)
