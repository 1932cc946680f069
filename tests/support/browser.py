"""Finds a Chromium for the browser tests, installs it where that is possible, or says how in one line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


def find_browser() -> str | None:
    """Give the path of a Chromium or Chrome on this machine, or None."""
    named = [os.environ.get("CHROMIUM", "")]
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return next((path for path in [*named, *found, *_PLACES] if path and Path(path).exists()), None)


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return sys.platform == "darwin"
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def main() -> int:
    """Install browser and font with apt where we may; otherwise say what is left out and how to get it."""
    wanted = [] if find_browser() else ["chromium"]
    wanted += [] if _has_chinese_font() else ["fonts-noto-cjk"]
    if not wanted:
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        sys.stdout.write(f"正在安装 {'、'.join(wanted)}……\n")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], check=False, env=environment, **quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", *wanted],
            check=False,
            env=environment,
            **quiet,
        )
    if find_browser() is None:
        sys.stdout.write(
            "没有找到 Chromium，浏览器测试会跳过。安装：sudo apt-get install chromium fonts-noto-cjk"
            "（macOS：brew install --cask chromium）。\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
