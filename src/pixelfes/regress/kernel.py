"""Pixel-KR: kernel ridge regression in which every output pixel observes one input pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError, ModelError
from pixelfes.regress.base import PixelRegressor
from pixelfes.regress.images import (
    Array,
    Channels,
    RegisteredPairs,
    as_floats,
    check_images,
    check_pairs,
    check_texture,
)
from pixelfes.regress.kernel_features import EIGHT_BIT, LEVELS, KernelFeatures, check_features, few_features
from pixelfes.regress.kernel_leave_one_out import leave_one_out_error
from pixelfes.regress.kernel_solve import solve_by_features, solve_by_levels, solve_by_samples
from pixelfes.regress.kernel_state import BEYOND_PHOTOS, Solver, checked_state
from pixelfes.regress.kernel_statistics import FeatureSums, LevelSums
from pixelfes.regress.kernel_values import Centres, KernelExpansion
from pixelfes.regress.kernels import Kernel, KernelName
from pixelfes.regress.parameters import Prior, check_alpha, check_alphas, check_channels, check_prior
from pixelfes.regress.search import search_alpha
from pixelfes.regress.table import PixelTable, check_maps_fit, look_up


class PixelKernelRidge(PixelRegressor):
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
    solver : {"exact", "features"}
        "exact" is the kernel itself. An 8-bit input is grouped by its levels, which changes nothing; a float input
        has an unknown to the sample, an N x N solve per pixel (N counts channels that share a map: with 480 samples
        and 112 x 112 pixels minutes, and with alpha="auto", which needs eigenvectors too unless the kernel is smooth,
        much longer). "features" regresses on the few leading eigen-features of the kernel on 256 levels: the quick
        one for float inputs, and the small one. Its levels lie in [0, 1], or in [0, 2] where the first inputs go
        beyond 1; float inputs off the levels have Nystroem's extension of the features.
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
        The inputs they belong to; with solver="exact" and a float input only.
    upper_ : float
        End of the levels of the features; with solver="features" only.
    alpha_ : float
        The penalty in use.
    sums_ : LevelSums or FeatureSums
        All that was learnt from, where that is sums; not part of the stored state.
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
    >>> PixelKernelRidge(alpha=1e-3, solver="features").fit(neutral, smiling).n_parameters_ / 64
    6.0
    """

    coefficients_: Array
    samples_: Array
    upper_: float
    alpha_: float
    sums_: LevelSums | FeatureSums
    n_pairs_: int
    alphas_: Array
    loo_errors_: Array
    _values_: Array
    _expansion_: KernelExpansion
    _key_: tuple[object, ...]

    def __init__(
        self,
        kernel: KernelName = "rbf",
        alpha: float | Literal["auto"] = "auto",
        gamma: float | None = None,
        degree: float = 3,
        coef0: float = 1,
        solver: Solver = "exact",
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
        if self.alpha != "auto":
            return self._fit(pairs, float(self.alpha))
        features = self._features(self._upper_for(pairs)) if self.solver == "features" else None
        alphas, errors = search_alpha(
            lambda penalties: leave_one_out_error(
                pairs, penalties, self._kernel, features=features, channels=self.channels, prior=self.prior
            ),
            self.alphas,
        )
        self._fit(pairs, float(alphas[errors.argmin()]))
        self.alphas_, self.loo_errors_ = alphas, errors
        return self

    def partial_fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from more pairs; any split into calls gives what one `fit` of all gives, up to rounding.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`. Memory is bounded by that of the sums: two per pixel and level, or with features r (r + 3) / 2
            per pixel. With features, the first inputs say where the levels end.

        Returns
        -------
        PixelKernelRidge, itself

        Raises
        ------
        InputError
            With alpha="auto", for other shapes than before, for float inputs with solver="exact", whose statistics
            do not add, and after `from_state`, which has no sums.
        """
        self._check_params()
        alpha = self._numeric_alpha("partial_fit")
        pairs = check_pairs(X, T, sample_weight)
        if self.solver == "exact" and pairs.X.dtype != np.uint8:
            raise InputError(
                f"partial_fit with solver='exact' takes uint8 inputs, which have levels to count; found {pairs.X.dtype}: "
                "use solver='features'"
            )
        if not hasattr(self, "coefficients_"):
            return self._solve(*self._sums_of(pairs, self._upper_for(pairs)), len(pairs), alpha)
        sums, features = self._own_sums(), self._own_features()
        if pairs.map_shape(self.channels) != sums.shape:
            raise InputError(f"partial_fit goes on with maps of shape {sums.shape}; found {pairs.X.shape[1:]} images")
        if self._key_ != self._key(features):
            raise InputError(f"partial_fit goes on with the parameters {self._key_}; found {self._key(features)}")
        return self._solve(self._add(sums, pairs, features), features, len(pairs) + self.n_pairs_, alpha)

    def merge(self, other: PixelKernelRidge) -> Self:
        """Take in what another has learnt from other pairs, as if this one had learnt from them too.

        Parameters
        ----------
        other : PixelKernelRidge
            Fitted on images of the same shape with the same parameters; only alpha and alphas may differ, and with
            solver="exact" prior and kernel may too. It stays as it is, and this one's parameters hold.

        Returns
        -------
        PixelKernelRidge, itself

        Raises
        ------
        NotFittedError, InputError
            Where one is not fitted or has no sums, shapes or parameters differ, or alpha is "auto".
        """
        self._check_params()
        alpha = self._numeric_alpha("merge")
        own, others = self._own_sums(), other._own_sums()
        features = self._own_features()
        if not self._key(features) == self._key_ == other._key_:
            raise InputError(f"merge joins models of the same parameters; found {self._key_} and {other._key_}")
        if own.shape != others.shape:
            raise InputError(f"merge joins models of the same maps; found {own.shape} and {others.shape}")
        merged = own.merge(others)  # type: ignore[arg-type]
        return self._solve(merged, features, self.n_pairs_ + other.n_pairs_, alpha)

    def predict(self, X: npt.ArrayLike) -> Array:
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

    def local_affine(self, texture: npt.ArrayLike) -> tuple[Array, Array]:
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

    def state_arrays(self) -> dict[str, Array]:
        """Return coefficients and alpha, of shape (), and samples or upper, of shape (), where there are such; float64."""
        self._check_fitted()
        state = {"coefficients": self.coefficients_, "alpha": np.array(self.alpha_)}
        if hasattr(self, "upper_"):
            return {**state, "upper": np.array(self.upper_)}
        return {**state, "samples": self.samples_} if hasattr(self, "samples_") else state

    def _set_state(self, arrays: Mapping[str, Array]) -> None:
        state = checked_state(arrays, self.solver, self.channels)
        features = self._features(float(state["upper"])) if "upper" in state else None
        k, found = (LEVELS if features is None else features.rank), state["coefficients"].shape[-1]
        if "samples" not in state and found != k:
            raise ModelError(
                f"array coefficients of PixelKernelRidge with these parameters must have {k} to the pixel; found {found}"
            )
        self._store(state["coefficients"], features, state.get("samples"), float(state["alpha"]))

    def _check_params(self) -> None:
        Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)
        check_alpha(self.alpha)
        if self.alphas is not None:
            check_alphas(self.alphas)
        check_channels(self.channels)
        check_prior(self.prior)
        if self.solver not in ("exact", "features"):
            raise InputError(f"solver must be 'exact' or 'features'; found {self.solver!r}")
        check_features(self.tolerance, self.rank)

    @property
    def _kernel(self) -> Kernel:
        return Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)

    def _features(self, upper: float) -> KernelFeatures:
        return few_features(self._kernel, self.tolerance, self.rank, upper)

    def _upper_for(self, pairs: RegisteredPairs) -> float:
        return 1.0 if pairs.X.dtype == np.uint8 or pairs.X.max() <= 1 else BEYOND_PHOTOS

    def _fit(self, pairs: RegisteredPairs, alpha: float) -> Self:
        if self.solver == "features" or pairs.X.dtype == np.uint8:
            return self._solve(*self._sums_of(pairs, self._upper_for(pairs)), len(pairs), alpha)
        shape = pairs.map_shape(self.channels)
        coefficients, samples = solve_by_samples(pairs, shape, self._kernel, alpha, self.prior == "identity")
        self._store(coefficients, None, samples, alpha)
        self.n_pairs_ = len(pairs)
        return self

    def _sums_of(self, pairs: RegisteredPairs, upper: float) -> tuple[LevelSums | FeatureSums, KernelFeatures | None]:
        shape = pairs.map_shape(self.channels)
        if self.solver == "exact":
            return self._add(LevelSums.zeros(shape), pairs, None), None
        features = self._features(upper)
        return self._add(FeatureSums.zeros(features.rank, shape), pairs, features), features

    def _add(
        self, sums: LevelSums | FeatureSums, pairs: RegisteredPairs, features: KernelFeatures | None
    ) -> LevelSums | FeatureSums:
        if isinstance(sums, FeatureSums) and features is not None:
            return sums.add_pairs(pairs, features, self.prior == "identity")
        return sums.add_pairs(pairs)  # type: ignore[call-arg]

    def _solve(
        self, sums: LevelSums | FeatureSums, features: KernelFeatures | None, n_pairs: int, alpha: float
    ) -> Self:
        if isinstance(sums, FeatureSums):
            coefficients = np.ascontiguousarray(np.moveaxis(solve_by_features(sums, alpha), 0, -1))
        else:
            coefficients = solve_by_levels(sums.residual() if self.prior == "identity" else sums, self._kernel, alpha)
        self._store(coefficients, features, None, alpha)
        self.sums_, self.n_pairs_, self._key_ = sums, n_pairs, self._key(features)
        return self

    def _store(self, coefficients: Array, features: KernelFeatures | None, samples: Array | None, alpha: float) -> None:
        self._forget()
        self.coefficients_, self.alpha_ = coefficients, alpha
        centres: Centres = EIGHT_BIT
        if features is not None:
            centres, self.upper_ = features, features.upper
        elif samples is not None:
            centres = self.samples_ = samples
        self._expansion_ = KernelExpansion(coefficients, centres, self._kernel, self.prior)

    def _key(self, features: KernelFeatures | None) -> tuple[object, ...]:
        """Return what sums of two models must have in common."""
        if features is None:
            return self.solver, self.channels
        upper = f"levels to {features.upper:g}"
        return self.solver, self.channels, self.prior, self._kernel, self.rank, self.tolerance, upper

    def _numeric_alpha(self, method: str) -> float:
        if self.alpha == "auto":
            raise InputError(
                f"{method} needs a number for alpha; found 'auto', whose leave-one-out error needs the pairs "
                "themselves: use fit, or give alpha a number"
            )
        return float(self.alpha)

    def _own_sums(self) -> LevelSums | FeatureSums:
        self._check_fitted()
        if not hasattr(self, "sums_"):
            raise InputError(
                "a PixelKernelRidge has no sums to go on with from stored arrays, nor from float inputs with "
                "solver='exact'; fit it on the pairs instead"
            )
        return self.sums_

    def _own_features(self) -> KernelFeatures | None:
        centres = self._expansion_.centres
        return centres if isinstance(centres, KernelFeatures) else None

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        check_maps_fit(self.coefficients_.shape[:-1], shape, "PixelKernelRidge")
