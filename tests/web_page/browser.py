"""Drives the page in a real browser: opens it, gives it photos, and reads back what it shows."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.export.web.page_version import with_model
from pixelfes.export.web.server import PageServer, page_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright


PATIENCE = 120_000  # milliseconds: software in the place of a graphics card is slow, and machines are shared
FLAGS = (
    "--no-sandbox",  # containers run as root
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const init = { bubbles: true, cancelable: true, dataTransfer: transfer };
  const stage = document.getElementById("stage");
  stage.dispatchEvent(new DragEvent("dragover", init));
  stage.dispatchEvent(new DragEvent("drop", init));
}"""
PASTE = DROP[: DROP.index("  const init")] + (
    '  document.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: transfer }));\n}'
)
SMALL_CARD = """const asked = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
  return name === this.MAX_TEXTURE_SIZE ? 300 : asked.call(this, name);
};
globalThis.pieces = 0;
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (...given) {
  pieces++;
  return put.apply(this, given);
};"""
"""Textures of 300 pixels at most; counts the pieces that are put into photos."""
SETTLED = "() => !['busy', undefined].includes(document.getElementById('status')?.dataset.kind)"
READ = """(which) => globalThis.pixelfes[which].toDataURL("image/png").split(",")[1]"""


def chromium() -> str:
    """The browser to drive, or a skip that says what is missing."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("PIXELFES_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no browser: install chromium, or set PIXELFES_CHROMIUM to one")
    return path


@contextmanager
def served(model: bytes | None = None) -> Iterator[PageServer]:
    """The built page, served as ``pixelfes web`` does, perhaps with another ``model``."""
    try:
        files = page_files() if model is None else with_model(page_files(), model)
    except InputError as error:
        pytest.skip(str(error))
    with PageServer(files, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def launched(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """A browser without a window."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


class Opened:
    """The page in a browser of its own context, with everything that it asks for written down."""

    def __init__(self, browser: Browser, url: str, script: str = "", **context: Any) -> None:
        settings: dict[str, Any] = {
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            "accept_downloads": True,
        }
        self.url = url
        self.context = browser.new_context(**(settings | context))
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("weberror", lambda error: self.problems.append(str(error.error)))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.add_init_script(script)
        self.page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.page.goto(url)
        self.settle()

    def settle(self, kind: str = "good") -> str:
        """Wait until the page says how something went; return its sentence."""
        self.page.wait_for_function(SETTLED, timeout=PATIENCE)
        status = self.page.locator("#status")
        text = status.inner_text()
        assert status.get_attribute("data-kind") == kind, text
        return text

    def give(self, data: bytes, name: str, how: str = DROP, kind: str = "good") -> str:
        """Drop a file on the page, or paste it; return what the page says of it."""
        suffix = Path(name).suffix[1:].replace("jpg", "jpeg")
        self.page.evaluate(how, [name, f"image/{suffix}", base64.b64encode(data).decode()])
        return self.settle(kind)

    def read(self, which: str = "changed") -> Pixels:
        """The picture on the stage at its own resolution: ``changed`` or ``original``."""
        data = base64.b64decode(self.page.evaluate(READ, which))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def landmarks(self) -> Array:
        """The points (K, 468, 3) of the faces on the stage."""
        text = self.page.evaluate("JSON.stringify(globalThis.pixelfes.landmarks.map((points) => [...points]))")
        return np.asarray(json.loads(text), np.float64).reshape(-1, 468, 3)

    def slide(self, name: str, value: int) -> None:
        """Move a slider."""
        self.page.locator(f"#{name}").fill(str(value))

    def close(self) -> None:
        """Close it, and see that it has asked nobody else for anything, nor complained."""
        self.context.close()
        foreign = [url for url in self.requests if not url.startswith((self.url, "blob:" + self.url, "data:"))]
        assert foreign == []
        assert self.problems == []


def png(pixels: Pixels) -> bytes:
    """A photo as the bytes of a file that keeps every level."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def mask_of(faces: Array, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which pixels of a photo lie on a face: inside the hull of its points."""
    mask = np.zeros(shape[:2], np.uint8)
    for face in faces:
        cv2.fillConvexPoly(mask, cv2.convexHull(np.round(face[:, :2]).astype(np.int32)), 1)
    return mask > 0


def group(portrait: Pixels) -> Pixels:
    """A photo of three: one upright, one rolled to the side, one small and in other light."""
    width, height = 1500, 700
    photo = np.full((height, width, 3), 200, np.uint8)
    photo[30:670, 20:660] = portrait
    turn = cv2.getRotationMatrix2D((320, 320), 20, 0.8)
    turned = cv2.warpAffine(portrait, turn, (640, 640), borderMode=cv2.BORDER_REPLICATE)
    photo[60:660, 680:1180] = turned[20:620, 70:570]
    small = cv2.resize(portrait, (280, 280), interpolation=cv2.INTER_AREA)
    photo[300:580, 1200:1480] = np.clip(0.6 * small + [10, 0, -10], 0, 255).astype(np.uint8)
    return photo
