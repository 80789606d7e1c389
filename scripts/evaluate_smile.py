"""Measure settings of the smile model on people kept out, and write the tables of ``docs/smile.md``.

Usage: ``python scripts/evaluate_smile.py ../shared/data/london [-o docs/tables]``. Five folds by person: nobody is in both
training and test. About ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixelfes import ExpressionModel, MediaPipeLandmarks, PixelRidge, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.displacement import Displacement, lip_gap
from pixelfes.expression.pairs import Pair
from pixelfes.expression.synthesis import plan_change
from pixelfes.face.alignment import HeadPose, mean_shape, symmetric
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.detector.mediapipe_model import cache_folder
from pixelfes.face.landmarks import LandmarkProvider, eye_distance
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import MOUTH_CORNERS
from pixelfes.photos.reading import read_photo

FOLDS = 5
FRAME = 192


@dataclass(frozen=True)
class Person:
    """A person's two photos with their landmarks, and whether the smile shows teeth."""

    pair: Pair
    neutral: Pixels
    smiling: Pixels
    neutral_points: Array
    smiling_points: Array
    is_open: bool


@dataclass(frozen=True)
class Judge:
    """A common frame in which all pictures of a fold are compared: the mesh of the training people's mean smile."""

    frame: MeshRegistration
    provider: LandmarkProvider

    def error(self, pixels: Pixels, points: Array, person: Person) -> float:
        """Return the mean squared error (levels²) over the face between a picture and the real smiling photo."""
        mask = self.frame.face_mask > 0.5
        difference = self.frame.texture(pixels, points) - self.frame.texture(person.smiling, person.smiling_points)
        return float(np.square(255 * difference[mask], dtype=np.float64).mean())

    def skin_change(self, person: Person, pixels: Pixels, moved: Array) -> float:
        """Return how much the mean colour of skin far from the mouth changes, in levels, in the channel where most."""
        far = self.frame.calm_skin > 0.9
        before = self.frame.texture(person.neutral, person.neutral_points)[far].mean(0)
        after = self.frame.texture(pixels, moved)[far].mean(0)
        return float(255 * np.abs(after - before).max())


def main() -> None:
    """Run everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"))
    arguments = parser.parse_args()
    provider = CachedLandmarks(MediaPipeLandmarks(), cache_folder() / "landmarks")
    people = _people(arguments.pairs, provider)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, table in (
        ("displacement", displacement_table(people)),
        ("readout", readout_table(people)),
        ("smile", model_table(people, provider)),
    ):
        text = "\n".join(table) + "\n"
        (arguments.output / f"{name}.md").write_text(text, encoding="utf-8")
        print(text)


def _people(folder: Path, provider: LandmarkProvider) -> list[Person]:
    with (folder / "people.csv").open(encoding="utf-8") as file:
        mouths = {row["id"]: row["smile_mouth"] for row in csv.DictReader(file)}
    people = []
    for pair in load_pairs(folder):
        neutral, smiling = read_photo(pair.input).pixels, read_photo(pair.target).pixels
        points = provider.detect(neutral)[0], provider.detect(smiling)[0]
        people.append(Person(pair, neutral, smiling, *points, mouths[pair.name] == "open"))
    return people


def _folds(people: list[Person]) -> Iterator[tuple[list[Person], list[Person]]]:
    for fold in range(FOLDS):
        test = people[fold::FOLDS]
        yield [person for person in people if person not in test], test


def displacement_table(people: list[Person]) -> list[str]:
    """Tabulate the error of predicted smiling landmarks on unseen open smiles, in % of the distance between the eyes."""
    rows: dict[str, list[float]] = {}
    for everybody, kept_out in _folds(people):
        train, test = ([p for p in group if p.is_open] for group in (everybody, kept_out))
        mean = mean_shape([p.neutral_points for p in train])

        def shapes(group: list[Person], mean: Array = mean) -> tuple[Array, Array]:
            both = [(p.neutral_points, p.smiling_points) for p in group]
            before, after = (
                np.array([HeadPose.of(f, mean).to_canonical(f) for f in side]) for side in zip(*both, strict=True)
            )
            return before, after

        (before, after), (unseen, wanted) = shapes(train), shapes(test)
        step = symmetric((after - before).mean(0))
        predictions: dict[str, Array] = {"none": unseen, "mean displacement": unseen + step}
        flat, mean_flat = before.reshape(len(before), -1), before.reshape(len(before), -1).mean(0)
        _, _, components = np.linalg.svd(flat - mean_flat, full_matrices=False)
        moved = (after - before).reshape(len(before), -1)
        for count in (2, 5, 10, 20):
            scores = (flat - mean_flat) @ components[:count].T
            penalty = np.eye(count) * 0.3 * (scores**2).sum(0)[0]
            weights = np.linalg.solve(scores.T @ scores + penalty, scores.T @ (moved - moved.mean(0)))
            own = (unseen.reshape(len(unseen), -1) - mean_flat) @ components[:count].T
            predictions[f"ridge on {count} components of the neutral shape"] = unseen + (
                moved.mean(0) + own @ weights
            ).reshape(unseen.shape)
        for name, predicted in predictions.items():
            error = np.linalg.norm((predicted - wanted)[..., :2], axis=2).mean(1) * 100
            rows.setdefault(name, []).extend(error.tolist())
    lines = ["| displacement | error, % of the distance between the eyes |", "|---|---|"]
    return lines + [f"| {name} | {np.mean(errors):.2f} |" for name, errors in rows.items()]


def readout_table(people: list[Person]) -> list[str]:
    """Tabulate what the strength read-out says of unseen faces."""
    groups: dict[str, list[float]] = {"neutral photos": [], "open smiles": [], "closed smiles": []}
    gaps: dict[str, list[float]] = {name: [] for name in groups}
    for train, test in _folds(people):
        displacement, _ = Displacement.fit([p.neutral_points for p in train], [p.smiling_points for p in train])
        for person in test:
            for points, name in (
                (person.neutral_points, "neutral photos"),
                (person.smiling_points, "open smiles" if person.is_open else "closed smiles"),
            ):
                shape = HeadPose.of(points, displacement.reference).to_canonical(points)
                groups[name].append(displacement.state(shape).strength)
                gaps[name].append(float(lip_gap(shape[None])[0]))
    lines = ["| unseen faces | strength read (mean ± standard deviation) | gap between the lips |", "|---|---|---|"]
    return lines + [
        f"| {name} | {np.mean(v):.2f} ± {np.std(v):.2f} | {np.mean(gaps[name]):.3f} |" for name, v in groups.items()
    ]


def _mesh(size: int = 112, **parameters: object) -> Callable[[], ExpressionModel]:
    settings = {"alpha": "auto", "prior": "identity"} | parameters
    return lambda: ExpressionModel("mesh", PixelRidge(**settings), size=size)  # type: ignore[arg-type]


def _grid(**parameters: object) -> Callable[[], ExpressionModel]:
    return lambda: ExpressionModel("grid", PixelRidge(**parameters), size=128)  # type: ignore[arg-type]


SETTINGS: dict[str, Callable[[], ExpressionModel]] = {
    "grid 128, the paper's Pixel-RR (prior zero, lambda 0.4)": _grid(alpha=0.4),
    "grid 128, prior identity, lambda by leave-one-out": _grid(alpha="auto", prior="identity"),
    "mesh 32": _mesh(32),
    "mesh 64": _mesh(64),
    "mesh 96": _mesh(96),
    "mesh 112 (shipped)": _mesh(112),
    "mesh 160": _mesh(160),
    "mesh 64, separate channels": _mesh(64, channels="separate"),
    "mesh 112, prior zero": _mesh(112, prior="zero"),
    "mesh 112, lambda 10": _mesh(112, alpha=10.0),
    "mesh 112, lambda 100": _mesh(112, alpha=100.0),
    "mesh 112, bias on the skin too": _mesh(112, bias_penalty=1.0),
}


@dataclass
class Measures:
    """What is measured of one setting: each a list over kept-out people."""

    error: list[float]
    landmark_error: list[float]
    widening: list[float]
    skin: list[float]
    seconds: list[float]
    lost: int = 0


def model_table(people: list[Person], provider: LandmarkProvider) -> list[str]:
    """Tabulate every setting, fitted on four fifths and judged on the rest."""
    results = {name: Measures([], [], [], [], []) for name in SETTINGS}
    copied: list[float] = []
    for train, test in _folds(people):
        displacement, _ = Displacement.fit([p.neutral_points for p in train], [p.smiling_points for p in train])
        judge = Judge(MeshRegistration(displacement.reference + displacement.full, FRAME), provider)
        copied += [judge.error(p.neutral, p.neutral_points, p) for p in test if p.is_open]
        for name, make in SETTINGS.items():
            model = make()
            model.landmarks = provider
            start = time.perf_counter()
            model.fit([person.pair for person in train])
            results[name].seconds.append(time.perf_counter() - start)
            for person in test:
                _judge(model, person, judge, results[name])
    lines = [
        "| model | squared error on open smiles | landmarks from plan, % | mouth wider by "
        "| skin colour, levels (worst) | fit, s |",
        "|---|---|---|---|---|---|",
        f"| the neutral photo itself | {np.mean(copied):.0f} | | | | |",
    ]
    return lines + [_row(name, measures) for name, measures in results.items()]


def _judge(model: ExpressionModel, person: Person, judge: Judge, measures: Measures) -> None:
    out = model.synthesize_pixels(person.neutral, landmarks=person.neutral_points)
    found = judge.provider.detect(out)
    if not found:
        measures.lost += 1
        return
    corners, unit = list(MOUTH_CORNERS), eye_distance(person.neutral_points)
    width = [np.linalg.norm(np.diff(points[corners, :2], axis=0)) for points in (person.neutral_points, found[0])]
    measures.widening.append(float(width[1] / width[0]))
    if person.is_open:
        measures.error.append(judge.error(out, found[0], person))
    if model.learned_.displacement is not None:
        plan = plan_change(model.learned_.displacement, person.neutral_points, 1.0)
        distance = np.linalg.norm((found[0] - plan.moved)[:, :2], axis=1).mean()
        measures.landmark_error.append(float(100 * distance / unit))
        measures.skin.append(judge.skin_change(person, out, plan.moved))
    else:
        measures.skin.append(judge.skin_change(person, out, person.neutral_points))


def _row(name: str, m: Measures) -> str:
    plan = f"{np.mean(m.landmark_error):.2f}" if m.landmark_error else ""
    lost = f" ({m.lost} faces lost)" if m.lost else ""
    widening = f"{100 * (np.mean(m.widening) - 1):.1f} %"
    skin = f"{np.mean(m.skin):.2f} ({np.max(m.skin):.2f})"
    return f"| {name} | {np.mean(m.error):.0f}{lost} | {plan} | {widening} | {skin} | {np.mean(m.seconds):.1f} |"


if __name__ == "__main__":
    main()
