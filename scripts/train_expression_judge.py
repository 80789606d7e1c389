"""Train the shipped judge of smiles, after measuring it on people it has not seen.

Usage: ``python scripts/train_expression_judge.py ../shared/data/london [-o FOLDER] [--people N]``. Five folds by person;
in each, the penalty is chosen in inner folds of the training people, so the figures owe nothing to the people they are
measured on. The shipped judge is then trained on everybody, with the penalty `PENALTY`. Prints the SHA-256 for the
registry in ``pixelfes.assets``. A minute on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from pixelfes import load_pairs
from pixelfes.arrays import Array
from pixelfes.evaluate.judges.classifier import PENALTY, ExpressionClassifier
from pixelfes.evaluate.judges.classifier_file import save_judge
from pixelfes.evaluate.judges.classifier_validation import LabelledFaces, PenaltyChoice, kept_out_scores
from pixelfes.evaluate.judges.expression import JudgeInfo, KeptOut, kept_out
from pixelfes.evaluate.run.folds import Person, find_people
from pixelfes.evaluate.run.people_facts import group_people, read_people
from pixelfes.expression.base import no_progress
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.photos.reading import read_photo

ASSETS = Path(__file__).parents[1] / "src/pixelfes/assets"
ATTRIBUTION = (
    "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. Averages and a regression were computed from the photos."
)


def main() -> None:
    """Measure, train, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=ASSETS)
    parser.add_argument("--people", type=int, help="use only the first people")
    arguments = parser.parse_args()
    pairs = load_pairs(arguments.pairs)[: arguments.people]
    people, _ = find_people(pairs, photo_detector(cached=True), no_progress)
    faces, names = labelled_faces(people), [person.name for person in people]
    scores = kept_out_scores(faces, report=print_choice)
    measured = print_all_figures(arguments.pairs, faces, names, scores)
    info = JudgeInfo(
        name="linear classifier on registered texture and shape",
        kept_out=measured,
        training_data=f"Face Research Lab London Set (version 5): both photos of {len(names)} people",
        licence="Apache-2.0 (weights); learned from photos under CC BY 4.0",
        attribution=ATTRIBUTION,
    )
    judge = ExpressionClassifier.fit(faces.pixels, faces.landmarks, faces.labels, info=info)
    path = arguments.output / "happy_judge.safetensors"
    save_judge(judge, path)
    print(f"{path}: {path.stat().st_size} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def labelled_faces(people: list[Person]) -> LabelledFaces:
    """Return both photos of everybody, neutral first."""
    photos = [photo for person in people for photo in (person.face.pair.input, person.face.pair.target)]
    landmarks = [points for person in people for points in (person.face.input, person.face.target)]
    n = len(people)
    pixels = [read_photo(photo).pixels for photo in photos]
    return LabelledFaces(pixels, landmarks, np.tile([0, 1], n), np.repeat(np.arange(n), 2))


def print_all_figures(folder: Path, faces: LabelledFaces, names: list[str], scores: Array) -> KeptOut:
    """Print the figures of everybody and of every group; return those of everybody."""
    facts = read_people(folder)
    mouths = [facts[name].smile_mouth if name in facts else None for name in names]
    kinds = [mouths[p] if label else None for p, label in zip(faces.people, faces.labels, strict=True)]
    measured = kept_out(scores, faces.labels, people=faces.people.tolist(), kinds=kinds)
    print_figures(measured, "all")
    for title, groups in group_people(names, facts).items():
        for name, members in groups.items():
            chosen = np.isin(faces.people, members)
            if len(set(faces.labels[chosen])) == 2:
                own = kept_out(scores[chosen], faces.labels[chosen], people=faces.people[chosen].tolist())
                print_figures(own, f"{title}: {name} ({len(members)})")
    return measured


def print_choice(choice: PenaltyChoice) -> None:
    """Print the penalty of a fold."""
    losses = ", ".join(f"{penalty:g}: {loss:.3f}" for penalty, loss in choice.losses.items())
    print(f"fold {choice.fold}: inner log loss by penalty {losses}; chosen {choice.penalty:g}; shipped {PENALTY:g}")


def print_figures(measured: KeptOut, of: str) -> None:
    """Print one line of figures."""
    kinds = "".join(f", {kind} {share:.1%}" for kind, share in measured.called.items())
    print(
        f"{of}: {measured.n_photos} photos, accuracy {measured.accuracy:.1%}, AUC {measured.auc:.3f}, "
        f"log loss {measured.log_loss:.3f}, own photos in order {measured.within_person or 0:.1%}; called happy: "
        f"neutral {measured.neutral_called:.1%}, smiling {measured.expressive_called:.1%}{kinds}"
    )


if __name__ == "__main__":
    main()
