"""How far the page's verdicts on faces are Python's, on the hard photos, studio photos and paintings.

Usage: ``python benchmarks/web_verdicts.py DATA``, with the folder of the shared data and the built page. Both get the same
pixels of each photo; with ``--files`` the page gets the file itself, which the browser decodes. Figures only: no photo is
shown or kept.
"""

from __future__ import annotations

import argparse
import base64
import io
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from pixelfes.arrays import Array, Pixels
from pixelfes.export.web.server import PageServer, page_files
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.trust.judging import corner_outside, judge_face, landmark_movement
from pixelfes.face.trust.mouth_texture import MouthTexture, register_mouth
from pixelfes.face.trust.texture_model import face_texture_model
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.photos.reading import read_photo

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDERS = ("wild/*.jpg", "london/*/*.jpg", "paintings/*.jpg")
PATIENCE = 300_000  # milliseconds
NEAR = 0.3
"""Distance between faces of page and Python that are the same, at most, in distances between the eyes."""
FIND = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const found = await pixelfes.faces(new Blob([bytes]));
  return found.map(({ landmarks, verdict, evidence }) => ({ landmarks: [...landmarks], verdict, evidence }));
}"""
"""Finds and judges the faces of a file."""


@dataclass(frozen=True)
class Compared:
    """A face that Python or the page found: its verdicts, None where it was not found, and differences of the evidence."""

    python: str | None
    page: str | None
    photo: str
    differences: dict[str, float]
    evidence: dict[str, float]


def main() -> None:
    """Judge every face twice, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--files", action="store_true", help="give the page the files themselves")
    parser.add_argument("--verbose", action="store_true", help="print a line for each face that differs")
    arguments = parser.parse_args()
    paths = [path for folder in FOLDERS for path in sorted(arguments.data.glob(folder))]
    with PageServer(page_files(), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        compared = [
            one for page in _pages(server.url) for path in paths for one in compare(page, path, arguments.files)
        ]
        server.shutdown()
    print_table(compared)
    print_differences(compared)
    for one in compared:
        if arguments.verbose and one.python != one.page:
            print(one)


def compare(page: Page, path: Path, as_file: bool) -> list[Compared]:
    """Return the faces of a photo, as Python and as the page judge them."""
    pixels = read_photo(path).pixels
    data = path.read_bytes() if as_file else _png(pixels)
    faces = FaceDetector().faces(pixels)
    found = page.evaluate(FIND, base64.b64encode(data).decode())
    compared = []
    for face in faces:
        other = _same(found, face)
        verdict, seen_as = str(judge_face(pixels, face)), str(other["verdict"]) if other else None
        numbers = evidence(pixels, face)
        seen = other["evidence"] if other else {}
        differences = {name: value - numbers[name] for name, value in seen.items()}
        compared.append(Compared(verdict, seen_as, path.name, differences, numbers))
        if other:
            found.remove(other)
    return compared + [Compared(None, other["verdict"], path.name, {}, other["evidence"]) for other in found]


def evidence(pixels: Pixels, face: DetectedFace) -> dict[str, float]:
    """Return what Python judges a face by, by the names that the page has."""
    texture = MouthTexture.of([register_mouth(pixels, face.landmarks)])
    likeness, cover = face_texture_model().likeness_and_cover(texture)
    distance = eye_distance(face.landmarks)
    return {
        "distance": distance,
        "outside": corner_outside(face.landmarks) / distance,
        "likeness": float(likeness[0]),
        "cover": float(cover[0]),
        "movement": landmark_movement(pixels, face),
        "score": face.score,
    }


def _same(found: list[dict[str, Any]], face: DetectedFace) -> dict[str, Any] | None:
    """Return the page's face that lies where Python's does."""
    for other in found:
        points: Array = np.reshape(other["landmarks"], (-1, 3))
        if np.linalg.norm(points.mean(0)[:2] - face.landmarks.mean(0)[:2]) < NEAR * eye_distance(face.landmarks):
            return other
    return None


def print_table(compared: list[Compared]) -> None:
    """Print how often each verdict of Python's met each of the page's."""
    counts = Counter((one.python, one.page) for one in compared)
    names = [*map(str, Verdict), None]
    print("| Python | " + " | ".join(f"page: {name or 'not found'}" for name in names) + " |")
    print("| --- " * (len(names) + 1) + "|")
    for row in names:
        print(f"| {row or 'not found'} | " + " | ".join(str(counts[row, column]) for column in names) + " |")
    same = sum(count for (python, page), count in counts.items() if python == page)
    print(f"{same} of {len(compared)} faces have the same verdict")


def print_differences(compared: list[Compared]) -> None:
    """Print how far the evidence of the page is from Python's."""
    for name in ("distance", "outside", "likeness", "cover", "movement", "score"):
        differences = np.abs([one.differences[name] for one in compared if name in one.differences])
        marks = " ".join(f"{np.percentile(differences, percent):.5f}" for percent in (50, 95, 99, 100))
        print(f"{name}: median, 95 %, 99 %, most: {marks}")


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _pages(url: str) -> Iterator[Page]:
    """Yield the page in a browser."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--use-angle=swiftshader"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.wait_for_function("() => globalThis.pixelfes")
        yield page
        browser.close()


if __name__ == "__main__":
    main()
