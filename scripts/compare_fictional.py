"""Compare models fitted on fictional people with models fitted on real ones, on real people that neither has seen.

Usage: ``python scripts/compare_fictional.py ../shared/data/london [-n 400] [--folds 5] [-o docs/tables/fictional.md]``.
Folds by person: in each the model of people, the fictional pairs drawn from it, the model fitted on them, the one fitted
on the real pairs, and the judge of smiles know the same people. Half an hour on two cores; then ``make docs-tables``. Needs
the extra ``judge``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pixelfes import ExpressionModel, fictional_people, load_pairs
from pixelfes.evaluate.judges.classifier import ExpressionClassifier
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.evaluate.judges.pixels import comparison_frame
from pixelfes.evaluate.report.fictional_tables import training_sentence, training_table
from pixelfes.evaluate.run.fictional_people import FoldModels, compare_training
from pixelfes.evaluate.run.folds import Person, Split, find_people, split_in_turn
from pixelfes.evaluate.run.measures import Judges
from pixelfes.expression.base import no_progress
from pixelfes.expression.displacement import OPEN_MOUTH, lip_gap
from pixelfes.face.alignment import canonical
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.file_writing import write_file
from pixelfes.people.appearance_file import load_people_model
from pixelfes.people.appearance_model import PeopleModel
from train_expression_judge import labelled_faces
from train_people import train

FOLDS = 5


def main() -> None:
    """Run the folds and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-n", type=int, default=400)
    parser.add_argument("--folds", type=int, default=FOLDS, help="do only the first folds")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/fictional.md"))
    arguments = parser.parse_args()
    provider, identity = photo_detector(cached=True), DlibIdentity(points=5)
    people, _ = find_people(load_pairs(arguments.pairs), provider, no_progress)
    opened = {person.name for person in people if float(lip_gap(canonical(person.face.target)[None])[0]) > OPEN_MOUTH}

    def prepare(split: Split) -> FoldModels:
        print(f"fold {split.number + 1} of {arguments.folds}", flush=True)
        drawn = fictional_people(arguments.n, seed=split.number, model=people_model(arguments.pairs, split.test))
        models = {
            "real": ExpressionModel("mesh", landmarks=provider).fit([p.face.pair for p in split.train]),
            "fictional": ExpressionModel("mesh", landmarks=provider).fit(drawn),
        }
        return FoldModels(judges_of(split, identity, provider), dict(models))

    rows = compare_training(split_in_turn(people, FOLDS)[: arguments.folds], prepare)
    titles = {
        "photo": "the real smiling photo",
        "real": f"model fitted on {len(people) * (FOLDS - 1) // FOLDS} real pairs",
        "fictional": f"model fitted on {arguments.n} fictional pairs",
    }
    table = training_table(rows, titles, opened.__contains__).markdown(heading=False)
    text = f"{table}\n{training_sentence(rows['fictional'], rows['real'])}\n"
    write_file(arguments.output, text.encode())
    print(text)


def people_model(pairs: Path, kept_out: list[Person]) -> PeopleModel:
    """Return a model of people trained without some of them."""
    data = train(pairs, frozenset(person.name for person in kept_out), checked=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.safetensors"
        write_file(path, data)
        return load_people_model(path)


def judges_of(split: Split, identity: DlibIdentity, provider: LandmarkProvider) -> Judges:
    """Return judges that know the training people of a split only."""
    faces = labelled_faces(split.train)
    expression = ExpressionClassifier.fit(faces.pixels, faces.landmarks, faces.labels)
    return Judges(expression, identity, provider, comparison_frame([person.face.target for person in split.train]))


if __name__ == "__main__":
    main()
