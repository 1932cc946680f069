"""Bulletins: for everybody, with the figures of the parts that are shown, gone when withdrawn."""

from flask import Flask

from domain import bulletin_approval, bulletins, complaints, queries
from models.bulletin import Bulletin
from models.enums import ComplaintStatus as S
from tests.support.api_program import Program, refusal
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.web.h5.conftest import World


def put_out(world: World, case: str = "", left_out: tuple[str, ...] = ()) -> str:
    """Publish one, and give its code."""
    files = world.app.extensions["banshishi"].file_store
    with world.database.transaction() as session:
        chosen = queries.by_number(session, case) if case else None
        bulletin = write_bulletin(session, world.office, files, now=world.now, case=chosen)
        bulletin.left_out = list(left_out)
        return publish_bulletin(session, bulletin, world.office, now=world.now).code or ""


def test_list_is_read_on_and_one_shows_all_its_parts(app: Flask, world: World) -> None:
    anybody = Program(app)
    assert anybody.get("/bulletins") == {"items": [], "next_cursor": None}
    number = world.file(S.CLOSED)
    world.do(number, complaints.publish, staff=world.office.dispatcher, public_text="排队太久")
    code, later = put_out(world, number), put_out(world, left_out=("figures",))

    first = anybody.get("/bulletins", limit=1)
    second = anybody.get("/bulletins", limit=1, cursor=first["next_cursor"])
    assert [first["items"][0]["code"], second["items"][0]["code"]] == [later, code]
    assert second["next_cursor"] is None
    assert "收到诉求 1 件" in second["items"][0]["digest"]

    shown = anybody.get(f"/bulletins/{code}")
    parts = {part["part"]: part for part in shown["sections"]}
    assert shown["issue"] == "2026年第1期"
    assert shown["figures"]["numbers"][0] | {"change": ""} == {
        "figure": "filed",
        "name": "提出",
        "now": 1,
        "before": 0,
        "change": "",
    }
    # Of so few no rate is told, nor what it would divide.
    assert {(rate["good"], rate["of"], rate["label"]) for rate in shown["figures"]["rates"]} == {
        (None, None, "—")
    }
    [case] = parts["good"]["cases"]
    assert (case["number"], case["is_shown"], case["text"]) == (number, True, "排队太久")
    chart = parts["figures"]["chart"]
    for path in (chart["path"], chart["dark_path"]):
        assert app.test_client().get(path).mimetype == "image/png"
    assert chart["words"]

    silent = anybody.get(f"/bulletins/{later}")
    assert "figures" not in {part["part"] for part in silent["sections"]}
    assert silent["figures"]["numbers"] == silent["figures"]["trend"] == []

    world.do(number, complaints.unpublish, staff=world.office.dispatcher, words="撤下")
    [gone] = next(part for part in anybody.get(f"/bulletins/{code}")["sections"] if part["part"] == "good")[
        "cases"
    ]
    assert (gone["is_shown"], gone["text"], gone["told"]) == (False, "", "")


def test_withdrawn_one_says_why_and_an_unknown_one_is_none(app: Flask, world: World) -> None:
    code = put_out(world)
    with world.database.transaction() as session:
        found = bulletins.by_code(session, code)
        bulletin_approval.withdraw(
            session, found, reason="数字有误", staff=world.office.leader, now=world.now
        )
    anybody = Program(app)

    answer = anybody.call("GET", f"/bulletins/{code}")

    assert refusal(answer) == (410, "withdrawn", None)
    assert "原因：数字有误" in answer.json["detail"]
    assert anybody.get("/bulletins")["items"] == []
    assert world.count(Bulletin) == 1
    for unknown in ("2026-99", "x", "../admin"):
        assert refusal(anybody.call("GET", f"/bulletins/{unknown}"))[:2] == (404, "not_found")
