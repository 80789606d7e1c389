"""What the tests in a browser share: a server, a browser, and one loaded page a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web_page.browser import Opened, chromium, launched, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Where the page is served."""
    with served() as server:
        yield server.url


@pytest.fixture(scope="module")
def playwright(url: str) -> Iterator[Playwright]:
    """What drives browsers, ended with the file: while it runs, no other event loop can in this process."""
    chromium()
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: it is in the extra dev")
    with api.sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def opened(browser: Browser, url: str) -> Iterator[Opened]:
    """The page, loaded."""
    opened = Opened(browser, url)
    yield opened
    opened.close()
