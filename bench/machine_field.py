"""Machines made of network namespaces on this one, joined by a bridge; or, without root, of addresses.

Each has its own network and, if wanted, its own share of a core. All of it goes at the end, whatever happens.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

_PERIOD = 100_000


def _run(*command: str, check: bool = True) -> bool:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 (our own)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.returncode == 0


@dataclass
class Machine:
    """One machine.

    Attributes:
        address: where it is reached.
        namespace: its network; empty where it is only an address.
        folder: its own disk.
    """

    name: str
    address: str
    namespace: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _group: Path | None = None

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a Python process on it; what it says lies in its folder."""
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 (our own)
                [*inside, sys.executable, *arguments],
                env=os.environ | dict(environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def cut(self) -> None:
        """Pull the plug of its network: nothing comes or goes, and nobody is told."""
        _run("ip", "link", "set", f"{self.namespace}h", "down")

    def join(self) -> None:
        """Put the plug in again."""
        _run("ip", "link", "set", f"{self.namespace}h", "up")

    def share(self, of_a_core: float) -> bool:
        """Let all its processes have so much of a core and no more; tell whether that could be done."""
        for folder, name, words in (
            ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", f"{int(of_a_core * _PERIOD)}"),
            ("/sys/fs/cgroup", "cpu.max", f"{int(of_a_core * _PERIOD)} {_PERIOD}"),
        ):
            group = Path(folder) / f"bench-{os.getpid()}-{self.name}"
            with suppress(OSError):
                group.mkdir()
                self._group = group
                (group / name).write_text(words)
                for process in self.processes:
                    for one in _family(process.pid):
                        (group / "cgroup.procs").write_text(str(one))
                return True
            self.share_no_more()
        return False

    def share_no_more(self) -> None:
        """Let its processes have what they want."""
        if self._group is None:
            return
        with suppress(OSError):
            for one in (self._group / "cgroup.procs").read_text().split():
                with suppress(OSError):
                    (self._group.parent / "cgroup.procs").write_text(one)
            self._group.rmdir()
        self._group = None

    def cpu_seconds(self) -> float:
        """Give what all its processes have used so far."""
        return sum(cpu_seconds(one) for process in self.processes for one in _family(process.pid))

    def kill(self) -> None:
        """End everything on it at once."""
        for process in self.processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
        self.processes.clear()


def cpu_seconds(pid: int) -> float:
    """Give what a process has used so far; 0 for one that is gone."""
    with suppress(OSError, IndexError):
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


@dataclass
class Field:
    """All machines, and where the services stand that they share."""

    home: str
    machines: list[Machine]
    has_networks: bool


@contextmanager
def machines(names: Sequence[str], folder: Path) -> Iterator[Field]:
    """Give so many machines, each with a folder of its own."""
    can = os.geteuid() == 0 and shutil.which("ip") is not None and _can_make_networks()
    number = SystemRandom().randrange(16, 250)
    mark = f"bn{os.getpid() % 100_000}"
    made = []
    for count, name in enumerate(names, start=1):
        own = folder / name
        own.mkdir()
        address = f"10.{number}.0.{10 + count}" if can else f"127.0.{number}.{10 + count}"
        made.append(Machine(name, address, f"{mark}{count}" if can else "", own))
    home = f"10.{number}.0.1" if can else f"127.0.{number}.1"
    try:
        if can:
            _build(mark, home, made)
        yield Field(home, made, can)
    finally:
        for one in made:
            one.kill()
            one.share_no_more()
        if can:
            _take_down(mark, made)


def _can_make_networks() -> bool:
    probe = f"bnp{os.getpid() % 100_000}"
    made = _run("ip", "netns", "add", probe, check=False)
    _run("ip", "netns", "del", probe, check=False)
    return made


def _build(mark: str, home: str, made: Sequence[Machine]) -> None:
    _run("ip", "link", "add", f"{mark}b", "type", "bridge")
    _run("ip", "address", "add", f"{home}/24", "dev", f"{mark}b")
    _run("ip", "link", "set", f"{mark}b", "up")
    for one in made:
        name = one.namespace
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", f"{name}h", "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", f"{name}h", "master", f"{mark}b", "up")
        inside = ("ip", "-n", name)
        _run(*inside, "address", "add", f"{one.address}/24", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")
        _run(*inside, "link", "set", "lo", "up")


def _take_down(mark: str, made: Sequence[Machine]) -> None:
    for one in made:
        _run("ip", "link", "del", f"{one.namespace}h", check=False)
        _run("ip", "netns", "del", one.namespace, check=False)
    _run("ip", "link", "del", f"{mark}b", check=False)


def eventually(found: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it was not in time.
    """
    until = time.monotonic() + seconds
    while not found():
        if time.monotonic() > until:
            raise TimeoutError(f"not in {seconds:.0f} s: {what}")
        time.sleep(0.05)
