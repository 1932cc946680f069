"""What a push is about: whether people can still follow it when it reaches them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulletin import Bulletin
from models.bulletin_words import BulletinState
from models.enums import SurveyState
from models.matter import Matter
from models.matter_words import MatterStatus
from models.push import PushRun
from models.push_words import PushKind
from models.survey import Survey

SURVEY_OVER = "测评已经结束，不再邀请"
BULLETIN_GONE = "通报已经撤回"
_OF_SURVEYS = frozenset({PushKind.SURVEY, PushKind.SURVEY_REMINDER})
MATTER_BACK = "事项又在办理，或不再公开"


def why_over(session: Session, run: PushRun) -> str:
    """Say why a message of this push must not go out any more; empty while it may.

    A message can wait for hours: through somebody's night, or for WeChat to take messages again.
    """
    if run.kind in _OF_SURVEYS:
        state = session.scalar(select(Survey.state).where(Survey.id == int(run.subject)))
        return "" if state is SurveyState.OPEN else SURVEY_OVER
    if run.kind is PushKind.BULLETIN:
        shown = session.scalar(select(Bulletin.state).where(Bulletin.code == run.subject))
        return "" if shown is BulletinState.PUBLISHED else BULLETIN_GONE
    if run.kind is PushKind.MATTER:
        done = select(Matter.id).where(Matter.number == run.subject, Matter.public)
        is_done = session.scalar(done.where(Matter.status == MatterStatus.CLOSED)) is not None
        return "" if is_done else MATTER_BACK
    return ""


def survey_opening_at(session: Session, kind: PushKind, subject: str) -> datetime | None:
    """Tell when the clock will open the survey a push is about; None where it need not."""
    if kind not in _OF_SURVEYS:
        return None
    planned = Survey.id == int(subject), Survey.state == SurveyState.DRAFT
    return session.scalar(select(Survey.opens_at).where(*planned))
