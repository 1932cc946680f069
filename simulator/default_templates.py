"""The templates every pretend account has at the start: 类目模板 as a logistics office would pick them."""

from simulator.state import Template
from simulator.template_rules import fields_of

_STATES = ["待受理", "已派单", "处理中", "待补充", "已办结", "已销号", "已挂账", "不予受理"]

# id: (title, [(key, label), ...], options of const fields)
_ROWS: dict[str, tuple[str, list[tuple[str, str]], dict[str, list[str]]]] = {
    "SIMTPL_ACCEPTED": (
        "诉求受理通知",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("thing3", "受理单位"),
            ("time4", "受理时间"),
        ],
        {},
    ),
    "SIMTPL_PROGRESS": (
        "办理进度通知",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("phrase3", "当前状态"),
            ("thing4", "进展说明"),
            ("time5", "更新时间"),
        ],
        {},
    ),
    "SIMTPL_ASKED": (
        "补充材料提醒",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("thing3", "需补充内容"),
            ("time4", "截止时间"),
        ],
        {},
    ),
    "SIMTPL_DEFERRED": (
        "诉求延期通知",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("thing3", "延期原因"),
            ("time4", "预计办结时间"),
        ],
        {},
    ),
    "SIMTPL_RESOLVED": (
        "办结评价通知",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("thing3", "办理结果"),
            ("time4", "办结时间"),
        ],
        {},
    ),
    "SIMTPL_CLOSED": (
        "诉求销号通知",
        [
            ("character_string1", "诉求编号"),
            ("thing2", "诉求内容"),
            ("const3", "诉求状态"),
            ("time4", "销号时间"),
        ],
        {"const3": _STATES},
    ),
    "SIMTPL_ASSIGNED": (
        "任务派单提醒",
        [
            ("character_string1", "工单编号"),
            ("thing2", "工单内容"),
            ("thing3", "地点"),
            ("time4", "派单时间"),
            ("time5", "办理期限"),
        ],
        {},
    ),
    "SIMTPL_NEAR_DUE": (
        "工单到期提醒",
        [
            ("character_string1", "工单编号"),
            ("thing2", "工单内容"),
            ("time3", "到期时间"),
            ("thing4", "提醒内容"),
        ],
        {},
    ),
    "SIMTPL_OVERDUE": (
        "超期提醒",
        [
            ("character_string1", "工单编号"),
            ("thing2", "工单内容"),
            ("thing3", "责任单位"),
            ("time4", "到期时间"),
            ("number5", "超期小时数"),
        ],
        {},
    ),
    "SIMTPL_URGED": (
        "工单催办提醒",
        [
            ("character_string1", "工单编号"),
            ("thing2", "工单内容"),
            ("const3", "工单状态"),
            ("time4", "催办时间"),
        ],
        {"const3": _STATES},
    ),
    "SIMTPL_MATTER": (
        "办实事进展通知",
        [
            ("thing1", "事项名称"),
            ("phrase2", "事项状态"),
            ("thing3", "牵头单位"),
            ("thing4", "进展说明"),
            ("date5", "更新日期"),
        ],
        {},
    ),
    "SIMTPL_ACCEPTANCE": (
        "事项验收提醒",
        [
            ("thing1", "事项名称"),
            ("thing2", "申请单位"),
            ("thing3", "说明"),
            ("time4", "申请时间"),
        ],
        {},
    ),
    "SIMTPL_SURVEY": (
        "满意度测评邀请",
        [
            ("thing1", "测评名称"),
            ("thing2", "测评说明"),
            ("time3", "截止时间"),
        ],
        {},
    ),
    "SIMTPL_BULLETIN": (
        "工作通报通知",
        [
            ("thing1", "通报标题"),
            ("thing2", "通报摘要"),
            ("time3", "发布时间"),
        ],
        {},
    ),
}

_EXAMPLES = {
    "character_string": "2026-1121-0007",
    "thing": "3号楼302室漏水",
    "time": "2026-11-21 09:30",
    "date": "2026年11月21日",
    "phrase": "处理中",
    "const": "处理中",
    "number": "6",
}


def default_templates() -> list[Template]:
    """Return fresh copies of the templates of the beginning."""
    return [
        make_template(template_id, title, fields=fields, options=options)
        for template_id, (title, fields, options) in _ROWS.items()
    ]


def make_template(
    template_id: str,
    title: str,
    *,
    fields: list[tuple[str, str]],
    options: dict[str, list[str]] | None = None,
) -> Template:
    """Write a template the way the platform lists it."""
    content = "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in fields)
    example = "".join(f"{label}:{_EXAMPLES.get(key.rstrip('0123456789'), '示例')}\n" for key, label in fields)
    return Template(
        template_id=template_id,
        title=title,
        content=content,
        example=example,
        primary_industry="政务民生",
        deputy_industry="信息查询",
        fields=fields_of(content),
        options={key: list(values) for key, values in (options or {}).items()},
    )
