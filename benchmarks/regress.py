"""Time the regressors beside their peers, all in one run.

Usage: ``python benchmarks/regress.py [PAIRS] [--rounds 5]``. PAIRS is a folder of pairs (neutral/ and one other folder). The
data are their grey grid textures of 128 x 128. Without it, and for N = 400, fictional people are used. The results are
medians; each round times every implementation of a row once, in turn. Peers that would take minutes are timed at some of the
pixels and extrapolated, and their rows say so.
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
from pixelfes.face.grid import GridRegistration
from pixelfes.photos.reading import read_photo
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelKernelRidge, PixelRidge, Ridge
from pixelfes.user_cache import cache_folder

SIDE = 128
ALPHA = 0.4
SAMPLED_PIXELS = 200


@dataclass(frozen=True)
class Implementation:
    """Something to time: its name, a call of it, and the factor on its time (all pixels / pixels timed)."""

    name: str
    run: Callable[[], object]
    scale: float = 1.0


@dataclass(frozen=True)
class Row:
    """What is measured, by which implementations, and in how many rounds; times are relative to the first."""

    what: str
    implementations: list[Implementation]
    rounds: int


def main() -> None:
    """Measure every row, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    many = textures(pixelfes.fictional_people(400, seed=0))
    X, T = textures(pixelfes.load_pairs(arguments.pairs)) if arguments.pairs else (many[0][:80], many[1][:80])
    print(f"{len(X)} pairs of {arguments.pairs or 'fictional people'}, and 400 of fictional people")
    print("\n| what | implementation | median, s | times the first |\n|---|---|---|---|")
    for row in [
        *linear_rows(X, T, arguments.rounds),
        *kernel_rows(*many, arguments.rounds),
        *wide_rows(X, T, arguments.rounds),
    ]:
        report(row)


def textures(pairs: Sequence[pixelfes.Pair]) -> tuple[Pixels, Pixels]:
    """Return the grey grid textures (N, 128, 128) of pairs, inputs and targets."""
    provider = CachedLandmarks(pixelfes.FaceDetector(), cache_folder() / "landmarks")
    registration = GridRegistration(SIDE)
    found = find_pairs(pairs, provider)
    X, T = (np.empty((len(found.faces), SIDE, SIDE), np.uint8) for _ in range(2))
    for n, face in enumerate(found.faces):
        for out, photo, points in ((X, face.pair.input, face.input), (T, face.pair.target, face.target)):
            crop = registration.texture(read_photo(photo).pixels, points)
            out[n] = np.round(255 * cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    return X, T


def linear_rows(X: Pixels, T: Pixels, rounds: int) -> list[Row]:
    """Return the rows of Pixel-RR and MR."""
    n, every_pixel = len(X), SIDE**2 / SAMPLED_PIXELS
    rr, float_batch = PixelRidge(alpha=ALPHA).fit(X, T), X.astype(np.float32) / 255
    pixel_fit = [
        Implementation("PixelRidge", lambda: PixelRidge(alpha=ALPHA).fit(X, T)),
        Implementation("the five sums in plain NumPy", lambda: five_sums(X, T)),
        Implementation("scikit-learn Ridge per pixel (extrapolated)", lambda: ridge_loop(X, T), every_pixel),
    ]
    pixel_predict = [
        Implementation("PixelRidge", lambda: rr.predict(float_batch)),
        Implementation("copy of the batch", float_batch.copy),
    ]
    masked_fit = [
        Implementation("MaskedRidge", lambda: MaskedRidge(alpha=ALPHA).fit(X, T)),
        Implementation("a loop over pixels, as the paper's", lambda: masked_loop(X, T)),
        Implementation("normal equations, batched solve", lambda: masked_batched(X, T)),
    ]
    return [
        Row(f"Pixel-RR fit, {n} pairs", pixel_fit, rounds),
        Row(f"Pixel-RR predict, {n} float32 pictures", pixel_predict, rounds),
        Row(f"MR fit, 3 x 3, {n} pairs", masked_fit, min(rounds, 3)),
    ]


def kernel_rows(X: Pixels, T: Pixels, rounds: int) -> list[Row]:
    """Return the rows of Pixel-KR."""
    n, every_pixel = len(X), SIDE**2 / SAMPLED_PIXELS
    compiled = PixelKernelRidge(alpha=ALPHA, solver="features").fit(X, T).compile()
    fit = [
        Implementation("PixelKernelRidge, exact", lambda: PixelKernelRidge(alpha=ALPHA, solver="exact").fit(X, T)),
        Implementation(
            "PixelKernelRidge, features", lambda: PixelKernelRidge(alpha=ALPHA, solver="features").fit(X, T)
        ),
        Implementation("scikit-learn KernelRidge per pixel (extrapolated)", lambda: kernel_loop(X, T), every_pixel),
        Implementation("numpy.linalg.solve on (P, N, N) (extrapolated)", lambda: kernel_batched(X, T), every_pixel),
        *himalaya_implementation(X, T),
    ]
    predict = [
        Implementation("compiled table", lambda: compiled.predict(X)),
        Implementation("copy of the batch", X.copy),
    ]
    return [
        Row(f"Pixel-KR fit, rbf, {n} pairs", fit, min(rounds, 3)),
        Row(f"Pixel-KR predict by table, {n} pictures", predict, rounds),
    ]


def wide_rows(X: Pixels, T: Pixels, rounds: int) -> list[Row]:
    """Return the rows of LSRF and RR, which read the whole image."""
    sparse_fit = Implementation("LocalSparseRidge", lambda: LocalSparseRidge(n_pixels=1, alpha=ALPHA).fit(X, T))
    full_fit = Implementation("Ridge", lambda: Ridge(alpha=ALPHA).fit(X, T))
    return [
        Row(f"LSRF fit, F = 1, {len(X)} pairs", [sparse_fit], min(rounds, 3)),
        Row(f"RR fit, dual, {len(X)} pairs", [full_fit], rounds),
    ]


def report(row: Row) -> None:
    """Time every implementation once a round, and print the medians."""
    times: dict[str, list[float]] = {implementation.name: [] for implementation in row.implementations}
    for turn in range(row.rounds + 1):  # the first round warms up
        for implementation in row.implementations:
            start = time.perf_counter()
            implementation.run()
            if turn > 0 or row.rounds == 1:
                times[implementation.name].append(implementation.scale * (time.perf_counter() - start))
    medians = {name: float(np.median(values)) for name, values in times.items()}
    first = medians[row.implementations[0].name]
    for index, (name, seconds) in enumerate(medians.items()):
        print(f"| {row.what if index == 0 else ''} | {name} | {seconds:.4g} | {seconds / first:.3g} |")
    sys.stdout.flush()


def five_sums(X: Pixels, T: Pixels) -> list[Array]:
    """Read X and T once and form the five sums: the minimal work of a Pixel-RR fit."""
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


def himalaya_implementation(X: Pixels, T: Pixels) -> list[Implementation]:
    """Return himalaya's KernelRidge at some pixels if it is installed, else nothing."""
    try:
        from himalaya.kernel_ridge import KernelRidge
    except ImportError:
        return []

    def run() -> None:
        for x, t in _some_pixels(X, T):
            KernelRidge(alpha=ALPHA, kernel="rbf", kernel_params={"gamma": 1.0}).fit(x[:, None], t)

    return [Implementation("himalaya KernelRidge per pixel (extrapolated)", run, SIDE**2 / SAMPLED_PIXELS)]


def _windows(X: Pixels) -> Array:
    """Return the 3 x 3 windows and a bias, (H, W, N, 10), zero outside the image."""
    padded = np.pad(X / 255.0, ((0, 0), (1, 1), (1, 1)))
    shifted = [padded[:, dy : dy + X.shape[1], dx : dx + X.shape[2]] for dy in range(3) for dx in range(3)]
    return np.moveaxis(np.stack([*shifted, np.ones(X.shape)], axis=-1), 0, 2)


def masked_loop(X: Pixels, T: Pixels) -> None:
    """Solve pixel by pixel, each from its own design matrix, as the paper describes."""
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
