"""Leave-one-out error of kernel ridge regression for many penalties, in closed form.

Let the rows Z_i be the samples of pair i, of weight w, in a basis in which the solution is ``f = Z diag(g) Z' W t``. The hat
matrix of these samples is ``H_i = w Z_i diag(g) Z_i'``, and their residual without the pair is ``(I - H_i)^-1 (t_i - f_i)``.
The basis consists of the eigenvectors of the pixel's own problem, so that only g depends on the penalty. For features these
are the eigenvectors of the Gram matrix, and g = 1 / (lambda + alpha). For samples and levels they are those of the scaled
kernel matrix sqrt(w) K sqrt(w), with Z = eigenvectors / sqrt(w) and g = lambda / (lambda + alpha). The Laplacian kernel on
levels needs no basis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import LEVEL_VALUES, N_LEVELS, KernelFeatures
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.laplacian import has_tridiagonal_inverse, laplacian_inverse, laplacian_values
from pixelfes.regress.kernel.solve import inverse_of, smooth_features
from pixelfes.regress.kernel.sums import (
    EntryBatch,
    FeatureSums,
    KernelSums,
    LevelSums,
    entry_batches,
    feature_sums_of_levels,
)
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import Prior, check_alphas

_VALUES_AT_A_TIME = 2**19

_Residuals: TypeAlias = list[AnyArray]
"""For each channel the residuals under the fit to all, (B, N, A), of all entries, pairs and penalties."""

_HatEntries: TypeAlias = dict[tuple[int, int], AnyArray]
"""For each pair of channels c <= d that entry of the hat matrices H_i, (B, N, A)."""

_FitOfBatch: TypeAlias = Callable[[EntryBatch, AnyArray], tuple[_Residuals, _HatEntries]]


class _Spectrum(NamedTuple):
    """The problem of each of B map entries in the basis of its q eigenvectors."""

    rows: AnyArray  # Z, (B, N, C, q)
    numerators: AnyArray  # of g, (B, q)
    eigenvalues: AnyArray  # lambda, (B, q)
    moment: AnyArray  # Z' W t over all samples, (B, q, 1)


class _Form(NamedTuple):
    """One of the forms of the regression: how it fits a batch, and how large batches may be."""

    fit: _FitOfBatch
    most_samples: int
    is_positive: bool  # whether all I - H_i are positive semi-definite


def kernel_leave_one_out_errors(
    pairs: RegisteredPairs, sums: KernelSums, alphas: npt.ArrayLike, kernel: Kernel, prior: Prior = "zero"
) -> AnyArray:
    """Leave-one-out error of `solve_kernel_ridge` for every penalty; exact, and without a refit.

    Computes ``Σ_i Σ_p weight_ip Σ_c (prediction of pair i by the solution without pair i - t_ipc)^2``. Each pair is left
    out with all its channels. With sums of levels, smooth kernels and the Laplacian one are fast. Others need the
    eigenvectors of a matrix per pixel with a row for each level, or for each sample if the sums are samples.

    Parameters
    ----------
    pairs : RegisteredPairs
        Their weights apply to the fit and to the error.
    sums : KernelSums
        Over at least 2 pairs, these among them. If the sums are samples, over exactly these pairs.
    alphas : array of shape (A,)
        Penalties, > 0.
    kernel, prior
        As in `solve_kernel_ridge`.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        If a penalty is not > 0, or if float inputs are to be left out of sums of levels.
    """
    penalties = check_alphas(alphas)
    if not (penalties > 0).all():
        raise InputError(f"the leave-one-out error of a kernel needs penalties > 0; found {penalties.min():g}")
    if isinstance(sums.statistics, LevelSums) and pairs.X.dtype != np.uint8:
        raise InputError(f"sums per level leave out pairs with uint8 inputs; found {pairs.X.dtype}")
    if isinstance(sums.statistics, FeatureSums):
        prior = sums.statistics.prior
    form = _form_of(sums, kernel, prior, len(penalties))
    errors = np.zeros(len(penalties))
    for given in entry_batches(pairs, sums.shape, form.most_samples):
        batch = given.for_prior(prior)
        residual, hat = form.fit(batch, penalties)
        for error in _residuals_without_pair(hat, residual, form.is_positive):
            errors += np.einsum("bn,bna,bna->a", batch.weight, error, error)
    return errors


def _form_of(sums: KernelSums, kernel: Kernel, prior: Prior, n_alphas: int) -> _Form:
    """Pick the form of the regression that the sums and the kernel allow."""
    statistics = sums.statistics
    if isinstance(statistics, FeatureSums):
        return _form_by_features(statistics.features, statistics.of_entries, n_alphas)
    if isinstance(statistics, LevelSums):
        return _form_by_levels(statistics.for_prior(prior), kernel, n_alphas)
    if statistics is None:
        raise InputError("there are no pairs to leave out")
    samples = statistics.X.size // int(np.prod(sums.shape))
    return _Form(
        lambda batch, alphas: _fit_by_spectrum(batch, _spectrum_of_samples(batch, kernel), alphas),
        _most_samples(samples, n_alphas),
        kernel.is_positive,
    )


def _form_by_levels(levels: LevelSums, kernel: Kernel, n_alphas: int) -> _Form:
    features = smooth_features(kernel)
    if features is not None:
        return _form_by_features(
            features, lambda entries: feature_sums_of_levels(*levels.of_entries(entries), features), n_alphas
        )
    if has_tridiagonal_inverse(kernel):
        # A recursion over levels is fast on many entries at once.
        most = max(1, 8 * _VALUES_AT_A_TIME // n_alphas)
        return _Form(lambda batch, alphas: _fit_by_recursion(batch, levels, kernel, alphas), most, kernel.is_positive)
    return _Form(
        lambda batch, alphas: _fit_by_spectrum(batch, _spectrum_of_levels(batch, levels, kernel), alphas),
        _most_samples(N_LEVELS, n_alphas),
        kernel.is_positive,
    )


def _form_by_features(
    features: KernelFeatures, sums_of: Callable[[slice], tuple[AnyArray, AnyArray]], n_alphas: int
) -> _Form:
    return _Form(
        lambda batch, alphas: _fit_by_spectrum(
            batch, _spectrum_of_features(batch, features, *sums_of(batch.entries)), alphas
        ),
        _most_samples(features.rank, n_alphas),
        True,
    )


def _most_samples(unknowns: int, n_alphas: int) -> int:
    return max(1, _VALUES_AT_A_TIME // max(unknowns, n_alphas))


def _spectrum_of_features(batch: EntryBatch, features: KernelFeatures, gram: AnyArray, moment: AnyArray) -> _Spectrum:
    square = np.empty((len(batch.x), features.rank, features.rank))
    first, second = np.triu_indices(features.rank)
    square[:, first, second] = square[:, second, first] = gram.T
    values, vectors = np.linalg.eigh(square)
    rows = np.matmul(features.at(batch.x).reshape(len(batch.x), -1, features.rank), vectors)
    rotated_moment = np.matmul(vectors.transpose(0, 2, 1), moment.T[..., np.newaxis])
    return _Spectrum(rows.reshape(*batch.x.shape, -1), np.ones(values.shape), np.maximum(values, 0), rotated_moment)


def _spectrum_of_samples(batch: EntryBatch, kernel: Kernel) -> _Spectrum:
    x = as_floats(batch.x, np.float64).reshape(len(batch.x), -1)
    weight = batch.weight.repeat(batch.x.shape[-1], axis=1)
    rows, values = _scaled_eigenvectors(kernel(x[..., np.newaxis], x[:, np.newaxis]), weight)
    moment = np.matmul(rows.transpose(0, 2, 1), (weight * batch.t.reshape(weight.shape))[..., np.newaxis])
    return _Spectrum(rows.reshape(*batch.x.shape, -1), values, values, moment)


def _spectrum_of_levels(batch: EntryBatch, levels: LevelSums, kernel: Kernel) -> _Spectrum:
    """Return the spectrum of the kernel matrix of the levels that each entry has samples of."""
    n, t = levels.of_entries(batch.entries)
    gram = kernel(LEVEL_VALUES[:, np.newaxis], LEVEL_VALUES)
    m = max(1, int(np.count_nonzero(n, axis=1).max()))
    seen = np.argsort(n == 0, axis=1, kind="stable")[:, :m]
    weight = np.take_along_axis(n, seen, axis=1)
    rows, values = _scaled_eigenvectors(gram[seen[..., np.newaxis], seen[:, np.newaxis]], weight)
    moment = np.matmul(rows.transpose(0, 2, 1), np.take_along_axis(t, seen, axis=1)[..., np.newaxis])
    position = np.zeros(n.shape, np.intp)
    np.put_along_axis(position, seen, np.arange(m), axis=1)
    own = np.arange(len(n))[:, np.newaxis, np.newaxis]
    return _Spectrum(rows[own, position[own, batch.x]], values, values, moment)


def _scaled_eigenvectors(gram: AnyArray, weight: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return eigenvectors / sqrt(w) and eigenvalues of sqrt(w) K sqrt(w)."""
    root = np.sqrt(weight)[..., np.newaxis]
    values, vectors = np.linalg.eigh(gram * root * root.transpose(0, 2, 1))
    return np.divide(vectors, root, out=np.zeros(vectors.shape), where=root > 0), values


def _fit_by_spectrum(batch: EntryBatch, spectrum: _Spectrum, alphas: AnyArray) -> tuple[_Residuals, _HatEntries]:
    rows, numerators, values, moment = spectrum
    size, _, channels, _ = rows.shape
    gain = numerators[..., np.newaxis] * inverse_of(values[..., np.newaxis], alphas)
    flat = rows.reshape(size, -1, rows.shape[-1])
    fitted = np.matmul(flat, moment * gain).reshape(*batch.t.shape, -1)
    weight = batch.weight[..., np.newaxis]
    hat = {(c, d): weight * np.matmul(rows[:, :, c] * rows[:, :, d], gain) for c, d in _pairs_of_channels(channels)}
    return [batch.t[:, :, c, np.newaxis] - fitted[:, :, c] for c in range(channels)], hat


def _fit_by_recursion(
    batch: EntryBatch, levels: LevelSums, kernel: Kernel, alphas: AnyArray
) -> tuple[_Residuals, _HatEntries]:
    """Compute residuals and hat matrices from the Laplacian kernel's tridiagonal equations."""
    n, t = levels.of_entries(batch.entries)
    size, pairs, channels = batch.x.shape
    residual = [np.empty((size, pairs, len(alphas))) for _ in range(channels)]
    hat = {cd: np.empty((size, pairs, len(alphas))) for cd in _pairs_of_channels(channels)}
    own = np.arange(size)[:, np.newaxis]
    for k, alpha in enumerate(alphas):
        values = laplacian_values(n, t, kernel.gamma, alpha)
        diagonal, logs = laplacian_inverse(n, kernel.gamma, alpha)
        for c, d in hat:
            low, high = np.minimum(batch.x[:, :, c], batch.x[:, :, d]), np.maximum(batch.x[:, :, c], batch.x[:, :, d])
            inverse = diagonal[own, high] * np.exp(logs[own, high] - logs[own, low])
            np.multiply(batch.weight, inverse, out=hat[c, d][..., k])
        for c in range(channels):
            np.subtract(batch.t[:, :, c], values[own, batch.x[:, :, c]], out=residual[c][..., k])
    return residual, hat


def _pairs_of_channels(channels: int) -> list[tuple[int, int]]:
    return [(c, d) for c in range(channels) for d in range(c, channels)]


def _residuals_without_pair(hat: _HatEntries, residual: _Residuals, is_positive: bool) -> Iterator[AnyArray]:
    """Yield for each channel the solution e of (I - H_i) e = residual, for every entry, pair and penalty."""
    channels = len(residual)
    gap = {(c, d): float(c == d) - entry for (c, d), entry in hat.items()}
    if channels == 1:
        yield np.divide(residual[0], gap[0, 0], out=np.zeros(residual[0].shape), where=gap[0, 0] != 0)
        return
    matrix = [[gap[min(c, d), max(c, d)] for d in range(channels)] for c in range(channels)]
    if is_positive:
        yield from solve_normal_equations(matrix, residual, 0.0, scale=[0.0] * channels)
    else:
        stacked = np.stack([np.stack(row, axis=-1) for row in matrix], axis=-2)
        solution = np.linalg.solve(stacked, np.stack(residual, axis=-1)[..., np.newaxis])[..., 0]
        yield from np.moveaxis(solution, -1, 0)
