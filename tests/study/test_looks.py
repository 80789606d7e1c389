from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, Route

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.simulation import simulate
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.wording import read_study_texts
from pixelfes.study.results.analysis import analyse
from pixelfes.study.results.report import write_study_report
from tests.looks import AXE, WHY_NO_AXE, axe_violations, launched, overflowing
from tests.study.browser_pages import PHONE, consent, new_device
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_server import serving
from tests.study.study_states import organiser_states, participant_states

LANDSCAPE: dict[str, Any] = PHONE | {"viewport": {"width": 740, "height": 360}}
SMALL: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 640}}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
LARGE: dict[str, Any] = {"viewport": {"width": 2560, "height": 1440}}
DEVICES = {"320": SMALL, "360": PHONE, "landscape": LANDSCAPE, "1280": DESKTOP, "2560": LARGE}
TOUCH_TARGET = 44  # pixels, WCAG 2.5.5

BOXES = """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).map((e) => {
  const { left, top, right, bottom } = e.getBoundingClientRect(); return [left, top, right, bottom]; })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as opened:
        yield opened


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallStudy:
    return small_study(tmp_path_factory.mktemp("looks"), n_items=2)


@pytest.fixture(scope="module")
def address(small: SmallStudy) -> Iterator[str]:
    with serving(small) as running:
        yield running


@pytest.fixture(scope="module")
def report(small: SmallStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of simulated answers, of whom some failed the checks."""
    folder = tmp_path_factory.mktemp("report")
    with closing(AnswerStore(small.study, sqlite_url(folder / "answers.sqlite3"), simulated=True)) as store:
        simulate(store, dict.fromkeys(small.study.candidates, 1.0), 20, careless=0.3, seed=1)
        results = analyse(small.study, *(found := store.read_answers()), simulated=True, attentive_only=True)
    return write_study_report(small.study, read_study_texts(small.folder), results, found[1], folder)[0]


def boxes(page: Page, selector: str) -> list[list[float]]:
    """The visible elements of a selector, each as left, top, right and bottom in pixels of the window."""
    return [[float(side) for side in box] for box in page.evaluate(BOXES, selector)]


def reaches_fold(page: Page, selector: str) -> bool:
    """Whether everything of a selector is in the window."""
    size = page.viewport_size
    assert size is not None
    return all(top >= 0 and bottom <= size["height"] for _, top, _, bottom in boxes(page, selector))


@pytest.mark.skipif(not AXE.exists(), reason=WHY_NO_AXE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["360", "1280"])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, address: str, small: SmallStudy, scheme: str, device: str
) -> None:
    with new_device(browser, address, **DEVICES[device], color_scheme=scheme, reduced_motion="reduce") as page:
        found = {state: axe_violations(page) for state in participant_states(page, address)}
        found |= {state: axe_violations(page) for state in organiser_states(page, address, small)}
    assert len(found) == 15
    assert {state: violations for state, violations in found.items() if violations} == {}


@pytest.mark.skipif(not AXE.exists(), reason=WHY_NO_AXE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_report(browser: Browser, report: Path, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(report.as_uri())
    assert axe_violations(page) == []
    assert page.locator("td.failed").count() > 3
    page.close()


@pytest.mark.parametrize("device", DEVICES)
def test_no_state_reaches_beyond_the_screen(browser: Browser, address: str, small: SmallStudy, device: str) -> None:
    with new_device(browser, address, **DEVICES[device]) as page:
        wide = {state: overflowing(page) for state in participant_states(page, address) if "enlarged" not in state}
        wide |= {state: overflowing(page) for state in organiser_states(page, address, small)}
    assert {state: elements for state, elements in wide.items() if elements} == {}


def test_the_whole_consent_and_start_are_in_view_on_a_phone(browser: Browser, address: str) -> None:
    with new_device(browser, address, **PHONE) as page:
        page.goto(address)
        assert reaches_fold(page, "main > *, #agree, #start")
        assert "about 1 minute." in page.inner_text("main")


@pytest.mark.parametrize("device", DEVICES)
def test_start_is_in_view_on_every_screen(browser: Browser, address: str, device: str) -> None:
    with new_device(browser, address, **DEVICES[device]) as page:
        page.goto(address)
        assert reaches_fold(page, ".agree, #start")


@pytest.mark.parametrize("device", DEVICES)
def test_a_question_needs_no_scrolling(browser: Browser, address: str, device: str) -> None:
    with new_device(browser, address, **DEVICES[device]) as page:
        consent(page, address)
        assert reaches_fold(page, "#question, .pictures > *, .frame img, #next, #pause")
        pictures = boxes(page, ".frame img")
        assert len({round(right - left) for left, _, right, _ in pictures}) == 1
        next_button = boxes(page, "#next")[0]
        assert not any(overlap(next_button, picture) for picture in pictures)


def overlap(a: list[float], b: list[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("device", DEVICES)
def test_pictures_are_as_large_as_the_screen_allows(browser: Browser, address: str, device: str) -> None:
    """They reach from side to side, or down to what is below them."""
    with new_device(browser, address, **DEVICES[device]) as page:
        consent(page, address)
        size, figures = DEVICES[device]["viewport"], boxes(page, ".pictures > *")
        tops = [box[1] for box in boxes(page, "#help, #actions") if box[1] > figures[-1][1]]
        below = min([*tops, size["height"]])
        width = max(box[2] for box in figures) - min(box[0] for box in figures)
        assert width > 0.9 * size["width"] or max(box[3] for box in figures) > below - 20
        assert device != "landscape" or boxes(page, ".frame img")[0][3] - boxes(page, ".frame img")[0][1] > 180


def test_nothing_moves_while_pictures_load(browser: Browser, address: str) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.2)
        route.continue_()

    places = "#question, .pictures > *, .frame img, #next, #help"
    with new_device(browser, address, **PHONE) as page:
        page.route("**/images/*", slowly)
        page.goto(address)
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Start").click()
        page.locator("#pictures[aria-busy]").wait_for()
        before = boxes(page, places)
        page.locator("#pictures:not([aria-busy])").wait_for()
        assert boxes(page, places) == before


def test_words_are_for_fingers_or_for_a_mouse(browser: Browser, address: str) -> None:
    for device, told, hidden in ((PHONE, "Tap a picture", "Click"), (DESKTOP, "Click a picture", "Tap")):
        with new_device(browser, address, **device) as page:
            consent(page, address)
            assert told in page.inner_text("main")
            assert hidden not in page.inner_text("main")
            assert ("With a keyboard" in page.inner_text("main")) == (device is DESKTOP)
            page.locator(".glass").first.click()
            assert page.inner_text(".zoom-hint").startswith(told.removesuffix("a picture"))


@pytest.mark.parametrize("device", ["320", "360", "landscape"])
def test_what_fingers_press_is_large_enough(browser: Browser, address: str, small: SmallStudy, device: str) -> None:
    targets = "button, a.button, label.agree, .option label, input[type=password], input[readonly]"
    with new_device(browser, address, **DEVICES[device]) as page:
        for state in chain(participant_states(page, address), organiser_states(page, address, small)):
            sizes = [(right - left, bottom - top) for left, top, right, bottom in boxes(page, targets)]
            assert all(min(size) >= TOUCH_TARGET for size in sizes), state


def test_forced_colours_show_what_is_chosen(browser: Browser, address: str) -> None:
    style = "(e, name) => getComputedStyle(e)[name]"
    with new_device(browser, address, **DESKTOP, forced_colors="active") as page:
        consent(page, address)
        page.keyboard.press("b")
        labels = page.locator(".option label")
        chosen, other = (labels.nth(n).evaluate(style, "borderTopColor") for n in (1, 0))
        assert chosen != other
        glass = page.locator(".glass").first
        icon = glass.evaluate("(e) => getComputedStyle(e, '::before').backgroundColor")
        assert icon != glass.evaluate(style, "backgroundColor")
        assert page.locator("#next").evaluate(style, "forcedColorAdjust") == "none"
        assert page.locator("#next").evaluate(style, "color") != page.locator("#next").evaluate(
            style, "backgroundColor"
        )


def test_wide_tables_scroll_by_keyboard_and_show_it(browser: Browser, report: Path) -> None:
    page = browser.new_page(**PHONE)
    page.goto(report.as_uri())
    assert overflowing(page) == []
    region = page.get_by_role("region", name="Participants", exact=True)
    assert region.evaluate("(e) => e.scrollWidth > e.clientWidth")
    edge = region.bounding_box()
    assert edge is not None
    hidden = region.locator("th").last.bounding_box()
    assert hidden is not None
    assert hidden["x"] > edge["x"] + edge["width"]
    assert "gradient" in region.evaluate("(e) => getComputedStyle(e).backgroundImage")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(e) => e.scrollLeft > 0", arg=region.element_handle())
    first = region.locator("tbody td").first.bounding_box()
    assert first is not None
    assert first["x"] == pytest.approx(edge["x"] + 1, abs=1)  # the first column stays
    page.close()
