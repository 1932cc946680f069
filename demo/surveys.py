"""Two surveys of the invented university: one that is over, with its results, and one that runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import survey_builder, survey_sheets, survey_texts, surveys
from domain.secret_box import SecretBox
from domain.survey_sheets import Filled
from domain.surveys import SurveyEntry
from models.enums import QuestionKind, Role, TextState
from models.person import Person
from models.staff import Staff, StaffRole
from models.survey import Survey, SurveyQuestion

_PEOPLE = "oDmo"  # those of the university who are nobody's phone in the demo
_LASTED = timedelta(days=14)
_BEGUN = timedelta(days=3)
_LIKED = {"食堂就餐": 4.0, "宿舍住宿": 3.7, "校园维修": 4.3, "水电使用": 4.1, "总体评价": 4.1}
_WORDS = {
    "食堂就餐": (
        "晚上七点以后菜就凉了，希望有保温。",
        "二楼的面档很好吃！",
        "中午排队太久，能不能多开一个窗口。",
    ),
    "宿舍住宿": ("热水最好能到晚上十二点。", "洗衣房的烘干机总是满的。", "宿管阿姨人很好。"),
    "校园维修": ("报修两小时就来了，点赞。", "修完没有打扫地面。"),
    "水电使用": ("停水最好提前一天通知。",),
    "总体评价": ("希望食堂和宿舍的意见有人盯到底。", "比上学期好多了。", "操场的灯请早点修好。"),
}


def seed_surveys(session: Session, *, secret_key: str, now: datetime, seed: int = 1) -> None:
    """Let people of the university answer one survey to its end, and begin with another.

    Args:
        session: of the university that `seed_demo` filled.
        secret_key: the setting SECRET_KEY the demo runs with.
    """
    chance, box = Random(seed), SecretBox(secret_key)  # noqa: S311 (nothing secret)
    at_desk = select(Staff).where(Staff.role_rows.any(StaffRole.role == Role.DISPATCHER)).order_by(Staff.id)
    staff = session.scalars(at_desk.limit(1)).one()
    found = select(Person).where(Person.openid.startswith(_PEOPLE)).order_by(Person.id)
    people = list(session.scalars(found))
    begun = now - timedelta(days=45)
    over = _written(
        session, "上学期后勤服务满意度测评", ("canteen", "dormitory", "repair", "whole"), staff, begun
    )
    _open(session, over, staff, now=begun)
    _answer(session, over, chance.sample(people, len(people) * 4 // 5), chance, box, now=begun)
    surveys.close(session, over, box=box, staff=staff, now=begun + _LASTED)
    _release(session, over, staff, now=begun + _LASTED)
    keys = ("canteen", "dormitory", "repair", "utilities", "whole")
    running = _written(session, "本学期后勤服务满意度测评", keys, staff, now - _BEGUN)
    _open(session, running, staff, now=now - _BEGUN)
    _answer(session, running, chance.sample(people, len(people) // 3), chance, box, now=now - _BEGUN)
    survey_sheets.open_waiting(session, running.id, box=box)


def _written(session: Session, title: str, keys: Sequence[str], staff: Staff, now: datetime) -> Survey:
    entry = SurveyEntry(
        title=title, words="您的打分直接关系到下学期先办什么。结果会公布，每个服务领域分开算。"
    )
    survey = surveys.create(session, entry, staff=staff, now=now)
    for key in keys:
        survey_builder.add_template(session, survey, key, staff=staff, now=now)
    return survey


def _open(session: Session, survey: Survey, staff: Staff, *, now: datetime) -> None:
    surveys.plan(session, survey, opens_at=None, closes_at=now + _LASTED, staff=staff, now=now)


def _answer(
    session: Session,
    survey: Survey,
    people: Sequence[Person],
    chance: Random,
    box: SecretBox,
    *,
    now: datetime,
) -> None:
    for person in people:
        choices: dict[int, tuple[int, ...]] = {}
        texts: dict[int, str] = {}
        mood = chance.gauss(0, 0.6)
        skipped = frozenset(part.id for part in survey.sections if part.skippable and chance.random() < 0.15)
        for part in survey.sections:
            for question in part.questions:
                if question.kind is QuestionKind.TEXT:
                    if chance.random() < 0.2:
                        texts[question.id] = chance.choice(_WORDS[part.title])
                else:
                    choices[question.id] = _chosen(question, _LIKED[part.title] + mood, chance)
        survey_sheets.hand_in(session, survey.id, person, Filled(choices, texts, skipped), box=box, now=now)


def _chosen(question: SurveyQuestion, liked: float, chance: Random) -> tuple[int, ...]:
    if question.kind is QuestionKind.STARS:
        return (min(5, max(1, round(chance.gauss(liked, 0.8)))),)
    numbers = range(1, len(question.options) + 1)
    if question.kind is QuestionKind.SINGLE:
        return (min(len(question.options), 1 + int(chance.expovariate(0.9))),)
    return tuple(chance.sample(numbers, chance.randint(1, 2)))


def _release(session: Session, survey: Survey, staff: Staff, *, now: datetime) -> None:
    for text in survey_texts.texts_of(session, survey, TextState.WAITING, page=1):
        survey_texts.decide(session, survey, text.sheet, TextState.RELEASED, staff=staff, now=now)
