"""What a photo of 24 megapixels costs in the page of `pixelfes web`: times and memory in Chromium.

Usage: ``python benchmarks/web_large_photo.py [-o docs/tables]``, after ``make web``, on Linux. One face fills the photo.
Chromium (the one on the path, or that of ``PIXELFES_CHROMIUM``) draws with software in the place of a graphics card. Memory is
that of the page's own process and of the one that draws, shared pages counted by their share, every 0.1 s, at its largest.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

import pixelfes
from pixelfes.export.web.server import PageServer, page_files
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import read_photo
from pixelfes.reporting.tables import Cell, Number, Table

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIDE = 4900  # pixels
FACE = slice(60, 600), slice(50, 590)  # of the portrait
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE = 300_000  # milliseconds
MEGABYTE = 1024  # kB of the kernel
KINDS = {"renderer": "page, MB", "gpu-process": "graphics, MB"}
OPEN = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "large.jpg", { type: "image/jpeg" }));
  const start = performance.now();
  document.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: transfer }));
  const status = document.getElementById("status");
  do await new Promise((done) => setTimeout(done, 10)); while (status.dataset.kind === "busy" || !pixelfes.landmarks.length);
  return performance.now() - start;
}"""
STEPS = """async () => {
  const slider = document.getElementById("intensity");
  const times = [];
  for (let i = 0; i < 40; i++) {
    slider.value = String(20 + 2 * i);
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(done));
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[20];
}"""
TILES = "() => document.querySelectorAll('.tile canvas').length >= 18"


class Memory:
    """The largest memory of the browser's processes since it was last asked for, MB."""

    def __init__(self) -> None:
        self.largest: dict[str, float] = {}
        self.running = True
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self.running:
            for kind, megabytes in memory_of_children().items():
                self.largest[kind] = max(self.largest.get(kind, 0), megabytes)
            time.sleep(0.1)

    def cells(self) -> list[Cell]:
        """Return the largest since the last call, in the order of `KINDS`."""
        largest, self.largest = self.largest, {}
        return [Number(largest.get(kind), digits=0) for kind in KINDS]


def memory_of_children() -> dict[str, float]:
    """Return what the processes below this one take now by their kind, MB."""
    found: dict[str, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().replace("\0", " ")
            kind = next((kind for kind in KINDS if f"--type={kind} " in command), None)
            if kind and is_below(folder):
                found[kind] = found.get(kind, 0) + shared_memory(folder)
        except OSError:  # it has ended
            continue
    return found


def is_below(folder: Path) -> bool:
    """Return whether this process has begun another, or one that has begun it."""
    while folder.name not in ("0", "1"):
        if folder.name == str(os.getpid()):
            return True
        folder = folder.parent / (folder / "stat").read_text().rpartition(")")[2].split()[1]
    return False


def shared_memory(folder: Path) -> float:
    """Return the memory of a process with shared pages by their share, MB."""
    lines = (folder / "smaps_rollup").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / MEGABYTE


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"), help="folder of the table")
    arguments = parser.parse_args()
    with PageServer(page_files(), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with opened(server.url) as page:
            rows = measured(page)
        server.shutdown()
    table = Table("web-large-photo", "A photo of 24 megapixels", "", ["", "ms", *KINDS.values()], rows)
    print(table.markdown())
    write_file(arguments.output / f"{table.name}.md", table.markdown(heading=False).encode())


@contextmanager
def opened(url: str) -> Iterator[Page]:
    """Open the page in a browser."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("PIXELFES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no browser: install chromium, or set PIXELFES_CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.wait_for_function("() => globalThis.pixelfes !== undefined")
        yield page
        browser.close()


def measured(page: Page) -> list[list[Cell]]:
    """Return a row for each thing that is done with the photo."""
    memory = Memory()
    page.wait_for_timeout(1000)
    memory.cells()
    page.wait_for_timeout(1000)
    rows: list[list[Cell]] = [["the page without a photo", "", *memory.cells()]]
    took = page.evaluate(OPEN, base64.b64encode(large_photo()).decode())
    rows.append(["opened, searched, and smiling on the screen", Number(took, digits=0), *memory.cells()])
    page.wait_for_function(TILES)
    page.wait_for_timeout(1000)
    memory.cells()
    for name in ("smile", "surprised"):
        page.locator(f"[data-name='{name}']").click()
        page.wait_for_timeout(1000)
        rows.append([f"a step of the slider: {name}", Number(page.evaluate(STEPS), digits=0), *memory.cells()])
        rows.append(
            [f"saved at its own resolution: {name}", Number(milliseconds_to_save(page), digits=0), *memory.cells()]
        )
    memory.running = False
    return rows


def milliseconds_to_save(page: Page) -> float:
    """Return how many milliseconds a download takes."""
    start = time.perf_counter()
    with page.expect_download() as download:
        page.locator("#download").click()
    download.value.path()
    return 1000 * (time.perf_counter() - start)


def large_photo() -> bytes:
    """Return a JPEG of the portrait, enlarged."""
    portrait = read_photo(Path(pixelfes.__file__).parent / "assets/portrait.jpg").pixels
    pixels = cv2.resize(portrait[FACE], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


if __name__ == "__main__":
    main()
