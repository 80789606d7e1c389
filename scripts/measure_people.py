"""Measure fictional people: how many are found, how alike they are, and how accurate their landmarks are.

Usage: ``python scripts/measure_people.py LONDON_FOLDER [-n 1000] [-o docs/tables/people.md]``. It takes about six minutes on
two cores for 1,000 people, and needs the extra ``judge`` for the face embeddings.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pixelfes import MediaPipeLandmarks, load_pairs
from pixelfes.arrays import Array
from pixelfes.evaluate.judges.classifier_file import load_judge
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.detector.mediapipe_model import cache_folder
from pixelfes.face.landmarks import LandmarkProvider, eye_distance
from pixelfes.people.appearance_file import load_people_model, shipped_people
from pixelfes.people.people import each_person
from pixelfes.photos.reading import read_photo

_PERCENTILES = (0, 1, 5, 50, 95)


@dataclass
class Measures:
    """The measured values of a group of people, one per person or portrait."""

    embeddings: list[Array] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    landmark_error: list[float] = field(default_factory=list)
    neutral_score: list[float] = field(default_factory=list)
    smiling_score: list[float] = field(default_factory=list)
    lost: int = 0


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a model of people, by default the shipped one")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/people.md"))
    arguments = parser.parse_args()
    provider = MediaPipeLandmarks()
    identity = DlibIdentity(points=5)
    real = _real(arguments.pairs, CachedLandmarks(provider, cache_folder() / "landmarks"), identity)
    model = load_people_model(arguments.model) if arguments.model else shipped_people()
    drawn = Measures()
    judge = load_judge("happy")
    for person in each_person(arguments.n, arguments.seed, model=model):
        faces = [provider.detect(pixels) for pixels in (person.neutral, person.smiling)]
        if not all(faces):
            drawn.lost += 1
            continue
        exact = (person.neutral_landmarks, person.smiling_landmarks)
        for found, points in zip(faces, exact, strict=True):
            away = np.linalg.norm((found[0] - points)[:, :2], axis=1).mean() / eye_distance(points)
            drawn.landmark_error.append(float(100 * away))
        embeddings = [identity.embed(p, q) for p, q in zip((person.neutral, person.smiling), exact, strict=True)]
        drawn.embeddings.append(embeddings[0])
        drawn.same.append(identity.distance(*embeddings))
        drawn.neutral_score.append(judge.score(person.neutral, exact[0]))
        drawn.smiling_score.append(judge.score(person.smiling, exact[1]))
    text = "\n".join(_table(real, drawn, arguments.n)) + "\n"
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def _real(folder: Path, provider: LandmarkProvider, identity: DlibIdentity) -> Measures:
    measures = Measures()
    for pair in load_pairs(folder):
        photos = [read_photo(side).pixels for side in (pair.input, pair.target)]
        embeddings = [identity.embed(pixels, provider.detect(pixels)[0]) for pixels in photos]
        measures.embeddings.append(embeddings[0])
        measures.same.append(identity.distance(*embeddings))
    return measures


def _table(real: Measures, drawn: Measures, count: int) -> list[str]:
    people, known = np.array(drawn.embeddings), np.array(real.embeddings)
    among_real = _distances(known, known)
    among_drawn = _distances(people, people)
    np.fill_diagonal(among_real, np.inf)
    np.fill_diagonal(among_drawn, np.inf)
    to_real = _distances(people, known)
    upper = among_drawn[np.triu_indices(len(people), 1)]
    rows = {
        "a real person, neutral and smiling": np.array(real.same),
        "a fictional person, neutral and smiling": np.array(drawn.same),
        "a real person to the nearest other real person": among_real.min(1),
        "**a fictional person to the nearest real person**": to_real.min(1),
        "two real people": among_real[np.triu_indices(len(known), 1)],
        "two fictional people": upper,
    }
    lines = [
        "| distance of face embeddings | least | 1 % | 5 % | median | 95 % |",
        "|---|---|---|---|---|---|",
    ]
    for name, values in rows.items():
        cells = " | ".join(f"{v:.3f}" for v in np.percentile(values, _PERCENTILES))
        lines.append(f"| {name} | {cells} |")
    found = f"{count - drawn.lost} of {count}"
    happy = [100 * float(np.mean(np.array(scores) > 0.5)) for scores in (drawn.neutral_score, drawn.smiling_score)]
    return [
        *lines,
        "",
        f"Found by the detector in both portraits: {found}. Its landmarks lie "
        f"{np.mean(drawn.landmark_error):.2f} % of the distance between the eyes from the exact ones (95 % of portraits: "
        f"below {np.percentile(drawn.landmark_error, 95):.2f} %). The shipped judge of smiles calls {happy[0]:.1f} % of the "
        f"neutral portraits happy and {happy[1]:.1f} % of the smiling ones.",
    ]


def _distances(first: Array, second: Array) -> Array:
    return np.asarray(np.linalg.norm(first[:, None] - second[None], axis=2))


if __name__ == "__main__":
    main()
