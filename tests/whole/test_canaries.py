"""The watch over secrets fails a run in which one is seen, however the run is spread over processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPILLING = """
import logging, subprocess, sys
import pytest
from flask import Flask, Response
from domain import access_links, second_factor, staff_invitations

app = Flask("web")

@app.get("/page")
def page():
    return "for-tests-only-000000"

@app.get("/piece")
def piece():
    return Response(iter([staff_invitations.secrets.token_urlsafe(24)]))

@app.get("/lead")
def lead():
    return "", 302, {"Location": "/x?" + access_links.secrets.token_urlsafe(24)}

def test_answer(): assert app.test_client().get("/page").status_code == 200
def test_stream(): assert app.test_client().get("/piece").data
def test_header(): app.test_client().get("/lead")
def test_print(): print(second_factor.new_secret())
def test_log(): logging.getLogger("x").warning("Cookie: banshishi=eyJfdXNlcl9pZCI6IjE6MSJ9.aaa")
def test_read(capsys):
    print("sim-secret-0000000000")
    assert capsys.readouterr().out
def test_process():
    assert subprocess.run([sys.executable, "-c", "print('simtoken')"], capture_output=True).stdout
@pytest.fixture
def late():
    yield
    print("correct-horse-8-staple")
def test_end(late): pass
def test_clean(): print("nothing to see, CANARY")
"""
SEEN = [
    "test_answer: SECRET_KEY in page",
    "test_end: password in Captured stdout teardown",
    "test_header: link of the chat in lead (headers)",
    "test_log: cookie of a session in Captured log call",
    "test_print: secret of a second factor in Captured stdout call",
    "test_process: WECHAT_TOKEN in output",
    "test_read: WECHAT_APP_SECRET in output",
    "test_stream: link of an invitation in piece",
]


@pytest.mark.parametrize("spread", [("-p", "no:xdist"), ("-n", "1")], ids=["one process", "spread"])
def test_a_secret_that_is_seen_fails_the_run_with_its_place(tmp_path: Path, spread: tuple[str, ...]) -> None:
    (tmp_path / "test_spilling.py").write_text(SPILLING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.canaries", "-p", "no:cacheprovider"]
    command += [*spread, "-c", os.devnull, f"--rootdir={tmp_path}", "--import-mode=importlib", str(tmp_path)]
    # Not through `run`, which would hand what this run spills to the watch over our own.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()

    seen = [line.partition("::")[2] for line in said.splitlines() if line.startswith("test_spilling.py::")]
    assert (process.returncode, seen) == (1, SEEN), said
    assert "9 passed" in said
