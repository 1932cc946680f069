"""Texts that staff start an answer from: whose they are, where they are offered, how they are filled."""

import pytest

from domain import reply_templates
from domain.errors import Invalid, NotAllowed, NotFound
from domain.reply_templates import MOST_OF_ONES_OWN, PLACEHOLDERS, ReplyWish
from models.enums import Channel, ComplaintStatus, StepName
from models.staff import Staff
from models.wording import ReplyTemplate
from tests.support.story import Story


def add(story: Story, title: str, *, by: Staff | None = None, **changes: object) -> ReplyTemplate:
    """Of the office; of somebody's own with `by`."""
    values: dict[str, object] = {"title": title, "text": f"{title}。"}
    return reply_templates.add(
        story.session,
        ReplyWish(**(values | changes)),  # type: ignore[arg-type]
        for_office=by is None,
        staff=by or story.office.admin,
        now=story.now,
    )


def test_every_placeholder_is_filled_from_the_complaint(story: Story) -> None:
    text = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
    template = add(story, "全部", text=text)
    story.office.team.phone = "88886120"
    complaint = story.complaint(
        ComplaintStatus.ASSIGNED,
        service_point=story.office.canteen,
        contact_name="张三",
        contact_phone="13800000000",
    )

    rest = f"{complaint.number}、一食堂 3 号窗口、其他、饮食服务中心、88886120、11月26日 10:00、11月23日"
    assert reply_templates.fill(template, complaint) == f"同学/老师、{rest}"
    assert reply_templates.fill(template, complaint, staff=story.office.handler) == f"张三、{rest}"
    assert reply_templates.fill(template, complaint, staff=story.office.outsider) == f"同学/老师、{rest}"


def test_what_a_complaint_lacks_reads_well_too(story: Story) -> None:
    template = add(story, "缺", text="{地点}，{责任单位}，{单位电话}，{期限}。{")
    praise = story.complaint(text="谢谢阿姨，辛苦了", kind=None, channel=Channel.WECHAT)

    assert praise.done_due_at is None
    assert reply_templates.fill(template, praise) == "您反映的地点，后勤处，，规定时限。{"


def test_offered_are_ones_own_first_and_what_fits_act_and_category(story: Story) -> None:
    session, office = story.session, story.office
    child = story.factory.category(session, name="食品卫生", parent_id=office.category.id)
    complaint = story.complaint(category=child)
    other = story.factory.category(session)
    add(story, "别类", category_id=other.id)
    add(story, "办结用", step=StepName.RESOLVE)
    add(story, "通用")
    add(story, "上级类", category_id=office.category.id)
    add(story, "答复用", step=StepName.REPLY)
    add(story, "同事的", by=office.colleague)
    add(story, "自己的", by=office.handler)
    off = add(story, "停用的")
    reply_templates.set_active(session, off, active=False, staff=office.admin, now=story.now)

    found = reply_templates.offered(session, office.handler, complaint=complaint, step=StepName.REPLY)
    assert [row.title for row in found] == ["自己的", "上级类", "答复用", "通用"]
    at_top = story.complaint(category=other)
    found_at_top = reply_templates.offered(session, office.lead, complaint=at_top, step=StepName.RESOLVE)
    assert [row.title for row in found_at_top] == ["别类", "办结用", "通用"]
    reply_templates.count_used(session, found[0].id)
    session.refresh(found[0])
    assert found[0].used == 1


def test_those_of_the_office_are_changed_by_who_looks_after_them(story: Story) -> None:
    session, office = story.session, story.office
    for staff in (office.admin, office.dispatcher, office.lead):
        reply_templates.add(
            session, ReplyWish(title="通用", text="好"), for_office=True, staff=staff, now=story.now
        )
    template = reply_templates.listed(session, owner=None)[0]
    for staff in (office.handler, office.leader, office.inspector):
        with pytest.raises(NotAllowed):
            reply_templates.add(
                session, ReplyWish(title="通用", text="好"), for_office=True, staff=staff, now=story.now
            )
        with pytest.raises(NotAllowed):
            reply_templates.find(session, template.id, staff)
    own = add(story, "自己的", by=office.handler)
    assert reply_templates.find(session, own.id, office.handler) is own
    for stranger in (office.admin, office.colleague):
        with pytest.raises(NotFound):
            reply_templates.find(session, own.id, stranger)


def test_template_is_changed_moved_and_deleted(story: Story) -> None:
    session, by = story.session, {"staff": story.office.admin, "now": story.now}
    first, second = add(story, "一"), add(story, "二")
    wish = ReplyWish(title=" 第 一 ", text="好\r\n的", step=StepName.ASK)
    reply_templates.change(session, first, wish, **by)
    reply_templates.change(session, first, wish, **by)
    assert (first.title, first.text, first.step) == ("第 一", "好\n的", StepName.ASK)

    reply_templates.move(session, second, by=-1, **by)
    reply_templates.move(session, second, by=-1, **by)
    assert [row.title for row in reply_templates.listed(session, owner=None)] == ["二", "第 一"]
    reply_templates.set_active(session, second, active=False, **by)
    reply_templates.set_active(session, second, active=False, **by)
    assert [row.title for row in reply_templates.listed(session, owner=None)] == ["第 一", "二"]
    reply_templates.set_active(session, second, active=True, **by)
    reply_templates.remove(session, first, **by)
    assert [row.title for row in reply_templates.listed(session, owner=None)] == ["二"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "请填写标题"),
        ({"title": "题" * 41}, "标题最多 40 字"),
        ({"text": " "}, "请填写内容"),
        ({"text": "字" * 1001}, "内容最多 1000 字"),
        ({"text": "您好{姓名}，{}"}, "不认识{姓名}、{}。可以用的有：{称呼}、{编号}"),
        ({"category_id": 0}, "类别已经没有了"),
        ({"step": StepName.MERGE}, "重新选择用在哪个办理动作"),
    ],
)
def test_what_cannot_be_used_is_refused(story: Story, changes: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        add(story, **({"title": "题"} | changes))  # type: ignore[arg-type]


def test_nobody_hoards_texts(story: Story) -> None:
    for number in range(MOST_OF_ONES_OWN):
        add(story, f"第{number}条", by=story.office.handler)
    with pytest.raises(Invalid, match="最多 100 条"):
        add(story, "又一条", by=story.office.handler)
