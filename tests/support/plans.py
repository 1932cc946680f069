"""A plan as a logistics office writes it, in Word and in Excel: phases span rows, cells hold two units."""

import io
from collections.abc import Sequence

import docx
from openpyxl import Workbook

TITLE = "2026年后勤处为师生办实事工作方案"
HEADER = ("阶段", "序号", "工作内容", "责任单位", "完成时限")
# Phase, content, units, time as written, first day, last day.
LINES: Sequence[tuple[str, str, str, str, str | None, str | None]] = (
    ("调查摸底", "走访各学院，收集师生意见", "后勤综合办公室", "3月15日前", None, "2026-03-15"),
    ("调查摸底", "召开师生座谈会", "后勤综合办公室、饮食服务中心", "3月12日", "2026-03-12", "2026-03-12"),
    ("调查摸底", "梳理问题清单", "后勤综合办公室", "3月底", None, "2026-03-31"),
    ("调查摸底", "公布投诉渠道", "后勤综合办公室", "3月20日前", None, "2026-03-20"),
    ("集中整改", "改造一食堂排队动线", "饮食服务中心\n维修服务中心", "3-7月", "2026-03-01", "2026-07-31"),
    ("集中整改", "更换三食堂油烟设备", "饮食服务中心", "4-5月", "2026-04-01", "2026-05-31"),
    ("集中整改", "菜品留样检查", "饮食服务中心", "长期", None, None),
    ("集中整改", "6 号楼热水管道更换", "公寓管理中心、水电能源中心", "7月底", None, "2026-07-31"),
    ("集中整改", "宿舍洗衣机增补", "公寓管理中心", "4月", "2026-04-01", "2026-04-30"),
    ("集中整改", "浴室排风改造", "公寓管理中心、维修服务中心", "5月底前", None, "2026-05-31"),
    ("集中整改", "教学楼照明更换", "水电能源中心", "6月30日前", None, "2026-06-30"),
    ("集中整改", "操场路面修补", "维修服务中心", "5月", "2026-05-01", "2026-05-31"),
    ("集中整改", "快递点搬迁", "物业环境中心", "5月10日-6月20日", "2026-05-10", "2026-06-20"),
    ("集中整改", "垃圾分类点改造", "物业环境中心", "第二季度", "2026-04-01", "2026-06-30"),
    ("集中整改", "校车加班次", "校园交通中心", "9月1日前", None, "2026-09-01"),
    ("集中整改", "电动车充电桩", "校园交通中心、水电能源中心", "8月底前", None, "2026-08-31"),
    ("集中整改", "门诊延时服务", "校医院", "4月份", "2026-04-01", "2026-04-30"),
    ("集中整改", "报修平台上线", "维修服务中心、后勤综合办公室", "上半年", "2026-01-01", "2026-06-30"),
    ("巩固提升", "回头看检查", "后勤综合办公室", "10-11月", "2026-10-01", "2026-11-30"),
    ("巩固提升", "满意度测评", "后勤综合办公室", "11月中旬", "2026-11-11", "2026-11-20"),
    ("巩固提升", "节能改造验收", "水电能源中心", "12月15日前", None, "2026-12-15"),
    (
        "巩固提升",
        "建立长效机制",
        "后勤综合办公室、饮食服务中心、公寓管理中心",
        "2026年底",
        None,
        "2026-12-31",
    ),
    ("巩固提升", "评选示范窗口", "饮食服务中心", "12月", "2026-12-01", "2026-12-31"),
    ("巩固提升", "总结通报", "后勤综合办公室", "年底前", None, "2026-12-31"),
)
UNITS = (
    "饮食服务中心", "公寓管理中心", "维修服务中心", "水电能源中心", "物业环境中心", "校园交通中心", "校医院",
    "后勤综合办公室",
)  # fmt: skip


def spans() -> list[tuple[int, int]]:
    """Give the first and last line, from 0, of each phase."""
    firsts = [at for at, line in enumerate(LINES) if not at or line[0] != LINES[at - 1][0]]
    return list(zip(firsts, [*(first - 1 for first in firsts[1:]), len(LINES) - 1], strict=True))


def rows() -> list[list[str]]:
    """Give the cells; the phase stands in its first row alone."""
    firsts = {first for first, _ in spans()}
    return [
        [phase if at in firsts else "", str(at + 1), content, units, time]
        for at, (phase, content, units, time, *_) in enumerate(LINES)
    ]


def as_document(title: str = TITLE, *, lines: int = len(LINES)) -> bytes:
    """The plan, or its first lines, as a Word document."""
    document = docx.Document()
    document.add_heading(title, 0)
    document.add_paragraph("根据学校统一部署，结合后勤实际，制定本方案。")
    table = document.add_table(rows=1, cols=len(HEADER))
    for cell, words in zip(table.rows[0].cells, HEADER, strict=True):
        cell.text = words
    for row in rows()[:lines]:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    for first, last in spans():
        if first < lines:
            table.cell(first + 1, 0).merge(table.cell(min(last + 1, lines), 0))
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def as_workbook(title: str = TITLE) -> bytes:
    """The plan as a workbook, with its title in a cell across the table."""
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(HEADER))
    sheet.append(HEADER)
    for row in rows():
        sheet.append([words or None for words in row])
    for first, last in spans():
        sheet.merge_cells(start_row=first + 3, end_row=last + 3, start_column=1, end_column=1)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()
