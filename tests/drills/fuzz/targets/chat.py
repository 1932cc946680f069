"""Talking with the account, and what the platform tells it: on the whole way in, over a real database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import func, select

from config.catalogue import catalogue
from config.settings import Settings
from domain import complaints, timers
from domain.actors import Actor
from domain.acts import Act
from domain.errors import DomainError
from domain.my_data_deletion import delete_person
from domain.people import known_person
from domain.secret_box import SecretBox
from models.complaint import Complaint
from models.conversation import Conversation, Draft
from models.database import Database
from models.enums import ConversationState, DraftState, InboundState, Outcome
from models.inbound import InboundMessage
from simulator import crypto
from simulator.packets import from_xml, to_xml
from tests.conftest import NOW
from tests.drills.fuzz.office import PUSHED, empty_office, put_back_each_time
from tests.drills.fuzz.pieces import Check, Examples, words_for
from tests.drills.fuzz.wild import WILD_JSON, WILD_TEXT
from tests.support.campus import Campus, build_campus
from tests.support.dialogue import Dialogue, signed_query
from tests.support.factories import Office
from tests.support.settings import settings_in
from wechat.callback import Answer, receive
from wechat.event_table import EVENTS
from wechat.mini_events import EVENTS as MINI_EVENTS
from wechat.replies import MAX_TEXT_BYTES
from wechat.sides import Side, mini_program_side, official_side

_SAID = [*words_for("said"), "字" * 3000]
_KEYS = [*words_for("keys"), "x" * 70]
_TAPS = ["subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "scancode_waitmsg", "LOCATION", "nothing_known"]
_DEEDS = ["assign", "accept", "ask", "resolve", "reject", "confirm", "clock", "delete"]
_WAITS = [0, 1, 30, 65, 700, 3_700, 50_000, 90_000, 700_000, 1_400_000]
_ACT = st.one_of(
    st.tuples(st.just("say"), st.one_of(st.sampled_from(_SAID), st.sampled_from(_SAID), WILD_TEXT)),
    st.tuples(st.just("say"), st.sampled_from(_SAID[:16])),
    st.tuples(st.just("photo"), st.just("")),
    st.tuples(st.just("voice"), st.sampled_from(["", "水管漏水", "漏电", "1"])),
    st.tuples(st.just("position"), st.sampled_from(["", "位置信息", "湖边", "第二食堂", "x" * 300])),
    st.tuples(st.just("event"), st.tuples(st.sampled_from(_TAPS), st.sampled_from(_KEYS))),
    st.tuples(st.just("wait"), st.sampled_from(_WAITS)),
    st.tuples(st.just("office"), st.sampled_from(_DEEDS)),
    st.tuples(st.just("again"), st.just("")),
)


@dataclass
class _Watched:
    """A side whose acts are watched: what is raised there is stored for later, and must not happen at all."""

    side: Side
    raised: list[Exception] = field(default_factory=list)

    def watched(self) -> Side:
        """Give the side that notes what is raised."""
        return replace(self.side, respond=self._respond)

    def _respond(self, *given: Any, **named: Any) -> str:
        try:
            return self.side.respond(*given, **named)
        except Exception as error:
            self.raised.append(error)
            raise

    def hold(self) -> None:
        """Raise what was raised."""
        if self.raised:
            raise self.raised.pop()


@dataclass
class _Talk(Dialogue):
    """One person's side, looked at message by message."""

    watched: _Watched | None = None
    last: dict[str, object] | None = None

    def answer_to(self, packet: dict[str, object]) -> Answer:
        """Deliver a packet, and hold the answer to the platform's limits."""
        assert self.watched is not None
        self.last = packet
        query = signed_query(self.settings, now=self.now)
        body = to_xml(packet).encode("utf-8", "replace")
        answer = receive(self.settings, self.database, query, body, now=self.now, side=self.watched.watched())
        self.watched.hold()
        if answer.body != "success":
            content = str(from_xml(answer.body)["Content"])
            assert content, "an empty answer shows nothing"
            assert len(content.encode()) <= MAX_TEXT_BYTES, "the platform refuses so long an answer"
        return answer


def conversation() -> Examples:
    """A few people in the chat, jumps in time, an office at work: always an answer, never an exception."""
    acts = st.lists(st.tuples(st.integers(0, 2), _ACT), min_size=1, max_size=25)
    return Examples(acts, _talking)


@contextmanager
def _talking() -> Iterator[Check]:
    with empty_office() as (database, folder, factory):
        with database.transaction() as session:
            campus = build_campus(session, factory)
        settings = settings_in(folder, wechat_mode="plain")
        check = partial(_talk, settings, database, campus)
        with put_back_each_time(folder, check) as checked:
            yield checked


def _talk(settings: Settings, database: Database, campus: Campus, acts: list[Any]) -> None:
    watched, now = _Watched(official_side(settings)), NOW
    people = [
        _Talk(settings, database, now, openid=openid, watched=watched)
        for openid in (
            campus.student_openid,
            campus.office.friend.openid or "",
            "oTestNewcomer000000000000003",
        )
    ]
    for who, (what, how) in acts:
        person = people[who]
        if what == "wait":
            now += timedelta(seconds=how)
        elif what == "office":
            _work(settings, database, campus.office, person, how, now)
        else:
            person.now = now
            _do(person, what, how)
            now = person.now
        _look(database)


def _do(person: _Talk, what: str, how: Any) -> None:
    if what == "again":
        if person.last is not None:
            before = person.replies[-1]
            assert _without_tokens(person.deliver(person.last)) == _without_tokens(before), "another answer"
        return
    given = [] if how == "" and what != "say" else [*how] if isinstance(how, tuple) else [how]
    getattr(person, what)(*given)


def _without_tokens(reply: str) -> str:
    return "".join(part.partition('"')[2] for part in reply.split("/h5/enter/"))


def _work(
    settings: Settings, database: Database, office: Office, person: _Talk, what: str, now: datetime
) -> None:
    """Let the office act on the newest complaint, the clock run, or somebody have themselves deleted."""
    with suppress(DomainError), database.transaction() as session:
        if what == "clock":
            for timer in timers.due_timers(session, now=now):
                timers.fire(session, timer, now=now)
        elif what == "delete":
            found = known_person(session, person.openid)
            if found is not None:
                box = SecretBox(settings.secret_key.get_secret_value())
                delete_person(session, found, box=box, now=now)
                person.last = None
        else:
            newest = session.scalar(select(Complaint).order_by(Complaint.id.desc()).limit(1))
            if newest is not None:
                _deed(what, session, newest, office, now)


def _deed(what: str, session: Any, newest: Complaint, office: Office, now: datetime) -> None:
    desk, second, handler = (
        Act(actor=Actor.of_staff(session.merge(who)), now=now)
        for who in (office.dispatcher, office.second_dispatcher, office.handler)
    )
    if what == "assign":
        complaints.assign(session, newest, team=session.merge(office.team), **desk)
    elif what == "accept":
        complaints.accept(session, newest, **handler)
    elif what == "ask":
        complaints.ask(session, newest, words="哪一天？", **desk)
    elif what == "resolve":
        solved = Outcome.SOLVED
        complaints.resolve(session, newest, words="好了", outcome=solved, no_photo_reason="无", **handler)
    elif what == "reject":
        complaints.request_rejection(session, newest, reason=catalogue().rejection.reasons[0], **desk)
    else:
        complaints.confirm_rejection(session, newest, **second)


_NEEDS_DRAFT = {
    ConversationState.DRAFTING,
    ConversationState.CHOOSING_PLACE,
    ConversationState.RESUMING,
    ConversationState.CHOOSING_TARGET,
}


def _look(database: Database) -> None:
    """Hold what is remembered of all chats to what it says."""
    with database.reading() as session:
        for row in session.scalars(select(Conversation)):
            keys = [option["key"] for option in row.options if option["key"]]
            assert len(keys) == len(set(keys)), f"a number on offer stands for two things: {row.options}"
            if row.state in _NEEDS_DRAFT:
                assert row.draft is not None, f"{row.state} without a draft"
                assert row.draft.state is DraftState.OPEN, (
                    f"{row.state} with a draft that is {row.draft.state}"
                )
            assert row.draft is None or row.draft.person_id == row.person_id, "somebody else's draft"
            if row.state is ConversationState.FOLLOWING_UP:
                complaint = session.get(Complaint, row.complaint_id or 0)
                assert complaint is not None, "following up nothing"
                assert complaint.reporter_id == row.person_id, "following up what is somebody else's"
        waiting = select(func.count()).where(InboundMessage.state == InboundState.DEFERRED)
        assert session.scalar(waiting) == 0, "a message was put off"
        many = select(Draft.person_id).where(Draft.state == DraftState.OPEN).group_by(Draft.person_id)
        assert session.scalars(many.having(func.count() > 2)).all() == [], "more than two drafts are open"


_FIELD_NAMES, _INNER = words_for("field_names"), words_for("inner_names")
_GROUP = st.recursive(
    WILD_TEXT,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(_INNER), inner, max_size=4), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
# Now, long ago, the first and the last moment there is, and none.
_MOMENTS = [int(NOW.timestamp()), 1, -62_135_596_800, 253_402_300_799, "99999999999999"]
_KINDS = ["text", "image", "voice", "video", "shortvideo", "location", "link", "event", "file", ""]
_EVENT_NAMES = sorted({name.removeprefix("event:") for name in (*EVENTS, *MINI_EVENTS)})


def callback() -> Examples:
    """What the platform posts, rightly signed, to both our addresses, plain and encrypted: it is taken in."""
    head = st.fixed_dictionaries(
        {
            "FromUserName": st.sampled_from(["oTestStudent0000000000000001", "oTestNew", "x" * 64]),
            "CreateTime": st.sampled_from(_MOMENTS),
            "MsgType": st.one_of(st.just("event"), st.sampled_from(_KINDS)),
            "Event": st.sampled_from(_EVENT_NAMES),
        }
    )
    fields = st.dictionaries(
        st.sampled_from(_FIELD_NAMES), st.one_of(WILD_TEXT, _GROUP, WILD_JSON), max_size=8
    )
    how = st.tuples(st.sampled_from(["official", "mini"]), st.sampled_from(["xml", "json"]), st.booleans())
    return Examples(st.tuples(how, head, fields), _called)


def _nested(depth: int) -> list[Any]:
    """Give a list in a list in a list."""
    made: list[Any] = []
    for _ in range(depth % 900 if depth % 3 else 5):
        made = [made]
    return made


@contextmanager
def _called() -> Iterator[Check]:
    with empty_office() as (database, folder, factory):
        with database.transaction() as session:
            build_campus(session, factory)
        modes = {
            mode: settings_in(folder, wechat_mode=mode, miniprogram_mode=mode, **PUSHED)
            for mode in ("plain", "safe")
        }
        with put_back_each_time(folder, partial(_call, modes, database)) as checked:
            yield checked


def _call(modes: dict[str, Settings], database: Database, value: Any) -> None:
    (which, form, sealed), head, fields = value
    settings = modes["safe" if sealed else "plain"]
    side = official_side(settings) if which == "official" else mini_program_side(settings)
    packet = {**head, **fields}
    text = _json(packet) if form == "json" else _xml(packet)
    query, body = _delivery(side, text, sealed=sealed)
    watched = _Watched(side)
    answers = []
    for _ in range(2):
        answers.append(receive(settings, database, query, body, now=NOW, side=watched.watched()))
        watched.hold()
    assert [answer.status for answer in answers] == [200, 200], answers
    if not sealed:
        first, again = (_without_tokens(answer.body) for answer in answers)
        assert first == again, "a repeat was answered otherwise"
    _look(database)


def _json(packet: dict[str, Any]) -> str:
    try:
        return json.dumps(packet)
    except RecursionError:
        return json.dumps({name: str(part)[:1_000] for name, part in packet.items()})


def _xml(packet: dict[str, Any]) -> str:
    try:
        return to_xml({name: _named(part) for name, part in packet.items() if name.isidentifier()})
    except (TypeError, ValueError, AttributeError, RecursionError):
        return to_xml({name: str(part)[:1_000] for name, part in packet.items() if name.isidentifier()})


def _named(part: Any) -> Any:
    """Make of JSON what XML can say."""
    if isinstance(part, dict):
        return {name if name.isidentifier() else "x": _named(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [_named(inner) for inner in part]
    return "" if part is None else str(part)


def _delivery(side: Side, text: str, *, sealed: bool) -> tuple[dict[str, str], bytes]:
    stamp, token = str(int(NOW.timestamp())), side.envelope.token
    query = {"timestamp": stamp, "nonce": "7", "signature": crypto.signature(token, stamp, "7")}
    data = text.encode("utf-8", "replace")
    if not sealed:
        return query, data
    cipher = crypto.encrypt(data, encoding_aes_key=side.envelope.keys[0], app_id=side.app_id)
    query |= {"encrypt_type": "aes", "msg_signature": crypto.signature(token, stamp, "7", cipher)}
    return query, f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
