"""What processes read on their way up: nothing heavy that only a few are ever asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = [
    *("alembic", "av", "docx", "lxml", "mako", "numpy", "openpyxl"),
    *("pillow_heif", "reportlab", "rjieba", "xlsxwriter"),
]
MODULES = {
    "web": ["web.application", "web.admin", "web.h5", "web.callback"],
    "worker": ["jobs.worker"],
}
FOREIGN = {"web": ["apscheduler", "jobs"], "worker": ["flask", "werkzeug", "web", "jinja2"]}
LOOK = (
    "import sys, importlib\n"
    "names, unwanted = (one.split(',') for one in sys.argv[1:])\n"
    "for name in names: importlib.import_module(name)\n"
    "print(*(one for one in unwanted if one in sys.modules))\n"
    "from domain import staff_accounts as accounts\n"
    "print(accounts._hasher.check_needs_rehash(accounts._NOBODYS_HASH))"
)


@pytest.mark.parametrize("process", MODULES)
def test_process_reads_nothing_heavy_before_somebody_asks(process: str) -> None:
    words = [",".join(MODULES[process]), ",".join([*HEAVY, *FOREIGN[process]])]
    found = subprocess.run(
        [sys.executable, "-c", LOOK, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # Nor is a hash made at each start: the one that is written down costs what the others do.
    assert found.stdout.splitlines() == ["", "False"]
