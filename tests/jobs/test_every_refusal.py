"""Every refusal the platform knows, driven through the sender: what is done, at how many calls, who hears.

Against the pretend platform, from the outbox to the phone and back.
"""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import delete, select, update

from domain import platform_alerts
from jobs.context import JobContext
from jobs.deliver_notices import Delivering
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from models.platform_alert import PlatformAlert
from simulator import Simulator
from wechat.error_codes import ERROR_CODES, Action
from wechat.messenger import messenger_for
from wechat.troubles import describe

TEMPLATE = "/cgi-bin/message/template/send"
CUSTOM = "/cgi-bin/message/custom/send"
S = NoticeState


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do: what the outbox does on both is tested beside its rules."""
    return sqlite


@dataclass
class Sending:
    """A worker's sender, and notices to people of the pretend platform."""

    context: JobContext
    platform: Simulator
    made: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings, database = self.context.settings, self.context.database
        self.delivering = Delivering(
            database,
            messenger_for(settings, self.context.client, database),
            worker="w1",
            base_url=settings.base_url,
            clock=self.context.clock,
        )

    def person(self, openid: str) -> int:
        with self.context.database.transaction() as session:
            now = self.context.clock()
            person = Person(openid=openid, created_at=now, followed_at=now)
            session.add(person)
            session.flush()
            return person.id

    def queue(self, person_id: int) -> int:
        now = self.context.clock()
        with self.context.database.transaction() as session:
            notice = Notice(
                key=f"event:{len(self.made)}:person:{person_id}",
                kind=NoticeKind.ANSWERED,
                person_id=person_id,
                title="诉求有新进展",
                body=f"第 {len(self.made)} 条",
                fields={"number": f"2026-1123-{len(self.made):04d}", "subject": "漏水", "status": "处理中"},
                created_at=now,
                due_at=now,
                state=S.PENDING,
            )
            session.add(notice)
            session.flush()
            self.made.append(notice.id)
            return notice.id

    def work(self) -> None:
        """Deliver until nothing is due."""
        while self.delivering.deliver_one():
            pass

    def states(self) -> list[NoticeState]:
        with self.context.database.reading() as session:
            return [session.get_one(Notice, notice_id).state for notice_id in self.made]

    def tries(self) -> dict[int, list[tuple[NoticeChannel, int | None]]]:
        with self.context.database.reading() as session:
            found: dict[int, list[tuple[NoticeChannel, int | None]]] = {}
            for line in session.scalars(select(NoticeAttempt).order_by(NoticeAttempt.id)):
                found.setdefault(line.notice_id, []).append((line.channel, line.code))
            return found

    def unanswered(self) -> list[str]:
        """What the log says of tries without an answer, in short."""
        with self.context.database.reading() as session:
            query = select(NoticeAttempt.words).where(NoticeAttempt.code.is_(None))
            return [words.partition("（")[0] for words in session.scalars(query)]

    def calls(self, path: str) -> int:
        return len(self.platform.calls.find(path=path, limit=1000))

    def troubles(self) -> list[str]:
        """What an administrator reads on the inbox."""
        with self.context.database.reading() as session:
            now = self.context.clock()
            return [describe(alert, now=now).title for alert in platform_alerts.open_alerts(session)]


@pytest.fixture
def sending(context: JobContext, platform: Simulator) -> Sending:
    return Sending(context, platform)


@dataclass(frozen=True)
class Expected:
    """What a refusal of two notices to two people leads to.

    Attributes:
        calls: of the sending address, for both together.
    """

    states: tuple[NoticeState, NoticeState]
    calls: int
    troubles: tuple[str, ...] = ()


_STOPPED = "微信停了整个公众号的接口，所有通知暂停发送"
_REFUSED = Expected((S.FAILED, S.FAILED), 2, ("「诉求有新进展」的内容被微信拒收",))
BY_ACTION = {
    Action.REFRESH_TOKEN: Expected((S.PENDING, S.PENDING), 4, ("模板消息发送出错",)),
    Action.BACK_OFF: Expected((S.PENDING, S.PENDING), 2),
    Action.WAIT_MINUTE: Expected((S.PENDING, S.PENDING), 1, ("模板消息暂停发送",)),
    Action.WAIT_DAY: Expected((S.PENDING, S.PENDING), 1, ("模板消息今天的次数用完了，零点前不再发",)),
    Action.NEXT_CHANNEL: Expected((S.INBOX, S.INBOX), 2),
    Action.ALREADY_DONE: Expected((S.SENT, S.SENT), 2),
    Action.BAD_CONTENT: _REFUSED,
    Action.MEDIA_GONE: _REFUSED,
    Action.ACCOUNT_STOPPED: Expected((S.PENDING, S.PENDING), 1, (_STOPPED,)),
    Action.NO_RIGHT: Expected((S.INBOX, S.INBOX), 1, ("公众号不能发模板消息，改用别的方式或只在页面里看到",)),
    Action.TEMPLATE_STOPPED: Expected(
        (S.INBOX, S.INBOX), 1, ("「诉求有新进展」的模板不能用，这类通知只在页面里看到",)
    ),
    Action.LOGIN_AGAIN: _REFUSED,
    Action.AWAIT_ADMIN: _REFUSED,
    Action.UNKNOWN: _REFUSED,
}
CODES = {action: [code for code, known in ERROR_CODES.items() if known.action is action] for action in Action}
CODES[Action.UNKNOWN] = [99999, 123456]


def drive(sending: Sending, code: int, people: list[int]) -> Expected:
    """Let the platform refuse two notices to two people with a code, and give what came of it."""
    sending.platform.faults.clear()
    sending.platform.faults.add(path=TEMPLATE, kind="errcode", errcode=code, times=-1)
    with sending.context.database.transaction() as session:
        session.execute(delete(PlatformAlert))
        session.execute(update(Person).values(following=True))
        session.execute(update(Notice).values(state=S.INBOX, claimed_at=None))
    called_before, first = sending.calls(TEMPLATE), len(sending.made)
    for person in people:
        sending.queue(person)
    sending.work()
    one, other = sending.states()[first:]
    return Expected((one, other), sending.calls(TEMPLATE) - called_before, tuple(sending.troubles()))


@pytest.mark.parametrize("action", Action)
def test_refusal_leads_to_its_action_and_no_call_too_many(
    sending: Sending, platform: Simulator, action: Action
) -> None:
    people = [sending.person(user.openid) for user in list(platform.state.users)[:2]]
    found = {code: drive(sending, code, people) for code in CODES[action]}
    assert found == dict.fromkeys(CODES[action], BY_ACTION[action])


def test_token_refused_for_ever_costs_two_calls_a_send_and_one_alert(
    sending: Sending, platform: Simulator
) -> None:
    platform.faults.add(path=TEMPLATE, kind="errcode", errcode=40001, times=-1)
    sending.queue(sending.person(next(iter(platform.state.users)).openid))
    for sends in (1, 2, 3):
        sending.work()
        assert sending.calls(TEMPLATE) == 2 * sends
        sending.context.clock.advance(hours=1)  # type: ignore[attr-defined]
    assert sending.troubles() == ["模板消息发送出错"]
    assert sending.calls("/cgi-bin/stable_token") <= 2 * 3 + 1


# Accepted, and the answer is lost


def test_template_whose_answer_is_lost_is_seen_once_and_the_log_says_so(
    sending: Sending, platform: Simulator
) -> None:
    platform.faults.add(path=TEMPLATE, kind="lost_response", seconds=0, times=100)
    openid = next(iter(platform.state.users)).openid
    person = sending.person(openid)
    for _ in range(100):
        sending.queue(person)
    sending.work()
    assert set(sending.states()) == {S.PENDING}

    sending.context.clock.advance(seconds=21)  # type: ignore[attr-defined]
    sending.work()

    assert set(sending.states()) == {S.SENT}
    seen = Counter(message["client_msg_id"] for message in platform.messages(openid))
    assert (len(seen), set(seen.values())) == (100, {1})
    lines = {tuple(tries) for tries in sending.tries().values()}
    assert lines == {((NoticeChannel.TEMPLATE, None), (NoticeChannel.TEMPLATE, 0))}
    assert sending.unanswered() == ["可能已送出；十分钟内再发，微信认得是同一条，对方只会看到一次"] * 100


def test_chat_message_whose_answer_is_lost_is_seen_at_most_twice_and_the_log_says_so(
    sending: Sending, platform: Simulator
) -> None:
    platform.faults.add(path=CUSTOM, kind="lost_response", seconds=0, times=100)
    context = sending.context
    for number in range(20):
        openid = platform.people.create(f"学生{number}").openid
        user = platform.people.need(openid)
        user.following = True
        user.windows["message"] = [platform.clock.now(), 0]
        person = sending.person(openid)
        with context.database.transaction() as session:
            closes_at = context.clock().replace(year=2027)
            session.add(ServiceWindow(person_id=person, closes_at=closes_at, remaining=5))
        for _ in range(5):
            sending.queue(person)
    sending.work()
    context.clock.advance(seconds=21)  # type: ignore[attr-defined]
    sending.work()

    assert set(sending.states()) == {S.SENT}
    seen: Counter[str] = Counter()
    for user in platform.state.users:
        for message in platform.messages(user.openid):
            content = message["content"]
            number = (
                content["text"]["content"].split("\n")[1].split()[1]
                if message["kind"] == "custom"
                else str(int(content["data"]["character_string1"]["value"][-4:]))
            )
            seen[number] += 1
    assert (len(seen), set(seen.values())) == (100, {2})
    lines = {tuple(tries) for tries in sending.tries().values()}
    assert lines == {((NoticeChannel.CUSTOM, None), (NoticeChannel.TEMPLATE, 0))}
    assert sending.unanswered() == ["可能已送出；微信认不出重复的，再发时对方可能看到两次"] * 100


# An account with fewer rights


def test_account_without_template_messages_writes_where_it_may(sending: Sending, platform: Simulator) -> None:
    platform.settings.permissions = ["/cgi-bin/message/custom/"]
    context = sending.context
    reached, silent = [sending.person(user.openid) for user in list(platform.state.users)[:2]]
    user = next(iter(platform.state.users))
    user.windows["message"] = [platform.clock.now(), 0]
    with context.database.transaction() as session:
        session.add(
            ServiceWindow(person_id=reached, closes_at=context.clock().replace(year=2027), remaining=5)
        )
    for person in (silent, reached, silent):
        sending.queue(person)
    sending.work()

    assert sending.states() == [S.INBOX, S.SENT, S.INBOX]
    assert (sending.calls(TEMPLATE), sending.calls(CUSTOM)) == (1, 1)
    assert sending.troubles() == ["公众号不能发模板消息，改用别的方式或只在页面里看到"]

    platform.settings.permissions = ["*"]
    context.clock.advance(hours=1)  # type: ignore[attr-defined]
    sending.queue(silent)
    sending.work()
    assert (sending.states()[3], sending.troubles()) == (S.SENT, [])
