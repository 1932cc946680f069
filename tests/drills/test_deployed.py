"""The files of deploy/ fit the product, and their drill can tell when something is wrong."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from commands import COMMANDS
from config.settings import Settings
from tests.drills.deployed import DEPLOY, ROOT, Nginx, Scratch, Unit, settings_of, write_settings
from tests.drills.deployed_site import Report
from web.application import LARGEST_REQUEST

SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENED = ("NoNewPrivileges=yes", "ProtectSystem=strict", "User=banshishi", "PrivateTmp=yes", "UMask=")


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    scratch = Scratch(tmp_path, {"8001": 21001, "8002": 21002, "443": 21443})
    write_settings(scratch, {"DATABASE_URL": "sqlite:////var/lib/banshishi/x.db"})
    return scratch


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_there_is_with_settings_there_are(unit: Path, scratch: Scratch) -> None:
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=.*app\.py ([a-z-]+)", text, re.MULTILINE)
    environment = Unit(scratch, unit.name, "8001").environment()

    assert command is not None
    assert command[1] in COMMANDS
    known = {name.upper() for name in Settings.model_fields}
    foreign = {"PATH", "LANG", "ENV_FILE", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert set(environment) - known - foreign == set()
    assert [line for line in HARDENED if f"\n{line}" not in text] == []
    assert environment["DATABASE_URL"] == f"sqlite:///{scratch.folder}/lib/x.db"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        name = unit.name.replace("@.", "@8001.")
        text = unit.read_text(encoding="utf-8").replace("/srv/banshishi/.venv/bin/python", sys.executable)
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", *names], check=False, capture_output=True, text=True, cwd=tmp_path
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Nginx.is_installed(), reason="nginx is not installed")
def test_nginx_understands_its_configuration_and_a_wrong_one_is_told(scratch: Scratch) -> None:
    nginx = Nginx(scratch)
    nginx.write(host="localhost")
    assert nginx.problems() == ""

    site = scratch.folder / "nginx" / "banshishi.conf"
    site.write_text(site.read_text(encoding="utf-8").replace("proxy_pass", "proxy_pas", 1), encoding="utf-8")
    assert 'unknown directive "proxy_pas"' in nginx.problems()


def test_nginx_lets_through_what_the_program_takes_and_all_instances_are_named() -> None:
    site = (DEPLOY / "nginx" / "banshishi.conf").read_text(encoding="utf-8")
    upstream = (DEPLOY / "nginx" / "banshishi" / "upstream.conf").read_text(encoding="utf-8")
    largest = re.search(r"client_max_body_size\s+(\d+)m", site)

    assert largest is not None
    assert int(largest[1]) * 1024 * 1024 >= LARGEST_REQUEST
    assert re.findall(r"server 127\.0\.0\.1:(\d+) max_fails=0;", upstream) == ["8001", "8002"]


def test_the_containers_run_what_is_there_and_get_their_secrets_as_files() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.+)$", image, re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    commands = [each["command"][2] for each in compose["services"].values() if "command" in each]

    assert {name for name in copied if not (ROOT / name).exists()} == set()
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages & {"config", "models", "domain", "wechat", "web", "jobs", "commands"} <= copied
    assert set(commands) <= set(COMMANDS)
    assert {name for name in compose["secrets"] if name not in Settings.model_fields} == {"postgres_password"}
    assert re.search(r"^USER 10001", image, re.MULTILINE)


def test_what_services_may_not_write_is_compiled_beforehand() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    compiled = re.search(r"^CODE := (.+)$", makefile, re.MULTILINE)
    image = re.search(
        r"compileall -q (.+)$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert compiled is not None
    assert packages - {"bench", "demo", "simulator", "tests"} <= set(compiled[1].split())
    assert image is not None
    assert image[1] == f"app.py {compiled[1]}"
    assert re.search(
        r"^setup: .+\n\t@?\$\(BIN\)/python -m compileall -q app.py \$\(CODE\)", makefile, re.MULTILINE
    )


def test_a_service_that_does_not_stop_in_time_is_killed_and_found_out(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deaf = tmp_path / "deploy" / "systemd" / "deaf.service"
    deaf.parent.mkdir(parents=True)
    deafness = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    program = f"{deafness}; print(1, flush=True); time.sleep(60)"
    deaf.write_text(
        "[Service]\nEnvironment=A=1\nKillSignal=SIGTERM\nTimeoutStopSec=1\n"
        f"ExecStart={sys.executable} -c '{program}'\n"
        f"ExecStartPost=/bin/sh -c 'until grep -q 1 {tmp_path}/log/deaf.log; do sleep 0.05; done'\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("tests.drills.deployed.DEPLOY", tmp_path / "deploy")
    unit = Unit(scratch, "deaf.service")
    unit.start()
    took = unit.stop()
    report = Report()
    report.tell("停下", fine=took < unit.patience, words=f"{took:.1f} 秒")

    assert took >= unit.patience
    assert report.failures == ["停下"]
    assert capsys.readouterr().out.startswith("✗ 停下：1.")
    assert settings_of(deaf)["TimeoutStopSec"] == ["1"]
