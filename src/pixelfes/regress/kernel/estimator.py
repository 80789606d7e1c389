"""Pixel-KR: kernel ridge regression in which every output pixel observes one input pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats, check_images, check_pairs, check_texture
from pixelfes.regress.kernel.expansion import KernelExpansion
from pixelfes.regress.kernel.features import EIGHT_BIT, LEVELS, check_features
from pixelfes.regress.kernel.kernels import Kernel, KernelName
from pixelfes.regress.kernel.leave_one_out import leave_one_out_error
from pixelfes.regress.kernel.level_table import PixelTable, check_maps_fit, look_up
from pixelfes.regress.kernel.solve import solve_by_features, solve_by_levels, solve_by_samples
from pixelfes.regress.kernel.state import checked_state
from pixelfes.regress.kernel.statistics import FeatureSums
from pixelfes.regress.kernel.sums import Choice, KernelSums, Solver
from pixelfes.regress.parameters import Prior, check_alpha, check_alphas, check_channels, check_prior
from pixelfes.regress.penalty_choice import search_alpha


class PixelKernelRidge(AdditiveRidge[KernelSums]):
    """Per-pixel kernel ridge regression: output = f(input) with a smooth function f of every pixel's own.

    Minimises, for every pixel by itself, ``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f|^2`` over the functions of the kernel,
    without a bias as in the paper: f(v) = Σ_n c_n k(x_n, v) with c = (K + alpha I)^-1 t for unit weights.

    Parameters
    ----------
    kernel : {"rbf", "linear", "polynomial", "laplacian", "sigmoid"}
        As in scikit-learn's ``KernelRidge``, on samples of one feature (see `Kernel`).
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. "auto" takes the one of least leave-one-out error, a pair with all its
        channels at a time.
    gamma, degree, coef0 : float
        Of the kernel; gamma None is 1, one over the count of features, which is one.
    solver : {"auto", "exact", "features"}
        "exact" is the kernel itself. An 8-bit input is grouped by its levels, which changes nothing; a float input
        has an unknown to the sample, an N x N solve per pixel (N counts channels that share a map: with 480 samples
        and 112 x 112 pixels some minutes, and with alpha="auto", which needs eigenvectors, much longer), and its
        statistics do not add. "features" regresses on the few leading eigen-features of the kernel on 256 levels: the
        small one, and for float inputs the quick one. Its levels lie in [0, 1], or in [0, 2] where the first inputs
        go beyond 1; floats off the levels have Nystroem's extension of the features. "auto" is "features" for float
        inputs where the kernel is smooth (rbf, polynomial and linear ones are), and otherwise "exact".
    rank : None, or int
        At most so many features, from 1 to 256; None goes by the tolerance.
    tolerance : float
        Features whose eigenvalue is below this part of the largest are left out; 1e-13 to 1.
    channels : {"shared", "separate"}
        One f per pixel, learnt from the channels as so many samples; or one per pixel and channel.
    alphas : None, or list of float
        Grid for "auto", > 0; None is a grid that grows (see `search_alpha`).
    prior : {"zero", "identity"}
        Where the penalty pulls f: to 0 as in the paper, or to f(v) = v, which leaves alone what does not change.

    Attributes
    ----------
    coefficients_ : array of shape (H, W, k), or (H, W, C, k) for separate channels, float64
        Of k = 256 levels, of features, or of samples.
    samples_ : array of the shape of the coefficients, float64
        The inputs they belong to; where it is exact for float inputs only.
    upper_ : float
        End of the levels of the features; with features only.
    alpha_ : float
        The penalty in use.
    sums_ : KernelSums
        All that was learnt from, unless it is exact for float inputs; not part of the stored state. They are bounded
        in size, two numbers per pixel and level or r (r + 3) / 2 per pixel; solving them again takes longer than
        adding a pair, so hand ``partial_fit`` many at a time.
    n_pairs_ : int
        Pairs learnt from; not part of the stored state.
    alphas_, loo_errors_ : arrays of shape (A,), float64
        With "auto" only: the penalties tried, ascending, and their total weighted squared leave-one-out errors.

    References
    ----------
    Akram and Khan, "Pixel-based Facial Expression Synthesis", ICPR 2020.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> neutral = rng.integers(0, 256, (60, 8, 8), dtype=np.uint8)
    >>> smiling = np.sin(neutral / 100) ** 2
    >>> model = PixelKernelRidge(alpha=1e-3, gamma=10).fit(neutral, smiling)
    >>> bool(abs(model.predict(neutral) - smiling).max() < 1e-2)
    True
    >>> model.compile().predict(neutral).dtype
    dtype('uint8')
    >>> PixelKernelRidge(alpha=1e-3, solver="features").fit(neutral, smiling).n_parameters_ // 64
    6
    """

    coefficients_: AnyArray
    samples_: AnyArray
    upper_: float
    _expansion_: KernelExpansion
    _values_: AnyArray

    def __init__(
        self,
        kernel: KernelName = "rbf",
        alpha: float | Literal["auto"] = "auto",
        gamma: float | None = None,
        degree: float = 3,
        coef0: float = 1,
        solver: Solver = "auto",
        rank: int | None = None,
        tolerance: float = 1e-8,
        channels: Channels = "shared",
        alphas: npt.ArrayLike | None = None,
        prior: Prior = "zero",
    ) -> None:
        self.kernel = kernel
        self.alpha = alpha
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.solver = solver
        self.rank = rank
        self.tolerance = tolerance
        self.channels = channels
        self.alphas = alphas
        self.prior = prior

    def fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from pairs, from scratch; see `PixelRegressor.fit`. With alpha="auto" at least 2 pairs."""
        self._check_params()
        pairs = check_pairs(X, T, sample_weight)
        if pairs.X.dtype == np.uint8 or self._choice.features(pairs.X) is not None:
            return super().fit(X, T, sample_weight)
        return self._fit_samples(pairs)

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images; see `PixelRegressor.predict`. The values are not clipped.

        An 8-bit image is looked up in a table of the values at all levels, made at the first such call; a float
        image is evaluated.
        """
        self._check_fitted()
        images = check_images(X)
        self._check_image_shape(images.shape[1:])
        if images.dtype == np.uint8:
            if not hasattr(self, "_values_"):
                self._values_ = self._expansion_.at_levels().astype(np.float32)
            return look_up(self._values_, images)
        out = np.empty(images.shape, np.float64 if images.dtype == np.float64 else np.float32)
        for image, result in zip(images, out, strict=True):
            result[...] = self._expansion_.at(image)
        return out

    def compile(self) -> PixelTable:
        """Return the model as a table from levels to levels: a look-up a pixel, at the speed of memory.

        Its entries are the predictions at the 256 levels, clipped to [0, 1] and rounded to the nearest level: within
        half a level of what `predict` gives, where that lies in [0, 1].
        """
        self._check_fitted()
        return PixelTable.of_values(self._expansion_.at_levels())

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Affine map per pixel that stands for this regressor around one image: weight 1 and bias f(x) - x.

        Weight 1 keeps all of a photo's detail that is finer than the texture, and no noise of the texture is
        multiplied, as the derivative of f would. Beyond what the model can know f says nothing (that of rbf falls to
        0), so bias is that of the nearest x inside: of [0, 1], of the features' levels, or of the pixel's own samples.
        """
        self._check_fitted()
        image = check_texture(texture)
        self._check_image_shape(image.shape)
        x = self._expansion_.clipped(as_floats(image, np.float64))
        bias = self._expansion_.at(x) - x
        dtype = np.float64 if image.dtype == np.float64 else np.float32
        return np.ones(x.shape, dtype), bias.astype(dtype)

    @property
    def n_parameters_(self) -> int:
        """Count of coefficients: of levels that were seen, of features, or as in the paper one to the sample.

        With samples of floats, predictions need the samples too, as many numbers again.
        """
        self._check_fitted()
        by_level = not hasattr(self, "samples_") and not hasattr(self, "upper_")
        return int(np.count_nonzero(self.coefficients_)) if by_level else self.coefficients_.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return coefficients and alpha, of shape (), and samples or upper, of shape (), where there are such; float64."""
        self._check_fitted()
        state = {"coefficients": self.coefficients_, "alpha": np.array(self.alpha_)}
        if hasattr(self, "upper_"):
            return {**state, "upper": np.array(self.upper_)}
        return {**state, "samples": self.samples_} if hasattr(self, "samples_") else state

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        state = checked_state(arrays, self.solver, self.channels)
        features = self._choice.features_to(float(state["upper"])) if "upper" in state else None
        k, found = (LEVELS if features is None else features.rank), state["coefficients"].shape[-1]
        if "samples" not in state and found != k:
            raise ModelError(
                f"array coefficients of PixelKernelRidge with these parameters must have {k} to the pixel; found {found}"
            )
        self.coefficients_, self.alpha_ = state["coefficients"], float(state["alpha"])
        if features is not None:
            self.upper_ = features.upper
        elif "samples" in state:
            self.samples_ = state["samples"]
        centres = state.get("samples", EIGHT_BIT) if features is None else features
        self._expansion_ = KernelExpansion(self.coefficients_, centres, self._choice.kernel, self.prior)

    def _check_params(self) -> None:
        Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)
        check_alpha(self.alpha)
        if self.alphas is not None:
            check_alphas(self.alphas)
        check_channels(self.channels)
        check_prior(self.prior)
        if self.solver not in ("auto", "exact", "features"):
            raise InputError(f"solver must be 'auto', 'exact' or 'features'; found {self.solver!r}")
        check_features(self.tolerance, self.rank)

    @property
    def _choice(self) -> Choice:
        kernel = Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)
        return Choice(kernel, self.solver, self.rank, self.tolerance, self.prior)

    def _new_sums(self, shape: tuple[int, ...]) -> KernelSums:
        return KernelSums(self._choice, shape)

    def _solve(self, sums: KernelSums, alpha: float) -> dict[str, Any]:
        part, kernel = sums.part, self._choice.kernel
        if isinstance(part, FeatureSums):
            features = part.features  # what they were when the first pairs were added
            coefficients = np.moveaxis(solve_by_features(part.gram, part.moment, alpha), 0, -1).copy()
            expansion = KernelExpansion(coefficients, features, features.kernel, part.prior)
            return {"coefficients_": coefficients, "upper_": features.upper, "_expansion_": expansion}
        if part is None:
            raise InputError("there are no pairs to learn from")
        coefficients = solve_by_levels(part.residual() if self.prior == "identity" else part, kernel, alpha)
        expansion = KernelExpansion(coefficients, EIGHT_BIT, kernel, self.prior)
        return {"coefficients_": coefficients, "_expansion_": expansion}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: KernelSums, alphas: AnyArray) -> AnyArray:
        prior = sums.part.prior if isinstance(sums.part, FeatureSums) else self.prior
        return leave_one_out_error(pairs, alphas, self._choice.kernel, sums.part, channels=self.channels, prior=prior)

    def _fit_samples(self, pairs: RegisteredPairs) -> Self:
        kernel, alpha, searched = self._choice.kernel, self.alpha, None
        if alpha == "auto":
            if len(pairs) < 2:
                raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
            alphas, errors = searched = search_alpha(
                lambda penalties: leave_one_out_error(
                    pairs, penalties, kernel, None, channels=self.channels, prior=self.prior
                ),
                self.alphas,
            )
            alpha = float(alphas[errors.argmin()])
        shape = pairs.map_shape(self.channels)
        coefficients, samples = solve_by_samples(pairs, shape, kernel, float(alpha), self.prior == "identity")
        self._forget()
        self.coefficients_, self.samples_, self.alpha_, self.n_pairs_ = coefficients, samples, float(alpha), len(pairs)
        self._expansion_ = KernelExpansion(coefficients, samples, kernel, self.prior)
        if searched is not None:
            self.alphas_, self.loo_errors_ = searched
        return self

    def _own_sums(self) -> KernelSums:
        if hasattr(self, "samples_") and hasattr(self, "n_pairs_"):
            raise InputError("what is exact for float inputs has no sums to go on with: use solver='features'")
        return super()._own_sums()

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        check_maps_fit(self.coefficients_.shape[:-1], shape, "PixelKernelRidge")
