from __future__ import annotations

import numpy as np
import pytest

from pixelfes.arrays import AnyArray
from pixelfes.regress.leave_one_group_out import leave_one_group_out_errors

RNG = np.random.default_rng(0)
M, N, K = 2, 7, 3


def error_of_refits(rows: AnyArray, targets: AnyArray, alpha: float) -> float:
    error = 0.0
    for z, y in zip(rows, targets, strict=True):
        for left in range(len(z)):
            kept = np.arange(len(z)) != left
            design, goal = z[kept].reshape(-1, K), y[kept].ravel()
            solution = np.linalg.solve(design.T @ design + alpha * np.eye(K), design.T @ goal)
            error += float(np.square(z[left] @ solution - y[left]).sum())
    return error


@pytest.mark.parametrize("samples", [1, 2, 4])
def test_the_errors_equal_those_of_refits_without_each_group(samples: int) -> None:
    rows, targets = RNG.random((M, N, samples, K)), RNG.random((M, N, samples))
    flat, goal = rows.reshape(M, -1, K), targets.reshape(M, -1)
    gram, moment = np.einsum("mik,mil->mkl", flat, flat), np.einsum("mik,mi->mk", flat, goal)
    alphas, stacks = np.array([1e-3, 1.0, 100.0]), [(rows[:, :3], targets[:, :3]), (rows[:, 3:], targets[:, 3:])]
    errors, valid = leave_one_group_out_errors(gram, moment, stacks, alphas, samples * K)
    assert valid.all()
    np.testing.assert_allclose(errors, [error_of_refits(rows, targets, alpha) for alpha in alphas], rtol=1e-9)


def test_penalties_lost_in_rounding_are_not_valid() -> None:
    rows, targets = RNG.random((1, N, 1, K)), RNG.random((1, N, 1))
    gram, moment = np.einsum("mnsk,mnsl->mkl", rows, rows), np.einsum("mnsk,mns->mk", rows, targets)
    errors, valid = leave_one_group_out_errors(gram, moment, [(rows, targets)], np.array([0.0, 1e-13, 1.0]), K)
    assert valid.tolist() == [False, False, True]
    assert np.isnan(errors).tolist() == [True, True, False]
    nothing = leave_one_group_out_errors(gram, moment, [], np.zeros(2), K)
    assert not nothing[1].any()
