"""People who take a study in a real browser."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.study.small_study import SmallStudy

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def chromium() -> str | None:
    """Return the path of a Chromium of this machine."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def somebody(browser: Browser, address: str, **context: Any) -> Iterator[Page]:
    """Give a page of a new device; at the end, nothing was asked of others and nothing has gone wrong in it."""
    opened = browser.new_context(**context)
    opened.set_default_timeout(20_000)
    page = opened.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    try:
        yield page
    finally:
        opened.close()
    assert wrong == []
    assert all(url.startswith((address + "/", "blob:")) for url in asked), asked


def consent(page: Page, address: str) -> None:
    """Read the first page, agree and start."""
    page.goto(address + "/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start").click()
    question(page, 1)


def question(page: Page, number: int) -> None:
    """Wait until a question is asked and its pictures are there."""
    expect(page.locator("#progress-text")).to_contain_text(f"Question {number} of")
    expect(page.locator("#pictures:not([aria-busy])")).to_be_visible()


def options(page: Page) -> list[str]:
    """Return the ids of the pictures to choose from, from the first place on."""
    return [str(radio.get_attribute("value")) for radio in page.get_by_role("radio").all()]


def candidate(small: SmallStudy, picture: str) -> str:
    """Return whose picture it is."""
    for item in small.study.items:
        for name, output in item.outputs.items():
            if output.id == picture:
                return name
        if item.copy.id == picture:
            return "input"
    raise LookupError(picture)


def told(page: Page, address: str, small: SmallStudy) -> tuple[list[str], dict[str, int]]:
    """Log in as the organiser; return the choices of the CSV file that the page gives, and the counts of its first table."""
    page.goto(address + "/results")
    page.get_by_label("The organiser's token").fill(small.token)
    page.get_by_role("button", name="Show the results").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="All answers (CSV)").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()[1:]
    table = page.locator("section", has=page.get_by_role("heading", name="How often each was chosen"))
    cells = [row.get_by_role("cell").all_inner_texts() for row in table.locator("tbody tr").all()]
    return [row.split(",")[5] for row in rows], {row[1]: int(row[2]) for row in cells}


def counted(small: SmallStudy, kinds: Sequence[str], chosen: list[str]) -> dict[str, int]:
    """Return how often each candidate was chosen, attention checks left out."""
    counts = Counter(choice for kind, choice in zip(kinds, chosen, strict=True) if kind == "item")
    return {name: counts[name] for name in small.study.candidates}
