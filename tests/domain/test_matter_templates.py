"""Reply templates in the acts of matters: which are offered where, and how they are filled in."""

import pytest

from domain import matter_templates, reply_templates
from domain.matter_steps import MATTER_STEPS
from domain.reply_templates import PLACEHOLDERS, ReplyWish
from models.enums import StepName
from models.matter_words import MatterStatus, MatterStepName
from models.wording import ReplyTemplate
from tests.support.matters import matter
from tests.support.story import Story

M = MatterStepName


def add(story: Story, title: str, *, text: str = "好。", step: StepName | None = None) -> ReplyTemplate:
    wish = ReplyWish(title=title, text=text, step=step, category_id=story.office.category.id)
    by = {"staff": story.office.admin, "now": story.now}
    return reply_templates.add(story.session, wish, for_office=True, **by)  # type: ignore[arg-type]


def test_every_placeholder_is_filled_from_the_matter(story: Story) -> None:
    text = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
    template = add(story, "全部", text=text)
    story.office.team.phone = "88886120"
    one = matter(story.session, story.office, now=story.now)
    bare = matter(story.session, story.office, now=story.now, places=(), category_id=None)

    rest = "饮食服务中心、88886120、2026年12月20日、11月23日"
    assert matter_templates.fill(template, one) == (
        f"各位老师、同学、{one.number}、一食堂 3 号窗口、其他、{rest}"
    )
    assert matter_templates.fill(template, bare) == f"各位老师、同学、{bare.number}、有关地点、、{rest}"


@pytest.mark.parametrize(
    ("act", "titles"),
    [
        (M.ACCEPT, ["验收", "通用"]),
        (M.ACCEPT_MILESTONE, ["验收", "通用"]),
        (M.REFUSE, ["退回", "通用"]),
        (M.PROGRESS, ["进展", "通用"]),
        (M.CANCEL, ["通用"]),
    ],
)
def test_each_act_is_offered_what_is_meant_for_it(
    story: Story, act: MatterStepName, titles: list[str]
) -> None:
    for title, step in {
        "通用": None,
        "验收": StepName.ACCEPT,
        "退回": StepName.REOPEN,
        "进展": StepName.PROGRESS,
        "答复": StepName.REPLY,
    }.items():
        add(story, title, step=step)
    one = matter(story.session, story.office, MatterStatus.SUBMITTED, now=story.now)
    elsewhere = matter(story.session, story.office, now=story.now, category_id=None)

    found = matter_templates.offered(story.session, story.office.leader, matter=one, step=act)

    assert [row.title for row in found] == titles
    assert matter_templates.offered(story.session, story.office.leader, matter=elsewhere, step=act) == []


def test_words_of_matters_are_said_as_such_and_stand_for_acts_there_are() -> None:
    assert reply_templates.step_label(StepName.ACCEPT) == "事项：验收通过"
    assert reply_templates.step_label(StepName.REPLY) == "答复"
    kept = matter_templates._KEPT_UNDER
    assert kept.keys() <= {step.name for step in MATTER_STEPS}
    assert set(kept.values()) <= set(reply_templates.ALL_STEPS)
