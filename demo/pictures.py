"""`make pictures`: starts a demo of its own, plays a little on the phone, and takes the README's pictures."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from demo.children import ROOT
from demo.plan import PASSWORD

FOLDER = ROOT / "docs" / "pictures"
_SHARPNESS = 1.5
_COLORS = (256, 160, 96, 64)
_MOST_BYTES = 200_000
_PATIENCE = 30_000  # milliseconds
_DESK = {"width": 1280, "height": 860}


def main() -> int:
    """Take all pictures; return the exit status."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder, _demo(port, Path(folder)), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            pictures = _take(browser, port)
        finally:
            browser.close()
    pictures["overview"] = _side_by_side(pictures)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        size = _save(picture, FOLDER / f"{name}.png")
        sys.stdout.write(f"{name}.png  {picture.width} × {picture.height}  {size // 1024} kB\n")
    return 0


def _take(browser: Browser, port: int) -> dict[str, Image.Image]:
    phone = _page(browser, f"http://127.0.0.1:{port + 1}/")
    number = _play(phone)
    pictures = {"chat": _picture(phone, ".device")}
    phone.get_by_role("link", name=number).last.click()
    frame = phone.frame_locator("[data-testid=frame]")
    frame.get_by_text(number).first.wait_for(timeout=_PATIENCE)
    phone.wait_for_timeout(800)
    pictures["phone-complaint"] = _picture(phone, ".device")

    desk = _page(browser, f"http://127.0.0.1:{port}/admin/")
    desk.fill("#username", "shouli")
    desk.fill("#password", PASSWORD)
    desk.get_by_role("button", name="登录").click()
    desk.wait_for_url("**/admin/inbox*")
    pictures["admin-inbox"] = _picture(desk)
    desk.goto(f"http://127.0.0.1:{port}/admin/complaints/{number}")
    pictures["admin-complaint"] = _picture(desk)
    return pictures


def _play(phone: Page) -> str:
    """Write something as 林小雨 and look at what she raised; give the number of what she is to judge."""
    phone.get_by_test_id("menu-button").nth(1).wait_for(timeout=_PATIENCE)
    phone.get_by_test_id("menu-toggle").click()
    _send(phone, "二食堂2号窗口的盖浇饭又是凉的，米饭都硬了")
    phone.get_by_test_id("menu-toggle").click()
    phone.get_by_test_id("menu-button").nth(1).click()
    waiting = phone.locator("[data-testid=chat-item][data-from=account]", has_text="待评价").last
    waiting.wait_for(timeout=_PATIENCE)
    phone.wait_for_timeout(600)
    lines = waiting.inner_text().splitlines()
    line = next(line for line in lines if "待评价" in line)
    return line.split()[0]


def _send(phone: Page, text: str) -> None:
    replies = phone.locator("[data-testid=chat-item][data-from=account]")
    before = replies.count()
    phone.get_by_test_id("message-input").fill(text)
    phone.get_by_test_id("send-button").click()
    replies.nth(before).wait_for(timeout=_PATIENCE)


def _page(browser: Browser, address: str) -> Page:
    context = browser.new_context(
        viewport={"width": _DESK["width"], "height": _DESK["height"]},
        device_scale_factor=_SHARPNESS,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    return page


def _picture(page: Page, part: str = "body") -> Image.Image:
    page.wait_for_timeout(700)
    shot = page.screenshot() if part == "body" else page.locator(part).screenshot()
    return Image.open(BytesIO(shot)).convert("RGB")


def _side_by_side(pictures: dict[str, Image.Image]) -> Image.Image:
    """Put the desk and both phones beside each other, all of one height."""
    order = ("chat", "admin-inbox", "phone-complaint")
    height, gap = 720, 28
    scaled = [
        picture.resize((round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS)
        for picture in (pictures[name] for name in order)
    ]
    width = sum(picture.width for picture in scaled) + gap * (len(scaled) + 1)
    sheet = Image.new("RGB", (width, height + 2 * gap), "#e6e9ee")
    left = gap
    for picture in scaled:
        sheet.paste(picture, (left, gap))
        left += picture.width + gap
    return sheet


def _save(picture: Image.Image, file: Path) -> int:
    """Write a picture small enough to be kept with the source; give its size in bytes."""
    for colors in _COLORS:
        # Maximum coverage keeps the few red dots red, which the usual way gives up for more greys.
        few = picture.quantize(colors, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
        if file.stat().st_size <= _MOST_BYTES:
            break
    return file.stat().st_size


@contextmanager
def _demo(port: int, folder: Path) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "demo", str(port), str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        for line in process.stdout or ():
            sys.stdout.write(line)
            if "已就绪" in line:
                break
        else:
            raise SystemExit("演示没有启动起来，见上。")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _free_port() -> int:
    """Give a port that is free, as is the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def _chromium() -> str | None:
    """Give the browser on this machine, or None for the one that Playwright brings."""
    named = os.environ.get("CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


if __name__ == "__main__":
    sys.exit(main())
