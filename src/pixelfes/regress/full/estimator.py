"""The estimator of RR: every output pixel observes every input pixel and a bias."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import ModelError
from pixelfes.regress.additive import AdditiveRidge
from pixelfes.regress.full.leave_one_out import full_leave_one_out_errors
from pixelfes.regress.full.predict import matrix_of_dual, matrix_of_primal, predict_dual, predict_primal
from pixelfes.regress.full.solve import solve_dual, solve_primal
from pixelfes.regress.full.sums import FullSums, Samples, as_images
from pixelfes.regress.images import Channels, RegisteredPairs, check_images
from pixelfes.regress.parameters import Prior, check_ridge_parameters
from pixelfes.regress.stored_arrays import checked_arrays, has_map_axes

_DUAL = ("basis", "constant", "coefficients")
_PRIMAL = ("weight", "bias")


class Ridge(AdditiveRidge[FullSums]):
    """Ridge regression on all pixels: output = W input + b, with a full matrix W and the bias b.

    Minimises ``1/2 ||W x + b - t||^2 + alpha/2 (||W - V||^2 + ||b||^2)`` with V = 0 or I by the prior. With fewer samples
    than pixels it learns from the inner products of images alone, and predicts through as many dimensions as there are
    samples. Only `dense_weights` forms the matrix, of 16384 x 16384 numbers for faces of 128 x 128.

    Parameters
    ----------
    alpha : "auto" or float
        Penalty, >= 0; the papers' lambda. It is not divided by the number of samples. "auto" takes the penalty of least
        leave-one-out error; each pair is left out with all its channels. A penalty below 1e-12 of the data's sum of
        squares is raised to that.
    channels : {"shared", "separate"}
        One matrix, with each channel as a sample; or one for each channel.
    prior : {"zero", "identity"}
        The penalty pulls to W = 0 as in the papers, or to W = I, which keeps pixels that the expression does not change.
    alphas : None, or list of float
        Grid for "auto"; see `PixelRidge`.

    Attributes
    ----------
    basis_, constant_, coefficients_ : arrays of shape (n, H, W), (n,) and (n, H, W), float64
        While the samples, n, are fewer than the pixels:
        prediction = Σ_n (basis_n · x + constant_n) coefficients_n, plus x with the prior "identity". For separate channels
        of shape (n, H, W, C), (n, C) and (n, H, W, C).
    weight_, bias_ : arrays of shape (H W, H, W) and (H, W), or (H W, H, W, C) and (H, W, C), float64
        With more samples instead: what each input pixel adds to every output pixel, and the bias. With the prior
        "identity" the prediction adds x.
    alpha_, sums_, n_pairs_, alphas_, loo_errors_
        As in `PixelRidge`; the sums are `FullSums`, which may need gigabytes.

    Notes
    -----
    If every pixel of a pair has a weight, their mean is used: all output pixels share one Gram matrix. One matrix for each
    would need as many solves as there are pixels.

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
        self._check_image_shape(images.shape[1:])
        if self._is_dual:
            return predict_dual(images, self.basis_, self.constant_, self.coefficients_, self.prior)
        return predict_primal(images, self.weight_, self.bias_, self.prior)

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
            weight, bias = matrix_of_dual(self.basis_, self.constant_, self.coefficients_, dtype)
        else:
            weight, bias = matrix_of_primal(self.weight_, self.bias_, dtype)
        if self.prior == "identity":
            pixels = np.arange(weight.shape[1])
            weight[:, pixels, pixels] += 1
        whole = as_images(weight, (weight.shape[1], *shape), shape)
        return whole, as_images(bias, (1, *shape), shape)[0].astype(dtype)

    @property
    def n_parameters_(self) -> int:
        """Number of the function's parameters, P (P + 1) for each matrix: 26,845 x 10^4 for faces of 128 x 128.

        With fewer samples than pixels it stores fewer numbers for the same function.
        """
        self._check_fitted()
        shape = self._map_shape()
        pixels = shape[0] * shape[1]
        return int(np.prod(shape[2:])) * pixels * (pixels + 1)

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return basis, constant and coefficients, or weight and bias, as in the attributes, and alpha, of shape ()."""
        self._check_fitted()
        names = _DUAL if self._is_dual else _PRIMAL
        return {name: getattr(self, name + "_") for name in names} | {"alpha": np.array(self.alpha_)}

    def _set_state(self, arrays: Arrays) -> None:
        names = _PRIMAL if "weight" in arrays else _DUAL
        state = checked_arrays(arrays, (*names, "alpha"), "Ridge")
        found = [state[name].shape for name in names]
        expected = _primal_shapes(state["bias"]) if names is _PRIMAL else _dual_shapes(state["basis"])
        map_shape = found[1] if names is _PRIMAL else found[0][1:]
        if not has_map_axes(map_shape, self.channels) or found != expected:
            raise ModelError(
                f"arrays {', '.join(names)} of Ridge with {self.channels} channels do not fit together; "
                f"found {', '.join(map(str, found))}"
            )
        for name in names:
            setattr(self, name + "_", state[name])
        self.alpha_ = float(state["alpha"])

    def _check_params(self) -> None:
        check_ridge_parameters(self.alpha, self.channels, self.prior, self.alphas)

    def _new_sums(self, shape: tuple[int, ...]) -> FullSums:
        return FullSums(shape)

    def _solve(self, sums: FullSums, alpha: float) -> dict[str, AnyArray]:
        statistics, shape = sums.statistics, sums.shape
        if isinstance(statistics, Samples):
            image_shape = (len(statistics), *shape)
            basis, coefficients = solve_dual(statistics, alpha, self.prior)
            return {
                "basis_": as_images(basis[..., :-1], image_shape, shape),
                "constant_": basis[..., -1].T.reshape(len(statistics), *shape[2:]),
                "coefficients_": as_images(coefficients, image_shape, shape),
            }
        weight = as_images(solve_primal(statistics, alpha, self.prior), (sums.pixels + 1, *shape), shape)
        return {"weight_": weight[:-1], "bias_": weight[-1]}

    def _leave_one_out(self, pairs: RegisteredPairs, sums: FullSums, alphas: AnyArray) -> AnyArray:
        return full_leave_one_out_errors(pairs, sums, alphas, self.prior)

    def _map_shape(self) -> tuple[int, ...]:
        return self.basis_.shape[1:] if self._is_dual else self.bias_.shape

    @property
    def _is_dual(self) -> bool:
        return hasattr(self, "basis_")


def _primal_shapes(bias: AnyArray) -> list[tuple[int, ...]]:
    """Return the shapes of weight and bias that belong to a bias."""
    return [(int(np.prod(bias.shape[:2])), *bias.shape), bias.shape]


def _dual_shapes(basis: AnyArray) -> list[tuple[int, ...]]:
    """Return the shapes of basis, constant and coefficients that belong to a basis."""
    n, shape = basis.shape[:1], basis.shape[1:]
    return [(*n, *shape), (*n, *shape[2:]), (*n, *shape)]
