"""Copying what pages use out of node_modules, and showing icons from it."""

import re
from pathlib import Path

import pytest

from web import icons, vendor
from web.icons import icon

WEB = Path(vendor.__file__).parent
_USED = re.compile(r"""icon\(["']([a-z0-9-]+)["']\)|icon=["']([a-z0-9-]+)["']""")


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to copy into that is not the real one."""
    monkeypatch.setattr(vendor, "TARGET", tmp_path / "vendor")
    return tmp_path / "vendor"


def test_all_files_are_copied(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert vendor.missing_files() != []

    assert vendor.main() == 0

    assert vendor.missing_files() == []
    assert (target / "htmx.min.js").stat().st_size > 10_000
    assert capsys.readouterr().out.startswith("已复制 ")


def test_without_node_modules_it_says_so_in_one_line(
    target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(vendor, "MODULES", tmp_path / "node_modules")

    assert vendor.main() == 1

    assert capsys.readouterr().err == "找不到 node_modules：请先在项目目录运行 npm ci，再运行本命令。\n"
    assert not target.exists()


def test_a_package_without_its_file_is_named(
    target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del target
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(vendor, "MODULES", tmp_path / "node_modules")

    assert vendor.main() == 1

    assert "tabler.min.css：请重新运行 npm ci。" in capsys.readouterr().err


def test_icons_used_in_pages_are_listed() -> None:
    texts = [*WEB.rglob("*.html"), *(WEB / "admin").rglob("*.py")]
    used = {
        name for path in texts for pair in _USED.findall(path.read_text("utf-8")) for name in pair if name
    }

    assert used <= set(vendor.ICONS)
    assert used != set()


def test_an_icon_is_decoration_and_a_missing_one_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icons, "FOLDER", tmp_path)
    (tmp_path / "made-up.svg").write_text("<!-- a comment -->\n<svg class='x'><path d=''/></svg>\n", "utf-8")

    assert (
        str(icon("made-up")) == """<svg aria-hidden="true" focusable="false" class='x'><path d=''/></svg>"""
    )
    assert str(icon("made-up-missing")) == ""
