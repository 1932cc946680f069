"""The abuse drill fails when others notice, or when more was left behind than the limits let through."""

from datetime import UTC, datetime
from pathlib import Path

from domain import complaints
from models.database import Database
from models.enums import Channel
from tests.drills.abuse import judging
from tests.drills.abuse.ordinary import A_SECOND, Experience, Experiences
from tests.drills.abuse.product import Product, SignedIn
from tests.drills.abuse.traffic import Answer, Tally, sentence_of
from tests.support.factories import Factory
from tests.support.settings import settings_in


def experiences(milliseconds: float, *, refused: int = 0) -> Experiences:
    """A hundred answers of each kind, all as fast."""
    return {kind: Experience([milliseconds / 1000] * 100, ["HTTP 429"] * refused) for kind in A_SECOND}


_FAILED = (
    "2026-11-22 21:35:19 [error    ] request_failed path=/h5/notices\n"
    "Traceback (most recent call last):\nZeroDivisionError"
)


def _log(folder: Path) -> None:
    """Write what two processes may have logged."""
    harmless = "2026-11-22 21:35:18 [warning  ] path_held words=[error] at=2026-11-22\n"
    (folder / "web.log").write_text(f"{harmless}{_FAILED}\n" * 2, encoding="utf-8")
    (folder / "worker.log").write_text(harmless, encoding="utf-8")


def test_slower_or_refused_people_are_told(tmp_path: Path, sqlite: Database, factory: Factory) -> None:
    calm = experiences(100)
    assert judging.noticed(calm, experiences(499)) == []
    assert judging.noticed(experiences(400), experiences(1190)) == []
    slow = judging.noticed(calm, experiences(501))
    assert slow == [f"{kind}: p99 501 ms, 500 at the most" for kind in A_SECOND]
    assert judging.noticed(calm, experiences(10, refused=2))[0] == "chat: 2 of 100 refused (HTTP 429)"
    nobody: Experiences = {kind: Experience() for kind in A_SECOND}
    assert judging.noticed(calm, nobody)[0] == "chat: nobody was answered at all"

    with sqlite.transaction() as session:
        factory.office(session)
        abuser = factory.person(session)
        for number in range(11):
            said = complaints.Submission(text=f"{number}", channel=Channel.WEB, reporter=abuser)
            complaints.submit(session, said, now=datetime.now(UTC))
    nobodys = SignedIn("", "")
    product = Product(
        settings=settings_in(tmp_path),
        folder=tmp_path,
        database=sqlite,
        people=[],
        phones=[],
        desk=nobodys,
        abuser=str(abuser.openid),
        abuser_phone=nobodys,
        abuser_token="",
        system_key="",
        place="",
        number="",
        matter="",
        used_link="",
    )
    _log(tmp_path)
    tally = Tally()
    tally.add(Answer(429, '{"detail": "太多"}', 0.1))
    tally.add(Answer(500, "<h1>错</h1> <p>系统出错了</p>", 0.1))
    outcome = judging.judge(
        "complaints", tally=tally, calm=calm, abused=calm, rows=1, size=100 * 2**20, product=product
    )
    assert outcome.problems == [
        "complaints: 11 left behind, 10 at the most",
        "100 MB left behind, 60 at the most",
        "1 answers of the abuser were errors of ours",
        f"web: 2 errors in its log: {_FAILED}",
    ]
    assert (tally.refused, tally.words["太多"], sentence_of("<title>甲</title>")) == (1, 1, "甲")
    assert "FAILED complaints: 11 left behind" in judging.report(outcome)
    assert judging.table([outcome], database="sqlite").endswith("FAILED")
