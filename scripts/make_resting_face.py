"""Learn how resting faces differ from each other, and from this what tells facial actions from a person's own shape.

Usage: ``python scripts/make_resting_face.py FACS.npz LONDON [--leave-out ID ...]``. FACS.npz holds measured facial actions
on the points of the face mesh (ICT-FaceKit), LONDON the neutral and smiling pairs. It writes
``assets/resting_face.safetensors`` and prints its SHA-256 for `pixelfes.assets`.

Neutral faces are aligned, mirrored, and described by a mean, the leading components and noise. With the inverse covariance C
of that model and the actions E (one a row), the file holds ``readouts = E C`` and ``gram = E C E^T``.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import pixelfes
from pixelfes.arrays import Array
from pixelfes.expression.actions.resting_face import SMILE, SMILE_OPENING
from pixelfes.expression.displacement import Displacement
from pixelfes.face.alignment import HeadPose, mean_face, mirrored, symmetric
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.face.topology import N_POINTS
from pixelfes.photos.reading import read_photo

OUT = Path(__file__).parents[1] / "src/pixelfes/assets/resting_face.safetensors"
ACTIONS = (
    *("jawOpen", "mouthPucker", "mouthFunnel", "mouthFrown", "mouthShrugLower", "mouthPress"),
    *("browDown", "browInnerUp", "browOuterUp", "eyeBlink", "noseSneer", "mouthUpperUp"),
)
COMPONENTS = 40
NOISE = 0.012
"""Deviation that the components leave, in distances between the eyes; that of the points of one face in two photos."""
DEPTH = 0.3
"""Weight of z, which the landmarks know less well."""
METADATA = {
    "licence": "Apache-2.0 (numbers); facial actions of ICT-FaceKit (MIT); learned from photos under CC BY 4.0",
    "attribution": "USC Institute for Creative Technologies, Vision and Graphics Lab: ICT-FaceKit. "
    "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. Averages and regressions were computed from the photos.",
}


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("facs", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="ID", help="people not to learn from")
    arguments = parser.parse_args()
    pairs = [pair for pair in pixelfes.load_pairs(arguments.pairs) if Path(pair.name).stem not in arguments.leave_out]
    provider = photo_detector()
    faces = [[provider.detect(read_photo(photo).pixels)[0] for photo in (pair.input, pair.target)] for pair in pairs]
    before, after = ([face[n] for face in faces] for n in (0, 1))
    smile = Displacement.fit(before, after)[0]
    names = (*ACTIONS, SMILE, SMILE_OPENING)
    actions = np.array([*facial_actions(arguments.facs), smile.movement, smile.opening])
    shapes = np.array([HeadPose.of(face, mean_face()).to_canonical(face) for face in before])
    mean = symmetric(shapes.mean(0))
    readouts = precision_times(actions, shapes - mean)
    gram = np.einsum("kpc,lpc->kl", actions, readouts)
    arrays = {"mean": mean, "actions": actions, "readouts": readouts}
    metadata = METADATA | {"actions": " ".join(names)}
    stored = {name: np.asarray(array, np.float16) for name, array in arrays.items()}
    save_file(stored | {"gram": gram.astype(np.float32)}, OUT, metadata=metadata)
    data = OUT.read_bytes()
    print(f'    "{OUT.name}": "{hashlib.sha256(data).hexdigest()}",  # {len(data):,} bytes; {len(pairs)} people')


def facial_actions(file: Path) -> list[Array]:
    """Return the actions, left and right together, each (468, 3)."""
    with np.load(file, allow_pickle=False) as measured:
        names = [str(name) for name in measured["names"]]
        moved = measured["displacement"].astype(np.float64)[:, :N_POINTS]
    sides = ("", "_L", "_R")
    return [sum((moved[names.index(name + s)] for s in sides if name + s in names), np.zeros(())) for name in ACTIONS]


def precision_times(actions: Array, departures: Array) -> Array:
    """Return actions (K, 468, 3) times the inverse covariance of departures (N, 468, 3) of resting faces from their mean."""
    weight = np.array([1.0, 1.0, DEPTH])
    both = np.concatenate([departures, [mirrored(d) for d in departures]])
    flat = (both * weight).reshape(len(both), -1)
    _, singular, axes = np.linalg.svd(flat, full_matrices=False)
    variance, axes = singular[:COMPONENTS] ** 2 / len(flat), axes[:COMPONENTS]
    weighted = (actions * weight).reshape(len(actions), -1)
    explained = (weighted @ axes.T * (variance / (variance + NOISE**2))) @ axes
    return np.asarray(((weighted - explained) / NOISE**2).reshape(actions.shape) * weight)


if __name__ == "__main__":
    main()
