"""The product as `deploy/` describes it, in a scratch folder: its units' commands, its nginx configuration.

Only paths, ports and the certificate are put in place of what stands there; what a unit starts, with which
environment, and how it is stopped is read out of the unit. systemd itself is not needed.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
HOW_TO_INSTALL = "没有找到 nginx：apt-get install nginx-light"
PORTS = ("8001", "8002")


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Read the section [Service] of a unit: each name with its values, in their order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in unit.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section == "[Service]" and text and not text.startswith("#"):
            name, _, value = text.partition("=")
            found.setdefault(name, []).append(value)
    return found


@dataclass
class Scratch:
    """Where everything lies that would lie in the folders of a server.

    Attributes:
        ports: what is used instead of the ports 8001, 8002, 443.
    """

    folder: Path
    ports: dict[str, int]
    places: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Make the folders."""
        here = self.folder
        for name in ("etc", "run", "lib/uploads", "backups", "nginx", "log", "cache"):
            (here / name).mkdir(parents=True, exist_ok=True)
        # The longer ones first: they begin alike.
        self.places = {
            "/srv/banshishi/.venv/bin/python": sys.executable,
            "/srv/banshishi": str(ROOT),
            "/etc/banshishi": str(here / "etc"),
            "/run/banshishi": str(here / "run"),
            "/var/lib/banshishi": str(here / "lib"),
            "/var/backups/banshishi": str(here / "backups"),
            "/etc/nginx/banshishi": str(here / "nginx"),
            "/var/cache/nginx/banshishi": str(here / "cache"),
            "/var/log/nginx": str(here / "log"),
        }

    def put(self, text: str) -> str:
        """Put the places and ports of the scratch folder into a text."""
        text = re.sub("|".join(map(re.escape, self.places)), lambda found: self.places[found[0]], text)
        return re.sub(rf"\b({'|'.join(self.ports)})\b", lambda found: str(self.ports[found[0]]), text)

    def environment_file(self) -> Path:
        """Give the file of settings that the units name."""
        return self.folder / "etc" / "banshishi.env"


class Unit:
    """One service, started and stopped as systemd would do it.

    Args:
        scratch: where it lives.
        name: of the file in deploy/systemd, such as `banshishi-web@.service`.
        instance: what `%i` stands for.
    """

    def __init__(self, scratch: Scratch, name: str, instance: str = "") -> None:
        self._scratch, self._instance = scratch, instance
        self.name = name.replace("@", f"@{instance}").removesuffix(".service")
        self._settings = settings_of(DEPLOY / "systemd" / name)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def patience(self) -> float:
        """Seconds after which it would be killed."""
        return float(self._settings["TimeoutStopSec"][0])

    def environment(self) -> dict[str, str]:
        """Give exactly what the unit would have in its environment."""
        words = [word for line in self._settings["Environment"] for word in self._filled(line).split()]
        lines = self._scratch.environment_file().read_text(encoding="utf-8").splitlines()
        words += [line for line in lines if line and not line.startswith("#")]
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | dict(word.split("=", 1) for word in words)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run a unit that ends by itself, and what comes after it."""
        done = [
            subprocess.run(
                shlex.split(self._filled(command)),
                cwd=ROOT,
                env=self.environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            for command in (*self._settings["ExecStart"], *self._settings.get("ExecStartPost", []))
        ]
        return next((each for each in done if each.returncode), done[0])

    def start(self) -> None:
        """Start it, and wait for what the unit waits for.

        Raises:
            RuntimeError: it did not come up.
        """
        log = (self._scratch.folder / "log" / f"{self.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                shlex.split(self._filled(self._settings["ExecStart"][0])),
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for command in self._settings.get("ExecStartPost", []):
            waiting = subprocess.run(shlex.split(self._filled(command)), check=False, capture_output=True)
            if waiting.returncode:
                raise RuntimeError(f"{self.name} 没有启动：{waiting.stderr.decode()[-300:]}")

    def stop(self) -> float:
        """Ask it to end as the unit says, kill it when its time is over; give the seconds it took."""
        if self._process is None:
            return 0.0
        began = time.monotonic()
        number = signal.Signals[self._settings["KillSignal"][0]]
        family = self._family()
        self._process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.patience)
        _gone, left = psutil.wait_procs(family, timeout=max(0.1, self.patience - (time.monotonic() - began)))
        took = time.monotonic() - began
        for process in left:
            process.kill()
        self._process.wait()
        self._process = None
        return took

    def restart(self) -> float:
        """Stop and start it; give the seconds until it serves again."""
        began = time.monotonic()
        self.stop()
        self.start()
        return time.monotonic() - began

    def _family(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        leader = psutil.Process(self._process.pid)
        return [leader, *leader.children(recursive=True)]

    def _filled(self, text: str) -> str:
        return self._scratch.put(text.replace("%i", self._instance).replace("%%", "%"))


class Nginx:
    """nginx with the configuration of `deploy/nginx`."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._binary = shutil.which("nginx") or "/usr/sbin/nginx"
        self._process: subprocess.Popen[bytes] | None = None
        self._main = scratch.folder / "nginx" / "nginx.conf"

    @staticmethod
    def is_installed() -> bool:
        """Tell whether there is an nginx."""
        return shutil.which("nginx") is not None or Path("/usr/sbin/nginx").exists()

    def write(self, *, host: str) -> None:
        """Write the configuration and a certificate that we made ourselves."""
        folder = self._scratch.folder / "nginx"
        for name in ("upstream.conf", "site.conf"):
            text = self._scratch.put((DEPLOY / "nginx" / "banshishi" / name).read_text(encoding="utf-8"))
            (folder / name).write_text(text.replace("bss.example.edu.cn", host), encoding="utf-8")
        site = self._scratch.put((DEPLOY / "nginx" / "banshishi.conf").read_text(encoding="utf-8"))
        (folder / "banshishi.conf").write_text(site, encoding="utf-8")
        key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
        wish = f"-newkey rsa:2048 -nodes -days 2 -subj /CN={host} -addext subjectAltName=DNS:{host}"
        subprocess.run(
            ["openssl", "req", "-x509", *wish.split(), "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        bodies = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"  {name}_temp_path {folder}/{name};\n" for name in bodies)
        # What every distribution's own nginx.conf has; ours is included from it, as it would be there.
        self._main.write_text(
            f"daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/../log/nginx-error.log;\n"
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            "events { worker_connections 1024; }\n"
            "http { include /etc/nginx/mime.types; default_type application/octet-stream;\n"
            f"{temporary}  include {folder}/banshishi.conf;\n}}\n",
            encoding="utf-8",
        )

    def problems(self) -> str:
        """Give what `nginx -t` has to say; empty when the configuration is good."""
        done = subprocess.run(
            [self._binary, "-t", "-q", "-c", str(self._main)], check=False, capture_output=True, text=True
        )
        return done.stderr.strip()

    def start(self) -> None:
        """Start it.

        Raises:
            RuntimeError: it did not stay, for instance because somebody has taken its port.
        """
        self._process = subprocess.Popen([self._binary, "-c", str(self._main)])
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"nginx 没有启动，状态 {self._process.wait(1)}")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


def write_settings(scratch: Scratch, changes: Mapping[str, str]) -> None:
    """Write the file of settings as the manual has it, with what differs here."""
    values = {
        "UPLOAD_DIR": "/var/lib/banshishi/uploads",
        "VERIFY_DIR": "/var/lib/banshishi/verify",
        "TRUSTED_PROXIES": "1",
        "LOG_FORMAT": "json",
        "SECRET_KEY": "for-this-drill-only-" + "0" * 32,
        "WECHAT_APP_ID": "wxsim0000000000001",
        "WECHAT_APP_SECRET": "sim-secret-0000000000000000000000",
        "WECHAT_TOKEN": "simtoken",
        "WECHAT_AES_KEY": "SimulatorAesKeyForDemoAndTests0000000000001",
    } | dict(changes)
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    scratch.environment_file().write_text(scratch.put(lines), encoding="utf-8")
