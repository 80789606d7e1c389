"""How fast the regressors are, each beside its peers, all in one run.

Usage: ``python benchmarks/regress.py [PAIRS] [--rounds 5]``. PAIRS is a folder of pairs (neutral/ and one other); their grey
grid textures of 128 x 128 are the data. Without it, and for N = 400, fictional people take their place. Medians; every round
times every candidate of a row once, in turn. Peers that would take minutes are timed on some of the pixels, and
extrapolated: the row says so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import pixelfes
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.pairs_to_faces import find_pairs
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.detector.mediapipe_model import cache_folder
from pixelfes.face.grid import GridRegistration
from pixelfes.photos.reading import read_photo
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelKernelRidge, PixelRidge, Ridge

SIDE = 128
ALPHA = 0.4
SAMPLED_PIXELS = 200


@dataclass(frozen=True)
class Candidate:
    """Something to time: its name, what to run, and by what to multiply its time (pixels in all / pixels timed)."""

    name: str
    run: Callable[[], object]
    scale: float = 1.0


def main() -> None:
    """Measure every row and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    many = textures(pixelfes.fictional_people(400, seed=0))
    X, T = textures(pixelfes.load_pairs(arguments.pairs)) if arguments.pairs else (many[0][:80], many[1][:80])
    print(f"{len(X)} pairs of {arguments.pairs or 'fictional people'}, and 400 of fictional people")
    print("\n| what | candidate | median, s | times the first |\n|---|---|---|---|")
    for what, candidates, rounds in rows(X, T, *many, arguments.rounds):
        report(what, candidates, rounds)


def textures(pairs: Sequence[pixelfes.Pair]) -> tuple[Pixels, Pixels]:
    """Return the grey grid textures (N, 128, 128) of pairs, inputs and targets."""
    provider = CachedLandmarks(pixelfes.MediaPipeLandmarks(), cache_folder() / "landmarks")
    registration = GridRegistration(SIDE)
    found = find_pairs(pairs, provider)
    X, T = (np.empty((len(found.faces), SIDE, SIDE), np.uint8) for _ in range(2))
    for n, face in enumerate(found.faces):
        for out, photo, points in ((X, face.pair.input, face.input), (T, face.pair.target, face.target)):
            crop = registration.texture(read_photo(photo).pixels, points)
            out[n] = np.round(255 * cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    return X, T


Row = tuple[str, list[Candidate], int]


def rows(X: Pixels, T: Pixels, X400: Pixels, T400: Pixels, rounds: int) -> list[Row]:
    """List what is measured against what."""
    n = len(X)
    rr = PixelRidge(alpha=ALPHA).fit(X, T)
    float_batch = X.astype(np.float32) / 255
    compiled = PixelKernelRidge(alpha=ALPHA, solver="features").fit(X400, T400).compile()
    return [
        (
            f"Pixel-RR fit, {n} pairs",
            [
                Candidate("PixelRidge", lambda: PixelRidge(alpha=ALPHA).fit(X, T)),
                Candidate("the five sums in plain NumPy", lambda: five_sums(X, T)),
                Candidate(
                    "scikit-learn Ridge per pixel (extrapolated)", lambda: ridge_loop(X, T), SIDE**2 / SAMPLED_PIXELS
                ),
            ],
            rounds,
        ),
        (
            f"Pixel-RR predict, {n} float32 pictures",
            [
                Candidate("PixelRidge", lambda: rr.predict(float_batch)),
                Candidate("copy of the batch", float_batch.copy),
            ],
            rounds,
        ),
        (
            f"MR fit, 3 x 3, {n} pairs",
            [
                Candidate("MaskedRidge", lambda: MaskedRidge(alpha=ALPHA).fit(X, T)),
                Candidate("a loop over pixels, as the paper's", lambda: masked_loop(X, T)),
                Candidate("normal equations, batched solve", lambda: masked_batched(X, T)),
            ],
            min(rounds, 3),
        ),
        (
            "Pixel-KR fit, rbf, 400 pairs",
            [
                Candidate(
                    "PixelKernelRidge, exact", lambda: PixelKernelRidge(alpha=ALPHA, solver="exact").fit(X400, T400)
                ),
                Candidate(
                    "PixelKernelRidge, features",
                    lambda: PixelKernelRidge(alpha=ALPHA, solver="features").fit(X400, T400),
                ),
                Candidate(
                    "scikit-learn KernelRidge per pixel (extrapolated)",
                    lambda: kernel_loop(X400, T400),
                    SIDE**2 / SAMPLED_PIXELS,
                ),
                Candidate(
                    "numpy.linalg.solve on (P, N, N) (extrapolated)",
                    lambda: kernel_batched(X400, T400),
                    SIDE**2 / SAMPLED_PIXELS,
                ),
                *himalaya_candidate(X400, T400),
            ],
            min(rounds, 3),
        ),
        (
            "Pixel-KR predict by table, 400 pictures",
            [Candidate("compiled table", lambda: compiled.predict(X400)), Candidate("copy of the batch", X400.copy)],
            rounds,
        ),
        (
            f"LSRF fit, F = 1, {n} pairs",
            [Candidate("LocalSparseRidge", lambda: LocalSparseRidge(n_pixels=1, alpha=ALPHA).fit(X, T))],
            min(rounds, 3),
        ),
        (
            f"RR fit, dual, {n} pairs",
            [Candidate("Ridge", lambda: Ridge(alpha=ALPHA).fit(X, T))],
            rounds,
        ),
    ]


def report(what: str, candidates: list[Candidate], rounds: int) -> None:
    """Time every candidate once a round and print the medians."""
    times: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for turn in range(rounds + 1):  # one round to warm up
        for candidate in candidates:
            start = time.perf_counter()
            candidate.run()
            if turn > 0 or rounds == 1:
                times[candidate.name].append(candidate.scale * (time.perf_counter() - start))
    medians = {name: float(np.median(values)) for name, values in times.items()}
    first = medians[candidates[0].name]
    for index, (name, seconds) in enumerate(medians.items()):
        print(f"| {what if index == 0 else ''} | {name} | {seconds:.4g} | {seconds / first:.3g} |")
    sys.stdout.flush()


def five_sums(X: Pixels, T: Pixels) -> list[Array]:
    """Read X and T once and form the five sums: the least that any Pixel-RR fit has to do."""
    shape = X.shape[1:]
    sums = [np.zeros(shape) for _ in range(4)]
    for image, target in zip(X, T, strict=True):
        x, t = image / 255.0, target / 255.0
        for k, term in enumerate((x, t, x * x, x * t)):
            sums[k] += term
    return sums


def _some_pixels(X: Pixels, T: Pixels) -> list[tuple[Array, Array]]:
    chosen = np.random.default_rng(1).choice(SIDE**2, SAMPLED_PIXELS, replace=False)
    x, t = (a.reshape(len(a), -1)[:, chosen].T / 255.0 for a in (X, T))
    return list(zip(x, t, strict=True))


def ridge_loop(X: Pixels, T: Pixels) -> None:
    """Fit scikit-learn's Ridge at some pixels, one by one."""
    from sklearn.linear_model import Ridge

    for x, t in _some_pixels(X, T):
        Ridge(alpha=ALPHA, fit_intercept=False).fit(np.column_stack([x, np.ones_like(x)]), t)


def kernel_loop(X: Pixels, T: Pixels) -> None:
    """Fit scikit-learn's KernelRidge at some pixels, one by one."""
    from sklearn.kernel_ridge import KernelRidge

    for x, t in _some_pixels(X, T):
        KernelRidge(kernel="rbf", gamma=1.0, alpha=ALPHA).fit(x[:, None], t)


def kernel_batched(X: Pixels, T: Pixels) -> None:
    """Form the kernel matrices of some pixels and solve them in one call."""
    x, t = (np.array(a) for a in zip(*_some_pixels(X, T), strict=True))
    gram = np.exp(-((x[:, :, None] - x[:, None, :]) ** 2))
    gram[:, np.arange(x.shape[1]), np.arange(x.shape[1])] += ALPHA
    np.linalg.solve(gram, t[..., None])


def himalaya_candidate(X: Pixels, T: Pixels) -> list[Candidate]:
    """Return himalaya's KernelRidge at some pixels where it is installed, else nothing."""
    try:
        from himalaya.kernel_ridge import KernelRidge
    except ImportError:
        return []

    def run() -> None:
        for x, t in _some_pixels(X, T):
            KernelRidge(alpha=ALPHA, kernel="rbf", kernel_params={"gamma": 1.0}).fit(x[:, None], t)

    return [Candidate("himalaya KernelRidge per pixel (extrapolated)", run, SIDE**2 / SAMPLED_PIXELS)]


def _windows(X: Pixels) -> Array:
    """Return the 3 x 3 windows and a bias, (H, W, N, 10), zero beyond the border."""
    padded = np.pad(X / 255.0, ((0, 0), (1, 1), (1, 1)))
    shifted = [padded[:, dy : dy + X.shape[1], dx : dx + X.shape[2]] for dy in range(3) for dx in range(3)]
    return np.moveaxis(np.stack([*shifted, np.ones(X.shape)], axis=-1), 0, 2)


def masked_loop(X: Pixels, T: Pixels) -> None:
    """Solve pixel by pixel, each from its own design matrix: a straightforward reading of the paper."""
    padded, targets = np.pad(X / 255.0, ((0, 0), (1, 1), (1, 1))), T / 255.0
    for row in range(X.shape[1]):
        for column in range(X.shape[2]):
            window = padded[:, row : row + 3, column : column + 3].reshape(len(X), -1)
            design = np.column_stack([window, np.ones(len(X))])
            gram = design.T @ design + ALPHA * np.eye(design.shape[1])
            np.linalg.solve(gram, design.T @ targets[:, row, column])


def masked_batched(X: Pixels, T: Pixels) -> None:
    """Form all normal equations and solve them in one batched call."""
    design, targets = _windows(X), np.moveaxis(T / 255.0, 0, 2)[..., None]
    gram = design.swapaxes(2, 3) @ design + ALPHA * np.eye(10)
    np.linalg.solve(gram, design.swapaxes(2, 3) @ targets)


if __name__ == "__main__":
    main()
