from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect, sync_playwright

from pixelfes.study.design.trials import draw_trials
from tests.study.browser_people import PHONE, candidate, chromium, consent, counted, options, question, somebody, told
from tests.study.small_study import SmallStudy
from tests.study.study_server import Server, serving_here

PATH = chromium()
pytestmark = pytest.mark.skipif(PATH is None, reason="no Chromium is installed (Debian: apt install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def address(small: SmallStudy) -> Iterator[str]:
    with serving_here(small) as running:
        yield running


def check_results(browser: Browser, address: str, small: SmallStudy, chosen: list[str]) -> None:
    kinds = [trial.kind for trial in draw_trials(small.study, 0)]
    with somebody(browser, address) as page:
        assert told(page, address, small) == (chosen, counted(small, kinds, chosen))


def click_on(page: Page, n: int, place: int) -> str:
    question(page, n)
    picture = options(page)[place]
    page.locator(".option img").nth(place).click()
    page.get_by_role("button", name="Next", exact=True).click()
    return picture


def test_a_study_by_mouse_with_a_pause_and_another_device(browser: Browser, address: str, small: SmallStudy) -> None:
    with somebody(browser, address) as page:
        consent(page, address)
        chosen = [candidate(small, click_on(page, n, n % 3)) for n in (1, 2)]
        question(page, 3)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("heading", name="Paused")).to_be_focused()
        link = page.get_by_label("Your link").input_value()
        page.get_by_role("button", name="Go on").click()
        chosen.append(candidate(small, click_on(page, 3, 0)))
        question(page, 4)
    with somebody(browser, address) as page:
        page.goto(link)
        chosen += [candidate(small, click_on(page, n, n % 3)) for n in (4, 5, 6)]
        expect(page.get_by_role("heading", name="Thank you!")).to_be_focused()
        page.reload()
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    check_results(browser, address, small, chosen)


def test_a_study_by_keyboard_alone(browser: Browser, address: str, small: SmallStudy) -> None:
    chosen = []
    with somebody(browser, address) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for n in range(1, 7):
            question(page, n)
            page.keyboard.press("Enter")
            expect(page.get_by_text("Choose a picture first.")).to_be_visible()
            chosen.append(candidate(small, options(page)[n % 3]))
            page.keyboard.press("abc"[n % 3] if n % 2 else "123"[n % 3])
            expect(page.get_by_role("radio").nth(n % 3)).to_be_checked()
            page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    check_results(browser, address, small, chosen)


def test_a_study_on_a_phone(browser: Browser, address: str, small: SmallStudy) -> None:
    chosen = []
    with somebody(browser, address, **PHONE, color_scheme="dark") as page:
        consent(page, address)
        for n in range(1, 7):
            question(page, n)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            chosen.append(candidate(small, options(page)[2]))
            page.locator(".option img").nth(2).tap()
            page.get_by_role("button", name="Next", exact=True).tap()
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    check_results(browser, address, small, chosen)


def test_a_picture_enlarged_and_the_same_place_in_the_next(browser: Browser, address: str) -> None:
    with somebody(browser, address) as page:
        consent(page, address)
        page.get_by_role("button", name="Enlarge picture B").click()
        room, picture = page.locator("#zoom-view"), page.locator("#zoom-picture")
        fits = picture.bounding_box()
        room.click(position={"x": 500, "y": 200})
        large = picture.bounding_box()
        assert fits is not None
        assert large is not None
        assert large["width"] == pytest.approx(3 * fits["width"], rel=0.01)
        place = page.evaluate("[...document.querySelectorAll('#zoom-view')].map(r => [r.scrollLeft, r.scrollTop])[0]")
        assert place[1] > 0
        page.keyboard.press("ArrowRight")
        expect(page.locator("#zoom-name")).to_have_text("Picture C")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#zoom-name")).to_have_text("Original")
        again = page.evaluate("[...document.querySelectorAll('#zoom-view')].map(r => [r.scrollLeft, r.scrollTop])[0]")
        assert again == pytest.approx(place, abs=2)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Enlarge picture C")).to_be_focused()


def test_a_screen_reader_is_told_everything(browser: Browser, address: str) -> None:
    with somebody(browser, address) as page:
        consent(page, address)
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
        assert '- progressbar "Question 1 of 6"' in tree
        assert page.locator("html").get_attribute("lang") == "en"
        assert not re.search(r"- (button|img|radio)$", tree, re.MULTILINE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(browser: Browser, address: str, scheme: str) -> None:
    with somebody(browser, address, color_scheme=scheme) as page:
        page.goto(address)
        check_contrast(page)
        consent(page, address)
        page.get_by_role("button", name="Next", exact=True).click()
        check_contrast(page)
        page.goto(address + "/results")
        check_contrast(page)


def check_contrast(page: Page) -> None:
    """Every text that is seen has a contrast of 4.5 with its background, as WCAG 2 asks for."""
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


def test_an_answer_waits_for_a_server_that_was_killed(browser: Browser, small: SmallStudy) -> None:
    server = Server(small.folder, None)
    try:
        with somebody(browser, server.address) as page:
            consent(page, server.address)
            first = candidate(small, click_on(page, 1, 0))
            question(page, 2)
            second = candidate(small, options(page)[1])
            server.kill()
            page.locator(".option img").nth(1).click()
            page.get_by_role("button", name="Next", exact=True).click()
            expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            server = Server(small.folder, None, server.port)
            page.get_by_role("button", name="Try again").click()
            question(page, 3)
            assert told(page, server.address, small)[0] == [first, second]
    finally:
        server.stop()


def test_two_windows_of_one_participant_do_not_get_in_each_others_way(
    browser: Browser, address: str, small: SmallStudy
) -> None:
    with somebody(browser, address) as page:
        consent(page, address)
        other = page.context.new_page()
        other.goto(page.url)
        chosen = candidate(small, click_on(page, 1, 0))
        question(page, 2)
        click_on(other, 1, 1)
        question(other, 2)
        assert told(page, address, small)[0] == [chosen]


def test_whoever_comes_back_is_asked_to_go_on(browser: Browser, address: str) -> None:
    with somebody(browser, address) as page:
        consent(page, address)
        page.goto(address)
        page.get_by_role("link", name="Go on").click()
        question(page, 1)
        page.goto(address + "/take#nobody")
        expect(page.get_by_role("heading", name="Something is not right")).to_be_visible()


def test_the_organisers_page_opens_for_the_organiser_only(browser: Browser, address: str, small: SmallStudy) -> None:
    with somebody(browser, address) as page:
        page.goto(address + "/results")
        page.get_by_label("The organiser's token").fill("a guess")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("this is not the organiser's token")
        assert told(page, address, small) == ([], {})
        expect(page.get_by_text("There are no answers yet.")).to_be_visible()
        page.get_by_role("button", name="Forget the token").click()
        expect(page.get_by_label("The organiser's token")).to_be_visible()
        page.reload()
        expect(page.get_by_label("The organiser's token")).to_be_visible()
