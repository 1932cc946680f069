"""What of the ledger is found, and what everybody may read of it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from domain import matter_ledger, matter_photos, matter_queries, matter_requests, matter_work
from domain.errors import Invalid, NotAllowed
from domain.matter_queries import MatterFilters, MatterOrder, MatterView
from models.enums import AttachmentKind, ComplaintStatus
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource, MatterStatus
from models.staff import Staff
from tests.support.matters import matter
from tests.support.story import Story


def found(story: Story, staff: Staff, view: MatterView = MatterView.ALL, **filters: object) -> list[str]:
    page = matter_queries.ledger(
        story.session,
        staff,
        MatterFilters(**filters),
        view=view,
        now=story.now,  # type: ignore[arg-type]
    )
    assert page.total == len(page.items)
    return [one.title for one in page.items]


def test_the_ledger_is_narrowed_by_all_that_offices_ask_for(story: Story) -> None:
    office, session = story.office, story.session
    make = {"now": story.now}
    matter(session, office, **make, title="甲", deadline=date(2026, 11, 20), source=MatterSource.AUDIT)
    matter(session, office, MatterStatus.SUBMITTED, **make, title="乙", lead_staff_id=office.lead.id)
    other = {"team_id": office.other_team.id, "deadline": None, "deadline_words": "长期"}
    matter(session, office, **make, title="丙", kind=MatterKind.LEGACY, **other)

    assert found(story, office.leader) == ["甲", "乙", "丙"]
    assert found(story, office.leader, source=MatterSource.AUDIT) == ["甲"]
    assert found(story, office.leader, lead_staff_id=office.lead.id) == ["乙"]
    assert found(story, office.leader, team_id=office.other_team.id) == ["丙"]
    assert found(story, office.leader, kind=MatterKind.LEGACY) == ["丙"]
    assert found(story, office.leader, status=MatterStatus.SUBMITTED) == ["乙"]
    assert found(story, office.leader, words="60 度 甲") == ["甲"]
    assert found(story, office.leader, words="100%") == []
    assert found(story, office.leader, due_from=date(2026, 12, 1), due_to=date(2026, 12, 31)) == ["乙"]
    assert found(story, office.leader, MatterView.OVERDUE) == ["甲"]
    assert found(story, office.leader, MatterView.TO_DECIDE) == ["乙"]
    assert found(story, office.handler, MatterView.TO_DECIDE) == []
    assert found(story, office.leader, MatterView.MINE) == ["甲", "乙", "丙"]
    assert found(story, office.inspector, MatterView.MINE) == []
    assert found(story, office.outsider, MatterView.MINE) == ["丙"]
    assert matter_queries.view_counts(session, office.outsider, now=story.now)[MatterView.ALL] == 1


def test_the_record_shows_photos_before_and_after_to_everybody_but_not_what_is_internal(story: Story) -> None:
    office, session = story.office, story.session
    raised = story.complaint(ComplaintStatus.IN_PROGRESS)
    one = matter(session, office, now=story.now, complaints=[raised], attachments=[story.photo()])
    hidden = matter(session, office, now=story.now, public=False)
    matter_work.start(session, one, **story.by(office.handler))
    matter_work.note(session, one, words="供应商的电话", **story.by(office.handler))
    matter_requests.submit(
        session, one, words="好了", attachments=[story.photo()], **story.by(office.handler)
    )

    public = matter_queries.record_of(session, one, for_public=True)
    everything = matter_queries.record_of(session, one, for_public=False)
    assert [entry.event.step.label for entry in public] == ["申请销号", "启动", "立项"]
    assert len(everything) == 4
    before, after = matter_queries.before_and_after(public)
    assert (len(before), len(after)) == (1, 1)
    photo = matter_queries.file_of(session, after[0].id, for_public=True)
    assert photo is not None
    assert photo[2] is one
    assert matter_queries.file_of(session, 2**40, for_public=False) is None
    assert matter_queries.public_pairs(session, [one, hidden]) == {one.id: (before[0], after[0])}
    assert matter_queries.before_and_after([]) == ([], [])
    assert matter_queries.latest_events(session, [one, hidden])[one.id].words == "好了"
    assert hidden.id not in matter_queries.latest_events(session, [one, hidden], public=True)
    assert matter_queries.complaints_of(session, one) == [raised]
    assert matter_queries.matters_with(session, raised) == [one]


def test_the_public_list_holds_public_ones_only(story: Story) -> None:
    office, session = story.office, story.session
    matter(session, office, now=story.now, public=False)
    open_one = matter(session, office, now=story.now)
    closed = matter(session, office, MatterStatus.CLOSED, now=story.now)
    matter(session, office, MatterStatus.CANCELLED, now=story.now)

    def listed(*, done: bool, kind: MatterKind | None = None) -> list[Matter]:
        return list(matter_queries.public_list(session, done=done, kind=kind).items)

    assert (listed(done=False), listed(done=True)) == ([open_one], [closed])
    assert listed(done=False, kind=MatterKind.LEGACY) == []
    assert matter_queries.newest_public(session, limit=3) == [open_one]


def test_the_workbook_holds_what_the_list_shows(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matter_ledger, "SLICE", 1)
    office, session = story.office, story.session
    one = matter(session, office, now=story.now, deadline=date(2026, 11, 20), start=date(2026, 11, 1))
    matter_work.plan_milestone(session, one, title="=采购", **story.by(office.lead))
    matter(session, office, MatterStatus.CLOSED, now=story.now, lead_staff_id=None, public=False)
    filters = MatterFilters(team_id=office.team.id, due_to=date(2026, 12, 31))
    task = matter_ledger.ask(
        session, office.lead, filters, view=MatterView.ALL, order=MatterOrder.NUMBER, now=story.now
    )
    target = tmp_path / "matters.xlsx"

    lines = matter_ledger.write_matter_ledger(
        session, target, staff_id=office.lead.id, parameters=task.parameters, now=story.now
    )

    rows = list(load_workbook(target).active.iter_rows(values_only=True))
    assert (lines, list(rows[0])) == (2, list(matter_ledger.COLUMNS))
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["编号"], first["是否超期"], first["节点"]) == ("B-2026-0001", "是", "=采购（未验收）")
    assert (first["完成时限"], first["开始"]) == ("2026年11月20日", "2026-11-01")
    assert dict(zip(rows[0], rows[2], strict=True))["最新进展"] == "2026-11-23 实测 65 度"
    with pytest.raises(NotAllowed, match="导出"):
        matter_ledger.ask(
            session, office.handler, filters, view=MatterView.ALL, order=MatterOrder.NUMBER, now=story.now
        )
    with pytest.raises(NotAllowed, match="没有导出台账的权限"):
        matter_ledger.write_matter_ledger(
            session, target, staff_id=office.handler.id, parameters=task.parameters, now=story.now
        )


def test_documents_are_for_staff_and_hidden_photos_for_nobody_outside(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, MatterStatus.IN_PROGRESS, now=story.now)
    report, first, second = story.photo(AttachmentKind.DOCUMENT), story.photo(), story.photo()
    with pytest.raises(Invalid, match="请上传整改后的照片"):
        matter_requests.submit(session, one, words="好了", attachments=[report], **story.by(office.handler))
    files = [report, first, second]
    matter_requests.submit(session, one, words="好了", attachments=files, **story.by(office.handler))
    assert [one.public for one in files] == [False, True, True]

    inside = matter_queries.record_of(session, one, for_public=False)[0]
    assert (inside.photos, inside.documents) == ([first, second], [report])
    assert matter_queries.public_pairs(session, [one]) == {one.id: (None, first)}
    act: Any = {"reason": "拍到了人脸", "now": story.now}
    with pytest.raises(NotAllowed, match="受理员或系统管理员"):
        matter_photos.hide_photo(session, one, first, staff=office.handler, **act)
    matter_photos.hide_photo(session, one, first, staff=office.dispatcher, **act)
    outside = matter_queries.record_of(session, one, for_public=True)[0]
    assert (outside.photos, outside.documents) == ([second], [])
    assert matter_queries.public_pairs(session, [one]) == {one.id: (None, second)}
    opened = [matter_queries.file_of(session, file.id, for_public=True) is not None for file in files]
    assert opened == [False, False, True]
    matter_requests.refuse(session, one, words="再拍一张", **story.by(office.leader))
    newest = story.photo()
    matter_requests.submit(session, one, words="好了", attachments=[newest], **story.by(office.handler))
    assert matter_queries.public_pairs(session, [one]) == {one.id: (None, newest)}
