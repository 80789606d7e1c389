"""axe finds nothing to complain of, in any state of the page and in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pixelfes.arrays import Pixels
from tests.web_page.axe import violations
from tests.web_page.browser import PATIENCE, Opened, group, png

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TILES = "() => document.querySelectorAll('.tile canvas').length >= 18"


def nothing(opened: Opened, portrait: Pixels) -> None:
    """The first screen."""


def photo(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.page.wait_for_function(TILES, timeout=PATIENCE)


def everything(opened: Opened, portrait: Pixels) -> None:
    """Several faces, one of them chosen, all controls unfolded."""
    opened.give(png(group(portrait)), "group.png")
    opened.page.wait_for_function(TILES, timeout=PATIENCE)
    opened.page.get_by_role("button", name="Face 2 from the left").press("Enter")
    for summary in opened.page.locator("summary").all():
        summary.click()
    opened.page.get_by_label("Left and right apart").check()
    opened.slide("wipe", 50)


def no_face(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(np.full((300, 400, 3), 128, np.uint8)), "grey.png", kind="bad")


@pytest.mark.parametrize("state", [nothing, photo, everything, no_face])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_violation(
    browser: Browser, url: str, portrait: Pixels, state: Callable[[Opened, Pixels], None], width: int
) -> None:
    settings: dict[str, Any] = {"viewport": {"width": width, "height": 800}}
    opened = Opened(browser, url, **settings)
    state(opened, portrait)
    assert violations(opened) == []
    opened.close()
