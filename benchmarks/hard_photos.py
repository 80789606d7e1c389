"""What becomes of the faces of hard photos, by kind; writes the tables of ``docs/hard-photos.md``.

Usage: ``python benchmarks/hard_photos.py DATA``, with the folder of the shared data. Figures only: no photo is shown or kept.
The times stand beside those of the landmarks of the same photos.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

import pixelfes
from pixelfes.arrays import Array, Pixels
from pixelfes.face.alignment import HeadPose
from pixelfes.face.appearance.light import LUMINANCE, Light
from pixelfes.face.appearance.mouth_view import TEETH_LUMINANCE, MouthView, colours_between_lips
from pixelfes.face.appearance.sharpness import edge_blur
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.topology import LEFT_EYE, OUTER_MOUTH, RIGHT_EYE
from pixelfes.face.trust.judging import judge_face
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model
from pixelfes.photos.reading import read_photo
from pixelfes.reporting.tables import Cell, Table

TABLES = Path(__file__).parents[1] / "docs/tables"
SHOWS_TEETH = (0.4, 0.3)
"""Openness of a mouth, and share of teeth between its lips, from which on its teeth can be measured."""
TEETH_QUANTILE = 0.7
"""Quantile of the luminance between the lips that counts as that of the teeth."""
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
    for table in (kind_table(counts), eye_table(by_eye), teeth_table(data), sharpness_table(data)):
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


def open_mouths(paths: Iterable[Path]) -> Iterator[tuple[Pixels, Array, Light]]:
    """Yield the photo, the landmarks and the light of every changed face that shows teeth of its own."""
    displacement = load_expression_model("smile").learned_.displacement
    if displacement is None:
        raise SystemExit("the shipped model is not a mesh model")
    for path in paths:
        pixels = read_photo(path).pixels
        for face in pixelfes.FaceDetector().faces(pixels):
            light = Light.of(pixels, face.landmarks)
            pose = HeadPose.of(face.landmarks, displacement.reference)
            openness = displacement.state(pose.to_canonical(face.landmarks)).openness
            shows = openness > SHOWS_TEETH[0] and MouthView.of(pixels, face.landmarks, light).teeth > SHOWS_TEETH[1]
            if shows and judge_face(pixels, face) == Verdict.OK:
                yield pixels, face.landmarks, light


def teeth_table(data: Path) -> Table:
    """Compare the luminance of people's own teeth with what the light of the photo predicts."""
    rows: list[list[Cell]] = []
    for name, paths in (("studio", "london/smiling/*.jpg"), ("hard", "wild/*.jpg")):
        errors = []
        for pixels, points, light in open_mouths(sorted(data.glob(paths))):
            colours, area = colours_between_lips(pixels, points)
            luminance = colours @ LUMINANCE
            order = np.argsort(luminance)
            place = np.searchsorted(np.cumsum(area[order]), TEETH_QUANTILE * area.sum())
            errors.append(np.log(TEETH_LUMINANCE * (light.white @ LUMINANCE) / luminance[order][place]))
        rows.append([name, str(len(errors)), f"{np.mean(errors):+.3f}", f"{np.std(errors):.3f}"])
    columns = ["photos", "faces with teeth", "predicted / own, mean logarithm", "deviation"]
    return Table("hard-photos-teeth", "How bright teeth are, beside people's own", "", columns, rows)


def sharpness_table(data: Path) -> Table:
    """Compare the sharpness around mouths that got teeth with that of the eyes of the photo."""
    model, rows = load_expression_model("smile"), list[list[Cell]]()
    for name, paths in (("studio", "london/neutral/*.jpg"), ("hard", "wild/*.jpg")):
        before, after = [], []
        for path in sorted(data.glob(paths)):
            pixels = read_photo(path).pixels
            for face in pixelfes.FaceDetector().faces(pixels):
                if judge_face(pixels, face) == Verdict.OK:
                    made = model.synthesize_pixels(pixels, landmarks=face.landmarks)
                    eyes = edge_blur(pixels, face.landmarks, [RIGHT_EYE, LEFT_EYE])
                    blurs = [edge_blur(photo, face.landmarks, [OUTER_MOUTH]) / eyes for photo in (pixels, made)]
                    before.append(blurs[0])
                    after.append(blurs[1])
        rows.append([name, str(len(after)), f"{np.median(before):.2f}", f"{np.median(after):.2f}"])
    columns = ["photos", "faces", "blur of the mouth / of the eyes, photo", "result"]
    return Table("hard-photos-sharpness", "How sharp mouths are, beside the eyes", "", columns, rows)


if __name__ == "__main__":
    main()
