"""How long each stage of a synthesis takes, side by side with what it is measured against.

Usage: ``python benchmarks/stages.py [PHOTO] [--side 900] [--rounds 15]``. Without a photo, the portrait that ships with the
package is enlarged to 900 x 900. Every round times every stage once, in turn, so that all meet the same load; medians are
printed. The landmarks are the yardstick of the stages after them; copying its arrays is that of the regression.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

import pixelfes
from pixelfes.expression.synthesis import change_face, plan_in_light
from pixelfes.face.appearance.light import Light
from pixelfes.face.composite import affine, composite
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.placement import Placement
from pixelfes.loading import load_expression_model
from pixelfes.photos.reading import Photo, read_photo
from pixelfes.photos.writing import encode_photo

Stage = Callable[[], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=900)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    stages = _stages(_picture(arguments.photo, arguments.side))
    times = _measure(stages, arguments.rounds)
    landmarks = times["landmarks"]
    print(f"{'stage':34} {'median, ms':>10} {'of the landmarks':>17}")
    for name, milliseconds in times.items():
        print(f"{name:34} {milliseconds:10.2f} {milliseconds / landmarks:16.2f}x")
    print()
    after = times["synthesis (all after landmarks)"] / landmarks
    print(f"everything between landmarks and encoding takes {after:.2f}x the time of the landmarks")
    print(f"the same with encoding as JPEG: {after + times['encode JPEG'] / landmarks:.2f}x; ", end="")
    print(f"as PNG: {after + times['encode PNG'] / landmarks:.2f}x")
    copies = times["  regression (w x + b)"] / times["  copy of the same arrays"]
    print(f"the regression takes {copies:.2f}x the time to copy its arrays")
    print(f"`import pixelfes` takes {_import_time():.0f} ms more than an empty Python")
    print(f"`pixelfes --version` takes {_command_time():.0f} ms in all")


def _picture(path: Path | None, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    source = path or (files("pixelfes") / "assets" / "portrait.jpg").read_bytes()
    pixels = read_photo(source).pixels
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _stages(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> dict[str, Stage]:
    learned = load_expression_model("smile").learned_
    detector = pixelfes.FaceDetector()
    points = detector.detect(pixels)[0]
    registration, displacement = learned.registration, learned.displacement
    if not isinstance(registration, MeshRegistration) or displacement is None:
        raise SystemExit("the shipped model is not a mesh model")

    weight, bias = learned.regressor.local_affine(np.zeros((registration.size, registration.size, 3), np.float32))
    seen = ((np.abs(weight - 1) + np.abs(bias)).max(2) * registration.face_mask > 1 / 255).astype(np.float32)

    def register() -> Placement:
        plan = plan_in_light(displacement, pixels, points, Light.of(pixels, points), 1.0)
        return registration.place(points, plan.moved, pixels.shape, seen)

    placement = register()
    box = pixels[placement.rows, placement.columns].copy()
    weights, biases = np.full(box.shape, 0.98, np.float32), np.full(box.shape, 3.0, np.float32)
    maps = np.asarray(weight[..., :1] - 1, np.float32), np.asarray(bias, np.float32)
    jpeg = encode_photo(Photo(pixels), "JPEG", made_by=None)
    return {
        "decode JPEG": lambda: read_photo(jpeg),
        "landmarks": lambda: detector.detect(pixels),
        "synthesis (all after landmarks)": lambda: change_face(learned, pixels.copy(), points, 1.0),
        "  registration": register,
        "  regression (w x + b)": lambda: affine(box, weights, biases),
        "  copy of the same arrays": lambda: [a.copy() for a in (box, weights, biases)],
        "  composite, with the regression": lambda: composite(pixels.copy(), placement, *maps),
        "encode JPEG": lambda: encode_photo(Photo(pixels), "JPEG", made_by="benchmark"),
        "encode PNG": lambda: encode_photo(Photo(pixels), "PNG", made_by="benchmark"),
    }


def _measure(stages: dict[str, Stage], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in stages}
    for turn in range(rounds + 2):  # two rounds to warm up
        for name, stage in stages.items():
            start = time.perf_counter()
            stage()
            if turn >= 2:
                times[name].append(1e3 * (time.perf_counter() - start))
    return {name: float(np.median(values)) for name, values in times.items()}


def _process_time(arguments: list[str]) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times))


def _import_time() -> float:
    return _process_time(["-c", "import pixelfes"]) - _process_time(["-c", ""])


def _command_time() -> float:
    return _process_time(["-m", "pixelfes", "--version"])


if __name__ == "__main__":
    main()
