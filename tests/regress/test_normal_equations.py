from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.regress import normal_equations as normal
from pixelfes.regress.normal_equations import solve_normal_equations
from tests.regress.drawn_pairs import penalties, quick

seeds = st.integers(0, 2**32 - 1)
unknowns = st.integers(1, 10)
pixel_shapes = st.sampled_from([(), (7,), (3, 2), (2, 3, 2)])


def sums_of(design: AnyArray, target: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return Gram matrix and moment of a design matrix (n, k, *shape) and targets (n, *shape)."""
    return np.einsum("ni...,nj...->ij...", design, design), np.einsum("ni...,n...->i...", design, target)


@quick
@given(seeds, unknowns, pixel_shapes, st.integers(1, 12), penalties)
def test_every_pixel_gets_the_solution_of_its_own_system(
    seed: int, k: int, shape: tuple[int, ...], n: int, alpha: float
) -> None:
    rng = np.random.default_rng(seed)
    gram, moment = sums_of(rng.random((n, k, *shape)), rng.random((n, *shape)))
    penalty, prior = alpha * rng.uniform(0.1, 10, (k, *shape)), rng.normal(size=(k, *shape))
    found = solve_normal_equations(gram, moment, penalty, prior)
    assert found.shape == (k, *shape)
    for index in np.ndindex(shape):
        at: Any = (slice(None), *index)
        matrix = gram[:, *at] + np.diag(penalty[at])
        np.testing.assert_allclose(found[at], np.linalg.solve(matrix, moment[at] + penalty[at] * prior[at]), atol=1e-8)


@quick
@given(seeds, unknowns, pixel_shapes, st.sampled_from([0.0, 1e-320, 1e-12, 1e300, np.inf]))
def test_singular_systems_give_finite_solutions_that_fit(
    seed: int, k: int, shape: tuple[int, ...], alpha: float
) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 2, (1, k, *shape)) * rng.random((1, k, *shape))
    design = np.concatenate([factors, 2 * factors, np.zeros_like(factors)])  # rank one at every level
    target = np.concatenate([np.ones((1, *shape)), np.full((1, *shape), 2.0), np.zeros((1, *shape))])
    prior = np.full(k, 0.5)
    found = solve_normal_equations(*sums_of(design, target), alpha, prior)
    assert np.isfinite(found).all()
    if alpha >= 1e300:
        np.testing.assert_allclose(found, 0.5)
    if alpha == 0:
        seen = np.asarray(factors.any(axis=1))[0]
        np.testing.assert_allclose(np.einsum("nk...,k...->n...", design, found)[:, seen], target[:, seen], atol=1e-7)
        assert (found[:, ~seen] == 0.5).all()


def test_an_undetermined_unknown_keeps_its_prior_and_those_before_it_fit_the_rest() -> None:
    level, t = np.full(300, 0.7), np.linspace(0.2, 0.9, 300)
    gram, moment = sums_of(np.stack([np.ones(300), level], axis=1), t)
    assert solve_normal_equations(gram, moment, 0.0).tolist() == pytest.approx([t.mean(), 0.0])
    bias, weight = solve_normal_equations(gram, moment, 0.0, [0.0, 1.0])
    assert weight == 1
    assert bias == pytest.approx(t.mean() - 0.7)


def test_pivots_can_be_compared_with_those_of_larger_sums() -> None:
    gram, moment = np.full((1, 1, 2), 1e-15), np.full((1, 2), 3e-15)
    assert solve_normal_equations(gram, moment, 0.0).tolist() == [[pytest.approx(3), pytest.approx(3)]]
    assert solve_normal_equations(gram, moment, 0.0, scale=[np.array([1.0, 1e-9])]).tolist() == [[0, pytest.approx(3)]]


def test_only_the_upper_triangle_is_read_and_nothing_is_overwritten() -> None:
    rng = np.random.default_rng(0)
    gram, moment = sums_of(rng.random((9, 4, 5)), rng.random((9, 5)))
    upper = gram.copy()
    upper[np.tril_indices(4, -1)] = np.nan
    kept = upper.copy(), moment.copy()
    np.testing.assert_array_equal(
        solve_normal_equations(upper, moment, 0.1, 1.0), solve_normal_equations(gram, moment, 0.1, 1.0)
    )
    np.testing.assert_array_equal(upper, kept[0])
    np.testing.assert_array_equal(moment, kept[1])


@pytest.mark.parametrize("block", [1, 6, 100])
def test_block_size_does_not_change_the_result(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    rng = np.random.default_rng(1)
    gram, moment = sums_of(rng.random((9, 4, 7, 3)), rng.random((9, 7, 3)))
    whole = solve_normal_equations(gram, moment, rng.random((4, 1, 1)), 1.0)
    monkeypatch.setattr(normal, "_SYSTEMS_AT_A_TIME", block)
    rng = np.random.default_rng(1)
    gram, moment = sums_of(rng.random((9, 4, 7, 3)), rng.random((9, 7, 3)))
    np.testing.assert_array_equal(solve_normal_equations(gram, moment, rng.random((4, 1, 1)), 1.0), whole)


def test_penalties_for_another_number_of_unknowns_are_refused() -> None:
    with pytest.raises(ValueError, match="2 unknowns need one value for all or one for each; found 3"):
        solve_normal_equations(np.ones((2, 2)), np.ones(2), [1.0, 2.0, 3.0])
