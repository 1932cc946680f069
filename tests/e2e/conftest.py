"""The product and a browser, for tests that play what people do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config.settings import Settings
from tests.e2e.product import Product, running_product
from tests.support.browser import LAUNCH_ARGUMENTS, find_browser

PHONE = {"width": 375, "height": 667}
DESK = {"width": 1366, "height": 768}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian packs it."""
    path = find_browser()
    if path is None:
        pytest.skip("没有找到 Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=LAUNCH_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def product(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Product]:
    """Web, worker and platform, running."""
    with running_product(make_settings, tmp_path) as running:
        yield running


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A student's phone with WeChat open."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """An office browser, signed out."""
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()
