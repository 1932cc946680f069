"""The page about the life of a complaint says what the table says."""

import runpy
import sys
from pathlib import Path

import pytest

from domain.lifecycle_page import draw
from domain.steps import STEPS
from models.enums import ComplaintStatus, TimerKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lifecycle.md"


def test_the_page_is_as_the_code_draws_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "run: make docs"


def test_the_command_prints_the_page(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "domain.lifecycle_page")
    runpy.run_module("domain.lifecycle_page", run_name="__main__")

    assert capsys.readouterr().out == draw()


def test_every_step_status_and_timer_stands_on_the_page() -> None:
    page = draw()
    rows = page.split("## 办理动作")[1].split("## 表里看不出")[0].splitlines()
    table = [line.split(" | ")[0].removeprefix("| ") for line in rows if line.startswith("| ")]

    assert table == ["动作", "提交", *(step.name.label for step in STEPS)]
    assert [status.label for status in ComplaintStatus if f'"{status.label}" as {status}' not in page] == []
    assert [kind.label for kind in TimerKind if kind.label not in page.split("## 到了时间")[1]] == [
        "挂账到期"
    ]


def test_every_arrow_of_the_diagram_joins_two_known_states() -> None:
    known = {"[*]", "before_result", *ComplaintStatus}
    arrows = [line.split(":")[0].split(" --> ") for line in draw().splitlines() if " --> " in line]

    assert len(arrows) > len(ComplaintStatus)
    assert {end.strip() for arrow in arrows for end in arrow} <= known
