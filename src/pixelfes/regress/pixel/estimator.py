"""The estimator of Pixel-RR: every output pixel observes one input pixel and a bias."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.images import Channels, RegisteredPairs, check_images, check_texture, map_over_image
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty, check_ridge_parameters
from pixelfes.regress.pixel.leave_one_out import pixel_leave_one_out_errors
from pixelfes.regress.pixel.predict import predict_pixel_ridge
from pixelfes.regress.pixel.solve import solve_pixel_ridge
from pixelfes.regress.pixel.sums import PixelSums
from pixelfes.regress.stored_arrays import checked_arrays, has_map_axes, map_axes


class PixelRidge(AdditiveRidge[PixelSums]):
    """Per-pixel ridge regression: output = weight * input + bias, with a weight and a bias for every pixel.

    Minimises, for every pixel by itself, ``1/2 ||w x + b - t||^2 + alpha/2 ((w - w0)^2 + bias_penalty * b^2)``. The prior
    sets w0 to 0 or 1. The defaults of channels, prior and bias_penalty are the paper's: 2 x 128 x 128 = 32,768
    parameters for faces of 128 x 128.

    Parameters
    ----------
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. It is not divided by the number of samples, so its effect shrinks as samples
        grow. "auto" takes the penalty of least leave-one-out error; each pair is left out with all its channels.
    channels : {"shared", "separate"}
        One (w, b) per pixel, with each channel as a sample; or one per pixel and channel.
    prior : {"zero", "identity"}
        The penalty pulls w to 0 as in the paper, or to 1, which keeps pixels that the expression does not change.
    alphas : None, or list of float
        Grid for "auto". None starts with 1e-3 to 1e3 and grows to 1e-7 or 1e7 if the best value lies at an end. Your
        own grid is used unchanged, with a warning if its best value lies at an end.
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0; None is 1. Shading multiplies skin, so there a bias only
        mixes in the mean face: a large factor prevents that. Where a mouth opens, the bias learns the teeth.
        Predictions do not need it, so a stored model holds None in place of an array.

    Attributes
    ----------
    weight_, bias_ : arrays of shape (H, W), or (H, W, C) for separate channels, float64
    alpha_ : float
        The penalty in use.
    sums_ : PixelSums
        Everything learnt from the pairs; not part of the stored state.
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
    >>> neutral = rng.random((40, 16, 16, 3))
    >>> smiling = 0.6 * neutral + 0.3
    >>> model = PixelRidge(alpha=0.01).fit(neutral, smiling)
    >>> model.n_parameters_, model.predict(neutral).shape
    (512, (40, 16, 16, 3))
    >>> bool(abs(model.predict(neutral) - smiling).max() < 1e-3)
    True
    """

    is_affine = True

    weight_: AnyArray
    bias_: AnyArray

    def __init__(
        self,
        alpha: float | Literal["auto"] = "auto",
        channels: Channels = "shared",
        prior: Prior = "zero",
        alphas: npt.ArrayLike | None = None,
        bias_penalty: BiasPenalty = None,
    ) -> None:
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
        return predict_pixel_ridge(images, self.weight_, self.bias_)

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Return the fitted weight and bias as read-only views of the shape of the texture."""
        self._check_fitted()
        shape = check_texture(texture).shape
        self._check_image_shape(shape)
        return map_over_image(self.weight_, shape), map_over_image(self.bias_, shape)

    @property
    def n_parameters_(self) -> int:
        """Number of weights and biases."""
        self._check_fitted()
        return self.weight_.size + self.bias_.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return weight and bias, of shape (H, W) or (H, W, C), and alpha, of shape (); float64."""
        self._check_fitted()
        return {"weight": self.weight_, "bias": self.bias_, "alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Arrays) -> None:
        state = checked_arrays(arrays, ("weight", "bias", "alpha"), "PixelRidge")
        weight, bias = state["weight"], state["bias"]
        if weight.shape != bias.shape or not has_map_axes(weight.shape, self.channels):
            raise ModelError(
                f"arrays weight and bias of PixelRidge with {self.channels} channels must both be "
                f"{map_axes(self.channels)}; found {weight.shape} and {bias.shape}"
            )
        check_bias_penalty(self.bias_penalty, weight.shape)
        self.weight_, self.bias_, self.alpha_ = weight, bias, float(state["alpha"])

    def _check_params(self) -> None:
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas, self.bias_penalty)

    def _check_maps(self, shape: tuple[int, ...]) -> None:
        check_bias_penalty(self.bias_penalty, shape)

    def _new_sums(self, shape: tuple[int, ...]) -> PixelSums:
        return PixelSums.zeros(shape)

    def _solve(self, sums: PixelSums, alpha: float) -> dict[str, AnyArray]:
        weight, bias = solve_pixel_ridge(sums, alpha, self.prior, self.bias_penalty)
        return {"weight_": weight, "bias_": bias}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: PixelSums, alphas: AnyArray) -> AnyArray:
        return pixel_leave_one_out_errors(pairs, sums, alphas, self.prior, self.bias_penalty)

    def _map_shape(self) -> tuple[int, ...]:
        return self.weight_.shape
