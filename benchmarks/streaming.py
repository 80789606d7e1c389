"""Fit PixelRidge to a stream of synthetic pairs, and print the time and memory it takes.

Usage: ``python benchmarks/streaming.py [--pairs 100000] [--side 128] [--batch 100]``
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.regress import PixelRidge


def main() -> None:
    """Fit, and print the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int, default=100)
    options = parser.parse_args()
    model = PixelRidge(alpha=0.4)
    shape = (options.batch, options.side, options.side)
    for X, T in stream(options.batch, shape):  # memory that the first batch needs does not count as growth
        model.partial_fit(X, T)
    model = PixelRidge(alpha=0.4)
    before, fitting, start = peak(), 0.0, time.perf_counter()
    for X, T in stream(options.pairs, shape):
        begun = time.perf_counter()
        model.partial_fit(X, T)
        fitting += time.perf_counter() - begun
    whole = time.perf_counter() - start
    stored = options.pairs * options.side**2 * 2
    print(
        f"{model.n_pairs_} pairs of {options.side} x {options.side}: {fitting:.1f} s in partial_fit, {whole:.1f} s with their "
        f"creation; peak memory {peak() / 2**20:.0f} MiB, {(peak() - before) / 2**20:.1f} MiB above that of one batch of "
        f"{options.batch}; the pairs themselves take {stored / 2**20:.0f} MiB"
    )


def stream(n_pairs: int, shape: tuple[int, int, int]) -> Iterator[tuple[Pixels, Pixels]]:
    """Yield pairs in batches: noise, and the same noise at half the contrast."""
    rng = np.random.default_rng(0)
    for start in range(0, n_pairs, shape[0]):
        X = rng.integers(0, 256, shape, dtype=np.uint8)[: n_pairs - start]
        yield X, np.asarray(X // 2 + 30, np.uint8)


def peak() -> int:
    """Return the greatest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
