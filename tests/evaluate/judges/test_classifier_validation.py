"""Kept-out scores of the judge: nobody is scored by a judge that has seen them."""

from __future__ import annotations

import numpy as np
import pytest

from pixelfes import Pair
from pixelfes.evaluate.judges.classifier_validation import LabelledFaces, PenaltyChoice, kept_out_scores
from pixelfes.evaluate.judges.expression import kept_out

PENALTIES = (0.1, 1.0)


@pytest.fixture(scope="module")
def faces(people: list[Pair]) -> LabelledFaces:
    chosen = people[:9]
    pixels = [np.asarray(photo, np.uint8) for pair in chosen for photo in (pair.input, pair.target)]
    points = [np.asarray(p, float) for pair in chosen for p in (pair.input_landmarks, pair.target_landmarks)]
    return LabelledFaces(pixels, points, np.tile([0, 1], 9), np.repeat(np.arange(9), 2))


def test_smiling_strangers_score_above_neutral_ones(faces: LabelledFaces) -> None:
    choices: list[PenaltyChoice] = []
    scores = kept_out_scores(faces, 3, PENALTIES, choices.append)
    assert kept_out(scores, faces.labels).auc > 0.9
    assert [choice.fold for choice in choices] == [0, 1, 2]
    for choice in choices:
        assert choice.losses[choice.penalty] == min(choice.losses.values())
        assert set(choice.losses) == set(PENALTIES)


def test_a_persons_own_labels_do_not_reach_their_score(faces: LabelledFaces) -> None:
    swapped = faces.labels.copy()
    swapped[:2] = swapped[1::-1]
    scores = kept_out_scores(faces, 3, PENALTIES)
    again = kept_out_scores(LabelledFaces(faces.pixels, faces.landmarks, swapped, faces.people), 3, PENALTIES)
    first_fold = faces.people % 3 == 0
    np.testing.assert_array_equal(again[first_fold], scores[first_fold])
    assert (again[~first_fold] != scores[~first_fold]).any()
