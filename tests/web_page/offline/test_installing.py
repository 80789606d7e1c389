"""The page can be installed as an app; photos that are opened with it or shared to it arrive, and reach no server."""

from __future__ import annotations

import io
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.web_page.browser import FLAGS, PATIENCE, chromium
from tests.web_page.offline.site import KEEP, Site, built, loaded, site_of, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright

ROOT = Path(__file__).parents[3]
PORTRAIT = ROOT / "src/pixelfes/assets/portrait.jpg"
ICONS = ROOT / "web/public/icons"
KEPT = "() => pixelfes.offline.state.kept"
PORTRAIT_OPENED = "() => pixelfes.original?.width === 640"
SHARE = '<form method="post" enctype="multipart/form-data" action="{url}share"><input type="file" name="photos"></form>'
OFFER = """() => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = async () => ({ outcome: "accepted" });
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The page."""
    with site_of(built()) as site:
        yield site


@pytest.fixture(scope="module")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser with a profile, as only such installs apps."""
    folder = tmp_path_factory.mktemp("profile")
    context = playwright.chromium.launch_persistent_context(folder, executable_path=chromium(), args=FLAGS)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="module")
def installed(profile: BrowserContext, site: Site) -> CDPSession:
    """What installs and launches the page, which is installed."""
    page = profile.pages[0]
    page.goto(site.url)
    devtools = profile.new_cdp_session(page)
    devtools.send("PWA.install", {"manifestId": site.url})
    devtools.send("PWA.changeAppUserSettings", {"manifestId": site.url, "displayMode": "standalone"})
    return devtools


def test_the_browser_finds_nothing_that_keeps_the_page_from_being_installed(
    profile: BrowserContext, site: Site
) -> None:
    page = profile.new_page()
    page.goto(site.url)
    devtools = profile.new_cdp_session(page)
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert devtools.send("Page.getAppManifest")["errors"] == []
    assert devtools.send("Page.getAppId")["appId"] == site.url, "each address is an app of its own"
    page.wait_for_function("() => globalThis.pixelfes?.offline.canInstall()", timeout=PATIENCE)
    page.close()


def test_the_installed_page_is_kept(profile: BrowserContext, installed: CDPSession, site: Site) -> None:
    with profile.expect_page() as launched:
        installed.send("PWA.launch", {"manifestId": site.url})
    page = loaded(launched.value)
    page.wait_for_function(KEPT, timeout=PATIENCE)
    page.close()


def test_a_photo_that_is_opened_with_the_installed_page_is_shown(
    profile: BrowserContext, installed: CDPSession, site: Site
) -> None:
    with profile.expect_page() as launched:
        installed.send("PWA.launchFilesInApp", {"manifestId": site.url, "files": [str(PORTRAIT)]})
    page = loaded(launched.value)
    page.wait_for_function(PORTRAIT_OPENED, timeout=PATIENCE)
    page.close()


def test_the_page_offers_to_install_itself_when_the_browser_allows_it(browser: Browser, site: Site) -> None:
    page = loaded(visit(browser, site.url))
    assert page.evaluate(OFFER), "the browser's own bar stays away"
    assert page.evaluate("() => pixelfes.offline.canInstall()")
    assert page.evaluate("() => pixelfes.offline.install()")
    assert not page.evaluate("() => pixelfes.offline.canInstall()"), "an offer can be taken once"
    page.evaluate("() => void dispatchEvent(new Event('appinstalled'))")
    page.wait_for_function(KEPT, timeout=PATIENCE)
    page.context.close()


def shared(page: Page, url: str, photo: Path) -> None:
    """Share a photo as another app does: by a form of a foreign page."""
    page.goto("about:blank")
    page.set_content(SHARE.format(url=url))
    page.locator("input").set_input_files(photo)
    with page.expect_navigation():
        page.evaluate("() => void document.forms[0].submit()")


def test_a_shared_photo_is_shown_reaches_no_server_and_is_not_kept(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        site.stop()
        shared(page, site.url, PORTRAIT)
        loaded(page).wait_for_function(PORTRAIT_OPENED, timeout=PATIENCE)
        assert page.url == site.url
        assert page.evaluate("async () => (await caches.keys()).filter((name) => name.includes('shared'))") == []
        page.context.close()


def test_a_photo_shared_to_a_page_that_is_not_kept_is_refused_in_a_sentence(browser: Browser, site: Site) -> None:
    page = visit(browser, "about:blank")
    shared(page, site.url, PORTRAIT)
    assert "this server takes no photos" in page.locator("body").inner_text()
    page.context.close()


def test_the_icons_are_drawn_from_the_svg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make_web_icons.py", str(tmp_path)])
    runpy.run_path(str(ROOT / "scripts/make_web_icons.py"), run_name="__main__")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in ICONS.iterdir())
    for drawn in tmp_path.iterdir():
        pixels = np.asarray(Image.open(drawn).convert("RGBA"), np.int16)
        assert np.abs(pixels - np.asarray(Image.open(ICONS / drawn.name).convert("RGBA"), np.int16)).max() <= 2


def test_the_icons_look_as_the_browser_draws_the_svg(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": 192, "height": 192})
    page.goto(f"{site.url}icon.svg")
    shot = page.screenshot()
    page.close()
    seen = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16)
    icon = Image.open(ICONS / "icon-192.png")
    paper = Image.new("RGBA", icon.size, "white")
    paper.alpha_composite(icon)
    assert np.abs(seen - np.asarray(paper.convert("RGB"), np.int16)).mean() < 1
