"""`python app.py demo`: started, looked at, and stopped as a visitor does."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; from pathlib import Path; from demo.supervisor import run_demo\n"
_START += "sys.exit(run_demo(int(sys.argv[1]), Path(sys.argv[2]), total=1))"
_READY = "演示已就绪"
_PATIENCE = 90.0

pytestmark = pytest.mark.slow


class RunningDemo:
    """A demo in a process of its own, and what it has printed."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.lines: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, str(port), str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))

    def wait_for(self, words: str) -> None:
        """Read lines until one has these words."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                self.lines.append(self._queue.get(timeout=0.2))
            except queue.Empty:
                assert self.process.poll() is None, "\n".join(self.lines)
                continue
            if words in self.lines[-1]:
                return
        raise AssertionError("\n".join(self.lines))

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit status, with all lines read."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=15)
        self._reader.join(5)
        while not self._queue.empty():
            self.lines.append(self._queue.get())
        return status

    @property
    def text(self) -> str:
        """All that was printed so far."""
        return "\n".join(self.lines)


@contextmanager
def _running(port: int, folder: Path) -> Iterator[RunningDemo]:
    demo = RunningDemo(port, folder)
    try:
        demo.wait_for(_READY)
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)
        if demo.process.stdout is not None:
            demo.process.stdout.close()


def _processes_of(folder: Path) -> list[int]:
    """List the processes whose environment or command names the folder, but for the supervisor and us."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if command and f"{folder}/".encode() in environment:
            found.append(int(entry.name))
    return found


def _until_none_are_left(folder: Path, *, seconds: float) -> list[int]:
    until = time.monotonic() + seconds
    while (left := _processes_of(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder, filled by the first test that starts it."""
    return tmp_path_factory.mktemp("demo")


def test_demo_starts_shows_itself_and_stops_without_a_trace(folder: Path) -> None:
    port = free_port(in_a_row=2)
    with _running(port, folder) as demo:
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
        codes = requests.get(f"http://127.0.0.1:{port + 1}/_sim/codes", timeout=5).json()
        assert len(codes) == 81
        assert codes[0]["title"] == "一食堂3号窗口"
        assert [code["scene"] for code in codes if code["title"] == code["scene"]] == []
        menu = requests.get(f"http://127.0.0.1:{port + 1}/_sim/menu", timeout=5).json()
        assert [button["name"] for button in menu["button"]] == ["我要反映", "我的诉求", "办实事"]
        assert menu["button"][0]["sub_button"][2] == {"type": "click", "name": "紧急报修", "key": "URGENT"}
        crowd = requests.get(f"http://127.0.0.1:{port + 1}/_sim/crowd", timeout=5).json()
        assert crowd == {"count": 60}
        users = requests.get(f"http://127.0.0.1:{port + 1}/_sim/users", timeout=5).json()
        assert [user["following"] for user in users] == [True, True, False, True]
        assert len(_processes_of(folder)) >= 6  # three parts, each on its leash
        assert demo.end(signal.SIGINT) == 0
    assert f"http://127.0.0.1:{port}/admin/" in demo.text
    assert f"http://127.0.0.1:{port + 1}/" in demo.text
    assert "已停止。" in demo.lines
    assert "Traceback" not in demo.text
    assert _until_none_are_left(folder, seconds=2) == []


def test_place_with_a_plain_link_opens_and_its_reader_is_known_without_being_asked(folder: Path) -> None:
    port = free_port(in_a_row=2)
    with _running(port, folder):
        phone = f"http://127.0.0.1:{port + 1}"
        codes = requests.get(f"{phone}/_sim/codes", timeout=5).json()
        links = {code["title"]: code["link"] for code in codes if code["link"]}
        openid = requests.get(f"{phone}/_sim/users", timeout=5).json()[1]["openid"]
        reader = requests.Session()
        reader.headers["Accept"] = "text/html"
        reader.cookies.set("sim_openid", openid, domain="127.0.0.1")
        place = reader.get(links["体育馆"], timeout=5)
        form = reader.get(f"{links['体育馆']}/report", timeout=5)
    assert sorted(links) == ["体育馆", "图书馆四层自习区"]
    assert (place.url, "我要反映" in place.text) == (links["体育馆"], True)
    # What stands behind # went to the platform and back; nothing else is left of the way.
    assert (form.status_code, form.url) == (200, f"{links['体育馆']}/report#wechat_redirect")
    assert [answer.headers["Location"].split("?")[0] for answer in form.history] == [
        "/h5/oauth/begin",
        f"{phone}/connect/oauth2/authorize",
        f"http://127.0.0.1:{port}/h5/oauth/return",
        links["体育馆"].removeprefix(f"http://127.0.0.1:{port}") + "/report",
    ]


def test_reporter_of_the_demo_sees_complaints_in_the_chat(folder: Path) -> None:
    port = free_port(in_a_row=2)
    with _running(port, folder):
        phone = f"http://127.0.0.1:{port + 1}"
        users = requests.get(f"{phone}/_sim/users", timeout=5).json()
        openid = next(user["openid"] for user in users if user["nickname"] == "林小雨")
        delivery = requests.post(
            f"{phone}/_sim/users/{openid}/click", json={"key": "MINE"}, timeout=30
        ).json()
    assert "已办结（待评价）" in delivery["user_sees"]
    assert "处理中" in delivery["user_sees"]


def test_second_start_keeps_the_data_and_does_not_fill_again(folder: Path) -> None:
    if not (folder / "prepared").exists():
        with _running(free_port(in_a_row=2), folder):
            pass
    secret = (folder / "secret").read_text()
    with _running(free_port(in_a_row=2), folder) as demo:
        assert demo.end(signal.SIGTERM) == 0
    assert "首次启动" not in demo.text
    assert (folder / "secret").read_text() == secret


def test_no_process_outlives_a_supervisor_that_was_killed(folder: Path) -> None:
    with _running(free_port(in_a_row=2), folder) as demo:
        demo.end(signal.SIGKILL)
        assert _until_none_are_left(folder, seconds=12) == []


def test_a_part_that_dies_is_named_and_the_demo_stops(folder: Path) -> None:
    with _running(free_port(in_a_row=2), folder) as demo:
        worker = next(
            number
            for number in _processes_of(folder)
            if b"leash.py" not in (command := Path(f"/proc/{number}/cmdline").read_bytes())
            and b"app.py\0worker" in command
        )
        os.kill(worker, signal.SIGKILL)
        demo.wait_for("「任务」意外停止（退出码 137）")
        assert demo.process.wait(timeout=15) == 1
    assert _until_none_are_left(folder, seconds=2) == []


@pytest.mark.parametrize("which", [0, 1])
def test_taken_port_is_told_in_one_line(tmp_path: Path, which: int) -> None:
    port = free_port(in_a_row=2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + which))
        taken.listen()
        answer = subprocess.run(
            [sys.executable, "-c", _START, str(port), str(tmp_path / "demo")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    wanted = f"端口 {port + which} 已被占用，请换一个，例如：python app.py demo --port {port + 100}\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, wanted, "")
    assert not (tmp_path / "demo").exists()


def test_folder_in_use_is_told_in_one_line(folder: Path) -> None:
    with _running(free_port(in_a_row=2), folder):
        answer = subprocess.run(
            [sys.executable, "-c", _START, str(free_port(in_a_row=2)), str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    wanted = f"另一个演示正在使用 {folder}，请先停止它。\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, wanted, "")
