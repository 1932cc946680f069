"""Settings, and taps on the question for subscription messages: counted once, whoever tells of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import time_machine

from domain import message_templates, mini_grants
from domain.message_templates import Wish
from domain.mini_grants import TapAnswer, TapReport, Teller
from models.enums import NoticeChannel, NoticeKind
from models.person import Person
from models.personal_settings import PersonalSettings
from tests.support.api_program import Program, refusal
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]
TAP = {"results": [{"template_id": "T1", "result": "accept"}, {"template_id": "T2", "result": "reject"}]}
KEYS = ["a" * 32, "b" * 32, "c" * 32]


def event(world: World, key: str, **answers: TapAnswer) -> None:
    """Let WeChat tell of a tap of the student."""
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        mini_grants.note_tap(session, person, TapReport(Teller.WECHAT, key, now, answers), now=now)


def test_only_what_is_sent_is_changed_and_only_for_who_sends_it(program: MakeProgram, world: World) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    before = student.get("/me/settings")
    assert {sort["key"]: sort["heard"] for sort in before["sorts"]} == dict.fromkeys(
        [sort["key"] for sort in before["sorts"]], True
    )

    muted = student.post("/me/settings", {"heard": ["closed"]})
    quiet = student.post("/me/settings", {"quiet_from": "21:00", "wants_digest": True})
    same = student.post("/me/settings", {})

    assert [sort["key"] for sort in muted["sorts"] if sort["heard"]] == ["closed"]
    assert (muted["quiet_from"], muted["wants_digest"]) == (before["quiet_from"], False)
    assert [sort["key"] for sort in quiet["sorts"] if sort["heard"]] == ["closed"]
    assert (quiet["quiet_from"], quiet["quiet_to"], quiet["wants_digest"]) == (
        "21:00",
        before["quiet_to"],
        True,
    )
    assert same == quiet == student.get("/me/settings")
    assert quiet["ways"][-1] == {
        "title": "「消息」页",
        "is_open": True,
        "words": "所有通知都在这里，永远看得到。",
    }
    assert friend.get("/me/settings") == before
    assert world.count(PersonalSettings) == 1


def test_setting_that_is_none_is_told_at_its_field(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"quiet_to": "7:30"}, "quiet_to"),
        ({"heard": ["weather"]}, "heard.0"),
        ({"wants_digest": "yes"}, "wants_digest"),
        ({"colour": "red"}, "colour"),
    ]

    told = [refusal(student.call("POST", "/me/settings", body)) for body, _ in wrong]

    assert told == [(422, "invalid", field) for _, field in wrong]
    assert world.count(PersonalSettings) == 0
    for method in ("GET", "POST"):
        assert refusal(Program(student.app).call(method, "/me/settings"))[:2] == (401, "token_missing")


def test_tap_counts_once_whoever_tells_first_and_however_often(
    program: MakeProgram, world: World, clock: time_machine.Traveller
) -> None:
    student = program(world.office.student)
    assert student.get("/me/subscriptions") == {"items": []}

    reported = [student.post("/me/subscriptions", TAP, key=KEYS[0]) for _ in range(2)]
    event(world, "e1", T1=TapAnswer.ACCEPT, T2=TapAnswer.REJECT)
    retried = student.post("/me/subscriptions", TAP | {"seconds_ago": 30}, key=KEYS[0])
    once = {"items": [{"template_id": "T1", "remaining": 1}]}
    assert [*reported, retried] == [once] * 3

    clock.shift(timedelta(hours=1))
    event(world, "e2", T1=TapAnswer.ACCEPT)
    clock.shift(timedelta(hours=2))
    late = student.post("/me/subscriptions", TAP | {"seconds_ago": 7200}, key=KEYS[1])
    assert late["items"][0]["remaining"] == 2
    other = {"results": [{"template_id": "T1", "result": "filter"}]}
    reused = student.call("POST", "/me/subscriptions", other, key=KEYS[1])
    assert refusal(reused) == (422, "idempotency_key_reused", "Idempotency-Key")
    refused = {"results": [{"template_id": "T1", "result": "ban"}]}
    assert student.post("/me/subscriptions", refused, key=KEYS[2]) == {"items": []}
    assert program(world.office.friend).get("/me/subscriptions") == {"items": []}


def test_report_that_makes_no_sense_counts_nothing(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    one = {"template_id": "T1", "result": "accept"}
    wrong: list[tuple[dict[str, object], str | None]] = [
        ({"results": []}, "results"),
        ({"results": [one, one]}, None),
        ({"results": [one] * 6}, "results"),
        ({"results": [{"template_id": "T 1", "result": "accept"}]}, "results.0.template_id"),
        ({"results": [{"template_id": "T1", "result": "maybe"}]}, "results.0.result"),
        ({"results": [one], "seconds_ago": -1}, "seconds_ago"),
    ]

    told = [refusal(student.call("POST", "/me/subscriptions", body, key=KEYS[0])) for body, _ in wrong]

    assert told == [(422, "invalid", field) for _, field in wrong]
    assert refusal(student.call("POST", "/me/subscriptions", TAP)) == (422, "invalid", "Idempotency-Key")
    assert student.get("/me/subscriptions") == {"items": []}
    unsigned = Program(student.app).call("POST", "/me/subscriptions", TAP, key=KEYS[0])
    assert refusal(unsigned)[:2] == (401, "token_missing")


def test_program_is_told_what_to_ask_for_as_the_office_has_set_it(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    nothing = student.get("/me/subscriptions/templates")
    with world.database.transaction() as session:
        kinds = (NoticeKind.REJECTED, NoticeKind.CLOSED, NoticeKind.ANSWERED, NoticeKind.RESOLVED)
        for kind in (*kinds, NoticeKind.MATTER_CLOSED):
            wish = Wish(f"T-{kind}", "", {"thing1": ["{remark}"]})
            admin, way = session.merge(world.office.admin), NoticeChannel.MINI_SUBSCRIPTION
            message_templates.save(session, kind, way, wish, staff=admin, now=datetime.now(UTC))

    assert [(each["moment"], each["template_ids"]) for each in nothing["items"]] == [
        ("file", []),
        ("follow", []),
    ]
    assert student.get("/me/subscriptions/templates")["items"] == [
        {
            "moment": "file",
            "title": "提交、补充诉求",
            "template_ids": ["T-resolved", "T-answered", "T-closed"],
        },
        {"moment": "follow", "title": "关注办实事", "template_ids": ["T-matter_closed"]},
    ]
