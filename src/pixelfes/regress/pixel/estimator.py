"""Pixel-RR: ridge regression in which every output pixel observes one input pixel and a bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.base import check_state
from pixelfes.regress.images import (
    Channels,
    RegisteredPairs,
    affine_images,
    check_images,
    check_texture,
    map_over_image,
)
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty, check_ridge_parameters
from pixelfes.regress.pixel.solve import leave_one_out_error, solve_pixel_ridge
from pixelfes.regress.pixel.sums import PixelSums


class PixelRidge(AdditiveRidge[PixelSums]):
    """Per-pixel ridge regression: output = weight * input + bias, with a weight and a bias of every pixel's own.

    Minimises, for every pixel by itself,
    ``1/2 ||w x + b - t||^2 + alpha/2 ((w - w0)^2 + bias_penalty * b^2)`` with w0 = 0 or 1 by the prior. The defaults
    for channels, prior and bias_penalty are the paper's: 2 x 128 x 128 = 32,768 parameters for faces of 128 x 128.

    Parameters
    ----------
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. It is not divided by the number of samples, so it weighs less the more
        there are. "auto" takes the one of least leave-one-out error, a pair with all its channels at a time.
    channels : {"shared", "separate"}
        One (w, b) per pixel, learnt from the channels as so many samples; or one per pixel and channel.
    prior : {"zero", "identity"}
        Where the penalty pulls: to w = 0 as in the paper, or to w = 1, which leaves alone what does not change.
    alphas : None, or list of float
        Grid for "auto". None tries 1e-3 to 1e3 and goes on to 1e-7 or 1e7 where the best lies at an end; a grid
        of your own is taken as it is, with a warning where the best lies at its end.
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0; None is 1. On skin shading multiplies, and a bias only
        mixes the face with the mean face, which a large factor prevents; in a mouth that opens it is the bias that
        learns teeth. No prediction needs it: whoever stores a model writes None in the place of an array.

    Attributes
    ----------
    weight_, bias_ : arrays of shape (H, W), or (H, W, C) for separate channels, float64
    alpha_ : float
        The penalty in use.
    sums_ : PixelSums
        All that was learnt from; not part of the stored state.
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
        return affine_images(images, self.weight_, self.bias_)

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Return the fitted weight and bias, exactly, as read-only views of the shape of the texture."""
        self._check_fitted()
        shape = check_texture(texture).shape
        self._check_image_shape(shape)
        return map_over_image(self.weight_, shape), map_over_image(self.bias_, shape)

    @property
    def n_parameters_(self) -> int:
        """Count of weights and biases."""
        self._check_fitted()
        return self.weight_.size + self.bias_.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return weight and bias, of shape (H, W) or (H, W, C), and alpha, of shape (); float64."""
        self._check_fitted()
        return {"weight": self.weight_, "bias": self.bias_, "alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        state = check_state(arrays, ("weight", "bias", "alpha"), "PixelRidge")
        weight, bias, alpha = state["weight"], state["bias"], state["alpha"]
        if weight.shape != bias.shape or weight.ndim not in ((2,) if self.channels == "shared" else (2, 3)):
            asked = "(H, W)" if self.channels == "shared" else "(H, W, C)"
            raise ModelError(
                f"arrays weight and bias of PixelRidge with {self.channels} channels must both be {asked}; "
                f"found {weight.shape} and {bias.shape}"
            )
        if alpha.shape != () or alpha < 0:
            raise ModelError(f"array alpha of PixelRidge must be one number >= 0; found {arrays['alpha']!r}")
        check_bias_penalty(self.bias_penalty, weight.shape)
        self.weight_, self.bias_, self.alpha_ = weight, bias, float(alpha)

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
        return leave_one_out_error(
            pairs.X,
            pairs.T,
            pairs.weight,
            alphas,
            channels=self.channels,
            prior=self.prior,
            bias_penalty=self.bias_penalty,
            whole=sums,
        )

    def _check_image_shape(self, shape: tuple[int, ...]) -> None:
        fitted = self.weight_.shape
        if shape != fitted and not (self.channels == "shared" and shape[:2] == fitted):
            kind = f"{self.channels} channels and maps of shape {fitted}"
            raise InputError(f"PixelRidge was fitted with {kind}; found images of shape {shape}")
