"""MR: masked regression, in which every output pixel observes an r x r window of the input and a bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.base import check_state
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats, check_images, check_texture
from pixelfes.regress.masked.solve import masked_leave_one_out, solve_masked_ridge
from pixelfes.regress.masked.sums import WindowSums, cuts, window_offsets
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty, check_ridge_parameters, check_window


class MaskedRidge(AdditiveRidge[WindowSums]):
    """Ridge regression on windows: output = bias + Σ_d weight_d * input at d, for the offsets d of an r x r window.

    Minimises, for every pixel p by itself,
    ``1/2 ||Σ_d w_d x(p + d) + b - t(p)||^2 + alpha/2 (Σ_d (w_d - v_d)^2 + bias_penalty * b^2)`` with v by the prior.
    Windows are smaller at the borders. The defaults are the paper's: 162,308 parameters for faces of 128 x 128.

    Parameters
    ----------
    r : int
        Side of the window: odd, at least 1 (which is `PixelRidge`) and at most 15.
    alpha : "auto" or float
        Penalty, >= 0; not divided by the number of samples. "auto" takes the one of least leave-one-out error, a
        pair with all its channels at a time.
    channels : {"shared", "separate"}
        One map of windows, learnt from the channels as so many samples; or one for each channel.
    prior : {"zero", "identity"}
        Where the penalty pulls: to 0 as in the paper, or to a weight of 1 in the middle of the window.
    alphas : None, or list of float
        Grid for "auto"; see `PixelRidge`.
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0; None is 1. See `PixelRidge`.

    Attributes
    ----------
    weight_ : array of shape (r, r, H, W), or (r, r, H, W, C) for separate channels, float64
        ``weight_[i, j, row, column]`` multiplies the input at (row + i - r // 2, column + j - r // 2); 0 where that
        is outside of the image.
    bias_ : array of shape (H, W) or (H, W, C), float64
    alpha_, sums_, n_pairs_, alphas_, loo_errors_
        As in `PixelRidge`; the sums are a `WindowSums`.

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
        dtype = np.float64 if images.dtype == np.float64 else np.float32
        weight, bias = self.weight_.astype(dtype), self.bias_.astype(dtype)
        shared = images.ndim > bias.ndim + 1
        out = np.empty(images.shape, dtype)
        for image, result in zip(images, out, strict=True):
            x = as_floats(np.moveaxis(image, -1, 0) if shared else image[np.newaxis], dtype)
            total = np.broadcast_to(bias, x.shape).copy()
            product = np.empty_like(total)
            for w, offset in zip(weight.reshape(-1, *bias.shape), window_offsets(len(weight)), strict=True):
                here, there = cuts(offset, *bias.shape[:2])
                part = total[:, *here]
                np.add(part, np.multiply(w[here], x[:, *there], out=product[:, *here]), out=part)
            result[...] = np.moveaxis(total, 0, -1) if shared else total[0]
        return out

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Affine map per pixel that stands for the windows around one image; see `PixelRegressor.local_affine`.

        The weight is the sum of a window's weights: what happens to a change that the whole window shares. The bias
        is what makes the map of the texture the prediction itself.
        """
        image = check_texture(texture)
        predicted = self.predict(image[np.newaxis])[0]
        gain = self.weight_.sum(axis=(0, 1)).astype(predicted.dtype)
        weight = np.broadcast_to(gain if gain.ndim == image.ndim else gain[..., np.newaxis], image.shape)
        return weight, predicted - weight * as_floats(image, predicted.dtype)

    @property
    def n_parameters_(self) -> int:
        """Count of biases and of weights whose input pixel exists."""
        self._check_fitted()
        height, width = self.bias_.shape[:2]
        inside = sum(max(0, height - abs(i)) * max(0, width - abs(j)) for i, j in window_offsets(len(self.weight_)))
        return self.bias_.size + inside * (self.bias_.size // (height * width))

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return weight, of shape (r, r, H, W) or (r, r, H, W, C), bias, and alpha, of shape (); float64."""
        self._check_fitted()
        return {"weight": self.weight_, "bias": self.bias_, "alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        state = check_state(arrays, ("weight", "bias", "alpha"), "MaskedRidge")
        weight, bias, alpha = state["weight"], state["bias"], state["alpha"]
        map_ndim = (2,) if self.channels == "shared" else (2, 3)
        if bias.ndim not in map_ndim or weight.shape != (self.r, self.r, *bias.shape):
            asked = "(H, W)" if self.channels == "shared" else "(H, W, C)"
            raise ModelError(
                f"array bias of MaskedRidge with {self.channels} channels must be {asked}, and array weight "
                f"{self.r} x {self.r} of that; found {bias.shape} and {weight.shape}"
            )
        if alpha.shape != () or alpha < 0:
            raise ModelError(f"array alpha of MaskedRidge must be one number >= 0; found {arrays['alpha']!r}")
        check_bias_penalty(self.bias_penalty, bias.shape)
        self.weight_, self.bias_, self.alpha_ = weight, bias, float(alpha)

    def _check_params(self) -> None:
        check_window(self.r)
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas, self.bias_penalty)

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        check_bias_penalty(self.bias_penalty, shape)

    def _new_sums(self, shape: tuple[int, ...]) -> WindowSums:
        return WindowSums.zeros(self.r, shape)

    def _solve(self, sums: WindowSums, alpha: float) -> dict[str, Any]:
        weight, bias = solve_masked_ridge(sums, alpha, self.prior, self.bias_penalty)
        return {"weight_": weight, "bias_": bias}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: WindowSums, alphas: AnyArray) -> AnyArray:
        return masked_leave_one_out(pairs, sums, alphas, self.prior, self.bias_penalty)

    def _own_sums(self) -> WindowSums:
        sums = super()._own_sums()
        if sums.r != self.r:
            raise InputError(f"what was learnt on {sums.r} x {sums.r} windows cannot go on with r={self.r}; use fit")
        return sums

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        fitted = self.bias_.shape
        if shape != fitted and not (self.channels == "shared" and shape[:2] == fitted):
            kind = f"{self.channels} channels and maps of shape {fitted}"
            raise InputError(f"MaskedRidge was fitted with {kind}; found images of shape {shape}")
