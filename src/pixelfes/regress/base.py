"""The base of every regressor: scikit-learn's fit and predict, a state to store, and a local affine map."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import InputError, ModelError, PixelfesError
from pixelfes.regress.images import as_floats, check_pairs, check_texture


class NotFittedError(PixelfesError, ValueError, AttributeError):
    """Raised if something that only a fit provides is asked of an unfitted regressor."""


class PixelRegressor(ABC):
    """Predict the pixels of a registered image from those of another.

    A subclass takes its parameters by name in ``__init__`` and stores them unchanged. ``fit`` checks them, learns, and
    stores the result under names that end in an underscore. scikit-learn's ``clone``, ``GridSearchCV`` and
    ``cross_val_score`` accept every regressor, on (N, H, W) or (N, H, W, C) arrays.

    Attributes
    ----------
    is_affine : bool
        Whether ``local_affine`` returns the same maps for every texture, so that any texture will do.
    """

    is_affine: ClassVar[bool] = False

    @abstractmethod
    def fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from pairs, from scratch.

        Parameters
        ----------
        X, T : arrays of shape (N, H, W) or (N, H, W, C), the same for both
            Inputs and targets: uint8 (divided by 255), or float with photos in [0, 1] (see `check_images`).
        sample_weight : None, or array of shape (N,) or (N, H, W)
            Weight of each pair, or of each pixel of each pair; finite and >= 0.

        Returns
        -------
        PixelRegressor
            Itself.

        Raises
        ------
        InputError
            If a parameter or an argument is not valid.
        """

    @abstractmethod
    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict the targets of a batch of images.

        Parameters
        ----------
        X : array of shape (N, H, W) or (N, H, W, C)
            uint8 (divided by 255), or float with photos in [0, 1]; of the fitted height and width.

        Returns
        -------
        array of the same shape, float64 for float64 inputs and float32 otherwise
            Not clipped: values may lie outside [0, 1].

        Raises
        ------
        NotFittedError
            If the regressor is not fitted.
        InputError
            If the images are not valid, or not of the fitted shape.
        """

    @property
    @abstractmethod
    def n_parameters_(self) -> int:
        """Number of fitted values that predictions depend on."""

    @abstractmethod
    def state_arrays(self) -> dict[str, AnyArray]:
        """Return the fitted arrays by name. With the parameters, `from_state` rebuilds the regressor from them."""

    @abstractmethod
    def _check_params(self) -> None:
        """Raise `InputError` if a parameter is not valid."""

    @abstractmethod
    def _set_state(self, arrays: Arrays) -> None:
        """Check the arrays of `state_arrays` and store them as fitted.

        Raise `ModelError` if an array is wrong, and `InputError` if a parameter does not suit them.
        """

    @classmethod
    def from_state(cls, arrays: Arrays, params: Mapping[str, Any]) -> Self:
        """Rebuild a fitted regressor from its arrays and parameters. Neither is trusted.

        Parameters
        ----------
        arrays : mapping from name to array
            As `state_arrays` returns them; floats of 16, 32 or 64 bits, finite.
        params : mapping
            As `get_params` returns them; missing ones take their defaults.

        Returns
        -------
        PixelRegressor
            Fitted; it predicts what the stored one predicted.

        Raises
        ------
        ModelError
            If a parameter or array is missing, unknown or wrong; the message names it.
        """
        known = set(cls._parameter_defaults())
        if unknown := sorted(map(str, set(params) - known)):
            raise ModelError(f"{cls.__name__} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        model = cls(**params)
        try:
            model._check_params()
            model._set_state(arrays)
        except InputError as error:
            raise ModelError(f"the parameters of {cls.__name__} are not valid: {error}") from error
        return model

    def local_affine(self, texture: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
        """Return an affine map per pixel that replaces this regressor around one image: output = weight * x + bias.

        The maps vary slowly over the face. So they can be enlarged to a photo's resolution and applied to its pixels,
        which keeps detail that a prediction at (H, W) would lose. This default adds what the prediction changes:
        weight = 1 and bias = predict(texture) - texture. A regressor that is affine returns its own map.

        Parameters
        ----------
        texture : array of shape (H, W) or (H, W, C)
            uint8, or float with photos in [0, 1].

        Returns
        -------
        weight, bias : arrays of the shape of the texture
            Read-only: they may be views.
        """
        image = check_texture(texture)
        predicted = self.predict(image[np.newaxis])[0]
        return np.ones_like(predicted), predicted - as_floats(image, predicted.dtype)

    def score(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the negative weighted mean squared error of the predictions: greater is better, 0 is perfect.

        Parameters
        ----------
        X, T, sample_weight
            As in `fit`.

        Returns
        -------
        float, <= 0
        """
        pairs = check_pairs(X, T, sample_weight)
        total: float = float(pairs.weight.sum(dtype=np.float64)) * pairs.X[0].size / pairs.weight[0].size
        if total == 0:
            raise InputError("a score needs a weight above 0; found none in sample_weight")
        error: float = 0.0
        for x, t, weight in zip(pairs.X, pairs.T, pairs.weight, strict=True):
            residual = self.predict(x[np.newaxis])[0] - as_floats(t, np.float64)
            squares = np.square(residual).reshape(*weight.shape, -1).sum(axis=-1)
            error += float(np.sum(weight * squares))
        return -error / total

    @classmethod
    def _parameter_defaults(cls) -> dict[str, Any]:
        parameters = inspect.signature(cls).parameters.values()
        return {parameter.name: parameter.default for parameter in parameters}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name. ``deep`` is part of scikit-learn's interface and has no effect."""
        return {name: getattr(self, name) for name in self._parameter_defaults()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name and return itself. Fitted values stay until the next fit."""
        known = self._parameter_defaults()
        for name in params:
            if name not in known:
                raise InputError(f"{type(self).__name__} has the parameters {', '.join(known)}; found {name!r}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = self._parameter_defaults()
        changed = [f"{k}={_shown(v)}" for k, v in self.get_params().items() if repr(v) != repr(defaults[k])]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags  # only scikit-learn calls this

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True, single_output=False),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )

    def _forget(self) -> None:
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)

    def _check_fitted(self) -> None:
        if not any(name.endswith("_") and not name.startswith("_") for name in vars(self)):
            name = type(self).__name__
            raise NotFittedError(f"this {name} is not fitted yet; call fit first")


def _shown(value: object) -> str:
    return f"<array of shape {value.shape}>" if isinstance(value, np.ndarray) and value.ndim else repr(value)
