"""The page about the life of a matter says what the table says."""

import runpy
import sys
from pathlib import Path

import pytest

from domain.matter_page import draw

PAGE = Path(__file__).resolve().parents[2] / "docs" / "matters.md"


def test_the_page_is_as_the_code_draws_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "run: make docs"
    monkeypatch.delitem(sys.modules, "domain.matter_page")
    runpy.run_module("domain.matter_page", run_name="__main__")

    assert capsys.readouterr().out == draw()
