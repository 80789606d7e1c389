"""What the networks cost beside Pixel-RR: parameters, multiply-adds, bytes, and the time for one picture of 128 x 128.

Usage: ``python benchmarks/networks.py [--rounds 30] [--threads 2] > docs/tables/gan-cost.md``. Generators as published, 64
channels wide, with the domains or action units of their papers; their weights are not trained, which changes no figure here.
Pixel-RR on the grid is learnt from fictional people, Pixel-RR on the mesh is the model that ships with the package. Every round
times every candidate once, in turn; medians. Where there is a CUDA device, the generators are timed on it too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file
from torch.utils.flop_counter import FlopCounterMode

import pixelfes
from pixelfes.baselines.networks import Generator, parameter_count
from pixelfes.baselines.settings import PUBLISHED_CONDITIONS, NetworkMethod, NetworkSettings
from pixelfes.expression.model import ExpressionModel
from pixelfes.expression.synthesis import change_face
from pixelfes.face.composite import affine
from pixelfes.loading import load_expression_model
from pixelfes.regress import PixelRidge

SIDE = 128
COLUMNS = ("model", "parameters", "multiply-adds", "bytes", "CPU, ms", "of Pixel-RR, grid", "GPU, ms")


@dataclass(frozen=True)
class Candidate:
    """A model with what is counted of it, and how it makes one picture; on the GPU too, for those that can."""

    name: str
    parameters: int
    multiply_adds: int
    bytes: int
    run: Callable[[], object]
    run_on_gpu: Callable[[], object] | None = None


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    candidates = [_network(method, conditions) for method, conditions in PUBLISHED_CONDITIONS.items()]
    candidates += [_grid(), _mesh()]
    times = _medians([candidate.run for candidate in candidates], arguments.rounds)
    on_gpu = [_medians([c.run_on_gpu], arguments.rounds)[0] if c.run_on_gpu else None for c in candidates]
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' + (len(COLUMNS) - 1) * ' ---: |'}")
    for candidate, taken, gpu in zip(candidates, times, on_gpu, strict=True):
        counted = (f"{value:,}" for value in (candidate.parameters, candidate.multiply_adds, candidate.bytes))
        ratio = taken / times[len(PUBLISHED_CONDITIONS)]
        shown = "–" if gpu is None else f"{gpu:.2f}"
        print(f"| {candidate.name} | {' | '.join(counted)} | {taken:.3g} | {ratio:,.0f}x | {shown} |")
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "none here"
    print(f"\n{arguments.threads} CPU threads, medians of {arguments.rounds} rounds; GPU: {where}.")


def _network(method: NetworkMethod, conditions: int) -> Candidate:
    settings = NetworkSettings(method, SIDE, conditions=conditions)
    generator = Generator(settings).eval()
    x, condition = torch.rand(1, 3, SIDE, SIDE) * 2 - 1, torch.rand(1, conditions)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        generator(x, condition)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.safetensors"
        save_file(generator.state_dict(), path)
        stored = path.stat().st_size
    on_gpu = partial(_generate_on_gpu, Generator(settings).cuda(), x, condition) if torch.cuda.is_available() else None
    made = partial(_generate, generator, x, condition)
    return Candidate(settings.title, parameter_count(generator), counter.get_total_flops() // 2, stored, made, on_gpu)


def _generate(generator: Generator, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return generator(x, condition).picture


def _generate_on_gpu(generator: Generator, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    return _generate(generator, x.cuda(), condition.cuda()).cpu()  # to the device and back, as an application has to


def _grid() -> Candidate:
    """One weight and one bias a pixel and channel, on a crop that is registered already: what a generator gets too."""
    provider = pixelfes.FixedLandmarks()
    model = ExpressionModel("grid", PixelRidge(), size=SIDE, landmarks=provider).fit(
        pixelfes.fictional_people(20, seed=0)
    )
    crop = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    weight, bias = model.learned_.regressor.local_affine(crop / np.float32(255))
    weights, biases = (np.ascontiguousarray(np.broadcast_to(m, crop.shape), np.float32) for m in (weight, 255 * bias))
    return Candidate(
        "Pixel-RR, grid", model.n_parameters_, crop.size, _stored(model), partial(affine, crop, weights, biases)
    )


def _mesh() -> Candidate:
    """All that follows the landmarks: pose, displacement, warp, light, regression, and putting back."""
    model = load_expression_model("smile")
    portrait = next(iter(pixelfes.fictional_people(1, seed=1, size=SIDE)))
    pixels, landmarks = np.asarray(portrait.input, np.uint8), np.asarray(portrait.input_landmarks)

    def run() -> None:
        change_face(model.learned_, pixels.copy(), landmarks, 1.0)

    return Candidate("Pixel-RR, mesh, with its warp", model.n_parameters_, pixels.size, _stored(model), run)


def _stored(model: ExpressionModel) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        return path.stat().st_size


def _medians(runs: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median milliseconds of each, two rounds to warm up left out."""
    times = np.zeros((rounds + 2, len(runs)))
    for turn in times:
        for i, run in enumerate(runs):
            start = time.perf_counter()
            run()
            turn[i] = 1e3 * (time.perf_counter() - start)
    return [float(value) for value in np.median(times[2:], axis=0)]


if __name__ == "__main__":
    main()
