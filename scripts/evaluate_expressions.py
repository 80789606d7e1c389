"""Measure the expressions on people kept out, and write the tables of ``docs/expressions.md``.

Usage: ``python scripts/evaluate_expressions.py ../shared/data/london --people ID ... [--pictures FOLDER] [--judged FILE]``.
``--pictures`` keeps every picture as PERSON_EXPRESSION.png with its landmarks beside it as .npy, for judges outside; the
neutral photo is PERSON_.png. ``--judged`` is what they say: a JSON object from file name to network to class to probability,
with "identity", the embedding of the face. Then ``make docs-tables``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.report.expression_tables import action_table, expression_table, group_table
from pixelfes.evaluate.run.expressions import Face, measure_action, measure_expressions
from pixelfes.evaluate.run.people_facts import PersonFacts, group_people, read_people
from pixelfes.expression.actions.mix import presets
from pixelfes.expression.actions.names import action_names
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model
from pixelfes.photos.reading import read_photo


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--people", nargs="+", required=True, metavar="ID")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--judged", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"))
    arguments = parser.parse_args()
    provider, learned = FaceDetector(), load_expression_model("smile").learned_
    faces = [read_face(arguments.pairs / "neutral" / f"{person}.jpg", provider) for person in arguments.people]
    folder = arguments.pictures

    def keep(person: str, name: str, picture: Pixels, landmarks: Array) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(folder / f"{person}_{name.replace(' ', '-')}.png")
            np.save(folder / f"{person}_{name.replace(' ', '-')}.npy", landmarks)

    for face in faces:
        keep(face.name, "", face.pixels, face.landmarks)
    mixes = {name: preset.mix for name, preset in presets().items()}
    measures = measure_expressions(learned, faces, mixes, provider, keep)
    judged = judged_by(arguments.judged)
    table = expression_table(measures, judged, arguments.people)
    write_file(arguments.output / "expressions.md", table.markdown().encode())
    groups = group_table(measures, judged, named_groups(arguments.people, read_people(arguments.pairs)))
    write_file(arguments.output / "expressions-groups.md", groups.markdown().encode())
    actions = {name: measure_action(name, learned, faces, provider) for name in action_names()}
    write_file(arguments.output / "actions.md", action_table(actions).markdown().encode())
    print((arguments.output / "expressions.md").read_text(), (arguments.output / "actions.md").read_text(), sep="\n")


def named_groups(people: list[str], facts: dict[str, PersonFacts]) -> dict[str, dict[str, list[str]]]:
    """Return the names of the people of each group."""
    groups = group_people(people, facts)
    return {
        title: {one: [people[n] for n in places] for one, places in found.items()} for title, found in groups.items()
    }


def read_face(path: Path, provider: FaceDetector) -> Face:
    """Return a photo and the landmarks of its largest face."""
    pixels = read_photo(path).pixels
    return Face(path.stem, pixels, provider.detect(pixels)[0])


def judged_by(path: Path | None) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what judges outside say, by person and expression."""
    if path is None:
        return {}
    found = {}
    for file, answer in json.loads(path.read_text()).items():
        person, _, name = Path(file).stem.partition("_")
        found[person, name.replace("-", " ")] = answer
    return found


if __name__ == "__main__":
    main()
