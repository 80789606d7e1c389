"""OMP and LSRF: ridge regression in which every output pixel observes a few input pixels, chosen greedily, and a bias."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.images import Channels, RegisteredPairs, check_images, check_pairs, check_texture, map_over_image
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty, check_ridge_parameters
from pixelfes.regress.sparse.leave_one_out import field_leave_one_out
from pixelfes.regress.sparse.pixel_choice import choose_pixels
from pixelfes.regress.sparse.sums import FieldSums, apply_fields, check_field_state, field_prior

Selection: TypeAlias = Literal["greedy", "own"]

CHOICE_ALPHA = 0.4
"""The penalty that pixels are chosen at when alpha is "auto"; the papers' own."""

MOST_PIXELS = 64


class SparseRidge(AdditiveRidge[FieldSums]):
    """Ridge regression on a sparse receptive field: output = bias + Σ_f weight_f * input at the f-th chosen pixel.

    The field of every output pixel is chosen greedily from the whole image: each step takes the input pixel that
    most reduces the penalised squared error of the residual, less a cost of its distance, and then all weights are
    solved again (`choose_pixels` has the formula). With locality = 0 that is the papers' OMP, with a locality it is
    in the manner of their LSRF. As in the code they released, there is a bias, penalised like the weights. Given the
    fields it minimises, for every pixel by itself,
    ``1/2 ||Σ_f w_f x_f + b - t||^2 + alpha/2 (Σ_f (w_f - w0_f)^2 + bias_penalty * b^2)``.

    The choice costs O(n_pixels P^2 N C) multiplications for P = H W output pixels, in BLAS, whose speed is the limit:
    one to two seconds for each pixel chosen at 128 x 128 and 82 grey pairs, on two cores, and 16 times that at twice
    the side. Where weights differ from pixel to pixel it takes two more products of (P, N) with (N, P), once.

    Parameters
    ----------
    n_pixels : int
        Pixels that an output pixel observes, 1 to 64; the papers' F, there 1, 5 and 9.
    selection : {"greedy", "own"}
        "own" chooses nothing: n_pixels is 1, the pixel itself, and the model is that of `PixelRidge`.
    locality : float
        Cost of distance, >= 0: a pixel at the distance d, in units of the longer side of the image, is chosen only
        if it explains locality * d^2 of the squared error that is left more than the pixel itself would. With 100,
        that is 1 % at 1.3 pixels of 128, and 10 % at 4.
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. "auto" chooses the pixels at 0.4, the papers' value, then takes the penalty
        of least leave-one-out error given the pixels, a pair with all its channels at a time. The choice is not
        repeated without each pair, so that the error is too low, the more so the more pixels there are.
    channels : {"shared", "separate"}
        One weight and bias per pixel, learnt from the channels as so many samples; or one per channel, with the
        gains summed, so that the channels observe the same pixels all the same.
    prior : {"zero", "identity"}
        Where the penalty pulls: to weights of 0, or to the identity, a weight of 1 for the output pixel itself.
    alphas : None, or list of float
        Grid for "auto", as in `PixelRidge`.
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, as in `PixelRidge`.

    Attributes
    ----------
    indices_ : array of shape (H, W, n_pixels), int32
        Row * W + column of the input pixels, in the order of their choice.
    weight_ : array of shape (H, W, n_pixels), or (H, W, n_pixels, C) for separate channels, float64
    bias_ : array of shape (H, W), or (H, W, C) for separate channels, float64
    alpha_ : float
        The penalty in use.
    sums_ : FieldSums
        All that was learnt from, given the fields; not part of the stored state.
    n_pairs_ : int
        Pairs learnt from; not part of the stored state.
    alphas_, loo_errors_ : arrays of shape (A,), float64
        With "auto" only: the penalties tried, ascending, and their total weighted squared leave-one-out errors.

    References
    ----------
    Akram and Khan, "LSRF: Localized and Sparse Receptive Fields for Linear Facial Expression Synthesis based on Global
    Face Context", Multimedia Tools and Applications, 2023. The locality term is ours: a cost in proportion to the
    squared distance and the error, where theirs adds a constant over the distance to the correlation, in pixels, so that
    it depends on the size of the image and the number of pairs.

    Examples
    --------
    >>> neutral = np.random.default_rng(0).random((40, 8, 8))
    >>> moved = 0.8 * np.roll(neutral, 1, axis=2)
    >>> model = SparseRidge(alpha=0.01).fit(neutral, moved)
    >>> model.indices_[0, :, 0], model.n_parameters_
    (array([7, 0, 1, 2, 3, 4, 5, 6], dtype=int32), 128)
    """

    indices_: AnyArray
    weight_: AnyArray
    bias_: AnyArray

    def __init__(
        self,
        n_pixels: int = 1,
        selection: Selection = "greedy",
        locality: float = 0.0,
        alpha: float | Literal["auto"] = "auto",
        channels: Channels = "shared",
        prior: Prior = "zero",
        alphas: npt.ArrayLike | None = None,
        bias_penalty: BiasPenalty = None,
    ) -> None:
        self.n_pixels = n_pixels
        self.selection = selection
        self.locality = locality
        self.alpha = alpha
        self.channels = channels
        self.prior = prior
        self.alphas = alphas
        self.bias_penalty = bias_penalty

    def fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Choose the pixels and learn, from scratch; see `PixelRegressor.fit`. Weights belong to the output pixels.

        With alpha="auto" it needs at least 2 pairs.
        """
        self._check_params()
        pairs = check_pairs(X, T, sample_weight)
        shape = pairs.map_shape(self.channels)
        self._check_maps(shape)
        if self.alpha == "auto" and len(pairs) < 2:
            raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
        sums = FieldSums.zeros(self._choose(pairs), shape).add_pairs(pairs)
        if self.alpha != "auto":
            return self._learn(sums, len(pairs), float(self.alpha))
        alphas, errors = self._search(pairs, sums)
        self._learn(sums, len(pairs), float(alphas[errors.argmin()]))
        self.alphas_, self.loo_errors_ = alphas, errors
        return self

    def partial_fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn the weights from more pairs, with the pixels that `fit` chose, or the pixels themselves.

        The choice needs every pair at once. So with selection="greedy" the first pairs, as many as fit into memory,
        go to `fit`, and further ones here. With selection="own" any split into calls gives what one `fit` gives.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`; beyond them it needs memory for one pair.

        Returns
        -------
        SparseRidge, itself

        Raises
        ------
        InputError
            Before a fit with selection="greedy", with alpha="auto", for other shapes than before, and after
            `from_state`, which has no sums.
        """
        if hasattr(self, "indices_") and self.indices_.shape[2] != self.n_pixels:
            raise InputError(
                f"partial_fit goes on with fields of {self.indices_.shape[2]} pixels; found n_pixels={self.n_pixels!r}"
            )
        return super().partial_fit(X, T, sample_weight)

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images; see `PixelRegressor.predict`. The values are not clipped."""
        self._check_fitted()
        images = check_images(X)
        self._check_image_shape(images.shape[1:])
        return apply_fields(images, self.indices_, self.weight_, self.bias_)

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Affine map per pixel around one image; see `PixelRegressor.local_affine`.

        Where every pixel observes itself alone, the fitted weight and bias, as read-only views; otherwise weight 1 and
        as bias what the prediction changes.
        """
        self._check_fitted()
        shape = check_texture(texture).shape
        self._check_image_shape(shape)
        if not np.array_equal(self.indices_, _own_pixels(*shape[:2])):
            return super().local_affine(texture)
        return map_over_image(self.weight_[:, :, 0], shape), map_over_image(self.bias_, shape)

    @property
    def n_parameters_(self) -> int:
        """Count of weights and biases, n_pixels + 1 per pixel (and channel); the indices are not counted."""
        self._check_fitted()
        return self.weight_.size + self.bias_.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return the indices as int32, and weight, bias and alpha as float64, in the shapes of the attributes."""
        self._check_fitted()
        return {
            "indices": self.indices_,
            "weight": self.weight_,
            "bias": self.bias_,
            "alpha": np.array(self.alpha_),
        }

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        state = check_field_state(arrays, int(self.n_pixels), self.channels, type(self).__name__)
        check_bias_penalty(self.bias_penalty, state["bias"].shape)
        self.indices_, self.weight_, self.bias_ = (state[name] for name in ("indices", "weight", "bias"))
        self.alpha_ = float(state["alpha"])

    def _check_params(self) -> None:
        n = self.n_pixels
        if not isinstance(n, Integral) or isinstance(n, bool) or not 1 <= n <= MOST_PIXELS:
            raise InputError(f"n_pixels must be a whole number from 1 to {MOST_PIXELS}; found {n!r}")
        if self.selection not in ("greedy", "own"):
            raise InputError(f"selection must be 'greedy' or 'own'; found {self.selection!r}")
        if self.selection == "own" and n != 1:
            raise InputError(f"selection='own' observes one pixel; found n_pixels={n}")
        far = self.locality
        is_number = isinstance(far, Real) and not isinstance(far, bool) and np.asarray(far).dtype.kind in "iuf"
        if not (is_number and 0 <= far < np.inf):
            raise InputError(f"locality must be a finite number >= 0; found {reprlib.repr(far)}")
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas, self.bias_penalty)

    def _choose(self, pairs: RegisteredPairs) -> AnyArray:
        if self.selection == "own":
            return _own_pixels(*pairs.X.shape[1:3])
        return choose_pixels(
            pairs,
            int(self.n_pixels),
            CHOICE_ALPHA if self.alpha == "auto" else float(self.alpha),
            locality=float(self.locality),
            channels=self.channels,
            prior=self.prior,
            bias_penalty=self.bias_penalty,
        )

    def _new_sums(self, shape: tuple[int, ...]) -> FieldSums:
        if self.selection == "greedy":
            raise InputError(
                f"partial_fit of a {type(self).__name__} goes on with the pixels that fit has chosen, and this one has "
                "chosen none: call fit on the first pairs (selection='own' needs no choice)"
            )
        return FieldSums.zeros(_own_pixels(*shape[:2]), shape)

    def _solve(self, sums: FieldSums, alpha: float) -> dict[str, Any]:
        factor = check_bias_penalty(self.bias_penalty, sums.shape)
        bias, *weights = sums.solve(alpha, factor, field_prior(sums.indices, 0, len(sums.shape), self.prior))
        return {"indices_": sums.indices, "weight_": np.stack(weights, axis=2), "bias_": bias}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: FieldSums, alphas: AnyArray) -> AnyArray:
        factor = check_bias_penalty(self.bias_penalty, sums.shape)
        return field_leave_one_out(pairs, sums.indices, alphas, self.channels, self.prior, factor)

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        check_bias_penalty(self.bias_penalty, shape)

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        fitted = self.bias_.shape
        if shape != fitted and not (self.channels == "shared" and shape[:2] == fitted):
            kind = f"{self.channels} channels and maps of shape {fitted}"
            raise InputError(f"{type(self).__name__} was fitted with {kind}; found images of shape {shape}")


class LocalSparseRidge(SparseRidge):
    """`SparseRidge` with a locality by default: LSRF, where `SparseRidge` alone is OMP.

    On 80 pairs of the London set (64 x 64, grey, every fourth person kept out in turn) the mean squared error of OMP
    with 5 pixels is 19 % above that of `PixelRidge`, since chance correlations abound among thousands of pixels; with a
    locality of 10, 100 or 1000 it is 7 % below.

    Examples
    --------
    >>> LocalSparseRidge().locality, LocalSparseRidge(n_pixels=5)
    (100.0, LocalSparseRidge(n_pixels=5))
    """

    def __init__(
        self,
        n_pixels: int = 1,
        selection: Selection = "greedy",
        locality: float = 100.0,
        alpha: float | Literal["auto"] = "auto",
        channels: Channels = "shared",
        prior: Prior = "zero",
        alphas: npt.ArrayLike | None = None,
        bias_penalty: BiasPenalty = None,
    ) -> None:
        super().__init__(n_pixels, selection, locality, alpha, channels, prior, alphas, bias_penalty)


def _own_pixels(height: int, width: int) -> AnyArray:
    return np.arange(height * width, dtype=np.int32).reshape(height, width, 1)
