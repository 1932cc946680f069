"""Words that were typed into a form and not sent: there again after a reload, and on another machine."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.complaint import Complaint
from models.database import Database
from models.desk import ActDraft
from models.enums import ComplaintStatus, StepName
from models.wording import ReplyTemplate
from tests.support.act_pages import act_address, fields_of, last_event
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
S = ComplaintStatus


def _drafts(database: Database) -> list[dict[str, str]]:
    with database.reading() as session:
        return [draft.fields for draft in session.scalars(select(ActDraft))]


def test_a_draft_is_kept_found_on_another_machine_and_gone_when_the_act_is_done(
    signed_in: SignedIn, file: Filed, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS)
    here, there = signed_in("handler"), signed_in("handler")
    address = act_address(complaint, StepName.RESOLVE)
    fields = fields_of(here, address)

    said = here.post(f"{address}/draft", fields | {"words": "写了一半", "outcome": "cannot"})

    assert said.get_data(as_text=True) == "草稿已保存 10:00"
    assert _drafts(database) == [{"outcome": "cannot", "words": "写了一半", "no_photo_reason": ""}]
    page = there.get(address)
    assert words_of(page.select_one("#act-words")) == "写了一半"
    assert words_of(page.select_one(".draft-line")).startswith("这是您 今天 10:00 没有提交的草稿。")
    assert page.select_one("input[name=outcome][value=cannot][checked]") is not None
    bar = there.get(f"/admin/complaints/{complaint.number}").select_one("[data-act=resolve] .begun")
    assert words_of(bar) == "草稿"
    assert signed_in("lead").get(address).select_one(".draft-line") is None
    there.send(address, fields_of(there, address) | {"no_photo_reason": "不便"})
    assert _drafts(database) == []
    assert here.post(f"{address}/draft", fields | {"words": "迟到的"}).get_data() == b""
    assert _drafts(database) == []


@pytest.mark.parametrize("fragment", [False, True])
def test_a_draft_is_thrown_away_by_its_writer(
    signed_in: SignedIn, file: Filed, database: Database, *, fragment: bool
) -> None:
    complaint, handler = file(S.IN_PROGRESS), signed_in("handler")
    address = act_address(complaint, StepName.REPLY)
    handler.post(f"{address}/draft", {"words": "不要了", "opened": "gestern"})
    assert len(_drafts(database)) == 1

    answer = handler.post(f"{address}/draft/drop", fragment=fragment)

    assert answer.status_code == (200 if fragment else 303)
    assert _drafts(database) == []
    assert "不要了" not in str(handler.get(address))


def test_what_the_address_names_comes_before_the_draft(signed_in: SignedIn, file: Filed) -> None:
    main, other, double = file(), file(), file()
    desk, address = signed_in("dispatcher"), act_address(double, StepName.MERGE)
    desk.post(f"{address}/draft", {"into": main.number, "words": "同一件"})

    fields = fields_of(desk, f"{address}?into={other.number}")

    assert (fields["into"], fields["words"]) == (other.number, "同一件")


def test_nobody_keeps_drafts_on_what_they_may_not_see(signed_in: SignedIn, file: Filed) -> None:
    outsider = signed_in("outsider")

    kept = outsider.post(f"{act_address(file(S.IN_PROGRESS), StepName.NOTE)}/draft", {"words": "x"})

    assert kept.status_code == 404


def test_texts_to_start_from_are_offered_filled_in_and_counted(
    signed_in: SignedIn, file: Filed, office: Office, database: Database, now: datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    complaint, handler = file(S.IN_PROGRESS), signed_in("handler")
    with database.transaction() as session:
        for title, step in (("致歉", StepName.REPLY), ("转办", StepName.REQUEST_TRANSFER)):
            session.add(ReplyTemplate(title=title, text="关于{地点}的事，抱歉", step=step, changed_at=now))
    address = act_address(complaint, StepName.REPLY)

    offered = handler.get(address).select("[data-template]")
    chosen = str(offered[0]["data-template"])
    clock.shift(timedelta(minutes=1))
    handler.send(address, {"words": str(offered[0]["data-text"]), "template": [chosen, chosen, "x", "99"]})

    assert [words_of(button.select_one("strong")) for button in offered] == ["致歉"]
    assert last_event(database, complaint).words == "关于您反映的地点的事，抱歉"
    with database.reading() as session:
        counted = dict(session.execute(select(ReplyTemplate.title, ReplyTemplate.used)).all())
    assert counted == {"致歉": 1, "转办": 0}
    assert office.handler.active
