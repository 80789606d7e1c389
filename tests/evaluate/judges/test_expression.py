from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from pixelfes.errors import InputError
from pixelfes.evaluate.judges.expression import check_labels, kept_out

PHOTOS = st.lists(st.tuples(st.floats(0.001, 0.999), st.integers(0, 1)), min_size=2, max_size=30).filter(
    lambda photos: len({label for _, label in photos}) == 2
)


@given(PHOTOS)
def test_figures_are_those_of_scikit_learn(photos: list[tuple[float, int]]) -> None:
    scores, labels = map(list, zip(*photos, strict=True))
    figures = kept_out(scores, labels)
    assert figures.n_photos == len(photos)
    assert figures.accuracy == pytest.approx(accuracy_score(labels, np.array(scores) > 0.5))
    assert figures.auc == pytest.approx(roc_auc_score(labels, scores))
    assert figures.log_loss == pytest.approx(log_loss(labels, scores))


def test_shares_are_counted_by_kind() -> None:
    figures = kept_out([0.1, 0.9, 0.4, 0.8], [0, 1, 1, 0], kinds=[None, "open", "closed", None])
    assert figures.called == {"open": 1.0, "closed": 0.0}
    assert (figures.neutral_called, figures.expressive_called) == (0.5, 0.5)


def test_photos_are_ordered_within_each_person() -> None:
    figures = kept_out([0.1, 0.3, 0.8, 0.7], [0, 1, 0, 1], people=["a", "a", "b", "b"])
    assert figures.within_person == 0.5
    assert kept_out([0.1, 0.3], [0, 1]).within_person is None
    assert kept_out([0.1, 0.3], [0, 1], people=["a", "b"]).within_person is None


def test_a_certain_mistake_has_a_finite_loss() -> None:
    assert np.isfinite(kept_out([1.0, 0.0], [0, 1]).log_loss)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], [0, 2], [[0, 1]], ["0", "1"], [], [0.5, 1]])
def test_labels_are_both_zeros_and_ones(labels: list[int]) -> None:
    with pytest.raises(InputError, match="labels must"):
        check_labels(labels)


@pytest.mark.parametrize("scores", [[0.5], [0.5, 1.5], [0.5, float("nan")], [-0.1, 0.5]])
def test_scores_are_probabilities(scores: list[float]) -> None:
    with pytest.raises(InputError, match="scores must be 2 numbers from 0 to 1"):
        kept_out(scores, [0, 1])


def test_everybody_has_a_name_or_nobody() -> None:
    with pytest.raises(InputError, match="a person for each of 2 photos; found 1"):
        kept_out([0.1, 0.3], [0, 1], people=["a"])
