"""How many frames a second of a clip are changed, end to end, beside decoding and encoding alone.

Usage: ``python benchmarks/video.py [--rounds 3] [--frames 100] [-o docs/tables]``. Clips of fictional people who move are made
at 1280 x 720, with one face and with three. Every round changes each clip once in each way, in turn, so that all meet the same
load; medians are given. Then ``make docs-tables``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

import pixelfes
from pixelfes.arrays import Pixels
from pixelfes.expression.base import Model
from pixelfes.file_writing import write_file
from pixelfes.people.films import Motion, film, wave
from pixelfes.people.people import each_person
from pixelfes.reporting.tables import Cell, Number, Table
from pixelfes.tracking.face_tracker import FaceTracker
from pixelfes.video.clips import change_clip, write_frames
from pixelfes.video.settings import Change, Frame

WIDTH, HEIGHT, RATE = 1280, 720, 25
MOTION = Motion(across=wave(0.2, 2), down=wave(0.1, 1.5), noise=3)
HEADER = [
    "clip",
    "change",
    "frames a second",
    "ms a frame",
    "processor ms a frame",
    "times decoding and encoding alone",
]


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"))
    arguments = parser.parse_args()
    changes = {
        "none": lambda: passed,
        "smile": lambda: streamed(pixelfes.load("smile")),
        "surprised": lambda: streamed(pixelfes.load("expressions").showing("surprised")),
    }
    with tempfile.TemporaryDirectory() as folder:
        clips = {
            f"{count} face{'s' * (count > 1)}": made_clip(Path(folder), count, arguments.frames) for count in (1, 3)
        }
        rows = measured(clips, changes, arguments.rounds, arguments.frames, Path(folder))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    note = f"{WIDTH} x {HEIGHT}, H.264 to H.264, {cores} cores, medians of {arguments.rounds} rounds."
    table = Table("video-speed", "Speed of clips", note, HEADER, rows)
    write_file(arguments.output / "video-speed.md", table.markdown().encode())
    stages = stage_table(arguments.frames)
    write_file(arguments.output / "video-stages.md", stages.markdown().encode())
    print(table.markdown(), stages.markdown(), sep="\n")


def pictures(count: int, frames: int) -> list[Pixels]:
    """Return the frames of a clip with so many faces side by side."""
    side = HEIGHT if count == 1 else WIDTH // count
    people = each_person(count, seed=11, size=side)
    films = [list(film(one.neutral, one.neutral_landmarks, MOTION, seconds=frames / RATE)) for one in people]
    rows = [np.hstack([one[number].pixels for one in films]) for number in range(frames)]
    high, wide = HEIGHT - rows[0].shape[0], WIDTH - rows[0].shape[1]
    border = (high // 2, high - high // 2, wide // 2, wide - wide // 2)
    return [np.asarray(cv2.copyMakeBorder(row, *border, cv2.BORDER_REPLICATE), np.uint8) for row in rows]


def made_clip(folder: Path, count: int, frames: int) -> Path:
    """Write a clip with so many faces, and return its path."""
    path = folder / f"{count}.mp4"
    write_frames(path, pictures(count, frames), [number / RATE for number in range(frames)])
    return path


def passed(frames: Iterator[Frame]) -> Iterator[Pixels]:
    """Yield every frame as it is."""
    return (frame.pixels for frame in frames)


def streamed(model: Model) -> Change:
    """Return the change of a clip by a model."""

    def change(frames: Iterator[Frame]) -> Iterator[Pixels]:
        held: list[Frame] = []

        def times() -> Iterator[float]:
            while True:
                yield held[0].time

        def given() -> Iterator[Pixels]:
            for frame in frames:
                held[:] = [frame]
                yield frame.pixels

        return model.stream(given(), times())

    return change


def measured(
    clips: dict[str, Path], changes: dict[str, Callable[[], Change]], rounds: int, frames: int, folder: Path
) -> list[list[Cell]]:
    """Return the rows of the table."""
    seconds: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(rounds + 1):
        for clip, path in clips.items():
            for name, change in changes.items():
                wall, processor = time.perf_counter(), time.process_time()
                change_clip(path, folder / "out.mp4", change())
                spent = (time.perf_counter() - wall, time.process_time() - processor)
                if number:  # the first round warms up
                    seconds.setdefault((clip, name), []).append(spent)
    medians = {
        key: [statistics.median(column) for column in zip(*spent, strict=True)] for key, spent in seconds.items()
    }
    return [
        [
            clip,
            name,
            Number(frames / wall, digits=1),
            Number(1000 * wall / frames, digits=1),
            Number(1000 * processor / frames, digits=1),
            Number(wall / medians[clip, "none"][0], digits=2),
        ]
        for (clip, name), (wall, processor) in medians.items()
    ]


def stage_table(frames: int) -> Table:
    """Return where the time of a frame with one face goes, on one thread after another."""
    shown = pictures(1, frames)
    smile, tracker = pixelfes.load("smile"), FaceTracker(pixelfes.FaceDetector())
    stages: dict[str, list[float]] = {"tracking": [], "smile": []}
    for number, pixels in enumerate(shown):
        start = time.perf_counter()
        faces = tracker.update(pixels, number / RATE)
        middle = time.perf_counter()
        for face in faces:
            smile.drawing(1.0)(pixels.copy(), face)
        stages["tracking"].append(middle - start)
        stages["smile"].append(time.perf_counter() - middle)
    rows: list[list[Cell]] = [
        [name, Number(1000 * statistics.median(spent), digits=1), Number(1000 * statistics.mean(spent), digits=1)]
        for name, spent in stages.items()
    ]
    return Table("video-stages", "Where the time goes", "", ["stage", "median, ms", "mean, ms"], rows)


if __name__ == "__main__":
    main()
