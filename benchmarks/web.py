"""How fast the page of `pixelfes web` is in a real browser, how much it weighs, and how far it is from Python.

Usage: ``python benchmarks/web.py [--json FILE] [-o docs/tables]``, after ``make web``. Drives Chromium (the one on the path,
or that of ``PIXELFES_CHROMIUM``) with software in the place of a graphics card unless ``--card`` is given, prints what the
page's own benchmark says, and writes the page's two tables, of times and of weights.

The file of ``--json`` is one object: ``name``; ``bytes`` and ``gzip_bytes`` of the page with its model, without the detector
of faces and without facial actions, which are loaded on demand; ``ms_per_frame`` of planning and drawing one face of a 640 x
480 frame (landmarks given, as for every other runtime); ``max_difference`` and ``mean_difference`` from Python in levels of
255, over the face of the portrait that ships with the package, on the same photo and landmarks; and the stages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import cv2
import numpy as np

import pixelfes
from pixelfes.export.web.server import PageServer, page_files
from pixelfes.file_writing import write_file
from pixelfes.reporting.tables import Cell, Number, Table

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
_PARTS = {
    "detector and verdicts: ONNX Runtime, two networks, the model of textures, their program": (
        "detector/",
        "assets/worker-",
    ),
    "the model of the smile": ("model.safetensors",),
    "the page: programs, style, texts, pictures": ("",),
}
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
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"), help="folder of the tables")
    parser.add_argument("--card", action="store_true", help="use the graphics card")
    arguments = parser.parse_args()
    files = page_files()
    pages = {name: data for name, data in files.items() if not name.endswith((".br", ".gz"))}
    with PageServer(pages, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        speed, (largest, mean), first = _in_browser(server.url, () if arguments.card else _SOFTWARE)
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
    if arguments.json:
        write_file(arguments.json, json.dumps(facts, indent=2).encode() + b"\n")
    for table in (time_table(speed["sizes"]), weight_table(files, first)):
        print(table.markdown())
        write_file(arguments.output / f"{table.name}.md", table.markdown(heading=False).encode())


def time_table(sizes: list[dict[str, Any]]) -> Table:
    """Return what a frame with one face takes, by stage, and what facial actions take in the place of the smile."""
    columns = ["frame", "smiles a second", "landmarks, ms", "plan, ms", "draw, ms", "surprised, ms", "a gaze, ms"]
    rows: list[list[Cell]] = []
    for size in sizes:
        times, actions = size["times"], size["actions"]
        values = [times[name] for name in ("landmarks", "plan", "draw")] + [actions["surprised"], actions["looking"]]
        frame = f"{size['width']} x {size['height']}"
        rows.append([frame, Number(size["framesPerSecond"], digits=1), *(Number(value, digits=0) for value in values)])
    return Table("bench-web", "Frames with one face in a browser, medians", "", columns, rows)


def weight_table(files: Mapping[str, bytes], first: list[str]) -> Table:
    """Return what the page and its parts weigh, raw and as they are sent; ``first`` is of the first visit."""
    left = list(first)
    rows: list[list[Cell]] = []
    for title, starts in _PARTS.items():
        names = [name for name in left if name.startswith(starts)]
        left = [name for name in left if name not in names]
        rows.append([title, *_megabytes(files, names)])
    rows.append(["everything at the first visit", *_megabytes(files, first)])
    rows.append(["facial actions, when they are asked for", *_megabytes(files, ["actions.safetensors"])])
    return Table("web-weights", "What the page weighs", "", ["part", "raw, MB", "gzip, MB", "Brotli, MB"], rows)


def _megabytes(files: Mapping[str, bytes], names: list[str]) -> list[Cell]:
    sums = [sum(len(files.get(name + ending, files[name])) for name in names) for ending in ("", ".gz", ".br")]
    return [Number(total / 1e6) for total in sums]


def _in_browser(url: str, flags: tuple[str, ...]) -> tuple[dict[str, Any], tuple[int, float], list[str]]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("PIXELFES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no browser: install chromium, or set PIXELFES_CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        speed = _speed(browser, url)
        difference = _difference(browser, url)
        first = _first_visit(browser, url)
        browser.close()
    return speed, difference, first


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


def _first_visit(browser: Browser, url: str) -> list[str]:
    """Return the files that the page asks for until it can be worked with, each once."""
    context = browser.new_context(service_workers="block")
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.wait_for_function("() => globalThis.pixelfes !== undefined", timeout=_PATIENCE)
    context.close()
    paths = {urlsplit(address).path.removeprefix("/") or "index.html" for address in asked if address.startswith(url)}
    return sorted(paths)


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
