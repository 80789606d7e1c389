"""The estimator of Pixel-KR: every output pixel observes one input pixel, through a kernel."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats, check_images, check_texture
from pixelfes.regress.kernel.features import LEVEL_VALUES, N_LEVELS, KernelFeatures, check_features
from pixelfes.regress.kernel.kernels import Kernel, KernelName
from pixelfes.regress.kernel.leave_one_out import kernel_leave_one_out_errors
from pixelfes.regress.kernel.pixel_table import PixelTable
from pixelfes.regress.kernel.predict import KernelExpansion, check_maps_serve, look_up, predict_kernel_ridge
from pixelfes.regress.kernel.solve import solve_kernel_ridge
from pixelfes.regress.kernel.sums import BEYOND_PHOTOS, KernelSettings, KernelSums, Solver
from pixelfes.regress.parameters import Prior, check_ridge_parameters
from pixelfes.regress.stored_arrays import checked_arrays, has_map_axes


class PixelKernelRidge(AdditiveRidge[KernelSums]):
    """Per-pixel kernel ridge regression: output = f(input) with a smooth function f for every pixel.

    Minimises, for every pixel by itself, ``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f|^2`` over the functions of the kernel. As in
    the paper there is no bias: f(v) = Σ_n c_n k(x_n, v) with c = (K + alpha I)^-1 t for unit weights.

    Parameters
    ----------
    kernel : {"rbf", "linear", "polynomial", "laplacian", "sigmoid"}
        As in scikit-learn's ``KernelRidge``, on samples of one feature (see `Kernel`).
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. "auto" takes the penalty of least leave-one-out error; each pair is left out
        with all its channels.
    gamma, degree, coef0 : float
        Parameters of the kernel. gamma None is 1, one over the number of features, which is one.
    solver : {"auto", "exact", "features"}
        "exact" uses the kernel itself. 8-bit inputs are grouped by level, which does not change f. Float inputs have
        one unknown per sample, an N x N solve per pixel, and their statistics do not add. N counts channels that share a
        map. With 480 samples and 112 x 112 pixels this takes some minutes, and much longer with alpha="auto", which needs
        eigenvectors. "features" regresses on a few leading eigen-features of the kernel on 256 levels: small models, and
        the fast way for float inputs. The levels lie in [0, 1], or in [0, 2] if the first inputs exceed 1. Floats
        between levels use Nystroem's extension of the features. "auto" is "features" for float inputs if the kernel is
        smooth (rbf, polynomial and linear ones are), and otherwise "exact".
    rank : None, or int
        Number of features, from 1 to 256; None follows the tolerance.
    tolerance : float
        Features whose eigenvalue is below this part of the largest are left out; 1e-13 to 1.
    channels : {"shared", "separate"}
        One f per pixel, with each channel as a sample; or one per pixel and channel.
    alphas : None, or list of float
        Grid for "auto", > 0; None is a grid that grows (see `search_alpha`).
    prior : {"zero", "identity"}
        The penalty pulls f to 0 as in the paper, or to f(v) = v, which keeps pixels that the expression does not change.

    Attributes
    ----------
    coefficients_ : array of shape (H, W, k), or (H, W, C, k) for separate channels, float64
        Of k = 256 levels, of k features, or of k samples.
    samples_ : array of the shape of the coefficients, float64
        The inputs that the coefficients belong to; only if an exact fit had float inputs.
    upper_ : float
        End of the levels of the features; only with features.
    alpha_ : float
        The penalty in use.
    sums_ : KernelSums
        Everything learnt from the pairs; not part of the stored state, and absent if an exact fit had float inputs. Its
        size is bounded: two numbers per pixel and level, or r (r + 3) / 2 per pixel. Solving takes longer than adding a
        pair, so give ``partial_fit`` many pairs at a time.
    n_pairs_ : int
        Number of pairs learnt from; not part of the stored state.
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

    def __init__(  # noqa: PLR0913, PLR0917 (the parameters of a scikit-learn estimator)
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

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images; see `PixelRegressor.predict`. The values are not clipped.

        8-bit images are looked up in a table of the values at all levels, which the first such call makes. Float images
        are evaluated.
        """
        self._check_fitted()
        images = check_images(X)
        self._check_image_shape(images.shape[1:])
        if images.dtype == np.uint8:
            if not hasattr(self, "_values_"):
                self._values_ = self._expansion_.at_levels().astype(np.float32)
            return look_up(self._values_, images)
        return predict_kernel_ridge(images, self._expansion_)

    def compile(self) -> PixelTable:
        """Return the model as a table from levels to levels: one look-up per pixel, at the speed of memory.

        Its entries are the predictions at the 256 levels, clipped to [0, 1] and rounded to the nearest level. They are
        within half a level of `predict` if that lies in [0, 1].
        """
        self._check_fitted()
        return PixelTable.of_values(self._expansion_.at_levels())

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Return an affine map per pixel that replaces this regressor around one image: weight 1 and bias f(x) - x.

        Weight 1 keeps a photo's detail that is finer than the texture. The derivative of f as weight would amplify the
        noise of the texture. Outside the range that it has learnt, f means nothing (with rbf it falls to 0). So x is first
        clipped to that range: [0, 1], the features' levels, or the range of the pixel's own samples.
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
        """Number of coefficients: of levels with samples, of features, or as in the paper one per sample.

        After an exact fit of floats, predictions need the samples too, as many numbers again.
        """
        self._check_fitted()
        by_level = not hasattr(self, "samples_") and not hasattr(self, "upper_")
        return int(np.count_nonzero(self.coefficients_)) if by_level else self.coefficients_.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return coefficients, alpha, of shape (), and samples or upper, of shape (), if the model has them; float64."""
        self._check_fitted()
        state = {"coefficients": self.coefficients_, "alpha": np.array(self.alpha_)}
        if hasattr(self, "upper_"):
            return {**state, "upper": np.array(self.upper_)}
        return {**state, "samples": self.samples_} if hasattr(self, "samples_") else state

    def _set_state(self, arrays: Arrays) -> None:
        state = self._checked_state(arrays)
        features = self._settings.features_to(float(state["upper"])) if "upper" in state else None
        k, found = (N_LEVELS if features is None else features.rank), state["coefficients"].shape[-1]
        if "samples" not in state and found != k:
            raise ModelError(
                f"array coefficients of PixelKernelRidge with these parameters must have {k} per pixel; found {found}"
            )
        centres = state.get("samples", LEVEL_VALUES) if features is None else features
        expansion = KernelExpansion(state["coefficients"], centres, self._settings.kernel, self.prior)
        for name, value in _fitted_attributes(expansion).items():
            setattr(self, name, value)
        self.alpha_ = float(state["alpha"])

    def _checked_state(self, arrays: Arrays) -> dict[str, AnyArray]:
        """Return stored arrays as float64 copies, or raise `ModelError` naming the one that is wrong."""
        owner = "PixelKernelRidge"
        state = checked_arrays(arrays, ("coefficients", "alpha", *self._further_arrays(arrays)), owner)
        shape = state["coefficients"].shape
        if not has_map_axes(shape, self.channels, further=1):
            asked = "(H, W, k)" if self.channels == "shared" else "(H, W, k) or (H, W, C, k)"
            raise ModelError(f"array coefficients of {owner} must be {asked}; found {shape}")
        if "upper" in state and (state["upper"].shape != () or state["upper"] not in (1, BEYOND_PHOTOS)):
            raise ModelError(f"array upper of {owner} must be 1 or {BEYOND_PHOTOS:g}; found {arrays['upper']!r}")
        if "samples" in state and state["samples"].shape != shape:
            raise ModelError(
                f"arrays coefficients and samples of {owner} must be of one shape; "
                f"found {shape} and {state['samples'].shape}"
            )
        return state

    def _further_arrays(self, arrays: Arrays) -> tuple[str, ...]:
        """Return the array that is stored besides coefficients and alpha: that of features, of samples, or none."""
        if self.solver == "features" or (self.solver == "auto" and "upper" in arrays):
            return ("upper",)
        return ("samples",) if "samples" in arrays else ()

    def _check_params(self) -> None:
        Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas)
        if self.solver not in ("auto", "exact", "features"):
            raise InputError(f"solver must be 'auto', 'exact' or 'features'; found {self.solver!r}")
        check_features(self.tolerance, self.rank)

    @property
    def _settings(self) -> KernelSettings:
        kernel = Kernel.checked(self.kernel, self.gamma, self.degree, self.coef0)
        return KernelSettings(kernel, self.solver, self.rank, self.tolerance, self.prior)

    def _new_sums(self, shape: tuple[int, ...]) -> KernelSums:
        return KernelSums(self._settings, shape)

    def _sums_of(self, pairs: RegisteredPairs) -> KernelSums:
        if pairs.X.dtype == np.uint8 or self._settings.features_for(pairs.X) is not None:
            return super()._sums_of(pairs)
        return KernelSums.of_samples(self._settings, pairs.map_shape(self.channels), pairs)

    def _solve(self, sums: KernelSums, alpha: float) -> dict[str, Any]:
        return _fitted_attributes(solve_kernel_ridge(sums, self._settings.kernel, alpha, self.prior))

    def _leave_one_out(self, pairs: RegisteredPairs, sums: KernelSums, alphas: AnyArray) -> AnyArray:
        return kernel_leave_one_out_errors(pairs, sums, alphas, self._settings.kernel, self.prior)

    def _learn(self, sums: KernelSums, n_pairs: int, alpha: float) -> Self:
        super()._learn(sums, n_pairs, alpha)
        if isinstance(sums.statistics, RegisteredPairs):
            del self.sums_  # a model does not keep the images it was fitted on
        return self

    def _own_sums(self) -> KernelSums:
        if hasattr(self, "samples_") and hasattr(self, "n_pairs_"):
            raise InputError("an exact fit of float inputs has no sums to go on with: use solver='features'")
        return super()._own_sums()

    def _map_shape(self) -> tuple[int, ...]:
        return self.coefficients_.shape[:-1]

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        # Unlike linear maps, maps (H, W) of separate channels serve any channels.
        check_maps_serve(self._map_shape(), shape, "PixelKernelRidge")


def _fitted_attributes(expansion: KernelExpansion) -> dict[str, Any]:
    """Return the attributes of a fitted estimator that an expansion determines."""
    fitted: dict[str, Any] = {"coefficients_": expansion.coefficients, "_expansion_": expansion}
    if isinstance(expansion.centres, KernelFeatures):
        return {**fitted, "upper_": expansion.centres.upper}
    return {**fitted, "samples_": expansion.centres} if expansion.centres.ndim > 1 else fitted
