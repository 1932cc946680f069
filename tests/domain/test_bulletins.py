"""Bulletins: figures that stay, words that follow them, cases that can be read, and two pairs of eyes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from PIL import Image
from sqlalchemy import func, select

from domain import (
    bulletin_approval,
    bulletin_cases,
    bulletin_contents,
    bulletin_writing,
    bulletins,
    complaints,
    hiding,
    release,
)
from domain.bulletin_document import as_document
from domain.bulletin_writing import BulletinWords, CaseWords
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.figure_rules import Figure
from domain.file_store import LocalFileStore
from domain.hiding import Target
from domain.release import Wish
from models.audit import AuditEntry
from models.board_words import BoardPart
from models.bulletin import Bulletin
from models.bulletin_words import BulletinPart, BulletinState, CaseSide
from models.complaint import Complaint
from models.enums import ComplaintKind, Outcome, ServicePointKind
from models.enums import ComplaintStatus as S
from models.staff import Staff
from tests.support.bulletins import NOVEMBER, bulletin_figures, painter_in, publish_bulletin, write_bulletin
from tests.support.story import Story

on_sqlite = pytest.mark.parametrize("story", ["sqlite"], indirect=True)


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "files")


def by(story: Story, staff: Staff, *, seen: int | None = None) -> Any:
    return {"staff": staff, "now": story.now, "seen": seen}


def on_board(story: Story, status: S = S.CLOSED, **changes: Any) -> Complaint:
    complaint = story.complaint(status, **changes)
    wish = Wish("高峰时排队太久", "已加开窗口")
    staff = story.office.dispatcher
    release.release(story.session, complaint, wish, confirmed=False, staff=staff, now=story.now)
    return complaint


def words_of(bulletin: Bulletin, **changes: Any) -> BulletinWords:
    cases = {case.id: CaseWords(case.text, case.answer, case.comment) for case in bulletin.cases}
    kept = BulletinWords(bulletin.title, dict(bulletin.texts), frozenset(bulletin.left_out), cases)
    return replace(kept, **changes)


def test_figures_stay_until_they_are_counted_again(story: Story, files: LocalFileStore) -> None:
    room = story.factory.place(story.session, "301", parent=story.office.hall)
    loose = story.factory.place(story.session, "302")
    room.kind = loose.kind = ServicePointKind.ROOM
    for _ in range(3):
        story.complaint(S.CLOSED, service_point=room)
    story.complaint(S.IN_PROGRESS, service_point=loose)
    bulletin = write_bulletin(story.session, story.office, files, now=story.now)
    taken = bulletins.figures_of(bulletin)

    assert (taken.filed, taken.compared_name, taken.number(Figure.RESOLVED).now) == (4, "上期", 3)
    assert [(one.name, one.filed) for one in taken.places] == [("图书馆大厅", 3)]
    assert [(one.name, one.now, one.before) for one in taken.areas] == [("其他", 4, 0)]
    assert [(one.name, one.filed) for one in taken.teams] == [("饮食服务中心", 4)]
    assert sum(count for _, count in taken.trend) == 4
    assert [(one.name, one.width) for one in bulletin.charts] == [("trend", 360), ("areas", 360)]
    with Image.open(BytesIO(files.read(bulletin.charts[0].dark_file_key))) as picture:
        assert (picture.format, picture.width) == ("PNG", 1080)

    old_key = bulletin.charts[0].file_key
    inspector = story.office.inspector
    typed = words_of(bulletin, texts={**bulletin.texts, "next": "下月抽查。"})
    bulletin_writing.change(story.session, bulletin, typed, **by(story, inspector))
    story.complaint()
    assert bulletins.figures_of(bulletin).filed == 4
    again = by(story, inspector)
    bulletin_writing.count_again(story.session, bulletin, painter=painter_in(files), **again)
    assert bulletins.figures_of(bulletin).filed == 5
    assert bulletin.texts["figures"].startswith("共收到师生诉求 5 件")
    assert bulletin.texts["next"] == "下月抽查。"
    assert bulletin.charts[0].file_key != old_key


def test_cases_come_from_the_board_with_their_reasons(story: Story, files: LocalFileStore) -> None:
    good, untold = on_board(story), story.complaint(S.CLOSED)
    on_board(story, kind=ComplaintKind.QUESTION)
    bad = on_board(story, S.RESOLVED)
    student = story.by(story.office.student)
    complaints.rate(story.session, bad, solved=False, stars=1, words="没修好", **student)
    late = on_board(story, S.IN_PROGRESS)
    story.later(days=30)
    done = {"words": "已经换好了新的设备", "outcome": Outcome.SOLVED, "no_photo_reason": "不涉及设施"}
    complaints.resolve(story.session, bad, **done, **story.by(story.office.handler))
    story.later(days=-30)
    bulletin = write_bulletin(story.session, story.office, files, now=story.now)
    session, deed = story.session, by(story, story.office.inspector)
    ask = {"now": story.now + timedelta(days=31)}
    found = {
        side: [
            (one.complaint.id, one.reason)
            for one in bulletin_cases.suggestions(session, bulletin, side, **ask)
        ]
        for side in CaseSide
    }

    assert found[CaseSide.GOOD] == [(good.id, "0 分钟办结（工作时间），诉求人评 5 星")]
    assert found[CaseSide.BAD] == [
        (bad.id, "退回重办 1 次，超期办结，诉求人评 1 星"),
        (late.id, "超期还没有办结"),
    ]
    waiting = [bulletin_cases.count_not_released(session, bulletin, side, **ask) for side in CaseSide]
    assert waiting == [1, 0]
    with pytest.raises(NotFound, match="只有已经公开的诉求才能选作典型"):
        bulletin_writing.choose_case(session, bulletin, untold.number, CaseSide.GOOD, **deed)
    for one in (bad, late, good):
        bulletin_writing.choose_case(session, bulletin, one.number, CaseSide.BAD, **deed)
    with pytest.raises(Invalid, match="已经选过了"):
        bulletin_writing.choose_case(session, bulletin, good.number, CaseSide.GOOD, **deed)
    assert bulletin_cases.reason_of(session, late, CaseSide.GOOD, **ask) == ""
    bulletin_writing.move_case(session, bulletin, bulletin.cases[2].id, by=-1, **deed)
    bulletin_writing.drop_case(session, bulletin, bulletin.cases[0].id, **deed)
    assert [case.complaint_id for case in bulletin.cases] == [good.id, late.id]
    case = bulletin_cases.shown(session, bulletin)[CaseSide.BAD][0]
    assert (case.heading, case.is_shown) == ("投诉 · 其他 · 饮食服务中心", True)
    with pytest.raises(NotFound, match="已经去掉了"):
        bulletin_writing.drop_case(session, bulletin, 999, **deed)


@on_sqlite
def test_no_more_than_ten_cases_stand_on_a_side(
    story: Story, files: LocalFileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulletin_cases, "MOST_CASES", 1)
    bulletin = write_bulletin(story.session, story.office, files, now=story.now, case=on_board(story))
    with pytest.raises(Invalid, match="最多选 1 件"):
        bulletin_writing.choose_case(
            story.session,
            bulletin,
            on_board(story).number,
            CaseSide.GOOD,
            **by(story, story.office.inspector),
        )


@on_sqlite
def test_a_case_that_leaves_the_board_leaves_the_bulletin_too(story: Story, files: LocalFileStore) -> None:
    shared = on_board(story)
    session, office = story.session, story.office
    bulletin = write_bulletin(session, office, files, now=story.now, case=shared)
    second = write_bulletin(session, office, files, now=story.now, case=shared)
    bulletin.cases[0].comment = "值得学习"
    publish_bulletin(session, bulletin, office, now=story.now)
    second.cases[0].answer, second.texts = "", second.texts | {"next": "一。\n\n二。"}
    bare = list(_document_words(session, second, files))
    assert (bare[bare.index("一。") + 1], [one for one in bare if one.startswith("答复")]) == ("二。", [])
    shown = "\n".join(_document_words(session, bulletin, files))
    assert ("诉求：高峰时排队太久" in shown, "点评：值得学习" in shown) == (True, True)

    act = {"reason": "泄露个人信息", "staff": office.dispatcher, "now": story.now}
    hiding.hide(session, shared, Target(BoardPart.TEXT), **act)

    shown = "\n".join(_document_words(session, bulletin, files))
    assert ("高峰时排队太久" in shown, bulletin_cases.GONE in shown) == (False, True)
    with pytest.raises(Invalid, match=f"典型 {shared.number} 已从公示栏撤下"):
        bulletin_approval.submit(session, second, **by(story, office.inspector))


def _document_words(session: Any, bulletin: Bulletin, files: LocalFileStore) -> Iterator[str]:
    contents = bulletin_contents.contents_of(session, bulletin)
    document = docx.Document(BytesIO(as_document(contents, files)))
    yield from (paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        yield from (" | ".join(cell.text for cell in row.cells) for row in table.rows)


@on_sqlite
def test_word_file_holds_figures_teams_matters_and_pictures(story: Story, files: LocalFileStore) -> None:
    session = story.session
    story.complaint(S.IN_PROGRESS)
    bulletin = write_bulletin(session, story.office, files, now=story.now)
    contents = bulletin_contents.contents_of(session, bulletin)
    teams = next(one for one in contents.sections if one.part is BulletinPart.TEAMS)
    told = replace(contents, figures=bulletin_figures(), sections=[*contents.sections, teams])
    document = docx.Document(BytesIO(as_document(told, files)))

    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[:2] == [bulletin.title, "后勤处　草稿，未发布"]
    assert "一、总体情况" in words
    assert "校医院：不足 10 件，不作比较。" in words
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["按时答复率", "90%（9/10）", "80%（16/20）", "比上期高 10.0 个百分点"] in rows
    assert ["修好浴室（B-2026-0001）", "热水", "—", "10月9日"] in rows
    looks = {
        (bool(number), bool(at), style.font.bold, style.font.size, style.paragraph_format.alignment)
        for table in document.tables
        for number, row in enumerate(table.rows)
        for at, cell in enumerate(row.cells)
        for style in [cell.paragraphs[0].style]
    }
    centre = WD_ALIGN_PARAGRAPH.CENTER
    assert looks == {
        (False, False, True, Pt(11), None),
        (False, True, True, Pt(11), centre),
        (True, False, False, Pt(11), None),
        (True, True, False, Pt(11), centre),
    }
    assert len(document.inline_shapes) == 2
    assert bulletin_contents.contents_of(session, bulletin).issue == ""
    one_team = replace(told, figures=bulletin_figures(teams=bulletin_figures().teams[:1]))
    said = docx.Document(BytesIO(as_document(one_team, files))).paragraphs
    assert [paragraph.text for paragraph in said if "件，不作比较" in paragraph.text] == []


@on_sqlite
def test_what_is_left_out_or_empty_has_no_heading(story: Story, files: LocalFileStore) -> None:
    bulletin = write_bulletin(story.session, story.office, files, now=story.now)
    typed = words_of(bulletin, left_out=frozenset({"matters", "nonsense"}), texts={"next": "", "other": "x"})
    bulletin_writing.change(story.session, bulletin, typed, **by(story, story.office.inspector))

    parts = [one.part.value for one in bulletin_contents.contents_of(story.session, bulletin).sections]

    assert parts == ["opening", "figures"]
    assert "other" not in bulletin.texts


@on_sqlite
def test_typing_is_kept_and_overwrites_nothing_unseen(story: Story, files: LocalFileStore) -> None:
    session, office = story.session, story.office
    bulletin = write_bulletin(session, office, files, now=story.now, case=on_board(story))
    begun, written = bulletin.revision, _entries(story)
    case = bulletin.cases[0].id
    mine = words_of(bulletin, title="  十一月  通报 ", cases={case: CaseWords("改过", "", "好")})
    kept: Any = {"audited": False, **by(story, office.inspector, seen=begun)}
    bulletin_writing.change(session, bulletin, mine, **kept)
    bulletin_writing.change(session, bulletin, mine, **kept)
    assert (bulletin.title, bulletin.cases[0].text, bulletin.cases[0].comment) == (
        "十一月 通报",
        "改过",
        "好",
    )
    assert (bulletin.revision, _entries(story)) == (begun, written)

    bulletin_writing.change(
        session, bulletin, words_of(bulletin, cases={}), **by(story, office.leader, seen=begun)
    )
    assert (bulletin.revision, bulletin.written_by_id) == (begun + 1, office.leader.id)
    with pytest.raises(TooLate):
        bulletin_writing.change(session, bulletin, mine, **by(story, office.inspector, seen=begun))
    for wrong, field in (
        ({"title": " "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"texts": {"next": "长" * 3001}}, "texts"),
        ({"cases": {case: CaseWords(" ")}}, "cases"),
    ):
        with pytest.raises(Invalid) as refused:
            bulletin_writing.change(
                session, bulletin, words_of(bulletin, **wrong), **by(story, office.leader)
            )
        assert refused.value.field == field
    bulletin_writing.remove(session, bulletin, **by(story, office.leader))
    assert session.scalars(select(Bulletin)).all() == []


def _entries(story: Story) -> int:
    story.session.flush()
    return len(story.session.info.get("audit entries of this transaction", []))


def test_another_publishes_and_everybody_reads(story: Story, files: LocalFileStore) -> None:
    session, office = story.session, story.office
    bulletin = write_bulletin(session, office, files, now=story.now)
    inspector, leader, dispatcher = (
        by(story, one) for one in (office.inspector, office.leader, office.dispatcher)
    )
    bulletin_writing.change(session, bulletin, words_of(bulletin, texts={"next": "找王师傅"}), **dispatcher)
    with pytest.raises(Invalid, match="通报里可能有姓名「王师傅」") as refused:
        bulletin_approval.submit(session, bulletin, **dispatcher)
    assert refused.value.field == "confirmed"
    bulletin_approval.submit(session, bulletin, confirmed=True, **inspector)
    assert [
        session.scalar(bulletins.waiting_for(one["staff"])) for one in (inspector, leader, dispatcher)
    ] == [
        0,
        1,
        0,
    ]

    for who in (dispatcher, inspector):
        with pytest.raises(NotAllowed):
            bulletin_approval.publish(session, bulletin, **who)
    with pytest.raises(Invalid):
        bulletin_approval.send_back(session, bulletin, reason=" ", **leader)
    bulletin_approval.send_back(session, bulletin, reason="数字不对", **leader)
    assert (bulletin.state, bulletin.remark) == (BulletinState.DRAFT, "数字不对")
    bulletin_approval.submit(session, bulletin, confirmed=True, **inspector)
    bulletin_approval.take_back(session, bulletin, **inspector)
    bulletin_approval.submit(session, bulletin, confirmed=True, **inspector)
    bulletin_approval.publish(session, bulletin, **leader)
    second = publish_bulletin(
        session,
        write_bulletin(session, office, files, now=story.now),
        office,
        now=story.now + timedelta(hours=1),
    )

    assert [one.code for one in bulletins.published(session).items] == ["2026-02", "2026-01"]
    assert bulletin_contents.contents_of(session, second).issue == "2026年第2期"
    card = bulletins.card_of(bulletin)
    assert (card.path, card.digest) == ("/h5/bulletins/2026-01", "收到诉求 0 件，办结 0 件")
    assert bulletins.by_code(session, "2026-01") is bulletin
    with pytest.raises(TooLate):
        bulletin_writing.change(session, bulletin, words_of(bulletin), **inspector)
    assert session.info.pop("the public board changed")

    bulletin_approval.withdraw(session, bulletin, reason="数字有误", **leader)
    assert [one.code for one in bulletins.published(session).items] == ["2026-02"]
    assert bulletins.counts(session) == {
        BulletinState.DRAFT: 0,
        BulletinState.WAITING: 0,
        BulletinState.PUBLISHED: 1,
        BulletinState.WITHDRAWN: 1,
    }
    found = bulletins.listed(session, state=BulletinState.WITHDRAWN, words="通报 2026-01")
    assert [one.id for one in found.items] == [bulletin.id]


@on_sqlite
def test_only_who_looks_after_all_writes_bulletins(story: Story, files: LocalFileStore) -> None:
    session, office = story.session, story.office
    bulletin = write_bulletin(session, office, files, now=story.now)
    deeds: list[Any] = [
        lambda: bulletin_writing.create(
            session, NOVEMBER, painter=painter_in(files), staff=office.lead, now=story.now
        ),
        lambda: bulletin_writing.remove(session, bulletin, **by(story, office.handler)),
        lambda: bulletin_approval.withdraw(session, bulletin, reason="x", **by(story, office.inspector)),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()
    missing: list[Any] = [lambda: bulletins.find(session, 999), lambda: bulletins.by_code(session, "2026-99")]
    for look in missing:
        with pytest.raises(DomainError, match="没有找到这期通报"):
            look()
    assert session.scalar(select(func.count(Bulletin.id))) == 1
    assert session.scalar(select(func.count(AuditEntry.id))) == 0
