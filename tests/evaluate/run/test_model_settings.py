"""Settings compared on people kept out: fictional ones, with exact landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from pixelfes import ExpressionModel, Pair, PixelRidge
from pixelfes.evaluate.report.setting_tables import displacement_table, read_out_table, setting_table
from pixelfes.evaluate.run.folds import Person, Split, find_people, split_in_turn
from pixelfes.evaluate.run.model_settings import compare_settings, displacement_errors, read_outs
from pixelfes.expression.base import no_progress
from pixelfes.expression.displacement import OPEN_MOUTH, lip_gap
from pixelfes.face.alignment import canonical
from pixelfes.face.detector.face_detector import FaceDetector


def is_open(person: Person) -> bool:
    return float(lip_gap(canonical(person.face.target)[None])[0]) > OPEN_MOUTH


@pytest.fixture(scope="module")
def splits(people: list[Pair], detector: FaceDetector) -> list[Split]:
    found, skipped = find_people(people, detector, no_progress)
    assert skipped == []
    return split_in_turn(found, 2)


def test_people_are_kept_out_in_turn(splits: list[Split]) -> None:
    for split in splits:
        assert {p.name for p in split.train}.isdisjoint(p.name for p in split.test)
    names = [person.name for split in splits for person in split.test]
    assert len(names) == len(set(names)) == 14
    assert [len(split.test) for split in splits] == [7, 7]


def test_a_predicted_movement_is_nearer_than_none(splits: list[Split]) -> None:
    errors = displacement_errors(splits, is_open)
    assert np.mean(errors["mean displacement"]) < 0.8 * np.mean(errors["none"])
    n_open = sum(is_open(person) for split in splits for person in split.test)
    assert len(errors["none"]) == len(errors["mean displacement"]) == n_open
    table = displacement_table(errors)
    assert [row[0] for row in table.rows][:2] == ["none", "mean displacement"]


def test_read_outs_tell_neutral_from_smiling_strangers(splits: list[Split]) -> None:
    kinds = read_outs(splits, is_open)
    assert abs(np.mean(kinds["neutral photos"].strength)) < 0.3
    assert np.mean(kinds["open smiles"].strength) > 0.6
    assert np.mean(kinds["open smiles"].gap) > OPEN_MOUTH > np.mean(kinds["neutral photos"].gap)
    assert len(kinds["neutral photos"].gap) == 14
    assert "±" in read_out_table(kinds).markdown(heading=False)


def test_a_fitted_model_is_nearer_to_the_smile_than_the_neutral_photo(
    splits: list[Split], detector: FaceDetector
) -> None:
    settings = {
        "mesh": lambda: ExpressionModel("mesh", PixelRidge(0.4, prior="identity"), size=32),
        "grid": lambda: ExpressionModel("grid", PixelRidge(0.4), size=32),
    }
    seen: list[tuple[int, str]] = []
    measures, unchanged = compare_settings(
        splits, settings, detector, is_open, lambda fold, name: seen.append((fold, name))
    )
    assert seen == [(0, "mesh"), (0, "grid"), (1, "mesh"), (1, "grid")]
    mesh, grid = measures["mesh"], measures["grid"]
    assert np.mean(mesh.error) < np.mean(unchanged)
    assert np.mean(mesh.widening) > 1.05
    assert max(mesh.landmark_error) < 10
    assert grid.landmark_error == []  # nothing moves on the grid
    assert np.mean(mesh.skin) < np.mean(grid.skin)
    assert len(mesh.seconds) == 2
    text = setting_table(measures, unchanged).markdown(heading=False)
    assert text.startswith("| model |")
    assert "the neutral photo itself" in text
