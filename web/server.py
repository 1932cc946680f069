"""The web server: granian with a few processes, each serving requests in threads."""

import errno
import socket
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
THREADS = 16
# Requests in hand when the server is told to stop have this long to finish.
GRACE_SECONDS = 10


def serve_web(settings: Settings, *, host: str, port: int, processes: int) -> int:
    """Serve until told to stop; give the exit status.

    A port that is taken is told in one line; granian would try to share it.
    """
    problem = _port_problem(host, port)
    if problem is not None:
        sys.stderr.write(f"端口 {host}:{port} {problem}，请用 --port 换一个。\n")
        return 1
    Server(
        "app:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        log_level=LogLevels(settings.log_level.lower()),
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        working_dir=ROOT,
    ).serve()
    return 0


def _port_problem(host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            return "已被别的程序占用" if taken else f"不能使用（{error.strerror}）"
    return None
