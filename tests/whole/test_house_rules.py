"""The rules of the house that no linter knows: where things may be written, and how large a room may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("config", "models", "domain", "wechat", "web", "jobs")
SOURCES = sorted(
    path for name in (*LAYERS, "commands", "simulator", "demo") for path in (ROOT / name).rglob("*.py")
)
OURS = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in LAYERS]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

TOP_LEVEL = {
    "app.py", "README.md", "README.en.md", "Makefile", "pyproject.toml", "package.json", "package-lock.json",
    "config", "models", "domain", "wechat", "web", "jobs", "migrations", "simulator", "demo",
    "commands", "tests", "docs",
    "bench", "deploy", ".containerignore",
    "requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt",
    "requirements-fuzz.in", "requirements-fuzz.txt", "requirements-node.in", "requirements-node.txt",
    ".ci", ".env.example", ".gitignore", ".npmrc", ".git",
}  # fmt: skip
NOT_KEPT = {".venv", "node_modules", "var", ".env"}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Only what stands at the edge may look at the clock; everything inside is handed the time.
MAY_READ_THE_CLOCK = re.compile(
    r"^(web/clock\.py|jobs/.*|commands/.*|demo/.*|simulator/.*|wechat/clock\.py)$"
)
MAY_WRITE_A_STATUS = {"domain/lifecycle.py", "domain/matter_lifecycle.py"}
MAY_COMMIT = {"models/database.py"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def _writes_a_status(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
                return True
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "values"
            and any(keyword.arg == "status" for keyword in node.keywords)
        ):
            return True
    return False


def _tells_the_time(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in {"now", "utcnow", "today"}
        and isinstance(function.value, ast.Name | ast.Attribute)
        and ast.unparse(function.value).split(".")[-1] in {"datetime", "date"}
    )


def test_the_status_of_a_complaint_and_of_a_matter_is_written_in_one_place_each() -> None:
    # Answers of the web have a status too, which is why only these layers are looked at.
    looked_at = [path for path in OURS if path.relative_to(ROOT).parts[0] in {"domain", "jobs", "wechat"}]
    writers = {_name(path) for path in looked_at if _writes_a_status(path)}

    assert writers == MAY_WRITE_A_STATUS


def test_transactions_are_committed_in_one_place_only() -> None:
    committing = {
        _name(path)
        for path in OURS
        for call in _calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    }

    assert committing == MAY_COMMIT


def test_the_clock_is_read_at_the_edges_only() -> None:
    readers = {_name(path) for path in SOURCES for call in _calls(path) if _tells_the_time(call)}

    assert {name for name in readers if not MAY_READ_THE_CLOCK.match(name)} == set()


@pytest.mark.parametrize("kind", ["sources", "tests"])
def test_no_file_is_too_long(kind: str) -> None:
    paths = SOURCES if kind == "sources" else TESTS
    long = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{_name(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }

    assert long == {}


def test_the_top_level_holds_what_the_architecture_names() -> None:
    kept = {path.name for path in ROOT.iterdir()} - NOT_KEPT
    traces = re.compile(r"^(__pycache__|\..*cache|\.coverage.*|\.hypothesis|htmlcov)$")

    assert {name for name in kept - TOP_LEVEL if not traces.match(name)} == set()


def test_app_stays_a_plug_board() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 150
    assert _imported_at_the_top(ROOT / "app.py") == {"commands", "config.settings"}


def test_no_command_pays_for_the_others() -> None:
    at_the_top = set().union(*(_imported_at_the_top(path) for path in (ROOT / "commands").glob("*.py")))

    assert at_the_top == {"commands.with_settings", "config.settings"}


def _imported_at_the_top(path: Path) -> set[str]:
    """Name the modules of ours that importing this one loads at once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    return {name for name in modules if name.split(".")[0] in {*LAYERS, "commands", "simulator", "demo"}}


def test_no_module_is_a_junk_drawer() -> None:
    assert [
        _name(path) for path in SOURCES if path.stem in {"utils", "util", "helpers", "common", "misc"}
    ] == []


def test_nothing_names_a_package_registry_or_a_machine() -> None:
    # Put together here so that this very file is not found.
    registries = [f"{name}.org" for name in ("pypi", "npmjs", "pythonhosted")]
    texts = [
        path for pattern in ("*.txt", "*.in", "*.json", "*.md", "docs/**/*.md") for path in ROOT.glob(pattern)
    ]
    found = [(path.name, host) for path in texts for host in registries if host in path.read_text("utf-8")]

    assert found == []
