"""The drill of faults around us can fail: it finds what is lost, doubled, slow, or said in no words."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import update

from config.settings import Settings
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState, NoticeKind, NoticeState
from models.notice import Notice
from tests.drills.surroundings import judging
from tests.drills.surroundings.faults import BUSY
from tests.drills.surroundings.installation import Installation
from tests.drills.surroundings.judging import Finding, back_after, compare, judge_answers
from tests.drills.surroundings.voices import Answer, Chat, Program, Said
from tests.support.factories import Factory


@pytest.fixture
def installation(
    sqlite: Database,
    make_settings: Callable[..., Settings],
    factory: Factory,
    monkeypatch: pytest.MonkeyPatch,
) -> Installation:
    """One in which nothing runs, as far as the judges look at it."""
    monkeypatch.setattr(judging, "SETTLE_SECONDS", 0)
    with sqlite.transaction() as session:
        person = factory.person(session)
    url = sqlite.engine.url.render_as_string()
    sent = [{"client_msg_id": "event:1"}, {"client_msg_id": "event:1"}]
    stub = SimpleNamespace(
        settings=make_settings(database_url=url),
        people=[person],
        database=lambda: Database(url),
        platform=SimpleNamespace(simulator=SimpleNamespace(messages=lambda _: sent)),
    )
    return cast("Installation", stub)


def test_drill_finds_what_is_lost_doubled_left_lying_and_broken(
    installation: Installation, sqlite: Database, factory: Factory, now: datetime
) -> None:
    chat, program = Chat(installation), Program(installation)
    chat.said = [Said("谁也没有存下的话", taken=True), Said("没有答应过的话", answers=[Answer(0, 503, 1)])]
    program.said = [Said("存了两遍的话", taken=True), Said("存了一遍的话", taken=True)]
    with sqlite.transaction() as session:
        office = factory.office(session)
        for words in ("存了两遍的话", "存了两遍的话", "存了一遍的话"):
            factory.complaint(session, office).text = words
        session.execute(update(Notice).values(state=NoticeState.SENT))
        person = installation.people[0]
        session.add(
            Notice(
                key="event:1",
                kind=NoticeKind.ANSWERED,
                person_id=person.id,
                title="T",
                body="B",
                path="/",
                created_at=now,
                due_at=now.replace(year=2020),
                state=NoticeState.PENDING,
            )
        )
        session.add(
            Attachment(
                kind=AttachmentKind.PHOTO,
                state=AttachmentState.STORED,
                purpose=AttachmentPurpose.REPORT,
                created_at=now,
                file_key="aa/bb/" + "c" * 28 + ".jpg",
                content_type="image/jpeg",
                size=7,
            )
        )

    finding = Finding("case", "sqlite")
    compare(installation, [chat, program], finding)

    assert finding.wrong == [
        "公众号里的同学: 1 lost though acknowledged, 0 doubled",
        "公众号里的同学: 1 never got through, at last 503 “”",
        "小程序里的同学: 0 lost though acknowledged, 1 doubled",
        "1 notices were not sent",
        "1 notices came twice",
        "1 files are not whole",
    ]


def test_drill_finds_answers_that_are_slow_or_say_nothing(installation: Installation) -> None:
    program = Program(installation)
    program.said = [Said("一", taken=True, answers=[Answer(1.0, 503, 30.0, BUSY), Answer(50.0, 201, 1.0)])]
    finding = Finding("case", "sqlite")
    judge_answers([program], finding, began=0.0, ended=40.0, words={503: BUSY})
    assert finding.wrong == ["小程序里的同学: waited 30.0 s"]
    assert back_after([program], 40.0) == 11.0

    for answer in (Answer(1.0, 500, 1.0, "系统出错了"), Answer(1.0, 503, 1.0, ""), Answer(1.0, 0, 1.0)):
        program.said = [Said("一", answers=[answer])]
        finding = Finding("case", "sqlite")
        judge_answers([program], finding, began=0.0, ended=40.0, words={503: BUSY})
        assert len(finding.wrong) == 1
