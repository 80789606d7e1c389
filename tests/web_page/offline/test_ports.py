"""The port of `pixelfes web` belongs to whatever program serves it: the page leaves it to others, also where it was kept."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from tests.web_page.browser import PATIENCE
from tests.web_page.offline.site import KEEP, NOTHING_KEPT, built, focus_until, loaded, site_of, until, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HEADING = "another site"
ANOTHER = f"<!doctype html><title>x</title><h1>{HEADING}</h1>".encode()
OLD_PAGE = b"<!doctype html><title>old</title><h1>the old page</h1>"
OLD_WORKER = b"""// As the service worker of version 0.1.0: what is kept is the answer, whatever the server says.
const CACHE = "pixelfes:/:0123456789abcdef";
self.addEventListener("install", (event) =>
  event.waitUntil(caches.open(CACHE).then((cache) => cache.add("./")).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/") event.respondWith(caches.match("./"));
});
"""
REGISTER_OLD = """async () => {
  await navigator.serviceWorker.register("sw.js");
  while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 10));
}"""


def test_a_visit_leaves_nothing_behind_at_the_port(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        assert page.evaluate(NOTHING_KEPT)
        site.replace({"index.html": ANOTHER})
        page.reload()
        assert page.locator("h1").inner_text() == HEADING
        page.context.close()


@pytest.mark.parametrize("place", ["", "other.html", "portrait.jpg"])
def test_another_site_at_the_port_is_shown_although_the_page_was_kept(browser: Browser, place: str) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        site.replace({"index.html": ANOTHER, "other.html": ANOTHER, "portrait.jpg": b"another picture"})
        page.goto(site.url + place)
        if place == "portrait.jpg":
            assert page.evaluate("async () => (await fetch('portrait.jpg')).text()") == "another picture"
        else:
            assert page.locator("h1").inner_text() == HEADING
        until(page, NOTHING_KEPT)
        page.context.close()


def test_a_server_without_a_page_is_shown_as_it_is_although_the_page_was_kept(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        site.replace({"data.json": b"{}"})
        answer = page.goto(site.url)
        assert answer is not None
        assert answer.status == 404
        until(page, NOTHING_KEPT)
        page.context.close()


class ElsewhereHandler(BaseHTTPRequestHandler):
    """A site that leads from its start to a page of its own, and has the same answer for everything else."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/" else 200)
        self.send_header("Location", "/start")
        self.send_header("Content-Length", str(len(ANOTHER)))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(ANOTHER)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_site_that_leads_to_another_place_is_followed_although_the_page_was_kept(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        site.replace({}, ElsewhereHandler)
        page.goto(site.url)
        assert page.url == f"{site.url}start"
        assert page.locator("h1").inner_text() == HEADING
        until(page, NOTHING_KEPT)
        page.context.close()


def test_the_service_worker_of_version_0_1_0_is_replaced_and_ends(browser: Browser) -> None:
    with site_of({"index.html": OLD_PAGE, "sw.js": OLD_WORKER}) as site:
        page = visit(browser, site.url)
        page.evaluate(REGISTER_OLD)
        site.replace({"index.html": ANOTHER, "sw.js": OLD_WORKER})
        page.reload()
        assert page.locator("h1").inner_text() == "the old page", "this is what the old one does"
        site.replace(built())
        page.reload()
        loaded(page)
        until(page, NOTHING_KEPT)
        site.replace({"index.html": ANOTHER})
        page.reload()
        assert page.locator("h1").inner_text() == HEADING
        page.context.close()


def test_a_server_that_no_longer_has_the_worker_ends_it(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        site.replace({name: data for name, data in built().items() if not name.startswith("sw.js")})
        focus_until(page, NOTHING_KEPT)
        page.wait_for_function("() => !pixelfes.offline.state.kept", timeout=PATIENCE)
        page.context.close()


def test_the_user_can_have_the_page_forgotten(browser: Browser) -> None:
    with site_of(built()) as site:
        page = loaded(visit(browser, site.url))
        page.evaluate(KEEP)
        assert page.evaluate("pixelfes.offline.state.kept")
        page.evaluate("() => pixelfes.offline.forget()")
        assert not page.evaluate("pixelfes.offline.state.kept")
        until(page, NOTHING_KEPT)
        page.reload()
        assert loaded(page).evaluate(NOTHING_KEPT)
        page.context.close()
