"""Compare models fitted on fictional people with models fitted on real ones, on real people that neither has seen.

Usage: ``python scripts/compare_fictional.py ../shared/data/london [-n 400] [-o docs/tables/fictional.md]``. Five folds by
person: in each the model of people, the fictional pairs drawn from it, the model fitted on them, the one fitted on the real
pairs, and the judge of smiles know the same four fifths of the people. Half an hour on two cores; needs the extra ``judge``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pixelfes import ExpressionModel, MediaPipeLandmarks, Pair, fictional_people, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.classifier import ExpressionClassifier
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.evaluate.judges.pixels import compare, comparison_frame
from pixelfes.expression.displacement import OPEN_MOUTH, lip_gap
from pixelfes.face.alignment import canonical
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.detector.mediapipe_model import cache_folder
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.face.mesh import MeshRegistration
from pixelfes.people.appearance_file import parse_people
from pixelfes.photos.reading import read_photo
from pixelfes.reporting.bootstrap import bootstrap_difference
from train_people import train

FOLDS = 5


@dataclass(frozen=True)
class Face:
    """A photo and its landmarks."""

    pixels: Pixels
    points: Array

    @classmethod
    def of(cls, pixels: Pixels, provider: LandmarkProvider) -> Face | None:
        """Find the largest face of a photo."""
        found = provider.detect(pixels)
        return cls(pixels, found[0]) if found else None


@dataclass(frozen=True)
class Person:
    """Somebody real, in two photos."""

    pair: Pair
    neutral: Face
    smiling: Face


@dataclass(frozen=True)
class Judges:
    """What a fold is judged by."""

    expression: ExpressionClassifier
    identity: DlibIdentity
    frame: MeshRegistration


@dataclass
class Measures:
    """What is measured of one way to train, a value for every kept-out person."""

    score: list[float] = field(default_factory=list)
    evidence: list[float] = field(default_factory=list)
    identity: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    lost: int = 0


def main() -> None:
    """Run all folds and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-n", type=int, default=400)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/fictional.md"))
    arguments = parser.parse_args()
    provider = CachedLandmarks(MediaPipeLandmarks(), cache_folder() / "landmarks")
    people = list(_people(arguments.pairs, provider))
    identity = DlibIdentity(points=5)
    results = {"real": Measures(), "fictional": Measures(), "photo": Measures()}
    for fold in range(FOLDS):
        kept_out = people[fold::FOLDS]
        known = [person for person in people if person not in kept_out]
        drawn_from = parse_people(
            train(arguments.pairs, frozenset(p.pair.name for p in kept_out), checked=False), "the fold's model"
        )
        fictional = fictional_people(arguments.n, seed=fold, model=drawn_from)
        models = {"real": _fitted([p.pair for p in known], provider), "fictional": _fitted(fictional, provider)}
        judge = Judges(_judge(known), identity, comparison_frame([person.smiling.points for person in known]))
        for person in kept_out:
            _measure(results["photo"], person, person.smiling, judge)
            for name, model in models.items():
                out = model.synthesize_pixels(person.neutral.pixels, landmarks=person.neutral.points)
                _measure(results[name], person, Face.of(out, provider), judge)
        print(f"fold {fold + 1} of {FOLDS}", flush=True)
    text = "\n".join(_table(results, arguments.n)) + "\n"
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def _people(folder: Path, provider: LandmarkProvider) -> Iterator[Person]:
    for pair in load_pairs(folder):
        faces = [Face.of(read_photo(side).pixels, provider) for side in (pair.input, pair.target)]
        if faces[0] is not None and faces[1] is not None:
            yield Person(pair, faces[0], faces[1])


def _fitted(pairs: Sequence[Pair], provider: LandmarkProvider) -> ExpressionModel:
    model = ExpressionModel("mesh", landmarks=provider)
    return model.fit(pairs)


def _judge(people: list[Person]) -> ExpressionClassifier:
    faces = [face for person in people for face in (person.neutral, person.smiling)]
    labels = [0, 1] * len(people)
    return ExpressionClassifier.fit([face.pixels for face in faces], [face.points for face in faces], labels)


def _measure(measures: Measures, person: Person, made: Face | None, judges: Judges) -> None:
    if made is None:
        measures.lost += 1
        return
    measures.score.append(judges.expression.score(made.pixels, made.points))
    measures.evidence.append(judges.expression.evidence(made.pixels, made.points))
    before = judges.identity.embed(person.neutral.pixels, person.neutral.points)
    measures.identity.append(judges.identity.distance(before, judges.identity.embed(made.pixels, made.points)))
    if float(lip_gap(canonical(person.smiling.points)[None])[0]) > OPEN_MOUTH and made is not person.smiling:
        scores = compare(judges.frame, made.pixels, made.points, person.smiling.pixels, person.smiling.points)
        measures.error.append(scores.mse)


def _table(results: dict[str, Measures], count: int) -> list[str]:
    names = {
        "photo": "the real smiling photo",
        "real": "model fitted on 64 real pairs",
        "fictional": f"model fitted on {count} fictional pairs",
    }
    lines = [
        "| judged on people that neither has seen | called happy | mean score | evidence (log odds) | identity distance "
        "| squared error on open smiles |",
        "|---|---|---|---|---|---|",
    ]
    for key, name in names.items():
        m = results[key]
        happy = 100 * float(np.mean(np.array(m.score) > 0.5))
        error = f"{np.mean(m.error):.0f}" if m.error else ""
        lost = f" ({m.lost} faces lost)" if m.lost else ""
        lines.append(
            f"| {name}{lost} | {happy:.1f} % | {np.mean(m.score):.3f} | {np.mean(m.evidence):.2f} "
            f"| {np.mean(m.identity):.3f} | {error} |"
        )
    if results["real"].lost or results["fictional"].lost:
        return lines
    difference = bootstrap_difference(results["fictional"].identity, results["real"].identity)
    share = 100 * float(np.mean(results["fictional"].score) / np.mean(results["real"].score))
    return [
        *lines,
        "",
        f"Fictional against real training: {share:.1f} % of the expression score; identity distance {difference.estimate:+.3f} "
        f"(95 % interval by person {difference.low:+.3f} to {difference.high:+.3f}).",
    ]


if __name__ == "__main__":
    main()
