"""How pages look in a real browser, and what axe finds in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WHY_NO_AXE = "axe is not installed (npm --prefix web ci)"
WHY_NO_BROWSER = "no Chromium is installed (Debian: apt install chromium)"

_RUN = """async () => (await axe.run()).violations.flatMap(
  (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} (${node.failureSummary})`))"""
_OVERFLOW = """() => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest(".scroll, svg"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
  .map((e) => `${e.tagName} ${e.id} ${e.className}`)"""


def chromium() -> str | None:
    """Return the path of this machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium, or skip the test where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip(WHY_NO_BROWSER)
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page as it is, one line for each element."""
    if not page.evaluate("() => Boolean(globalThis.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return [str(line) for line in page.evaluate(_RUN)]


def overflowing(page: Page) -> list[str]:
    """Return the elements that reach beyond the sides of the window; those in a scrolling region may."""
    return [str(name) for name in page.evaluate(_OVERFLOW)]
