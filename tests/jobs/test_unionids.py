"""Followers are found again in the mini program once the platform has told their unionid."""

from dataclasses import replace

from sqlalchemy import select

from domain.people import person_by_openid
from jobs.context import JobContext
from jobs.unionids import ask_unionids
from models.person import Person
from simulator import Simulator
from tests.support.api_program import MINI_APP


def _with_mini_program(context: JobContext) -> JobContext:
    return replace(context, settings=context.settings.model_copy(update=MINI_APP))


def test_unionid_is_asked_once_and_kept(context: JobContext, platform: Simulator) -> None:
    user = next(iter(platform.state.users))
    context = _with_mini_program(context)
    with context.database.transaction() as session:
        person_by_openid(session, user.openid, now=context.clock())

    ask_unionids(context)
    ask_unionids(context)

    with context.database.reading() as session:
        person = session.scalars(select(Person)).one()
        assert (person.unionid, person.unionid_asked_at) == (user.unionid, context.clock())


def test_nobody_is_asked_without_a_mini_program_and_a_refusal_is_tried_again(
    context: JobContext, platform: Simulator
) -> None:
    user = next(iter(platform.state.users))
    with context.database.transaction() as session:
        person_by_openid(session, user.openid, now=context.clock())
    ask_unionids(context)
    platform.settings.verified = False

    ask_unionids(_with_mini_program(context))

    with context.database.reading() as session:
        assert session.scalars(select(Person.unionid_asked_at)).one() is None
