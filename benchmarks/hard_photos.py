"""What becomes of the faces of hard photos, by kind; writes the tables of ``docs/hard-photos.md``.

Usage: ``python benchmarks/hard_photos.py DATA``, with the folder of the shared data. Figures only: no photo is shown or kept.
The times stand beside those of the landmarks of the same photos.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import pixelfes
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.trust.judging import judge_face
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import read_photo
from pixelfes.reporting.tables import Cell, Table

TABLES = Path(__file__).parents[1] / "docs/tables"
NEAR = 0.6
"""Distance of a face from the one that was judged by eye, at most, in its height."""


def main() -> None:
    """Judge every face and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    by_eye: dict[str, Counter[str]] = defaultdict(Counter)
    times: list[tuple[float, float]] = []
    known = read_verdicts(data / "wild" / "faces.csv")
    for folder, paths in (("wild", "wild/*.jpg"), ("London", "london/*/*.jpg"), ("paintings", "paintings/*.jpg")):
        for path in sorted(data.glob(paths)):
            kind = path.name.split("-")[0] if folder == "wild" else folder
            for face, verdict in timed_verdicts(path, times):
                counts[kind]["found"] += 1
                counts[kind][verdict] += 1
                if folder == "wild":
                    by_eye[verdict_by_eye(known[path.name], face)]["ok" if verdict == Verdict.OK else "refused"] += 1
            counts[kind]["photos"] += 1
    for table in (kind_table(counts), eye_table(by_eye)):
        text = table.markdown(heading=False)
        write_file(TABLES / f"{table.name}.md", text.encode())
        print(text)
    landmarks, judging = np.median(np.array(times), axis=0)
    print(f"landmarks of a photo: {landmarks:.1f} ms; verdict on a face: {judging:.1f} ms")


def read_verdicts(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the verdicts by eye on version 0.1.0, by photo."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["file"]].append(row)
    return rows


def timed_verdicts(path: Path, times: list[tuple[float, float]]) -> list[tuple[DetectedFace, Verdict]]:
    """Return the faces of a photo and their verdicts; note the milliseconds of the search, and of a verdict."""
    pixels = read_photo(path).pixels
    start = time.perf_counter()
    faces = pixelfes.FaceDetector().faces(pixels)
    found = time.perf_counter()
    verdicts = [judge_face(pixels, face) for face in faces]
    if faces:
        times.append((1e3 * (found - start), 1e3 * (time.perf_counter() - found) / len(faces)))
    return list(zip(faces, verdicts, strict=True))


def verdict_by_eye(rows: list[dict[str, str]], face: DetectedFace) -> str:
    """Return what a person said of version 0.1.0's picture of a face; empty if it did not find the face."""
    for row in rows:
        if row["x"] and np.hypot(float(row["x"]) - face.box.x, float(row["y"]) - face.box.y) < NEAR * float(
            row["height"]
        ):
            return row["verdict"]
    return "not found by version 0.1.0"


def kind_table(counts: dict[str, Counter[str]]) -> Table:
    """Count photos, faces and verdicts by kind."""
    columns = ["kind", "photos", "faces", *(str(verdict) for verdict in Verdict)]
    rows: list[list[Cell]] = [
        [kind, str(count["photos"]), str(count["found"]), *(str(count[verdict]) for verdict in Verdict)]
        for kind, count in counts.items()
    ]
    return Table("hard-photos", "Verdicts by kind", "", columns, rows)


def eye_table(by_eye: dict[str, Counter[str]]) -> Table:
    """Count what is drawn on now, by what a person said of version 0.1.0."""
    rows: list[list[Cell]] = [[said, str(count["ok"]), str(count["refused"])] for said, count in by_eye.items()]
    columns = ["by eye, version 0.1.0", "changed now", "left alone now"]
    return Table("hard-photos-by-eye", "What becomes of faces that were judged by eye", "", columns, rows)


if __name__ == "__main__":
    main()
