"""Measure fictional people: who is found, who looks like whom, and where a detector sees their landmarks.

Usage: ``python scripts/measure_people.py ../shared/data/london [-n 1000] [--people N] [-o docs/tables/people.md]``. About
six minutes on two cores for 1,000 people; then ``make docs-tables``. Needs the extra ``judge``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pixelfes import load_pairs
from pixelfes.evaluate.judges.classifier_file import load_judge
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.evaluate.report.fictional_tables import likeness_table, portrait_sentence
from pixelfes.evaluate.run.fictional_people import measure_fictional_people, measure_real_people
from pixelfes.evaluate.run.folds import find_people
from pixelfes.expression.base import no_progress
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.file_writing import write_file
from pixelfes.people.appearance_file import load_people_model, shipped_people
from pixelfes.people.people import each_person


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--people", type=int, help="use only the first real people")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a model of people instead of the shipped one")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/people.md"))
    arguments = parser.parse_args()
    identity = DlibIdentity(points=5)
    known, _ = find_people(load_pairs(arguments.pairs)[: arguments.people], photo_detector(), no_progress)
    real = measure_real_people(known, identity)
    model = load_people_model(arguments.model) if arguments.model else shipped_people()
    people = each_person(arguments.n, arguments.seed, model=model)
    drawn = measure_fictional_people(people, photo_detector(cached=False), identity, load_judge("happy"))
    text = f"{likeness_table(real, drawn).markdown(heading=False)}\n{portrait_sentence(drawn, arguments.n)}\n"
    write_file(arguments.output, text.encode())
    print(text)


if __name__ == "__main__":
    main()
