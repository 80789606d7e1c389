from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import DATABASE_FILE
from pixelfes.study.design.trials import draw_trials
from study_load import ServerProcess
from tests.looks import launched
from tests.polling import wait_until
from tests.study.browser_pages import (
    PHONE,
    candidate,
    choose,
    consent,
    expected_counts,
    new_device,
    options,
    organiser_results,
    wait_for_question,
)
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_server import serving

N_QUESTIONS = 4  # two items, a copied input and a repeat


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests. Each test opens contexts of its own."""
    with launched() as opened:
        yield opened


@pytest.fixture
def small(tmp_path: Path) -> SmallStudy:
    return small_study(tmp_path, n_items=2)


@pytest.fixture
def address(small: SmallStudy) -> Iterator[str]:
    with serving(small) as running:
        yield running


@pytest.fixture(scope="module")
def shared_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for tests that do not look at the answers."""
    with serving(small_study(tmp_path_factory.mktemp("shared"), n_items=2)) as running:
        yield running


def saved_choices(small: SmallStudy) -> list[str]:
    """Return the choices in the database, in the order of the questions."""
    with closing(AnswerStore(small.study, sqlite_url(small.folder / DATABASE_FILE))) as store:
        return [answer.choice for answer in store.read_answers()[1]]


def test_a_study_by_mouse_with_a_pause_and_another_device(browser: Browser, address: str, small: SmallStudy) -> None:
    with new_device(browser, address) as page:
        consent(page, address)
        chosen = [choose(page, small, 1, 1)]
        wait_for_question(page, 2)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("heading", name="Paused")).to_be_focused()
        link = page.get_by_label("Your link").input_value()
        page.get_by_role("button", name="Continue").click()
        chosen.append(choose(page, small, 2, 0))
        wait_for_question(page, 3)
    with new_device(browser, address) as page:
        page.goto(link)
        chosen += [choose(page, small, 3, 2), choose(page, small, 4, 1)]
        expect(page.get_by_role("heading", name="Thank you!")).to_be_focused()
        page.reload()
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    with new_device(browser, address) as page:
        counts = expected_counts(small, draw_trials(small.study, 0), chosen)
        assert organiser_results(page, address, small) == (chosen, counts)


def test_a_study_by_keyboard_alone(browser: Browser, address: str, small: SmallStudy) -> None:
    chosen = []
    with new_device(browser, address) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for n in range(1, N_QUESTIONS + 1):
            wait_for_question(page, n)
            page.keyboard.press("Enter")
            expect(page.get_by_text("Choose a picture first.")).to_be_visible()
            chosen.append(candidate(small, options(page)[n % 3]))
            page.keyboard.press("abc"[n % 3] if n % 2 else "123"[n % 3])
            expect(page.get_by_role("radio").nth(n % 3)).to_be_checked()
            page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    assert saved_choices(small) == chosen


def test_a_study_on_a_phone(browser: Browser, address: str, small: SmallStudy) -> None:
    chosen = []
    with new_device(browser, address, **PHONE, color_scheme="dark") as page:
        consent(page, address)
        for n in range(1, N_QUESTIONS + 1):
            wait_for_question(page, n)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            chosen.append(candidate(small, options(page)[2]))
            page.locator(".option img").nth(2).tap()
            page.get_by_role("button", name="Next", exact=True).tap()
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    assert saved_choices(small) == chosen


def test_an_enlarged_picture_keeps_its_position_when_the_picture_changes(browser: Browser, shared_address: str) -> None:
    position = "[...document.querySelectorAll('#zoom-view')].map(v => [v.scrollLeft, v.scrollTop])[0]"
    with new_device(browser, shared_address) as page:
        consent(page, shared_address)
        page.get_by_role("button", name="Enlarge picture B").click()
        view, picture = page.locator("#zoom-view"), page.locator("#zoom-picture")
        fits = picture.bounding_box()
        view.click(position={"x": 500, "y": 200})
        large = picture.bounding_box()
        assert fits is not None
        assert large is not None
        assert large["width"] == pytest.approx(3 * fits["width"], rel=0.01)
        before = page.evaluate(position)
        assert before[1] > 0
        page.keyboard.press("ArrowRight")
        expect(page.locator("#zoom-name")).to_have_text("Picture C")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#zoom-name")).to_have_text("Original")
        assert page.evaluate(position) == pytest.approx(before, abs=2)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Enlarge picture C")).to_be_focused()


def test_a_screen_reader_finds_every_control(browser: Browser, shared_address: str) -> None:
    with new_device(browser, shared_address) as page:
        consent(page, shared_address)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_be_focused()
        text = heading.inner_text()
        tree = page.locator("body").aria_snapshot()
        for line in (
            '- button "Pause"',
            f'- radiogroup "{text}"',
            '- radio "Picture A',
            '- img "The original picture"',
        ):
            assert line in tree
        for name in ("Enlarge the original", "Enlarge picture A", "Enlarge picture C", "Next"):
            assert f'- button "{name}"' in tree
        assert f'- progressbar "Question 1 of {N_QUESTIONS}"' in tree
        assert page.locator("html").get_attribute("lang") == "en"
        assert not re.search(r"- (button|img|radio)$", tree, re.MULTILINE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_enough_contrast(browser: Browser, shared_address: str, scheme: str) -> None:
    with new_device(browser, shared_address, color_scheme=scheme) as page:
        page.goto(shared_address)
        check_contrast(page)
        consent(page, shared_address)
        page.get_by_role("button", name="Next", exact=True).click()
        check_contrast(page)
        page.goto(shared_address + "/results")
        check_contrast(page)


def check_contrast(page: Page) -> None:
    """Every visible text has a contrast of at least 4.5 with its background, as WCAG 2 requires."""
    found = page.evaluate(CONTRASTS)
    assert len(found) >= 3
    assert [line for line in found if line[1] < 4.5] == []


CONTRASTS = """() => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map((v, n) => n > 2 ? +v : v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility() || ["SCRIPT", "NOSCRIPT", "TEXTAREA"].includes(e.tagName)) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    found.push([node.data.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return found;
}"""


def test_an_answer_is_sent_again_after_the_server_was_killed(browser: Browser, small: SmallStudy) -> None:
    with ExitStack() as stack:
        server = ServerProcess(small.folder)
        stack.callback(server.kill)
        page = stack.enter_context(new_device(browser, server.address))
        consent(page, server.address)
        first = choose(page, small, 1, 0)
        wait_for_question(page, 2)
        second = candidate(small, options(page)[1])
        server.kill()
        page.locator(".option img").nth(1).click()
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        stack.callback(restarted(small.folder, server.port).kill)
        page.get_by_role("button", name="Try again").click()
        wait_for_question(page, 3)
        assert saved_choices(small) == [first, second]


def restarted(folder: Path, port: int) -> ServerProcess:
    """Start a server at the port of an earlier one, which another program may hold for a moment."""
    started: list[ServerProcess] = []

    def starts() -> bool:
        try:
            started.append(ServerProcess(folder, port=port))
        except RuntimeError:
            return False
        return True

    wait_until(starts, 60)
    return started[0]


def test_two_windows_of_one_participant_do_not_disturb_each_other(
    browser: Browser, address: str, small: SmallStudy
) -> None:
    with new_device(browser, address) as page:
        consent(page, address)
        other = page.context.new_page()
        other.goto(page.url)
        chosen = choose(page, small, 1, 0)
        wait_for_question(page, 2)
        choose(other, small, 1, 1)
        wait_for_question(other, 2)
    assert saved_choices(small) == [chosen]


def test_the_first_page_offers_to_continue(browser: Browser, shared_address: str) -> None:
    with new_device(browser, shared_address) as page:
        consent(page, shared_address)
        page.goto(shared_address)
        page.get_by_role("link", name="Continue").click()
        wait_for_question(page, 1)
        page.goto(shared_address + "/take#nobody")
        expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()


def test_only_the_organiser_sees_the_results(browser: Browser, address: str, small: SmallStudy) -> None:
    with new_device(browser, address) as page:
        page.goto(address + "/results")
        page.get_by_label("The organiser's token").fill("a guess")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("this is not the organiser's token")
        assert organiser_results(page, address, small) == ([], {})
        expect(page.get_by_text("There are no answers yet.")).to_be_visible()
        page.get_by_role("button", name="Forget the token").click()
        expect(page.get_by_label("The organiser's token")).to_be_visible()
        page.reload()
        expect(page.get_by_label("The organiser's token")).to_be_visible()
