"""Measure how the cost of a fit grows with the number of pairs and with the size of the pictures.

Usage: ``python benchmarks/growth.py [-o docs/images/growth.png] [--largest 100000]``. Each point is a
separate process, so that peak memory is measured for it alone. A generator yields 100 pairs at a time. Regressors whose
statistics add receive them by ``partial_fit``, the others all at once.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelKernelRidge, PixelRidge, Ridge

PAIRS_PER_BATCH = 100
TIME_LIMIT = 300.0
"""Seconds that a point may take."""

METHODS: dict[str, Any] = {
    "Pixel-RR": lambda: PixelRidge(alpha=0.4),
    "MR": lambda: MaskedRidge(alpha=0.4),
    "Pixel-KR, features": lambda: PixelKernelRidge(alpha=0.4, solver="features"),
    "Pixel-KR, exact": lambda: PixelKernelRidge(alpha=0.4, solver="exact"),
    "RR": lambda: Ridge(alpha=0.4),
    "LSRF, F = 1": lambda: LocalSparseRidge(n_pixels=1, alpha=0.4),
}
AT_ONCE = ("RR", "LSRF, F = 1")
MOST_PAIRS = {"Pixel-RR": 100_000, "MR": 10_000, "Pixel-KR, features": 10_000, "Pixel-KR, exact": 10_000}
LARGEST_SIDE = {"RR": 256, "LSRF, F = 1": 128, "Pixel-KR, exact": 256}


def main() -> None:
    """Measure one point (``--point``), or measure all points and draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images/growth.png"))
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--point", nargs=3, metavar=("METHOD", "PAIRS", "SIDE"))
    arguments = parser.parse_args()
    if arguments.point:
        method, pairs, side = arguments.point
        print(json.dumps(measure(method, int(pairs), int(side))))
        return
    by_pairs = {m: _points(m, _counts(m, arguments.largest), "pairs") for m in METHODS}
    by_side = {m: _points(m, _sides(m), "side") for m in METHODS}
    draw(by_pairs, by_side, arguments.output)


def random_pairs(pairs: int, side: int) -> Iterator[tuple[Pixels, Pixels]]:
    """Yield random pairs in batches; the target is a function of the input."""
    rng = np.random.default_rng(0)
    for start in range(0, pairs, PAIRS_PER_BATCH):
        X = rng.integers(0, 256, (min(PAIRS_PER_BATCH, pairs - start), side, side), np.uint8)
        yield X, (X // 2 + 64).astype(np.uint8)


def measure(method: str, pairs: int, side: int) -> tuple[float, float]:
    """Return the seconds of fitting, without creating the data, and the growth of peak memory in MiB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = METHODS[method]()
    seconds = 0.0
    if method in AT_ONCE:
        X, T = (np.concatenate(parts) for parts in zip(*random_pairs(pairs, side), strict=True))
        start = time.perf_counter()
        model.fit(X, T)
        seconds = time.perf_counter() - start
    else:
        for X, T in random_pairs(pairs, side):
            start = time.perf_counter()
            model.partial_fit(X, T)
            seconds += time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, (after - before) / 1024


def _counts(method: str, largest: int) -> list[tuple[int, int]]:
    most = min(largest, MOST_PAIRS.get(method, 1000))
    return [(n, 128) for n in (100, 1000, 10_000, 100_000) if n <= most]


def _sides(method: str) -> list[tuple[int, int]]:
    return [(100, side) for side in (64, 128, 256, 512) if side <= LARGEST_SIDE.get(method, 512)]


def _points(method: str, where: list[tuple[int, int]], kind: str) -> list[tuple[int, float, float]]:
    points = []
    for pairs, side in where:
        command = [sys.executable, __file__, "--point", method, str(pairs), str(side)]
        try:
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            print(f"| {method} | {pairs} | {side} | over {TIME_LIMIT:.0f} | |", flush=True)
            break
        seconds, memory = json.loads(done.stdout)
        print(f"| {method} | {pairs} | {side} | {seconds:.2f} | {memory:.0f} |", flush=True)
        points.append((pairs if kind == "pairs" else side, seconds, memory))
    return points


def draw(by_pairs: dict[str, Any], by_side: dict[str, Any], path: Path) -> None:
    """Draw time and memory against pairs and side, on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 7), constrained_layout=True)
    for column, (curves, label) in enumerate(((by_pairs, "pairs (128 x 128)"), (by_side, "side, pixels (100 pairs)"))):
        for row, (value, unit) in enumerate(((1, "fit, seconds"), (2, "peak memory, MiB"))):
            axis = axes[row][column]
            for method, points in curves.items():
                axis.loglog([p[0] for p in points], [max(p[value], 1e-3) for p in points], "o-", label=method)
            axis.set_xlabel(label)
            axis.set_ylabel(unit)
            axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
