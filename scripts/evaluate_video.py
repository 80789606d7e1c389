"""Measure how steady changed films are, and write the tables of ``docs/video.md``.

Usage: ``python scripts/evaluate_video.py [--clips FOLDER] [--people 3] [-o docs/tables]``. Films are generated: fictional
people who are turned, moved, blinked, lit and blurred by known amounts, with noise. ``--clips`` adds real clips. Every film
is changed by ``stream``, and once more frame by frame. Then ``make docs-tables``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pixelfes
from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError
from pixelfes.evaluate.films.steadiness import face_region, flicker, followed_landmarks, jitter, lag
from pixelfes.expression.base import Model
from pixelfes.file_writing import write_file
from pixelfes.people.films import Motion, film, pulse, speech, wave
from pixelfes.people.people import each_person
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.reporting.tables import Cell, Number, Table
from pixelfes.tracking.face_tracker import FaceTracker

SIDE, NOISE = 512, 4.0
MOTIONS = {
    "still": Motion(noise=NOISE),
    "turning 10°": Motion(noise=NOISE, yaw=wave(10, 2)),
    "moving": Motion(noise=NOISE, across=wave(0.4, 2), down=wave(0.2, 1.5), growth=wave(0.05, 2)),
    "blinking": Motion(noise=NOISE, blink=pulse(0.6, 0.1, 0.05)),
    "speaking": Motion(noise=NOISE, jaw=speech(0.3)),
    "light changes": Motion(noise=NOISE, light=wave(0.4, 2)),
    "focus changes": Motion(noise=NOISE, blur=wave(2.5, 2)),
    "all of it": Motion(wave(8, 2), wave(0.3, 2), light=wave(0.2, 2), blur=wave(1.5, 2), noise=NOISE),
}
FAST_SMILE = Motion(noise=NOISE, smile=pulse(0.6, 0.2, 0.3, 0.8))


@dataclass(frozen=True)
class Film:
    """Frames, their times, and where the face is in the first one."""

    frames: list[Pixels]
    times: list[float]
    start: Array


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"))
    parser.add_argument("--strip", type=Path, help="where to write a picture of a person who speaks, every 5th frame")
    arguments = parser.parse_args()
    smile = pixelfes.load("smile")
    people = list(each_person(arguments.people, seed=5, size=SIDE))
    rows = []
    for name, motion in MOTIONS.items():
        made = [measures(smile, generated(person.neutral, person.neutral_landmarks, motion)) for person in people]
        rows.append(row(name, np.mean(made, axis=0)))
    for path in sorted(arguments.clips.glob("*.mp4")) if arguments.clips else []:
        rows.append(row(f"clip {path.stem}", measures(smile, read(path))))
    table = Table("video-steadiness", "How steady changed films are", NOTE, HEADER, rows)
    write_file(arguments.output / "video-steadiness.md", table.markdown().encode())
    lags = [lag_of(person.neutral, person.neutral_landmarks) for person in people]
    cells: list[Cell] = ["a smile within 0.2 s", Number(1000 * float(np.mean(lags)), digits=0)]
    delay = Table("video-lag", "How far filtered landmarks lag", "", ["film", "lag, ms"], [cells])
    write_file(arguments.output / "video-lag.md", delay.markdown().encode())
    if arguments.strip:
        write_strip(arguments.strip, smile)
    print(table.markdown(), delay.markdown(), sep="\n")


SPOKEN = Motion(wave(6, 2.4), across=wave(0.15, 3), jaw=speech(0.3), blink=pulse(0.7, 0.1, 0.05), noise=2.0)


def write_strip(path: Path, model: Model) -> None:
    """Write every fifth frame of a person who speaks, above the same with the expression."""
    person = next(each_person(1, seed=7, size=256))
    shown = generated(person.neutral, person.neutral_landmarks, SPOKEN)
    rows = [frames[::5] for frames in (shown.frames, list(model.stream(shown.frames, shown.times)))]
    picture = np.vstack([np.hstack([frame[40:246, 44:212] for frame in row]) for row in rows])
    write_file(path, encode_photo(Photo(picture), "JPEG", made_by=None, quality=88))


HEADER = [
    "film",
    *(f"jitter: {one}" for one in ("input", "stream", "frame by frame")),
    *(f"flicker: {one}" for one in ("input", "stream", "frame by frame")),
]
NOTE = "Jitter in % of the distance between the eyes, flicker in levels."


def row(name: str, values: Sequence[float] | Array) -> list[Cell]:
    """Return a row of the table."""
    return [name, *(Number(float(value), digits=2) for value in values)]


def generated(picture: Pixels, landmarks: Array, motion: Motion) -> Film:
    """Return a film of a fictional person."""
    frames = list(film(picture, landmarks, motion))
    return Film([one.pixels for one in frames], [one.time for one in frames], frames[0].landmarks)


def read(path: Path) -> Film:
    """Return a clip as a film."""
    from pixelfes.video.clips import read_clip

    frames = list(read_clip(path))
    return Film(
        [one.pixels for one in frames], [one.time for one in frames], FaceDetector().detect(frames[0].pixels)[0]
    )


def measures(model: Model, shown: Film) -> list[float]:
    """Return jitter of input, stream and frame by frame, and flicker of the same."""
    films = [shown.frames, list(model.stream(shown.frames, shown.times)), list(each_by_itself(model, shown.frames))]
    region = face_region(shown.start, shown.frames[0].shape)
    jitters = [jitter(followed_landmarks(frames, shown.start)) for frames in films]
    return jitters + [flicker(frames, region) for frames in films]


def each_by_itself(model: Model, frames: Sequence[Pixels]) -> Iterator[Pixels]:
    """Yield frames, changed as if each were a photo."""
    for frame in frames:
        try:
            yield model.synthesize_pixels(frame)
        except FaceNotFoundError:
            yield frame


def lag_of(picture: Pixels, landmarks: Array) -> float:
    """Return the lag of filtered landmarks at a fast smile, s."""
    frames, tracker = list(film(picture, landmarks, FAST_SMILE)), FaceTracker(FaceDetector())
    raw = followed_landmarks([one.pixels for one in frames], frames[0].landmarks)
    filtered = np.array([tracker.update(one.pixels, one.time)[0].landmarks for one in frames])
    return lag(raw, filtered, np.array([one.time for one in frames]))


if __name__ == "__main__":
    main()
