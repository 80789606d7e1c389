"""Pages of a study in a real browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from pixelfes.study.design.trials import Trial
from tests.study.small_study import SmallStudy

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_TIMEOUT_MILLISECONDS = 60_000

expect.set_options(timeout=_TIMEOUT_MILLISECONDS)


@contextmanager
def new_device(browser: Browser, address: str, **context: Any) -> Iterator[Page]:
    """Give a page of a new device. At the end, check that it had no errors and loaded nothing from other sites."""
    opened = browser.new_context(**context)
    opened.set_default_timeout(_TIMEOUT_MILLISECONDS)
    page = opened.new_page()
    requested: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    try:
        yield page
    finally:
        opened.close()
    assert errors == []
    assert all(url.startswith((address + "/", "blob:")) for url in requested), requested


def consent(page: Page, address: str) -> None:
    """Open the first page, consent and start."""
    page.goto(address + "/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start").click()
    wait_for_question(page, 1)


def wait_for_question(page: Page, number: int) -> None:
    """Wait until a question and its pictures are shown."""
    expect(page.locator("#progress-text")).to_contain_text(f"Question {number} of")
    expect(page.locator("#pictures:not([aria-busy])")).to_be_visible()


def options(page: Page) -> list[str]:
    """Return the ids of the pictures to choose from, from the first position to the last."""
    return [str(radio.get_attribute("value")) for radio in page.get_by_role("radio").all()]


def choose(page: Page, small: SmallStudy, number: int, position: int) -> str:
    """Answer a question by mouse, and return the chosen candidate."""
    wait_for_question(page, number)
    picture = options(page)[position]
    page.locator(".option img").nth(position).click()
    page.get_by_role("button", name="Next", exact=True).click()
    return candidate(small, picture)


def candidate(small: SmallStudy, picture: str) -> str:
    """Return the candidate of a picture, or "input"."""
    for item in small.study.items:
        for name, output in item.outputs.items():
            if output.id == picture:
                return name
        if item.copy.id == picture:
            return "input"
    raise LookupError(picture)


def organiser_results(page: Page, address: str, small: SmallStudy) -> tuple[list[str], dict[str, int]]:
    """Log in as the organiser; return the choices in the downloaded CSV, and the counts of the first table."""
    page.goto(address + "/results")
    page.get_by_label("The organiser's token").fill(small.token)
    page.get_by_role("button", name="Show the results").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="All answers (CSV)").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()[1:]
    table = page.locator("section", has=page.get_by_role("heading", name="How often each candidate was chosen"))
    cells = [row.get_by_role("cell").all_inner_texts() for row in table.locator("tbody tr").all()]
    return [row.split(",")[5] for row in rows], {row[1]: int(row[2]) for row in cells}


def expected_counts(small: SmallStudy, trials: Sequence[Trial], choices: list[str]) -> dict[str, int]:
    """Return how often each candidate was chosen, without attention checks."""
    counts = Counter(choice for trial, choice in zip(trials, choices, strict=True) if trial.kind == "item")
    return {name: counts[name] for name in small.study.candidates}
