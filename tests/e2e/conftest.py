"""The product and a browser, for tests that play what people do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from config.settings import Settings
from tests.e2e.product import Product, running_product

PHONE = {"width": 375, "height": 667}
DESK = {"width": 1366, "height": 768}


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
