"""How fast the page of `pixelfes web` is in a real browser, how much it weighs, and how far it is from Python.

Usage: ``python benchmarks/web.py [--json FILE]``, after ``make web``. Drives Chromium (the one on the path, or that of
``PIXELFES_CHROMIUM``) with software in the place of a graphics card unless ``--card`` is given, prints what the page's own
benchmark says, and writes one JSON object: ``name``; ``bytes`` and ``gzip_bytes`` of the page with its model, without
the detector of faces and without facial actions, which are loaded on demand; ``ms_per_frame`` of planning and drawing
one face of a 640 x 480 frame (landmarks given, as for every other runtime); ``max_difference`` and ``mean_difference`` from
Python in levels of 255, over the face of the portrait that ships with the package, on the same photo and landmarks; and the
stages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

import pixelfes
from pixelfes.export.web.server import PageServer, page_files
from pixelfes.file_writing import write_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_PATIENCE = 300_000  # milliseconds
_NOT_COUNTED = (
    "detector/",
    "assets/worker-",
    "portrait",
    "examples/",
    "benchmark",
    "actions.safetensors",
    "assets/change-",
)  # the last two: on demand
_DIFFERENT = """async () => {
  document.getElementById("example-1").click();
  const status = document.getElementById("status");
  while (status.dataset.kind === "busy" || !pixelfes.landmarks.length) await new Promise((done) => setTimeout(done, 50));
  const canvas = pixelfes.changed;
  const of = (canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
  const faces = pixelfes.landmarks.map((points) => Array.from(points));
  return { width: canvas.width, height: canvas.height, before: of(pixelfes.original), after: of(canvas), faces };
}"""


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--card", action="store_true", help="use the graphics card")
    arguments = parser.parse_args()
    pages = {name: data for name, data in page_files().items() if not name.endswith((".br", ".gz"))}
    with PageServer(pages, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        speed, (largest, mean) = _in_browser(server.url, () if arguments.card else _SOFTWARE)
        server.shutdown()
    _print(speed)
    print(f"from Python: {mean:.2f} levels of 255 on the mean over the face, {largest} at most")
    frame = speed["sizes"][0]
    own = {name: data for name, data in pages.items() if not name.startswith(_NOT_COUNTED)}
    facts = {
        "name": f"WebGL 2, {speed['renderer']}",
        "bytes": sum(map(len, own.values())),
        "gzip_bytes": sum(len(gzip.compress(data, 9, mtime=0)) for data in own.values()),
        "ms_per_frame": round(frame["times"]["plan"] + frame["times"]["draw"], 3),
        "max_difference": largest,
        "mean_difference": round(mean, 4),
        "detector_bytes": sum(
            len(data) for name, data in pages.items() if name.startswith(("detector/", "assets/worker-"))
        ),
        "sizes": speed["sizes"],
    }
    text = json.dumps(facts, indent=2) + "\n"
    if arguments.json:
        write_file(arguments.json, text.encode())
    else:
        print(text, end="")


def _in_browser(url: str, flags: tuple[str, ...]) -> tuple[dict[str, Any], tuple[int, float]]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("PIXELFES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no browser: install chromium, or set PIXELFES_CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        speed = _speed(browser, url)
        difference = _difference(browser, url)
        browser.close()
    return speed, difference


def _speed(browser: Browser, url: str) -> dict[str, Any]:
    page = browser.new_page(service_workers="block")
    page.goto(f"{url}benchmark.html")
    page.wait_for_function("() => document.getElementById('status').dataset.kind !== 'busy'", timeout=_PATIENCE)
    found: dict[str, Any] | None = page.evaluate("() => globalThis.pixelfesBenchmark")
    if found is None:
        sys.exit(page.locator("#status").inner_text())
    page.close()
    return found


def _difference(browser: Browser, url: str) -> tuple[int, float]:
    """Return the largest and the mean difference over the face, in levels."""
    page = browser.new_page(service_workers="block", reduced_motion="reduce")
    page.goto(url)
    page.wait_for_function("() => globalThis.pixelfes !== undefined", timeout=_PATIENCE)
    seen = page.evaluate(_DIFFERENT)
    page.close()
    shape = (seen["height"], seen["width"], 4)
    before, after = (np.asarray(seen[name], np.uint8).reshape(shape)[..., :3] for name in ("before", "after"))
    faces = np.asarray(seen["faces"], np.float64).reshape(-1, 468, 3)
    expected = pixelfes.load("smile").synthesize_pixels(np.ascontiguousarray(before), landmarks=faces)
    face = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(faces[0, :, :2]).astype(np.int32)), 1)
    off = np.abs(after.astype(np.int16) - expected)[face > 0]
    return int(off.max()), float(off.mean())


def _print(speed: dict[str, Any]) -> None:
    print(f"{speed['renderer']}; the page is loaded in {speed['loadMs']:.0f} ms")
    names = ("capture", "landmarks", "plan", "draw")
    actions = list(speed["sizes"][0]["actions"])
    print(f"{'frame':>11} {'a second':>9}" + "".join(f"{name + ', ms':>15}" for name in (*names, *actions)))
    for size in speed["sizes"]:
        numbers = [size["times"][name] for name in names] + [size["actions"][name] for name in actions]
        times = "".join(f"{number:15.1f}" for number in numbers)
        print(f"{size['width']:>6}x{size['height']:<4} {size['framesPerSecond']:9.1f}{times}")


if __name__ == "__main__":
    main()
