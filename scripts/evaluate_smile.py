"""Measure settings of the smile model on people kept out, and write the tables of ``docs/smile.md``.

Usage: ``python scripts/evaluate_smile.py ../shared/data/london [-o docs/tables] [--people N]``. Five folds by person:
nobody is in both training and test. About ten minutes on two cores; then ``make docs-tables``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from pixelfes import ExpressionModel, PixelRidge, load_pairs
from pixelfes.evaluate.report.setting_tables import displacement_table, read_out_table, setting_table
from pixelfes.evaluate.run.folds import Person, find_people, split_in_turn
from pixelfes.evaluate.run.model_settings import compare_settings, displacement_errors, read_outs
from pixelfes.evaluate.run.people_facts import read_people
from pixelfes.expression.base import no_progress
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.file_writing import write_file

FOLDS = 5


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


def main() -> None:
    """Run everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables"))
    parser.add_argument("--people", type=int, help="use only the first people")
    arguments = parser.parse_args()
    provider = photo_detector(cached=True)
    people, _ = find_people(load_pairs(arguments.pairs)[: arguments.people], provider, no_progress)
    facts = read_people(arguments.pairs)

    def is_open(person: Person) -> bool:
        return facts[person.name].smile_mouth == "open"

    splits = split_in_turn(people, FOLDS)
    arguments.output.mkdir(parents=True, exist_ok=True)
    measured = compare_settings(splits, SETTINGS, provider, is_open)
    for table in (
        displacement_table(displacement_errors(splits, is_open)),
        read_out_table(read_outs(splits, is_open)),
        setting_table(*measured),
    ):
        text = table.markdown(heading=False)
        write_file(arguments.output / f"{table.name}.md", text.encode())
        print(text)


if __name__ == "__main__":
    main()
