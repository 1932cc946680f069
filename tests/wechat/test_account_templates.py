"""Reading the account's templates, and proposing what each would suit."""

from dataclasses import replace

import pytest

from config.wechat_templates import MessageTemplate
from domain.message_templates import SAMPLE
from domain.notices import PUSHED
from models.database import Database
from models.enums import NoticeChannel, NoticeKind
from simulator import Simulator
from simulator.default_templates import make_template
from wechat.account_templates import AccountTemplate, account_templates, propose, wish_for
from wechat.client import PlatformClient
from wechat.messenger import fitted_values


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do: it holds the token and nothing else."""
    return sqlite


def test_templates_of_both_ways_are_read_with_their_fields_and_options(
    client: PlatformClient, platform: Simulator
) -> None:
    made = make_template(
        "SUB1", "进度提醒", fields=[("const1", "状态"), ("time2", "更新时间")], options={"const1": ["在办"]}
    )
    made.subscription = True
    platform.state.templates.put("SUB1", made)

    found = {one.id: one for one in account_templates(client)}

    assert found["SUB1"] == AccountTemplate(
        id="SUB1",
        title="进度提醒",
        channel=NoticeChannel.SUBSCRIPTION,
        fields=[("const1", "状态"), ("time2", "更新时间")],
        options={"const1": ["在办"]},
    )
    closed = found["SIMTPL_CLOSED"]
    assert (closed.title, closed.channel, closed.fields[2]) == (
        "诉求销号通知",
        NoticeChannel.TEMPLATE,
        ("const3", "诉求状态"),
    )


def test_every_kind_that_may_have_a_template_gets_the_one_its_title_fits(client: PlatformClient) -> None:
    proposed = {one.kind: one.template.id for one in propose(account_templates(client))}

    without = {NoticeKind.DRAFT_WAITING, NoticeKind.CHAT_REPLY, *PUSHED}
    assert set(NoticeKind) - set(proposed) == without, "of the account's, none is for 订阅通知"
    assert {kind: proposed[kind] for kind in (NoticeKind.RECEIVED, NoticeKind.ASKED, NoticeKind.CLOSED)} == {
        NoticeKind.RECEIVED: "SIMTPL_ACCEPTED",
        NoticeKind.ASKED: "SIMTPL_ASKED",
        NoticeKind.CLOSED: "SIMTPL_CLOSED",
    }
    assert proposed[NoticeKind.STAFF_OVERDUE] == "SIMTPL_OVERDUE"


def test_platform_takes_what_is_proposed(client: PlatformClient, platform: Simulator, openid: str) -> None:
    proposals = {one.template.id: one for one in propose(account_templates(client))}
    for name, proposal in proposals.items():
        template = MessageTemplate.model_validate(
            {"id": name, "kinds": [proposal.kind.value], "fields": proposal.wish.fields}
        )
        values = fitted_values(template, SAMPLE)
        client.send_template(openid, template_id=name, values=values, url="", client_msg_id=name)
    assert len(platform.messages(openid)) == len(proposals)


def test_fields_are_filled_by_label_and_by_what_their_type_takes() -> None:
    template = AccountTemplate(
        id="X",
        title="进度",
        channel=NoticeChannel.TEMPLATE,
        fields=[
            ("character_string1", "受理编号"),
            ("thing2", "报修内容"),
            ("thing3", "维修地点"),
            ("time4", "预计完成时间"),
            ("thing5", "预计完成说明"),
            ("const6", "当前进度"),
            ("amount7", "费用"),
        ],
    )
    assert wish_for(replace(template, options={"const6": ["在办"]})).fields == {
        "character_string1": ["{number}"],
        "thing2": ["{subject}", "点击查看详情"],
        "thing3": ["{place}", "点击查看详情"],
        "time4": ["{deadline}", "{time}"],
        "thing5": ["{remark}", "点击查看详情"],
        "const6": ["{status}", "在办"],
        "amount7": ["{remark}"],
    }


def test_nothing_is_proposed_for_titles_that_fit_nothing() -> None:
    other = AccountTemplate("X", "会员积分到账", NoticeChannel.TEMPLATE, [("thing1", "积分")])
    assert propose([other]) == []
    assert propose([replace(other, title="办理进度", fields=[])]) == []
