"""The states of a study's pages: every one that a participant or the organiser can see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from tests.study.browser_pages import consent, wait_for_question
from tests.study.small_study import SmallStudy


def participant_states(page: Page, address: str) -> Iterator[str]:
    """Go through the states of a participant's pages; name each one when the page shows it."""
    page.goto(address + "/")
    yield "start"
    page.get_by_role("checkbox").check()
    with _unreachable(page, "participants"):
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "start, unreachable"
    consent(page, address)
    yield "question"
    page.get_by_role("button", name="Next", exact=True).click()
    yield "question, nothing chosen"
    page.keyboard.press("b")
    yield "question, chosen"
    page.get_by_role("button", name="Enlarge picture A").click()
    yield "enlarged"
    page.keyboard.press("Enter")
    yield "enlarged more"
    page.keyboard.press("Escape")
    with _unreachable(page, "answers"):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "question, unreachable"
    page.get_by_role("button", name="Try again").click()
    wait_for_question(page, 2)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Copy the link").click()
    yield "paused"
    page.get_by_role("button", name="Continue").click()
    yield from _last_states(page, address)


def _last_states(page: Page, address: str) -> Iterator[str]:
    link = page.url
    page.goto(address + "/")
    expect(page.get_by_role("link", name="Continue")).to_be_visible()
    yield "start, begun"
    page.goto(link)
    for number in range(2, 5):
        wait_for_question(page, number)
        page.keyboard.press("a")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    yield "end"
    page.goto(address + "/take#nobody")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    yield "unknown"


def organiser_states(page: Page, address: str, small: SmallStudy) -> Iterator[str]:
    """Go through the states of the organiser's page."""
    page.goto(address + "/results")
    yield "results, token"
    page.get_by_label("The organiser's token").fill("a guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "results, wrong token"
    page.get_by_label("The organiser's token").fill(small.token)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Updated at")).to_be_visible()
    yield "results"


@contextmanager
def _unreachable(page: Page, path: str) -> Iterator[None]:
    """While it lasts, requests to a path of the API do not reach the server."""

    def abort(route: Route) -> None:
        route.abort()

    page.route(f"**/api/{path}", abort)
    yield
    page.unroute(f"**/api/{path}", abort)
