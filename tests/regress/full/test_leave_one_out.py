from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress import Ridge
from pixelfes.regress.full.leave_one_out import full_leave_one_out_errors
from pixelfes.regress.full.sums import FullSums
from tests.regress.drawn_pairs import Pairs, channel_modes, priors, quick, registered_pairs, unit
from tests.regress.errors import errors_under_own_sums
from tests.regress.full.matrix_reference import plain_leave_one_out

RNG = np.random.default_rng(0)
FEW = (RNG.random((6, 6, 5, 3)), RNG.random((6, 6, 5, 3)))
MANY = (RNG.random((30, 3, 2, 3)), RNG.random((30, 3, 2, 3)))


def errors_of(pairs: Pairs, alphas: list[float], channels: Any, prior: Any) -> AnyArray:
    return errors_under_own_sums(full_leave_one_out_errors, FullSums, pairs, channels, alphas, prior)


def in_double(pairs: Pairs) -> Pairs:
    """Return the pairs in double precision, in which few samples are kept unchanged."""
    return unit(pairs[0]), unit(pairs[1]), pairs[2]


@quick
@given(registered_pairs(min_pairs=2), st.sampled_from([1e-2, 0.4, 30.0]), channel_modes, priors)
def test_the_error_equals_that_of_refits_without_each_pair(
    pairs: Pairs, alpha: float, channels: Any, prior: Any
) -> None:
    errors = errors_of(in_double(pairs), [alpha], channels, prior)
    np.testing.assert_allclose(errors, plain_leave_one_out(pairs, alpha, channels, prior), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("pairs", [FEW, MANY])
def test_dual_and_primal_errors_equal_those_of_refits(pairs: Any, channels: Any, prior: Any) -> None:
    alphas, weight = [1e-3, 0.4, 1e3], RNG.uniform(0.5, 2, len(pairs[0]))
    expected = [plain_leave_one_out((*pairs, weight), alpha, channels, prior) for alpha in alphas]
    np.testing.assert_allclose(errors_of((*pairs, weight), alphas, channels, prior), expected, rtol=1e-7)


def test_a_pair_outside_the_sums_cannot_be_left_out() -> None:
    with pytest.raises(InputError, match="is not among those learnt from"):
        Ridge(0.1).fit(*FEW).leave_one_out_errors(FEW[0][:2], FEW[0][:2], None, [1.0])
