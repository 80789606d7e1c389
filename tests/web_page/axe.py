"""What axe complains of in a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web_page.browser import Opened

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run()).violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`)"""


def violations(opened: Opened) -> list[str]:
    """What axe finds in the page as it is, in both themes, and whether something of it is cut off at the side."""
    if not AXE.exists():
        pytest.skip("no axe: `make web` fetches it")
    found: list[str] = []
    opened.page.evaluate(AXE.read_text())
    for theme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {line}" for line in opened.page.evaluate(RUN)]
        if not opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{theme}: the page is wider than the window")
    return found
