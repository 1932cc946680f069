"""What a person does to a complaint: add, urge, judge, open again, appeal, take back."""

from collections.abc import Callable

from flask import Blueprint, request
from sqlalchemy.orm import Session

from domain import complaints, idempotency
from domain.actors import Actor
from models.complaint import Complaint
from web.api.complaint_shapes import Act, ComplaintOut, Decision, Judgement, Reason, Saying, Supplement
from web.api.complaint_view import shown
from web.api.complaints import ACT_LIMIT, have_checked, take_uploads
from web.api.operations import Key, api_blueprint, operation
from web.api.parsing import read_key
from web.api.shapes import Asked
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import complaint_of

TAG = "诉求"
_AGAIN = "没有收到回答时，用同一个 Idempotency-Key 重发，只生效一次。"

blueprint: Blueprint = api_blueprint("api_complaint_acts", __name__)

Do = Callable[[Session, Complaint, Actor], object]


def _act(act: Act, *, summary: str, description: str = "") -> Callable[[Callable[..., object]], object]:
    return operation(
        blueprint,
        "POST",
        f"/complaints/<number>/{act.value}",
        tag=TAG,
        summary=summary,
        description=f"{description}{_AGAIN}",
        problems=("not_allowed", "too_late"),
        key=Key.OPTIONAL,
        limit=ACT_LIMIT,
    )


def _perform(number: str, body: Asked, do: Do) -> ComplaintOut:
    """Do an act once for each key, and show the complaint as it is then."""
    key = read_key(required=False)
    database, person = current_session(), current_person()
    complaint = complaint_of(database, person, number)
    if key is None or _is_first(database, complaint, key, body):
        do(database, complaint, Actor.of_person(person))
        database.flush()
    return shown(database, complaint, person)


def _is_first(database: Session, complaint: Complaint, key: str, body: Asked) -> bool:
    asked = idempotency.fingerprint(request.path, body.model_dump_json())
    person = current_person()
    seen = idempotency.seen_before(database, person, key=key, fingerprint=asked, now=now())
    if seen is None:
        idempotency.keep_result(database, person, key=key, result=complaint.number)
    return seen is None


@_act(Act.SUPPLEMENT, summary="补充", description="加几句话或照片；经办人请您补充时，补充后接着办理。")
def supplement(number: str, body: Supplement) -> ComplaintOut:
    """Add words and photos."""

    def do(database: Session, complaint: Complaint, actor: Actor) -> None:
        kept = take_uploads(database, current_person(), body.uploads)
        complaints.supplement(database, complaint, words=body.words, attachments=kept, actor=actor, now=now())
        have_checked(database, complaint, kept)

    return _perform(number, body, do)


@_act(Act.URGE, summary="催办", description="24 小时一次，经办人和单位负责人都会收到提醒。")
def urge(number: str, body: Saying) -> ComplaintOut:
    """Ask the team to hurry."""
    return _perform(
        number,
        body,
        lambda database, complaint, actor: complaints.urge(
            database, complaint, words=body.words, actor=actor, now=now()
        ),
    )


@_act(Act.RATE, summary="评价", description="没解决或两星以下退回重办，否则销号；一次办结评价一次。")
def rate(number: str, body: Judgement) -> ComplaintOut:
    """Judge the result."""

    def do(database: Session, complaint: Complaint, actor: Actor) -> None:
        kept = take_uploads(database, current_person(), body.uploads)
        complaints.rate(
            database,
            complaint,
            solved=body.solved,
            stars=body.stars,
            words=body.words,
            attachments=kept,
            actor=actor,
            seen=body.seen,
            now=now(),
        )
        have_checked(database, complaint, kept)

    return _perform(number, body, do)


@_act(Act.REOPEN, summary="重新打开", description="销号后 15 天内，问题又出现时。")
def reopen(number: str, body: Reason) -> ComplaintOut:
    """Open a closed complaint again."""
    return _perform(
        number,
        body,
        lambda database, complaint, actor: complaints.reopen(
            database, complaint, words=body.words, actor=actor, seen=body.seen, now=now()
        ),
    )


@_act(Act.APPEAL, summary="申诉", description="不同意“不予受理”时，一次，由另外的人重新审核。")
def appeal(number: str, body: Reason) -> ComplaintOut:
    """Object to a refusal."""
    return _perform(
        number,
        body,
        lambda database, complaint, actor: complaints.appeal(
            database, complaint, words=body.words, actor=actor, seen=body.seen, now=now()
        ),
    )


@_act(Act.WITHDRAW, summary="撤回", description="撤回后不再办理。请先问用户是否确定。")
def withdraw(number: str, body: Decision) -> ComplaintOut:
    """Take the complaint back."""
    return _perform(
        number,
        body,
        lambda database, complaint, actor: complaints.withdraw(
            database, complaint, words=body.words, actor=actor, seen=body.seen, now=now()
        ),
    )
