"""Which faults there are, and how one is tried: all at work, fault, people told, fault over, as before."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.drills.surroundings import faults
from tests.drills.surroundings.faults import BUSY, FULL, UNWRITABLE, Fault, PostgresqlServer
from tests.drills.surroundings.installation import Installation, installed
from tests.drills.surroundings.judging import Finding, back_after, compare, judge_answers
from tests.drills.surroundings.voices import VOICES, Voice

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)
CALM_SECONDS = 4.0
BACK_WITHIN = 15.0
# The worker says that it is over once it has met no trouble for a while.
SAID_WITHIN = 30.0
_AWAY = {503: BUSY}
_DISK_WORDS = {507: FULL, 503: ""}


def all_faults(server: PostgresqlServer | None) -> list[Fault]:
    """List them; those of PostgreSQL need the server that they are done to."""
    found = [
        Fault("disk-full-database", BOTH, 10, ("磁盘满了",), _DISK_WORDS, faults.fill, disk=True),
        Fault("disk-full-uploads", BOTH, 10, ("磁盘满了",), _DISK_WORDS, faults.fill, disk=True),
        Fault(
            "read-only-uploads",
            BOTH,
            8,
            ("不能写入",),
            {503: UNWRITABLE},
            faults.remount_read_only,
            disk=True,
        ),
        Fault(
            "read-only-database",
            (SQLITE,),
            8,
            ("不能写入", "磁盘或数据库文件读写出错"),
            {503: ""},
            faults.freeze_files,
        ),
        Fault("database-locked", (SQLITE,), 12, ("数据库被占用",), _AWAY, faults.hold_sqlite),
        Fault("clock-forward-hour", BOTH, 8, (), {}, faults.set_clock(3600)),
        Fault("clock-forward-day", (SQLITE,), 8, (), {}, faults.set_clock(86_400)),
        Fault(
            "clock-back-hour", BOTH, 8, (), {}, faults.set_clock(-3600), check=faults.schedule_stands_still
        ),
    ]
    if server is not None:
        gone = ("连不上数据库",)
        found += [
            Fault("tables-locked", (POSTGRESQL,), 12, ("数据库被占用",), _AWAY, faults.hold_tables),
            Fault(
                "connections-used-up", (POSTGRESQL,), 8, ("数据库连接用完",), _AWAY, faults.use_up_connections
            ),
            Fault("read-only-standby", (POSTGRESQL,), 8, ("不能写入",), {503: ""}, faults.refuse_writing),
            Fault("database-restarted", (POSTGRESQL,), 4, gone, _AWAY, server.restart("fast")),
            Fault("database-crashed", (POSTGRESQL,), 4, gone, _AWAY, server.restart("immediate")),
            Fault("database-away", (POSTGRESQL,), 15, gone, _AWAY, server.stay_away),
        ]
    return found


@contextlib.contextmanager
def _place(fault: Fault, database: str, server: PostgresqlServer | None) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="banshishi-drill-") as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        disk = folder / "disk"
        if fault.disk:
            ends.enter_context(faults.small_disk(disk))
        else:
            disk.mkdir()
        beside = folder if fault.name.endswith("uploads") else disk
        url = f"sqlite:///{beside}/shop.db"
        if database == POSTGRESQL and server is not None:
            url = server.new_database(disk if fault.name == "disk-full-database" else None)
            ends.callback(server.forget, url)
        yield ends.enter_context(installed(folder, disk, url))


def try_fault(fault: Fault, database: str, server: PostgresqlServer | None) -> Finding:
    """Do one fault to a fresh installation, and tell what came of it."""
    finding = Finding(fault.name, database)
    with _place(fault, database, server) as installation:
        voices: list[Voice] = [kind(installation) for kind in VOICES]
        for voice in voices:
            voice.begin()
        time.sleep(CALM_SECONDS)
        processes = installation.process_ids()
        began = time.monotonic()
        undo = fault.on(installation)
        try:
            time.sleep(fault.lasts)
            if wrong := fault.check(installation):
                finding.wrong.append(wrong)
        finally:
            undo()
        healed = time.monotonic()
        time.sleep(CALM_SECONDS)
        for voice in voices:
            voice.end()
        finding.back_after = back_after(voices, healed)
        if finding.back_after > BACK_WITHIN:
            finding.wrong.append(f"back after {finding.back_after:.0f} s")
        judge_answers(voices, finding, began=began, ended=healed, words=fault.words)
        compare(installation, voices, finding)
        _read_the_log(installation, fault, finding)
        if installation.process_ids() != processes:
            finding.wrong.append("a process was started anew")
    return finding


def _read_the_log(installation: Installation, fault: Fault, finding: Finding) -> None:
    """See that the log says what it is and what to do, and in the end that it is over."""
    events = ("request_not_served", "callback_database_failed", "worker_in_trouble", "clock_was_set")
    lines = [
        line for name in ("web", "worker") for event in events for line in installation.logged(name, event)
    ]
    said = sorted({str(line.get("trouble", "时钟")) for line in lines})
    finding.trouble = "、".join(said)
    if fault.name.startswith("clock") and len(installation.logged("worker", "clock_was_set")) != 2:
        finding.wrong.append("the clock was not noticed twice")
    if fault.trouble and not set(fault.trouble) & set(said):
        finding.wrong.append(f"the log says {said}, not {fault.trouble}")
    if any(not line.get("advice") for line in lines):
        finding.wrong.append("a line of the log does not say what to do")
    if not installation.logged("worker", "worker_in_trouble"):
        return
    until = time.monotonic() + SAID_WITHIN
    while not installation.logged("worker", "worker_out_of_trouble"):
        if time.monotonic() > until:
            finding.wrong.append("the worker does not say that it is over")
            return
        time.sleep(0.5)
