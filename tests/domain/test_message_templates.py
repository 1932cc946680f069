"""Which template tells which kind of notice: the pages' word before the file's."""

from typing import Any

import pytest

from config.wechat_templates import TemplateBook
from domain import message_templates, platform_alerts
from domain.errors import Invalid
from domain.message_templates import Mapped, Wish
from models.enums import NoticeChannel, NoticeKind
from tests.support.story import Story

BOOK = TemplateBook.model_validate(
    {"templates": {"a": {"id": "FILE", "kinds": ["answered"], "fields": {"thing1": ["{remark}"]}}}}
)
ANSWERED, CLOSED = NoticeKind.ANSWERED, NoticeKind.CLOSED
TEMPLATE, SUBSCRIPTION = NoticeChannel.TEMPLATE, NoticeChannel.SUBSCRIPTION
MINI = NoticeChannel.MINI_SUBSCRIPTION


def wish(**changes: Any) -> Wish:
    values: dict[str, Any] = {
        "template_id": "PAGE-1",
        "title": "办理进度通知",
        "fields": {"thing1": ["{remark}", "点击查看"]},
    }
    return Wish(**(values | changes))


def save(
    story: Story, *, kind: NoticeKind = ANSWERED, channel: NoticeChannel = TEMPLATE, **changes: Any
) -> None:
    staff = story.office.admin
    message_templates.save(story.session, kind, channel, wish(**changes), staff=staff, now=story.now)


def found(story: Story, kind: NoticeKind = ANSWERED, channel: NoticeChannel = TEMPLATE) -> Mapped:
    return message_templates.in_use_for(story.session, BOOK, kind, channel)


def test_file_holds_where_nothing_was_set(story: Story) -> None:
    [answered] = [one for one in message_templates.in_use(story.session, BOOK) if one.template]
    assert answered == found(story)
    assert (answered.kind, answered.channel, answered.row, answered.title) == (ANSWERED, TEMPLATE, None, "")
    assert answered.template is not None
    assert (answered.template.id, answered.label("thing1")) == ("FILE", "")


def test_every_kind_is_listed_on_every_way(story: Story) -> None:
    listed = [(one.kind, one.channel) for one in message_templates.in_use(story.session, BOOK)]
    assert listed == [(kind, channel) for kind in NoticeKind for channel in (TEMPLATE, SUBSCRIPTION, MINI)]


def test_what_is_told_to_many_has_no_template_message(story: Story) -> None:
    shown = message_templates.in_use_for(story.session, BOOK, NoticeKind.PUSH_DIGEST, TEMPLATE)
    assert (shown.possible, found(story).possible) == (False, True)
    with pytest.raises(Invalid, match="订阅通知"):
        save(story, kind=NoticeKind.PUSH_DIGEST)
    save(story, kind=NoticeKind.PUSH_DIGEST, channel=SUBSCRIPTION)
    digest = message_templates.in_use_for(story.session, BOOK, NoticeKind.PUSH_DIGEST, SUBSCRIPTION)
    assert digest.template is not None


def test_mini_program_tells_people_what_concerns_them_and_nothing_else(story: Story) -> None:
    save(story, channel=MINI)
    save(story, kind=CLOSED, channel=MINI, template_id="PAGE-2")
    kinds = (CLOSED, NoticeKind.ASKED, ANSWERED, CLOSED)
    assert message_templates.ids_for(story.session, BOOK, kinds, MINI) == ("PAGE-2", "PAGE-1")
    for kind in (NoticeKind.PUSH_DIGEST, NoticeKind.STAFF_ASSIGNED):
        with pytest.raises(Invalid, match="不发到小程序"):
            save(story, kind=kind, channel=MINI)


def test_what_was_set_goes_before_the_file_with_who_set_it(story: Story) -> None:
    save(story, labels={"thing1": "说明"}, words={"挂账": "已挂账"})
    shown = found(story)
    assert shown.row is not None
    assert shown.template is not None
    assert (shown.template.id, shown.title, shown.label("thing1")) == ("PAGE-1", "办理进度通知", "说明")
    assert shown.template.values({"remark": "挂账"}) == {"thing1": "已挂账"}
    assert (shown.row.updated_by, shown.row.updated_at) == (story.office.admin, story.now)
    assert message_templates.mapped(story.session) == {(ANSWERED, TEMPLATE): shown.template}
    assert found(story, channel=SUBSCRIPTION).template is None


def test_kind_may_be_left_out_and_given_back_to_the_file(story: Story) -> None:
    admin = story.office.admin
    message_templates.leave_out(story.session, ANSWERED, TEMPLATE, staff=admin, now=story.now)
    assert found(story).template is None
    assert message_templates.mapped(story.session) == {(ANSWERED, TEMPLATE): None}
    save(story)
    save(story, template_id="PAGE-2")
    assert message_templates.mapped(story.session)[ANSWERED, TEMPLATE] == found(story).template
    message_templates.back_to_file(story.session, ANSWERED, TEMPLATE, now=story.now)
    shown = found(story)
    assert shown.template is not None
    assert (shown.template.id, shown.row) == ("FILE", None)


def test_template_that_was_stopped_is_tried_again_once_it_is_changed(story: Story) -> None:
    for subject in ("template:answered", "template:closed", "subscription:answered", "content:answered"):
        platform_alerts.raise_alert(
            story.session, subject, code=40037, words="", now=story.now, paused_until=story.now
        )
    save(story)
    left = {alert.subject for alert in platform_alerts.open_alerts(story.session)}
    assert left == {"template:closed", "subscription:answered"}
    message_templates.back_to_file(story.session, CLOSED, TEMPLATE, now=story.now)
    left = {alert.subject for alert in platform_alerts.open_alerts(story.session)}
    assert left == {"subscription:answered"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"template_id": ""}, "template_id"),
        ({"template_id": "有汉字"}, "template_id"),
        ({"template_id": "x" * 65}, "template_id"),
        ({"fields": {}}, "key0"),
        ({"fields": {f"thing{number}": ["x"] for number in range(13)}}, "key0"),
        ({"fields": {"thing1": ["x"], "Thing": ["x"]}}, "key1"),
        ({"fields": {"thing1": []}}, "first0"),
        ({"fields": {"thing1": ["x" * 61]}}, "text0"),
    ],
)
def test_what_could_never_be_sent_is_refused_and_the_field_named(
    story: Story, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        save(story, **changes)
    assert refusal.value.field == field
    assert message_templates.mapped(story.session) == {}
