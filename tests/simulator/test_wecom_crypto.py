"""A second, unrelated implementation (npm @wecom/crypto 1.0.1) reads what the platform writes, and back."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from simulator import crypto

HERE = Path(__file__).parent
KEY, TOKEN, APP_ID = "SimulatorAesKeyForDemoAndTests0000000000001", "simtoken", "wxsim0000000000001"
MESSAGES = [
    "",
    "a" * 15,
    "a" * 16,
    "a" * 31,
    "a" * 32,
    "a" * 33,
    "你好，3号楼漏水😀",
    "<xml><Content><![CDATA[]]]]><![CDATA[>]]></Content></xml>",
]


def ask(*questions: dict[str, str]) -> list[dict[str, str]]:
    """Ask the node implementation."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so @wecom/crypto cannot run")
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    command = [node, str(HERE / "wecom_crypto.cjs"), KEY, TOKEN, APP_ID]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"@wecom/crypto did not run (npm install?): {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_is_the_version_we_know() -> None:
    package = HERE.parents[1] / "node_modules/@wecom/crypto/package.json"
    assert json.loads(package.read_text())["version"] == "1.0.1"


def test_wecom_crypto_reads_what_the_platform_writes() -> None:
    questions = [
        {"decrypt": crypto.encrypt(message.encode(), encoding_aes_key=KEY, app_id=APP_ID)}
        for message in MESSAGES
    ]
    answers = ask(*questions)
    assert [answer["message"] for answer in answers] == MESSAGES
    assert {answer["id"] for answer in answers} == {APP_ID}


def test_platform_reads_what_wecom_crypto_writes() -> None:
    answers = ask(*({"encrypt": message, "timestamp": "1", "nonce": "2"} for message in MESSAGES))
    opened = [crypto.decrypt(answer["cipher"], encoding_aes_key=KEY) for answer in answers]
    assert opened == [(message.encode(), APP_ID) for message in MESSAGES]
    signatures = [crypto.signature(TOKEN, "1", "2", answer["cipher"]) for answer in answers]
    assert [answer["signature"] for answer in answers] == signatures
