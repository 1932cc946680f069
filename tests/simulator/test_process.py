"""`python -m simulator` as a process."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulator", *arguments]


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running process, and its address as it printed it."""
    running = subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        found = re.match(r"微信平台模拟器：(http://127\.0\.0\.1:\d+)/", line)
        assert found is not None, line
        yield running, found.group(1)
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_stop(number: signal.Signals) -> None:
    with process("--port", "0") as (running, address):
        assert len(requests.get(f"{address}/_sim/users", timeout=5).json()) == 4
        requests.get(f"{address}/cgi-bin/nothing", timeout=5)
        running.send_signal(number)
        output, _ = running.communicate(timeout=5)
        assert running.returncode == 0
    assert re.fullmatch(r"\d\d:\d\d:\d\d <- GET /cgi-bin/nothing 40066 invalid url rid: [0-9a-f-]+\n", output)


def test_it_stops_at_once_although_somebody_waits_for_chat() -> None:
    with process("--port", "0", "--start-following") as (running, address):
        openid = requests.get(f"{address}/_sim/users", timeout=5).json()[0]["openid"]
        with socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1]))) as waiting:
            waiting.sendall(f"GET /_sim/users/{openid}/chat?wait=20 HTTP/1.0\r\n\r\n".encode())
            requests.get(f"{address}/_sim/users", timeout=5)
            running.terminate()
            assert running.wait(timeout=3) == 0


def test_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("--port", str(port)), cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"simulator: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_wrong_option_is_one_clear_line() -> None:
    done = subprocess.run(
        command("--aes-key", "short"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
    )
    assert (done.returncode, done.stderr) == (
        1,
        "simulator: aes_key must be exactly 43 letters or digits\n",
    )


def test_help_names_every_option_of_the_contract() -> None:
    done = subprocess.run(command("--help"), cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    options = set(re.findall(r"--[a-z-]+", done.stdout))
    assert options == {
        "--help", "--host", "--port", "--quiet", "--state", "--mode", "--callback-url", "--app-base-url",
        "--app-id", "--app-secret", "--original-id", "--token", "--aes-key", "--aes-key-prev", "--seed",
        "--retries", "--callback-timeout", "--start-following", "--sign-in-url",
    }  # fmt: skip


def test_killed_process_loses_nothing(tmp_path: Path) -> None:
    file = str(tmp_path / "platform.db")
    with process("--port", "0", "--state", file) as (running, address):
        requests.post(f"{address}/_sim/users", json={"nickname": "赵敏"}, timeout=5)
        running.kill()
        running.wait()
    with process("--port", "0", "--state", file) as (_, address):
        users = requests.get(f"{address}/_sim/users", timeout=5).json()
    assert [user["nickname"] for user in users][-1] == "赵敏"
