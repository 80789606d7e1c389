"""RR: ridge regression in which every output pixel observes every input pixel and a bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.base import check_state
from pixelfes.regress.full.solve import full_leave_one_out, solve_dual, solve_primal
from pixelfes.regress.full.sums import BLOCK, FullSums, Rows, as_images, as_samples
from pixelfes.regress.images import Channels, RegisteredPairs, check_images
from pixelfes.regress.parameters import Prior, check_ridge_parameters

DUAL = ("basis", "constant", "coefficients")
PRIMAL = ("weight", "bias")

STACK = 2**22
"""Values of images that are predicted at a time."""


class Ridge(AdditiveRidge[FullSums]):
    """Ridge regression on all pixels: output = W input + b, with a full matrix W and the bias b.

    Minimises ``1/2 ||W x + b - t||^2 + alpha/2 (||W - V||^2 + ||b||^2)`` with V = 0 or I by the prior. From fewer
    samples than pixels it learns from the inner products of images alone, and predicts through as many dimensions as
    there are samples: the matrix, of 16384 x 16384 numbers for faces of 128 x 128, is formed only by `dense_weights`.

    Parameters
    ----------
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. It is not divided by the number of samples. "auto" takes the one of least
        leave-one-out error, a pair with all its channels at a time. Below 1e-12 of the data's sum of squares it
        counts as that.
    channels : {"shared", "separate"}
        One matrix, learnt from the channels as so many samples; or one for each channel.
    prior : {"zero", "identity"}
        Where the penalty pulls: to W = 0 as in the papers, or to W = I, which leaves alone what does not change.
    alphas : None, or list of float
        Grid for "auto"; see `PixelRidge`.

    Attributes
    ----------
    basis_, constant_, coefficients_ : arrays of shape (n, H, W), (n,) and (n, H, W), float64
        While there are fewer samples, n, than pixels:
        prediction = Σ_n (basis_n · x + constant_n) coefficients_n, and x in addition with the prior "identity". For
        separate channels of shape (n, H, W, C), (n, C) and (n, H, W, C).
    weight_, bias_ : arrays of shape (H W, H, W) and (H, W), or (H W, H, W, C) and (H, W, C), float64
        From so many samples on instead: what each input pixel adds to every output pixel, and the bias; with the
        prior "identity" in addition to x.
    alpha_, sums_, n_pairs_, alphas_, loo_errors_
        As in `PixelRidge`; the sums are a `FullSums`, which may need gigabytes.

    Notes
    -----
    A weight for every pixel of a pair counts as the mean of them: all output pixels share one Gram matrix, and one
    of its own for each would need as many solves as there are pixels.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> neutral = rng.random((40, 16, 16))
    >>> smiling = 0.5 * neutral + 0.3
    >>> model = Ridge(alpha=1e-3, prior="identity").fit(neutral, smiling)
    >>> bool(abs(model.predict(neutral) - smiling).max() < 1e-3)
    True
    >>> model.n_parameters_, model.basis_.size + model.coefficients_.size
    (65792, 20480)
    """

    basis_: AnyArray
    constant_: AnyArray
    coefficients_: AnyArray
    weight_: AnyArray
    bias_: AnyArray

    def __init__(
        self,
        alpha: float | Literal["auto"] = "auto",
        channels: Channels = "shared",
        prior: Prior = "zero",
        alphas: npt.ArrayLike | None = None,
    ) -> None:
        self.alpha = alpha
        self.channels = channels
        self.prior = prior
        self.alphas = alphas

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images; see `PixelRegressor.predict`. The values are not clipped."""
        self._check_fitted()
        images = check_images(X)
        shape = self._map_shape()
        if images.shape[1:] != shape and not (self.channels == "shared" and images.shape[1:3] == shape):
            kind = f"{self.channels} channels and maps of shape {shape}"
            raise InputError(f"Ridge was fitted with {kind}; found images of shape {images.shape[1:]}")
        out = np.empty(images.shape, np.float64 if images.dtype == np.float64 else np.float32)
        added = self._added()
        step = max(1, STACK // images[0].size)
        for start in range(0, len(images), step):
            result = out[start : start + step]
            x = as_samples(images[start : start + step], shape, np.float64)
            predicted = added(x)
            if self.prior == "identity":
                predicted += x
            result[...] = as_images(predicted, result.shape, shape)
        return out

    def dense_weights(self, dtype: npt.DTypeLike = np.float32) -> tuple[AnyArray, AnyArray]:
        """Form the whole matrix and the bias, the prior's part included.

        Parameters
        ----------
        dtype : data type
            float32 needs 1 GiB for 128 x 128 pixels.

        Returns
        -------
        weight : array of shape (H W, H, W), or (H W, H, W, C) for separate channels
            ``weight[i]`` is what the i-th pixel of the input, row by row, adds to every pixel of the output.
        bias : array of shape (H, W) or (H, W, C)
        """
        self._check_fitted()
        shape = self._map_shape()
        if self._is_dual:
            basis, coefficients = self._by_model(self.basis_), self._by_model(self.coefficients_)
            weight = np.empty((len(basis), basis.shape[2], basis.shape[2]), dtype)
            for b, c, out in zip(basis, coefficients, weight, strict=True):
                for start in range(0, len(out), BLOCK):
                    out[start : start + BLOCK] = b[:, start : start + BLOCK].T @ c
            bias = self._constants() @ coefficients
        else:
            weight, bias = (self._by_model(a).astype(dtype) for a in (self.weight_, self.bias_[np.newaxis]))
        if self.prior == "identity":
            pixels = np.arange(weight.shape[1])
            weight[:, pixels, pixels] += 1
        whole = as_images(weight, (weight.shape[1], *shape), shape)
        return whole, as_images(bias, (1, *shape), shape)[0].astype(dtype)

    @property
    def n_parameters_(self) -> int:
        """Count of the function's parameters, P (P + 1) for each matrix: 26,845 x 10^4 for faces of 128 x 128.

        From fewer samples than pixels it stores fewer numbers; it is the same function.
        """
        self._check_fitted()
        shape = self._map_shape()
        pixels = shape[0] * shape[1]
        return int(np.prod(shape[2:])) * pixels * (pixels + 1)

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return basis, constant and coefficients, or weight and bias, as the attributes are, and alpha, of shape ()."""
        self._check_fitted()
        names = DUAL if self._is_dual else PRIMAL
        return {name: getattr(self, name + "_") for name in names} | {"alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        names = PRIMAL if "weight" in arrays else DUAL
        state = check_state(arrays, (*names, "alpha"), "Ridge")
        alpha = state.pop("alpha")
        shape = state["bias"].shape if names is PRIMAL else state["basis"].shape[1:]
        n, pixels = len(np.atleast_1d(state[names[0]])), int(np.prod(shape[:2]))
        expected = [(pixels, *shape), shape] if names is PRIMAL else [(n, *shape), (n, *shape[2:]), (n, *shape)]
        found = [state[name].shape for name in names]
        if len(shape) not in ((2,) if self.channels == "shared" else (2, 3)) or found != expected:
            raise ModelError(
                f"arrays {', '.join(names)} of Ridge with {self.channels} channels do not fit together; "
                f"found {', '.join(map(str, found))}"
            )
        if alpha.shape != () or alpha < 0:
            raise ModelError(f"array alpha of Ridge must be one number >= 0; found {arrays['alpha']!r}")
        for name in names:
            setattr(self, name + "_", state[name])
        self.alpha_ = float(alpha)

    def _check_params(self) -> None:
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas, None)

    def _new_sums(self, shape: tuple[int, ...]) -> FullSums:
        return FullSums(shape)

    def _solve(self, sums: FullSums, alpha: float) -> dict[str, AnyArray]:
        held, shape, residual = sums.held, sums.shape, self.prior == "identity"
        if isinstance(held, Rows):
            samples = (len(held), *shape)
            basis, coefficients = solve_dual(held, alpha, residual)
            return {
                "basis_": as_images(basis[..., :-1], samples, shape),
                "constant_": basis[..., -1].T.reshape(len(held), *shape[2:]),
                "coefficients_": as_images(coefficients, samples, shape),
            }
        weight = as_images(solve_primal(held, alpha, residual), (sums.pixels + 1, *shape), shape)
        return {"weight_": weight[:-1], "bias_": weight[-1]}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: FullSums, alphas: AnyArray) -> AnyArray:
        return full_leave_one_out(pairs, sums, alphas, self.prior == "identity")

    @property
    def _is_dual(self) -> bool:
        return hasattr(self, "basis_")

    def _map_shape(self) -> tuple[int, ...]:
        return self.basis_.shape[1:] if self._is_dual else self.bias_.shape

    def _by_model(self, arrays: AnyArray) -> AnyArray:
        """View arrays (n, H, W) or (n, H, W, C) as (M, n, H W)."""
        return np.moveaxis(arrays.reshape(len(arrays), -1, int(np.prod(arrays.shape[3:]))), 2, 0)

    def _constants(self) -> AnyArray:
        """View the constants as (M, 1, n)."""
        return self.constant_.reshape(len(self.constant_), -1).T[:, np.newaxis]

    def _added(self) -> Callable[[AnyArray], AnyArray]:
        """Return the function from samples (M, n, P) to what is learnt for them."""
        if self._is_dual:
            basis, coefficients = self._by_model(self.basis_), self._by_model(self.coefficients_)
            return lambda x: (x @ basis.transpose(0, 2, 1) + self._constants()) @ coefficients
        weight, bias = self._by_model(self.weight_), self._by_model(self.bias_[np.newaxis])
        return lambda x: x @ weight + bias
