"""The page works without a network once it is kept; new versions are offered, and code and model come from the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pixelfes.export.web.page_version import PAGE_MODEL_NAME, page_build, with_model
from tests.web_page.offline.site import (
    BUILD,
    KEEP,
    MODEL_VERSION,
    OFFERED,
    Site,
    built,
    focus_until,
    loaded,
    next_version,
    other_model,
    site_of,
    until,
    visit,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ALL_THERE = """async (names) => {
  const answers = await Promise.all(names.map((name) => fetch(name)));
  return answers.every(({ ok }) => ok);
}"""
VERSIONS_KEPT = "async () => (await caches.keys()).map((name) => name.split(':').pop())"
TAKEN_OVER = """async () => {
  const versions = (await caches.keys()).length;
  const { waiting, installing } = await navigator.serviceWorker.getRegistration();
  return versions === 2 && !waiting && !installing;
}"""
LOAD_ACTIONS = "async () => (await pixelfes.loadActions()).actions.names.length"
APPLY = "() => void pixelfes.offline.update()"


def kept_page(browser: Browser, site: Site) -> Page:
    page = loaded(visit(browser, site.url))
    page.evaluate(KEEP)
    return page


def test_a_kept_page_works_without_a_network(browser: Browser) -> None:
    with site_of(built()) as site:
        page = kept_page(browser, site)
        site.stop()
        page.reload()
        loaded(page)
        assert page.evaluate(LOAD_ACTIONS) > 40
        assert page.evaluate(ALL_THERE, ["portrait.jpg", "icon.svg", "detector/face_landmarks.onnx"])
        page.context.close()


def test_a_new_version_is_offered_and_comes_as_a_whole(browser: Browser) -> None:
    now, later = built(), next_version(built())
    with site_of(now) as site:
        page = kept_page(browser, site)
        site.replace(later)
        site.server.files = sent = Counted(site.server.files)
        focus_until(page, OFFERED)
        assert page.evaluate(BUILD) == page_build(now)
        assert page.evaluate(MODEL_VERSION) == "0.1.0", "the model stays that of the open page"
        with page.expect_navigation():
            page.evaluate(APPLY)
        loaded(page)
        assert page.evaluate(BUILD) == page_build(later)
        assert page.evaluate(MODEL_VERSION) == "9.9.9"
        until(page, f"async () => `${{await ({VERSIONS_KEPT})()}}` === '{page_build(later)}'")
        assert PAGE_MODEL_NAME in sent.names
        assert [name for name in sent.names if name.startswith("detector/")] == [], "what is the same is kept"
        site.stop()
        page.reload()
        assert loaded(page).evaluate(MODEL_VERSION) == "9.9.9"
        page.context.close()


def test_a_tab_that_stays_works_on_in_its_version_and_is_offered_the_new_one(browser: Browser) -> None:
    now, later = built(), next_version(built())
    with site_of(now) as site:
        page = kept_page(browser, site)
        other = page.context.new_page()
        other.goto(site.url)
        loaded(other)
        site.replace(later)
        page.reload()
        assert loaded(page).evaluate(BUILD) == page_build(later)
        until(page, TAKEN_OVER)
        site.stop()
        assert other.evaluate(BUILD) == page_build(now)
        assert other.evaluate(LOAD_ACTIONS) > 40, "a program that it had not loaded before"
        assert other.evaluate(MODEL_VERSION) == "0.1.0"
        site.replace(later)
        focus_until(other, OFFERED)
        with other.expect_navigation():
            other.evaluate(APPLY)
        assert loaded(other).evaluate(BUILD) == page_build(later)
        page.context.close()


def test_a_page_that_is_not_kept_is_offered_the_new_version_and_refuses_its_numbers(browser: Browser) -> None:
    now, later = built(), next_version(built())
    with site_of(now) as site:
        page = loaded(visit(browser, site.url))
        site.replace(later)
        with pytest.raises(Exception, match="There is a new version of this page"):
            page.evaluate(MODEL_VERSION)
        assert not page.evaluate(OFFERED)
        focus_until(page, OFFERED)
        with page.expect_navigation():
            page.evaluate(APPLY)
        assert loaded(page).evaluate(MODEL_VERSION) == "9.9.9"
        page.context.close()


def test_coming_back_to_the_same_version_offers_nothing(browser: Browser) -> None:
    with site_of(built()) as site:
        page = kept_page(browser, site)
        with page.expect_response(lambda response: response.url == site.url):
            page.evaluate("() => pixelfes.offline.check()")
        assert not page.evaluate(OFFERED)
        page.context.close()


def test_another_model_of_the_user_reaches_a_kept_page_and_is_kept(browser: Browser) -> None:
    now = built()
    mine = with_model(now, other_model(now))
    with site_of(now) as site:
        page = kept_page(browser, site)
        site.replace(mine)
        page.reload()
        assert loaded(page).evaluate(MODEL_VERSION) == "9.9.9"
        until(page, f"async () => `${{await ({VERSIONS_KEPT})()}}` === '{page_build(mine)}'")
        site.stop()
        page.reload()
        assert loaded(page).evaluate(MODEL_VERSION) == "9.9.9"
        page.context.close()


def test_keeping_the_page_fetches_no_file_a_second_time(browser: Browser) -> None:
    with site_of(built()) as site:
        page = visit(browser, site.url)
        loaded(page)
        page.wait_for_load_state("networkidle")
        site.server.files = sent = Counted(site.server.files)
        page.evaluate(KEEP)
        again = {
            name for name in sent.names if name.removesuffix(".br").startswith(("detector/", "model", "assets/index"))
        }
        assert again == set()
        page.context.close()


class Counted(dict[str, bytes]):
    """Files that write down which of them are sent."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.names: list[str] = []

    def __getitem__(self, name: str) -> bytes:
        self.names.append(name)
        return super().__getitem__(name)
