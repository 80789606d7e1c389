"""Learn to read brows from pixels, and write ``assets/brows.safetensors``.

Usage: ``python scripts/make_brow_reading.py LONDON [--leave-out ID ...]``. LONDON holds the folder ``neutral``. Actions of the
brows are drawn at random on those photos, and on 40 fictional people; half of the time the lids move too. A ridge regression
learns the sizes. It prints the correlation on people left out of each of five folds, and the file's SHA-256 for
`pixelfes.assets`.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.read.brow_line import SIDES
from pixelfes.expression.actions.read.brow_reading import NAMES, brow_features
from pixelfes.face.detector.face_look import look_again
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.people.people import each_person
from pixelfes.photos.reading import read_photo

OUT = Path(__file__).parents[1] / "src/pixelfes/assets/brows.safetensors"
ALPHA = 0.1
"""Penalty, in units of the count of samples; between 1e-4 and 0.1 folds differ by 0.02 at most."""
FOLDS = 5
FICTIONAL, SEED, SIDE = 40, 77, 420
DRAWN = {"real": 13, "fictional": 9}
METADATA = {
    "licence": "Apache-2.0 (numbers); facial actions of ICT-FaceKit (MIT); learned from photos under CC BY 4.0",
    "attribution": "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. A regression was computed from the photos.",
}


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="ID", help="people not to learn from")
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    people = [
        np.array(list(samples(*face, count, random)))
        for face, count in faces(arguments.pairs / "neutral", arguments.leave_out)
    ]
    scores = []
    for fold in range(FOLDS):
        train = np.concatenate([rows for number, rows in enumerate(people) if number % FOLDS != fold])
        test = np.concatenate(people[fold::FOLDS])
        read = predicted(fitted(train), test)
        scores.append([np.corrcoef(read[:, k], test[:, k])[0, 1] for k in range(len(NAMES))])
    print(dict(zip(NAMES, np.mean(scores, axis=0).round(2).tolist(), strict=True)))
    arrays = fitted(np.concatenate(people))
    save_file({name: array.astype(np.float32) for name, array in arrays.items()}, OUT, METADATA)
    print(OUT, hashlib.sha256(OUT.read_bytes()).hexdigest())


def faces(folder: Path, left_out: list[str]) -> Iterator[tuple[tuple[Pixels, Array], int]]:
    """Yield faces, and how often actions are drawn on each."""
    detector = FaceDetector()
    for path in sorted(folder.glob("*.jpg")):
        if path.stem not in left_out:
            photo = read_photo(path).pixels
            pixels = np.asarray(cv2.resize(photo, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA), np.uint8)
            yield (pixels, detector.detect(pixels)[0]), DRAWN["real"]
    for person in each_person(FICTIONAL, seed=SEED, size=SIDE):
        yield (person.neutral, person.neutral_landmarks), DRAWN["fictional"]


def samples(pixels: Pixels, landmarks: Array, count: int, random: np.random.Generator) -> Iterator[Array]:
    """Yield sizes and features of both brows, (3 + F,); the first of a face at rest."""
    actions = shipped_actions()
    for number in range(count):
        sizes = drawn_sizes(random) if number else {}
        picture = pixels.copy()
        moved = change_by_actions(actions, picture, landmarks, mixed(actions, sizes))
        points = look_again(PhotoPyramid(picture), moved)[:468]
        for side in SIDES:
            asked = [sizes.get(f"{name}{side}", 0.0) for name in NAMES]
            yield np.concatenate([asked, brow_features(picture, points, side)])


def drawn_sizes(random: np.random.Generator) -> dict[str, float]:
    """Return sizes of actions: each half of the time, six of ten times on both sides alike; sometimes lids move too."""
    sizes: dict[str, float] = {}
    alike = random.random() < 0.6
    for name in NAMES:
        if random.random() < 0.5:
            left = random.random()
            right = left if alike else random.random() * (random.random() < 0.6)
            sizes |= {f"{name}_L": left, f"{name}_R": right}
    for name, largest in (("eyeWide", 1.0), ("eyeBlink", 0.6)):
        if random.random() < 0.3:
            sizes |= dict.fromkeys((f"{name}_L", f"{name}_R"), largest * random.random())
    return sizes


def fitted(rows: Array) -> dict[str, Array]:
    """Return the arrays of the model.

    Minimises ``||Z W - Y||^2 + alpha n ||W||^2``, with Z the standardised features and Y the sizes less their mean.
    """
    sizes, features = rows[:, : len(NAMES)], rows[:, len(NAMES) :]
    mean, scale, offset = features.mean(0), features.std(0) + 1e-6, sizes.mean(0)
    z = (features - mean) / scale
    weight = np.linalg.solve(z.T @ z + ALPHA * len(z) * np.eye(z.shape[1]), z.T @ (sizes - offset))
    arrays = {"mean": mean, "scale": scale, "weight": weight, "offset": offset}
    resting = predicted(arrays, rows[(sizes == 0).all(1)])
    return arrays | {"rest": np.array([resting.mean(0), resting.std(0)])}


def predicted(arrays: dict[str, Array], rows: Array) -> Array:
    """Return the sizes (n, 3) that a model reads."""
    z = (rows[:, len(NAMES) :] - arrays["mean"]) / arrays["scale"]
    return np.asarray(z @ arrays["weight"] + arrays["offset"])


if __name__ == "__main__":
    main()
