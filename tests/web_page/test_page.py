"""The page itself: it works offline, by keyboard, on a phone, in both themes, and speaks to nobody but its own server."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pixelfes.arrays import Pixels
from tests.web_page.browser import DROP, PATIENCE, Opened, launched, png, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright, Route


PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def test_the_page_says_that_photos_stay_on_the_device(opened: Opened) -> None:
    assert opened.page.get_by_text("Your photo never leaves this device.").is_visible()


def test_the_page_forbids_itself_to_speak_to_anybody_else(opened: Opened) -> None:
    blocked = opened.page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          fetch("https://example.com/").then(() => resolve("sent"), () => undefined);
        })"""
    )
    assert blocked == "connect-src"
    assert any("example.com" in problem for problem in opened.problems)
    opened.problems.clear()  # it was asked for
    opened.requests[:] = [url for url in opened.requests if "example.com" not in url]


def test_everything_is_reached_and_done_by_keyboard(opened: Opened) -> None:
    page = opened.page
    page.locator("body").press("Tab")
    seen = []
    for _ in range(4):
        seen.append(page.evaluate("() => document.activeElement.id || document.activeElement.className"))
        page.keyboard.press("Tab")
    assert seen == ["language", "welcome-open", "welcome-camera", "example-1"]
    page.keyboard.press("Enter")
    assert "One face" in opened.settle()
    before = opened.read()
    tab_to(page, "intensity")
    page.keyboard.press("Home")
    assert page.locator("#intensity-value").inner_text() == "0 %"
    page.keyboard.press("ArrowRight")
    assert page.locator("#intensity-value").inner_text() == "5 %"
    page.keyboard.press("End")
    assert (opened.read() != before).any()
    with page.expect_download():
        tab_to(page, "download")
        page.keyboard.press("Enter")
    opened.settle()
    page.locator("#frame").focus()
    tab_to(page, "wipe")
    page.keyboard.press("End")
    assert page.locator("#wipe-value").inner_text() == "all before"
    page.keyboard.press("Home")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        if page.evaluate("() => document.activeElement.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached")


def test_controls_have_names_and_news_are_announced(opened: Opened) -> None:
    page = opened.page
    assert page.get_by_role("slider", name="Smile").count() == 1
    assert page.get_by_role("slider", name="Before / after").count() == 1
    assert page.get_by_role("status").get_attribute("aria-live") == "polite"
    unnamed = (
        "() => [...document.querySelectorAll('button')].filter((b) => !(b.ariaLabel ?? b.textContent).trim()).length"
    )
    assert page.evaluate(unnamed) == 0
    assert page.get_by_role("img", name="Your photo, one face changed").count() == 1


def test_a_device_without_a_camera_is_said_in_a_sentence(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Use the camera").locator("visible=true").click()
    assert opened.settle("bad") == "No camera was found on this device."


def test_on_a_phone_nothing_is_cut_off_and_text_can_be_read_in_both_themes(
    browser: Browser, url: str, portrait: Pixels
) -> None:
    phone = Opened(browser, url, **PHONE)
    assert "One face" in phone.give(png(portrait), "portrait.png")
    assert phone.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    bottom = phone.page.locator("#download").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= 740, "the sliders and the download are in view"
    for theme, colour in THEMES.items():
        phone.page.emulate_media(color_scheme=theme)
        assert phone.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == colour
        for selector in (".privacy", "#status", ".tile .name", "#intensity-value", "#download", "#open", "footer p"):
            assert phone.page.locator(selector).first.evaluate(CONTRAST) >= 4.5, (theme, selector)
    phone.close()


THEMES: dict[Literal["light", "dark"], str] = {"light": "rgb(250, 248, 245)", "dark": "rgb(23, 21, 19)"}
CONTRAST = """(element) => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = element;
  while (behind && parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map((c) => luminance(parse(c)));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


class CountedFiles(dict[str, bytes]):
    """The files of a server, and how often each is sent."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(files)
        self.sent: Counter[str] = Counter()

    def __getitem__(self, name: str) -> bytes:
        self.sent[name] += 1
        return super().__getitem__(name)


def test_every_file_travels_once_and_compressed(browser: Browser) -> None:
    with served() as server:
        server.files = files = CountedFiles(server.files)
        opened = Opened(browser, server.url)
        opened.page.wait_for_load_state("networkidle")
        opened.page.wait_for_timeout(2000)
        assert files.sent["detector/ort-wasm-simd.wasm.br"] == 1
        assert max(files.sent.values()) == 1, files.sent
        assert sum(len(files.get(name, b"")) for name in files.sent) < 5_000_000
        opened.close()


def test_the_page_says_what_is_missing_without_webgl(playwright: Playwright, url: str) -> None:
    with launched(playwright, "--disable-gpu", "--disable-3d-apis") as browser:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function("() => document.getElementById('status').dataset.kind === 'bad'", timeout=PATIENCE)
        assert page.locator("#status").inner_text() == "Your browser has no WebGL 2, which this page draws with."


def test_a_damaged_model_is_said_in_a_sentence(browser: Browser, url: str) -> None:
    page = browser.new_page(service_workers="block")
    page.route("**/model.safetensors*", lambda route: route.fulfill(body=b"\x08\0\0\0\0\0\0\0{}      "))
    page.goto(url)
    page.wait_for_function("() => document.getElementById('status').dataset.kind === 'bad'", timeout=PATIENCE)
    assert page.locator("#status").inner_text() == "The model cannot be used: the model file is damaged."
    page.close()


def test_a_photo_dropped_while_the_page_loads_is_opened_once_it_is(
    browser: Browser, url: str, portrait: Pixels
) -> None:
    page = browser.new_page(reduced_motion="reduce", service_workers="block")
    held: list[Route] = []
    page.route("**/model.safetensors*", lambda route: held.append(route))  # noqa: PLW0108 (bound methods are refused)
    page.goto(url)
    page.evaluate(DROP, ["early.png", "image/png", base64.b64encode(png(portrait)).decode()])
    assert page.locator("#status").inner_text() == "Loading…"
    held[0].continue_()
    page.get_by_text("One face").wait_for(timeout=PATIENCE)
    page.close()
