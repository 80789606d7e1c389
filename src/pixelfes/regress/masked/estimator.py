"""The estimator of MR, masked regression: every output pixel observes an r x r window of the input and a bias."""

from __future__ import annotations

import reprlib
from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats, check_images, check_texture, map_over_image
from pixelfes.regress.masked.leave_one_out import masked_leave_one_out_errors
from pixelfes.regress.masked.predict import predict_masked_ridge
from pixelfes.regress.masked.solve import solve_masked_ridge
from pixelfes.regress.masked.sums import MaskedSums
from pixelfes.regress.masked.windows import window_offsets
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_bias_penalty,
    check_ridge_parameters,
    is_whole_number,
)
from pixelfes.regress.stored_arrays import checked_arrays, has_map_axes, map_axes


class MaskedRidge(AdditiveRidge[MaskedSums]):
    """Ridge regression on windows: output = bias + Σ_d weight_d * input at d, for the offsets d of an r x r window.

    Minimises, for every pixel p by itself,
    ``1/2 ||Σ_d w_d x(p + d) + b - t(p)||^2 + alpha/2 (Σ_d (w_d - v_d)^2 + bias_penalty * b^2)``. The prior sets v.
    Windows are smaller at the borders. The defaults are the paper's: 162,308 parameters for faces of 128 x 128.

    Parameters
    ----------
    r : int
        Side of the window: odd, from 1 (which is `PixelRidge`) to 15.
    alpha : "auto" or float
        Penalty, >= 0; not divided by the number of samples. "auto" takes the penalty of least leave-one-out error; each
        pair is left out with all its channels.
    channels : {"shared", "separate"}
        One map of windows, with each channel as a sample; or one for each channel.
    prior : {"zero", "identity"}
        The penalty pulls to 0 as in the paper, or to a weight of 1 in the middle of the window.
    alphas : None, or list of float
        Grid for "auto"; see `PixelRidge`.
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0; None is 1. See `PixelRidge`.

    Attributes
    ----------
    weight_ : array of shape (r, r, H, W), or (r, r, H, W, C) for separate channels, float64
        ``weight_[i, j, row, column]`` multiplies the input at (row + i - r // 2, column + j - r // 2). It is 0 if that
        lies outside the image.
    bias_ : array of shape (H, W) or (H, W, C), float64
    alpha_, sums_, n_pairs_, alphas_, loo_errors_
        As in `PixelRidge`; the sums are `MaskedSums`.

    References
    ----------
    Khan et al., "Masked Linear Regression for Learning Local Receptive Fields for Facial Expression Synthesis",
    International Journal of Computer Vision 128(5), 2020.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> neutral = rng.random((40, 16, 16))
    >>> moved = np.roll(neutral, 1, axis=1)
    >>> model = MaskedRidge(alpha=1e-3).fit(neutral, moved)
    >>> bool(abs(model.predict(neutral) - moved)[:, 1:].max() < 1e-3)
    True
    >>> model.n_parameters_
    2372
    """

    weight_: AnyArray
    bias_: AnyArray

    def __init__(
        self,
        r: int = 3,
        alpha: float | Literal["auto"] = "auto",
        channels: Channels = "shared",
        prior: Prior = "zero",
        alphas: npt.ArrayLike | None = None,
        bias_penalty: BiasPenalty = None,
    ) -> None:
        self.r = r
        self.alpha = alpha
        self.channels = channels
        self.prior = prior
        self.alphas = alphas
        self.bias_penalty = bias_penalty

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images; see `PixelRegressor.predict`. The values are not clipped."""
        self._check_fitted()
        images = check_images(X)
        self._check_image_shape(images.shape[1:])
        return predict_masked_ridge(images, self.weight_, self.bias_)

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Return an affine map per pixel that replaces the windows around one image; see `PixelRegressor.local_affine`.

        The weight is the sum of a window's weights: the response to a change that the whole window shares. The bias is
        such that the map of the texture is the prediction itself.
        """
        image = check_texture(texture)
        predicted = self.predict(image[np.newaxis])[0]
        gain = self.weight_.sum(axis=(0, 1)).astype(predicted.dtype)
        weight = map_over_image(gain, image.shape)
        return weight, predicted - weight * as_floats(image, predicted.dtype)

    @property
    def n_parameters_(self) -> int:
        """Number of biases, and of weights whose input pixel exists."""
        self._check_fitted()
        height, width = self.bias_.shape[:2]
        inside = sum(max(0, height - abs(i)) * max(0, width - abs(j)) for i, j in window_offsets(len(self.weight_)))
        return int(self.bias_.size + inside * (self.bias_.size // (height * width)))

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return weight, of shape (r, r, H, W) or (r, r, H, W, C), bias, and alpha, of shape (); float64."""
        self._check_fitted()
        return {"weight": self.weight_, "bias": self.bias_, "alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Arrays) -> None:
        state = checked_arrays(arrays, ("weight", "bias", "alpha"), "MaskedRidge")
        weight, bias = state["weight"], state["bias"]
        if not has_map_axes(bias.shape, self.channels) or weight.shape != (self.r, self.r, *bias.shape):
            raise ModelError(
                f"array bias of MaskedRidge with {self.channels} channels must be {map_axes(self.channels)}, "
                f"and array weight {self.r} x {self.r} of that; found {bias.shape} and {weight.shape}"
            )
        check_bias_penalty(self.bias_penalty, bias.shape)
        self.weight_, self.bias_, self.alpha_ = weight, bias, float(state["alpha"])

    def _check_params(self) -> None:
        if not (is_whole_number(self.r) and 1 <= self.r <= 15 and self.r % 2 == 1):
            raise InputError(f"r must be an odd whole number from 1 to 15; found {reprlib.repr(self.r)}")
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas, self.bias_penalty)

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        check_bias_penalty(self.bias_penalty, shape)

    def _new_sums(self, shape: tuple[int, ...]) -> MaskedSums:
        return MaskedSums.zeros(self.r, shape)

    def _solve(self, sums: MaskedSums, alpha: float) -> dict[str, AnyArray]:
        weight, bias = solve_masked_ridge(sums, alpha, self.prior, self.bias_penalty)
        return {"weight_": weight, "bias_": bias}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: MaskedSums, alphas: AnyArray) -> AnyArray:
        return masked_leave_one_out_errors(pairs, sums, alphas, self.prior, self.bias_penalty)

    def _own_sums(self) -> MaskedSums:
        sums = super()._own_sums()
        if sums.r != self.r:
            raise InputError(f"sums learnt on {sums.r} x {sums.r} windows cannot go on with r={self.r}; use fit")
        return sums

    def _map_shape(self) -> tuple[int, ...]:
        return self.bias_.shape
