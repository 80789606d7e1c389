"""How long expressions by name take beside the smile, after the landmarks.

Usage: ``python benchmarks/expressions.py [PHOTO] [--side 1350] [--rounds 15]``. Every round draws every expression once, in
turn, so that all meet the same load; medians and their ratio to the smile are printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

import pixelfes
from pixelfes.expression.actions.mix import presets
from pixelfes.photos.reading import read_photo


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=1350)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    source = arguments.photo or (files("pixelfes") / "assets" / "portrait.jpg").read_bytes()
    pixels = read_photo(source).pixels
    factor = arguments.side / pixels.shape[0]
    pixels = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
    landmarks = pixelfes.FaceDetector().detect(pixels)[0]
    model = pixelfes.load("expressions")
    shown = {name: model.showing(preset.mix) for name, preset in presets().items()}
    seconds: dict[str, list[float]] = {name: [] for name in shown}
    for _ in range(arguments.rounds + 1):
        for name, one in shown.items():
            start = time.perf_counter()
            one.synthesize_pixels(pixels, landmarks=landmarks)
            seconds[name].append(time.perf_counter() - start)
    smile = statistics.median(seconds["smile"][1:])
    print(f"{pixels.shape[1]} x {pixels.shape[0]} pixels")
    for name, times in seconds.items():
        median = statistics.median(times[1:])
        print(f"{name:14} {1000 * median:7.1f} ms {median / smile:6.2f}x the smile")


if __name__ == "__main__":
    main()
