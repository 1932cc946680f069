"""A person's own data through the API: taken away as one file, or deleted after typing the word."""

import json
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from flask import Flask

from models.api_session import ApiSession
from models.enums import ComplaintStatus as S
from models.person import Person
from tests.support.api_program import Program, refusal
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]


def test_all_that_is_held_of_a_person_comes_as_one_file(program: MakeProgram, world: World) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    number = student.file()["number"]

    answer, others = student.call("GET", "/me/data"), friend.call("GET", "/me/data")

    assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    with ZipFile(BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        told = json.loads(packed.read("我的数据.json"))
    assert [each["编号"] for each in told["我的诉求"]] == [number]
    with ZipFile(BytesIO(others.data)) as packed:
        assert number not in packed.read("我的数据.json").decode()
    assert refusal(Program(student.app).call("GET", "/me/data"))[:2] == (401, "token_missing")


def test_link_opens_the_page_in_another_browser_once(app: Flask, program: MakeProgram, world: World) -> None:
    student = program(world.office.student)

    link = student.post("/me/data/link", None)

    path = link["url"].partition("/h5/")[2]
    assert app.test_client().get(f"/h5/{path}").status_code == 200
    assert link["expires_in"] > 0
    with world.database.transaction() as session:
        alone = world.make.person(session)
        alone.openid = None
    refused = program(alone).call("POST", "/me/data/link")
    assert refusal(refused) == (403, "not_allowed", None)


def test_deleting_asks_for_the_word_tells_what_is_open_and_ends_every_session(
    program: MakeProgram, world: World
) -> None:
    number = world.file(S.IN_PROGRESS)
    student, tablet = program(world.office.student), program(world.office.student)
    friend = program(world.office.friend)

    assert student.get("/me/deletion") == {"confirmation": "删除", "open_complaints": 1}
    for word in ("", "好的", "delete"):
        refused = student.call("POST", "/me/deletion", {"word": word})
        assert refusal(refused) == (422, "invalid", "word")
    assert refusal(student.call("POST", "/me/deletion", {})) == (422, "invalid", "word")
    assert student.get(f"/complaints/{number}")["own"] is True
    assert student.call("POST", "/me/deletion", {"word": "「删除」"}).status_code == 204

    for held in (student, tablet):
        assert refusal(held.call("GET", "/me"))[:2] == (401, "token_unknown")
    assert friend.get("/me")["complaints"]["all"] == 0
    assert world.count(ApiSession) == 1
    assert world.status(number) is S.IN_PROGRESS
