"""How well and how fast faces are found; writes the tables of ``docs/landmarks.md``.

Usage: ``python benchmarks/landmarks.py DATA [--mediapipe PYTHON] [--peer PYTHON]``, with the folder of the shared data. With
``--mediapipe``, the path of a Python that has ``mediapipe==0.10.21``, the landmarks are compared with MediaPipe's. With
``--peer``, a Python that has version 0.1.0 of this package, its times stand beside ours: every round runs both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

import pixelfes
from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector.box_detection import detect_boxes
from pixelfes.face.detector.face_look import look_at_square
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.detector.windows import window_levels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import OUTER_MOUTH
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import read_photo
from pixelfes.reporting.tables import Cell, Table

TABLES = Path(__file__).parents[1] / "docs/tables"
HEIGHTS = (20, 25, 30, 40, 60, 100, 200)
SHEET = (1500, 2000)
ROUNDS = 9
MEDIAPIPE = """
import json, sys, numpy as np
from PIL import Image, ImageOps
from mediapipe.python.solutions import face_mesh
mesh = face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.5)
out = {}
for path in json.load(sys.stdin):
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    h, w = pixels.shape[:2]
    faces = mesh.process(pixels).multi_face_landmarks
    out[path] = [(p.x * w, p.y * h, p.z * w) for p in faces[0].landmark] if faces else None
print(json.dumps(out))
"""
TIMED = """
import sys, time, numpy as np, pixelfes
name = "FaceDetector" if hasattr(pixelfes, "FaceDetector") else "MediaPipeLandmarks"
detector = getattr(pixelfes, name)()
pixels = np.load(sys.argv[1])
for _ in range(3):
    detector.detect(pixels)
times = []
for _ in range(7):
    start = time.perf_counter()
    found = detector.detect(pixels)
    times.append(time.perf_counter() - start)
print(1e3 * np.median(times), len(found))
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--mediapipe", metavar="PYTHON")
    parser.add_argument("--peer", metavar="PYTHON")
    arguments = parser.parse_args()
    tables = [recall_table(), time_table(arguments.data, arguments.peer)]
    if arguments.mediapipe:
        tables.append(agreement_table(arguments.data, arguments.mediapipe))
    for table in tables:
        text = table.markdown(heading=False)
        write_file(TABLES / f"{table.name}.md", text.encode())
        print(text)


def agreement_table(data: Path, python: str) -> Table:
    """Compare our landmarks with MediaPipe's: in the same square, and as they are used."""
    columns = ["photos", "faces", "same square: mean", "95 %", "largest point", "lips", "as used: mean", "lips"]
    rows: list[list[Cell]] = []
    for name, pattern in (("London", "london/*/*.jpg"), ("paintings", "paintings/*.jpg"), ("wild", "wild/*.jpg")):
        paths = [str(path) for path in sorted(data.glob(pattern))]
        done = subprocess.run(
            [python, "-c", MEDIAPIPE], input=json.dumps(paths), capture_output=True, text=True, check=True
        )
        found = [
            (same_square(pixels, face), as_used(pixels, face))
            for path, face in json.loads(done.stdout).items()
            if face is not None
            for pixels in (read_photo(path).pixels,)
        ]
        same = np.array([distances for distances, _ in found if distances is not None])
        used = np.array([distances for _, distances in found if distances is not None])
        lips = list(OUTER_MOUTH)
        row = (
            *(
                f"{value:.4f}"
                for value in (same.mean(), np.percentile(same.mean(1), 95), same.max(), same[:, lips].mean())
            ),
            *(f"{np.median(part):.2f}" for part in (used.mean(1), used[:, lips].mean(1))),
        )
        rows.append([name, str(len(same)), *row])
    title = "Distance from MediaPipe's landmarks, % of the distance between the eyes"
    return Table("landmarks-agreement", title, "", columns, rows)


def same_square(pixels: Pixels, expected: list[list[float]]) -> Array | None:
    """Return the distance of each point, as MediaPipe computes them: one look at the square of the first box."""
    photo = PhotoPyramid(pixels, smooth=False)
    height, width = pixels.shape[:2]
    boxes = detect_boxes(photo, window_levels(height, width, 1)[0][0])
    if not boxes:
        return None
    points, _ = look_at_square(photo, boxes[0], 1.5 * boxes[0].side, edge=0.0)
    return _distances(points, np.array(expected))


def as_used(pixels: Pixels, expected: list[list[float]]) -> Array | None:
    """Return the distance of each point of the face that `FaceDetector` finds at the same place."""
    wanted = np.array(expected) - [0.5, 0.5, 0]
    candidates = [_distances(face.points, wanted) for face in pixelfes.FaceDetector().faces(pixels)]
    best = min(candidates, key=lambda distances: float(distances.mean()), default=None)
    return best if best is not None and best.mean() < 30 else None


def _distances(points: Array, wanted: Array) -> Array:
    return np.asarray(100 * np.linalg.norm((points - wanted)[:, :2], axis=1) / eye_distance(wanted[:468]))


def recall_table() -> Table:
    """Count the faces found on sheets of fictional people, by the height of the face from hairline to chin."""
    columns = ["height of a face, pixels", "faces", "found", "found with small_faces", "seconds", "with small_faces"]
    rows: list[list[Cell]] = []
    for height in HEIGHTS:
        sheet, count = _sheet(height)
        found, seconds = zip(*(_timed_search(sheet, small) for small in (False, True)), strict=True)
        rows.append([str(height), str(count), *map(str, found), *(f"{value:.2f}" for value in seconds)])
    title = f"Fictional people on sheets of {SHEET[1]} x {SHEET[0]} pixels"
    return Table("landmarks-recall", title, "", columns, rows)


def _sheet(height: int) -> tuple[Pixels, int]:
    """Return a sheet of portraits whose faces have this height, and their number."""
    people = [portrait for pair in pixelfes.fictional_people(30, seed=3) for portrait in (pair.input, pair.target)]
    heights = [np.ptp(pixelfes.FaceDetector().detect(np.asarray(p))[0][:, 1]) for p in people[:4]]
    side = round(256 * height / float(np.mean(heights)))
    rows, columns = max(1, SHEET[0] // side), max(1, SHEET[1] // side)
    sheet = np.full((*SHEET, 3), 128, np.uint8)
    for n in range(rows * columns):
        y, x = side * (n // columns), side * (n % columns)
        sheet[y : y + side, x : x + side] = cv2.resize(
            np.asarray(people[n % len(people)]), (side, side), interpolation=cv2.INTER_AREA
        )
    return sheet, rows * columns


def _timed_search(sheet: Pixels, small_faces: bool) -> tuple[int, float]:
    start = time.perf_counter()
    found = pixelfes.FaceDetector(small_faces=small_faces).detect(sheet)
    return len(found), time.perf_counter() - start


def time_table(data: Path, peer: str | None) -> Table:
    """Time the search in photos of several sizes, in processes of their own."""
    columns = ["photo", "faces", "ms", "version 0.1.0, ms", "ratio"]
    rows: list[list[Cell]] = []
    for name, pixels in _timed_photos(data).items():
        times: dict[str, list[float]] = {python: [] for python in (sys.executable, *([peer] if peer else []))}
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/photo.npy", pixels)
            for _ in range(ROUNDS // 3):
                for python, values in times.items():
                    command = [python, "-W", "ignore", "-c", TIMED, f"{folder}/photo.npy"]
                    done = subprocess.run(command, capture_output=True, text=True, check=True)
                    milliseconds, count = done.stdout.split()
                    values.append(float(milliseconds))
                    if python == sys.executable:
                        faces = count
        ours, *theirs = (float(np.median(values)) for values in times.values())
        compared = [f"{theirs[0]:.0f}", f"{theirs[0] / ours:.1f}x"] if theirs else ["", ""]
        rows.append([name, faces, f"{ours:.0f}", *compared])
    return Table("landmarks-time", "Search for faces and landmarks, median ms on two cores", "", columns, rows)


def _timed_photos(data: Path) -> dict[str, Pixels]:
    portrait = read_photo(Path(pixelfes.__file__).parent / "assets/portrait.jpg").pixels
    sheet = read_photo(data.parent / "cases/small-faces-missed/48-people-1280x960.jpg").pixels

    def enlarged(pixels: Pixels, width: int, height: int) -> Pixels:
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    wide = np.pad(enlarged(portrait, 3000, 3000), ((0, 0), (500, 500), (0, 0)), mode="edge")
    return {
        "900 x 900, a portrait": enlarged(portrait, 900, 900),
        "1350 x 1350, a portrait": enlarged(portrait, 1350, 1350),
        "4000 x 3000, a portrait": wide,
        "4000 x 3000, 48 people": enlarged(sheet, 4000, 3000),
        "4000 x 3000, nobody": np.full((3000, 4000, 3), 128, np.uint8),
        "1280 x 960, 48 people": sheet,
    }


if __name__ == "__main__":
    main()
